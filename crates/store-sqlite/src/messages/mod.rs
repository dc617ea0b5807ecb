//! Messages, in SQL.

mod access;
mod append;
mod bury;
mod echo;
mod find;
mod page;

#[cfg(test)]
pub(crate) use access::WRITER;
pub(crate) use append::{Batch, append};
pub(crate) use bury::bury;
pub(crate) use find::settle;
#[cfg(test)]
pub(crate) use find::{BY_ID, BY_KEY};
pub(crate) use page::page;
