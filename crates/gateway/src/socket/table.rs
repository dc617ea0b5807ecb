//! The one table of client events. Dispatch, rates and metrics read it; an
//! event that is not in it does not exist.

use chat::pairing::Command;

use super::pair::decode;
use super::payload::Payload;
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
    Pair(fn(&Payload<'_>) -> Result<Command, WireError>),
    /// Anybody, but it is not offered: the answer says what to do instead.
    Refuse(fn() -> WireError),
    /// Accounts only: another token for this socket.
    Refresh,
    /// Accounts only, and not in this version yet. A stranger is told to sign in before an argument
    /// is looked at.
    Account,
}

const fn pair(
    name: &'static str,
    cost: Cost,
    decode: fn(&Payload<'_>) -> Result<Command, WireError>,
) -> Row {
    Row { name, cost, action: Action::Pair(decode) }
}

const fn account(name: &'static str, cost: Cost) -> Row {
    Row { name, cost, action: Action::Account }
}

/// Every client event of the contract, sorted by name (in bytes).
pub(crate) static EVENTS: [Row; 23] = [
    account("NEW_MESSAGE", Cost::Message),
    pair("block_partner", Cost::Other, decode::block_partner),
    account("get_active_users", Cost::Other),
    pair("get_room_status", Cost::Other, decode::get_room_status),
    account("joinChannel", Cost::Other),
    account("joinRoom", Cost::Other),
    account("join_conversation", Cost::Other),
    account("join_room", Cost::Other),
    account("leaveChannel", Cost::Other),
    account("leaveRoom", Cost::Other),
    pair("leave_chat", Cost::Other, decode::leave_chat),
    account("leave_conversation", Cost::Other),
    account("leave_room", Cost::Other),
    account("mark_read", Cost::Other),
    pair("new_chat", Cost::PairStart, decode::new_chat),
    Row { name: "refresh_token", cost: Cost::Other, action: Action::Refresh },
    Row { name: "report_partner", cost: Cost::Other, action: Action::Refuse(decode::no_reports) },
    account("roomMessage", Cost::Message),
    pair("send_message", Cost::Message, decode::send_message),
    pair("start_chat", Cost::PairStart, decode::start_chat),
    pair("stop_typing", Cost::Typing, decode::stop_typing),
    account("sync", Cost::Other),
    pair("typing", Cost::Typing, decode::typing),
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
