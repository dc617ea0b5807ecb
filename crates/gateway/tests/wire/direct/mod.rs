//! Direct conversations over real connections.

mod blocks;
mod house;
mod marks;
mod nobody;
mod presence;
mod recount;
mod table;
mod talk;
mod underscores;
