//! How stored conversations read on the wire, over HTTP and over sockets alike: the contract's field
//! names, nothing decided. Each shape borrows what it shows and is encoded straight into its packet or
//! body; its schema is the one in the description of the HTTP API.
//!
//! One file per noun. Rooms read as [`RoomBody`] and [`MessageBody`], direct conversations as
//! [`DirectBody`] and [`DirectMessageBody`], channels as [`ChannelBody`] and [`ChannelMessageBody`].

mod channel;
mod direct;
mod message;
mod optimistic;
mod room;
mod seen;
mod user;

#[cfg(test)]
mod tests;

use std::fmt::Display;

use serde::ser::{Serialize, Serializer};

pub(crate) use channel::{ChannelBody, ChannelMessageBody, VisibilityBody};
pub(crate) use direct::{DirectBody, DirectMessageBody, DirectView, Reader, Readers};
pub(crate) use message::MessageBody;
pub(crate) use optimistic::{ConfirmedBody, FailedBody, Optimistic, OptimisticBody, PlaceBody};
pub(crate) use room::{ActiveUser, RoomBody};
pub(crate) use seen::Seen;
pub(crate) use user::UserBody;

/// What is text on the wire, and more than text in the domain.
pub(crate) struct Shown<T>(pub(crate) T);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
