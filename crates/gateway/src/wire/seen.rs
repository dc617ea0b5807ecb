//! A room or channel for one viewer, before it is written down.

use chat::conversations::{Conversation, MemberView, View, Views};
use chat::identity::Profile;

/// What a room or channel is to somebody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    /// What it is to everybody.
    pub(super) conversation: &'a Conversation,
    /// Who wrote its newest message.
    pub(super) last_sender: Option<&'a Profile>,
    /// How many listen.
    pub(super) active_count: usize,
    /// Whether the viewer is in it.
    pub(super) is_member: bool,
    /// What the viewer has not read.
    pub(super) unread: u64,
}

impl<'a> Seen<'a> {
    /// By the viewer of a [`View`].
    pub(crate) fn of_view(view: &'a View, active_count: usize) -> Self {
        Self {
            conversation: &view.conversation,
            last_sender: view.last_sender.as_ref(),
            active_count,
            is_member: view.member.is_some(),
            unread: view.unread,
        }
    }

    /// By one of the members of [`Views`].
    pub(crate) fn of_member(views: &'a Views, member: &MemberView, active_count: usize) -> Self {
        Self { is_member: true, unread: member.unread, ..Self::of_other(views, active_count) }
    }

    /// By somebody who is not in it.
    pub(crate) fn of_other(views: &'a Views, active_count: usize) -> Self {
        Self {
            conversation: &views.conversation,
            last_sender: views.last_sender.as_ref(),
            active_count,
            is_member: false,
            unread: 0,
        }
    }

    /// A fresh one, by its maker.
    pub(crate) fn made(conversation: &'a Conversation) -> Self {
        Self { conversation, last_sender: None, active_count: 0, is_member: true, unread: 0 }
    }
}
