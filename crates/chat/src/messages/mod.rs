//! Stored messages: what is sent, and what becomes of it.

mod message;
mod store;

pub use message::{Message, MessageType, MessageTypeError};
pub use store::{
    Appended, ECHO_WINDOW_MS, Echo, MessageKey, Messages, NewMessage, Page, PageCursor, PageError,
    Rejection,
};
