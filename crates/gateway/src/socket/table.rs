//! The one table of client events. Dispatch, rates and metrics read it; an
//! event that is not in it does not exist.

use chat::pairing::Command;

use super::channels;
use super::direct;
use super::pair::decode::{self, Decode};
use super::rooms::{self, Run};
use crate::error::WireError;

/// One kind of client event.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its exact name on the wire.
    pub(crate) name: &'static str,
    /// Which rate it counts against.
    pub(crate) cost: Cost,
    /// Who may send it, and what becomes of it.
    pub(crate) action: Action,
}

/// The rates; see [`Limits`](crate::Limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// A message of any dialect.
    Message,
    /// A search for a partner.
    PairStart,
    /// Coalesced by the domain and never refused.
    Typing,
    /// Everything else.
    Other,
}

/// Who may send an event, and what it does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    /// Anybody: the arguments become a command for pairing.
    Pair(Decode),
    /// Anybody: a command for pairing, whatever the arguments.
    Plain(fn() -> Command),
    /// Anybody, but it is not offered: the answer says what to do instead.
    Refuse(fn() -> WireError),
    /// With a `conversationId` the second, for accounts; else the first, for anybody.
    Typing(fn() -> Command, Run),
    /// Which dialect's it is, its fields tell: see [`super::pair::decode::dialect`].
    Send,
    /// Accounts only: stored conversations.
    Chat(Run),
    /// Accounts only: another token for this socket.
    Refresh,
}

const fn plain(name: &'static str, command: fn() -> Command) -> Row {
    Row { name, cost: Cost::Other, action: Action::Plain(command) }
}

impl Action {
    /// Whether strangers are told to sign in before an argument is looked at.
    pub(crate) const fn needs_account(self) -> bool {
        matches!(self, Self::Chat(_) | Self::Refresh)
    }
}

const fn pair(name: &'static str, cost: Cost, decode: Decode) -> Row {
    Row { name, cost, action: Action::Pair(decode) }
}

const fn typing(name: &'static str, of_pair: fn() -> Command, of_direct: Run) -> Row {
    Row { name, cost: Cost::Typing, action: Action::Typing(of_pair, of_direct) }
}

const fn chat(name: &'static str, run: Run) -> Row {
    Row { name, cost: Cost::Other, action: Action::Chat(run) }
}

const fn say(name: &'static str, run: Run) -> Row {
    Row { name, cost: Cost::Message, action: Action::Chat(run) }
}

/// Every client event of the contract, sorted by name (in bytes).
pub(crate) static EVENTS: [Row; 23] = [
    say("NEW_MESSAGE", channels::new_message),
    plain("block_partner", || Command::Block),
    chat("get_active_users", rooms::get_active_users),
    plain("get_room_status", || Command::Status),
    chat("joinChannel", channels::join_channel),
    chat("joinRoom", channels::join_room),
    chat("join_conversation", direct::join_conversation),
    chat("join_room", rooms::join_room),
    chat("leaveChannel", channels::leave_channel),
    chat("leaveRoom", channels::leave_room),
    plain("leave_chat", || Command::Leave),
    chat("leave_conversation", direct::leave_conversation),
    chat("leave_room", rooms::leave_room),
    chat("mark_read", rooms::mark_read),
    pair("new_chat", Cost::PairStart, decode::new_chat),
    Row { name: "refresh_token", cost: Cost::Other, action: Action::Refresh },
    Row { name: "report_partner", cost: Cost::Other, action: Action::Refuse(decode::no_reports) },
    say("roomMessage", channels::room_message),
    Row { name: "send_message", cost: Cost::Message, action: Action::Send },
    pair("start_chat", Cost::PairStart, decode::start_chat),
    typing("stop_typing", || Command::StopTyping, direct::stop_typing),
    chat("sync", rooms::sync),
    typing("typing", || Command::Typing, direct::typing),
];

/// The place of an event in the table.
pub(crate) fn find(name: &str) -> Option<usize> {
    EVENTS.binary_search_by(|row| row.name.cmp(name)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_event_is_found() {
        assert!(EVENTS.is_sorted_by(|one, next| one.name < next.name));
        for (at, row) in EVENTS.iter().enumerate() {
            assert_eq!(find(row.name), Some(at), "{}", row.name);
        }
    }

    #[test]
    fn what_only_the_server_says_is_no_client_event() {
        for name in ["receive_message", "user_joined", "chat_history", "chat_error", "", "Typing"] {
            assert_eq!(find(name), None, "{name}");
        }
    }
}
