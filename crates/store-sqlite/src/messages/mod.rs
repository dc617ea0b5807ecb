//! Messages, in SQL.

mod access;
mod append;
mod bury;
mod echo;
mod find;
mod page;

pub(crate) use append::append;
pub(crate) use bury::bury;
pub(crate) use find::settle;
pub(crate) use page::page;
