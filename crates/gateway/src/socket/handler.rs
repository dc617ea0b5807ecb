//! One socket: its rates, and the way of an event from the table to its answer.

use std::sync::Arc;

use chat::error::Code;
use chat::ids::{AccountId, SocketId};
use chat::pairing::{Command, Seeker};
use chat::time::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use socketio::{Ack, DisconnectReason, Event, Flow, Handler, Socket};

use super::connect::Shared;
use super::direct;
use super::live::Place;
use super::pair::decode::{self, Dialect};
use super::payload::{Payload, id, invalid};
use super::refresh::{self, Refresh};
use super::rooms::{self, Call, Run};
use super::table::{self, Action, Cost, EVENTS};
use crate::address::Permit;
use crate::error::WireError;
use crate::fanout::Listener;
use crate::limits::Buckets;

/// How much of an unknown event's name an answer repeats, in characters.
const SHOWN_NAME_CHARS: usize = 64;
/// The largest id that a `chat_error` repeats, in bytes of JSON: 64 characters, all escaped.
const SHOWN_ID_BYTES: usize = 64 * 12 + 2;

/// What a log line calls whoever has no account.
const STRANGER: &str = "stranger";

/// A connected socket, a stranger's or an account's: 112 bytes, and its rates.
#[derive(Debug)]
pub(crate) struct SocketHandler {
    shared: Arc<Shared>,
    who: Who,
    buckets: Option<Box<Buckets>>,
    connected_at: Timestamp,
    /// Its address's place, given back with the handler.
    _permit: Permit,
}

#[derive(Debug)]
enum Who {
    Stranger(SocketId),
    /// Its place among the account's sockets, given back with the handler.
    Account(Place),
}

impl SocketHandler {
    pub(crate) fn new(
        shared: &Arc<Shared>,
        permit: Permit,
        id: SocketId,
        place: Option<Place>,
    ) -> Self {
        let rates = place.as_ref().and_then(Place::rates);
        Self {
            shared: Arc::clone(shared),
            who: place.map_or(Who::Stranger(id), Who::Account),
            buckets: Buckets::new(&shared.limits, rates).map(Box::new),
            connected_at: shared.pair.now().wall,
            _permit: permit,
        }
    }

    fn id(&self) -> &SocketId {
        match &self.who {
            Who::Stranger(id) => id,
            Who::Account(place) => place.socket(),
        }
    }

    /// `None` for a stranger.
    fn place(&self) -> Option<&Place> {
        match &self.who {
            Who::Stranger(_) => None,
            Who::Account(place) => Some(place),
        }
    }

    fn account(&self) -> Option<&AccountId> {
        self.place().map(Place::account)
    }

    /// As pairing knows it.
    fn seeker(&self) -> Seeker {
        Seeker { socket: self.id().clone(), account: self.account().cloned() }
    }

    /// How log lines call whoever this is.
    fn user(&self) -> &str {
        self.account().map_or(STRANGER, AccountId::as_str)
    }

    /// Everything between an event and its success, whose answer is then already sent, or comes with
    /// the end of the wait. `ack` is left where it is for a failure.
    fn dispatch(
        &mut self,
        socket: &Socket,
        row: Option<usize>,
        event: &Event<'_>,
        ack: &mut Option<Ack>,
    ) -> Result<Flow, WireError> {
        let at = row;
        let row = row.map(|row| &EVENTS[row]);
        let cost = row.map_or(Cost::Other, |row| row.cost);
        let is_flood = match self.charge(cost) {
            Ok(()) => false,
            Err(_) if cost == Cost::Typing => true,
            Err(refusal) => return Err(refusal),
        };
        let (Some(row), Some(at)) = (row, at) else { return Err(unknown(&event.name)) };
        if row.action.needs_account() && self.place().is_none() {
            return Err(needs_account());
        }
        if !event.attachments.is_empty() {
            return Err(invalid("Chat events carry no binary data: send text."));
        }
        let payload = Payload::read(&event.args)?;
        match row.action {
            Action::Refuse(error) => Err(error()),
            Action::Refresh => {
                let token = refresh::decode(&payload)?;
                let place = self.place().ok_or_else(needs_account)?;
                let (shared, account) = (Arc::clone(&self.shared), place.account().clone());
                let (socket, ack) = (socket.clone(), ack.take());
                let refresh = Refresh { shared, socket, account, token, ack };
                Ok(Flow::Wait(Box::pin(refresh::run(refresh))))
            }
            Action::Plain(command) => self.pair(socket, |_| Ok(command()), &payload, ack),
            Action::Pair(decode) => self.pair(socket, decode, &payload, ack),
            Action::Typing(of_pair, run) if is_flood => {
                self.flood(socket, (of_pair(), run), (at, &payload), ack)
            }
            Action::Typing(of_pair, _) if payload.conversation_id.is_none() => {
                self.pair(socket, |_| Ok(of_pair()), &payload, ack)
            }
            Action::Typing(..) if self.place().is_none() => Err(needs_account()),
            Action::Typing(_, run) | Action::Chat(run) => {
                self.chat(socket, run, (at, &payload), ack)
            }
            Action::Send => match decode::dialect(&payload)? {
                Dialect::Pair => self.pair(socket, decode::send_message, &payload, ack),
                _ if self.place().is_none() => Err(needs_account()),
                Dialect::Rooms => self.chat(socket, rooms::send_message, (at, &payload), ack),
                Dialect::Direct => self.chat(socket, direct::send_message, (at, &payload), ack),
            },
        }
    }

    fn pair(
        &self,
        socket: &Socket,
        decode: impl FnOnce(&Payload<'_>) -> Result<Command, WireError>,
        payload: &Payload<'_>,
        ack: &mut Option<Ack>,
    ) -> Result<Flow, WireError> {
        check_user(payload, self.account())?;
        self.shared.pair.run(socket, &self.seeker(), decode(payload)?, ack)?;
        Ok(Flow::Next)
    }

    /// What comes too often: a `typing` that is good is swallowed, and an end is an end.
    fn flood(
        &mut self,
        socket: &Socket,
        (of_pair, of_direct): (Command, Run),
        (at, payload): (usize, &Payload<'_>),
        ack: &mut Option<Ack>,
    ) -> Result<Flow, WireError> {
        check_user(payload, self.account())?;
        let is_end = matches!(of_pair, Command::StopTyping);
        if payload.conversation_id.is_some() {
            let listener = self.listener(socket).ok_or_else(needs_account)?;
            let conversation = direct::conversation(payload, &listener)?;
            let chat = self.shared.chat.as_ref().ok_or_else(not_yet)?;
            let listens = chat.listens(&listener, &conversation);
            if !listens {
                // The store has to say whether it may: that counts as any other event does.
                self.charge(Cost::Other)?;
            }
            if is_end || !listens {
                return self.chat(socket, of_direct, (at, payload), ack);
            }
        } else if is_end {
            return self.pair(socket, |_| Ok(of_pair), payload, ack);
        }
        self.shared.tally.swallowed_typing();
        succeed(ack);
        Ok(Flow::Next)
    }

    /// `at` is the event's place in the table.
    fn chat(
        &self,
        socket: &Socket,
        run: Run,
        (at, payload): (usize, &Payload<'_>),
        ack: &mut Option<Ack>,
    ) -> Result<Flow, WireError> {
        check_user(payload, self.account())?;
        let place = self.place().ok_or_else(needs_account)?;
        let chat = self.shared.chat.as_ref().ok_or_else(not_yet)?;
        run(Call {
            shared: &self.shared,
            chat,
            listener: listener(place, socket),
            place,
            connected_at: self.connected_at,
            row: at,
            payload,
            ack,
        })
    }

    /// As those who listen are known; `None` for a stranger.
    fn listener(&self, socket: &Socket) -> Option<Listener> {
        self.place().map(|place| listener(place, socket))
    }

    fn charge(&mut self, cost: Cost) -> Result<(), WireError> {
        let Some(buckets) = &mut self.buckets else { return Ok(()) };
        Ok(buckets.take(cost, self.shared.pair.now().mono)?)
    }
}

fn listener(place: &Place, socket: &Socket) -> Listener {
    Listener {
        socket: socket.clone(),
        id: place.socket().clone(),
        account: place.account().clone(),
        profile: place.profile().clone(),
    }
}

impl Handler for SocketHandler {
    fn connected(&mut self, socket: &Socket) {
        tracing::info!(user = self.user(), socket.id = %socket.id(), "socket connected");
        if let Some(place) = self.place() {
            place.attach(socket);
            if let Some(inbox) = &self.shared.inbox {
                inbox.online(place.account());
            }
            if let Some(chat) = self.shared.chat.as_ref().filter(|_| !place.is_guest()) {
                chat.presence().connect(place.account(), place.socket());
            }
        }
    }

    fn event(&mut self, socket: &Socket, event: Event<'_>, mut ack: Option<Ack>) -> Flow {
        let row = table::find(&event.name);
        match self.dispatch(socket, row, &event, &mut ack) {
            Ok(Flow::Next) => self.shared.tally.event(row, None),
            // Whatever waits is counted when it ends.
            Ok(wait) => return wait,
            Err(error) => {
                self.shared.tally.event(row, Some(error.code()));
                fail(socket, &event, &error, ack);
            }
        }
        Flow::Next
    }

    fn disconnected(&mut self, socket: &Socket, reason: DisconnectReason) {
        self.shared.pair.vanish(&self.seeker());
        if let (Some(chat), Some(listener)) = (&self.shared.chat, self.listener(socket)) {
            chat.vanish(&listener);
        }
        if let (Some(chat), Some(place)) = (&self.shared.chat, self.place()) {
            chat.presence().disconnect(place.account(), place.socket());
        }
        if let (Some(inbox), Some(place)) = (&self.shared.inbox, self.place()) {
            inbox.offline(place.account());
        }
        let traffic = socket.traffic();
        tracing::info!(
            user = self.user(),
            socket.id = %socket.id(),
            seconds = traffic.age.as_secs(),
            events.r#in = traffic.events_in,
            events.out = traffic.events_out,
            reason = reason.as_str(),
            "socket gone",
        );
    }
}

/// `{success: true}`, the answer of events that give nothing back.
#[derive(Serialize)]
pub(super) struct Done {
    success: bool,
}

/// See [`Done`].
pub(super) const DONE: Done = Done { success: true };

fn succeed(ack: &mut Option<Ack>) {
    if let Some(ack) = ack.take() {
        ack.send(&DONE);
    }
}

/// `{success: false, error}`, the answer of every failure.
#[derive(Serialize)]
pub(super) struct Failed<'a> {
    success: bool,
    error: &'a WireError,
}

impl<'a> Failed<'a> {
    pub(super) const fn new(error: &'a WireError) -> Self {
        Self { success: false, error }
    }
}

/// The event that stands in for a callback that the client did not give.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChatError<'a> {
    event: &'a str,
    error: &'a WireError,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a RawValue>,
    /// The same by its name in the channels dialect.
    #[serde(skip_serializing_if = "Option::is_none")]
    temp_id: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<&'a RawValue>,
}

impl<'a> ChatError<'a> {
    /// The ids come back as the client wrote them, if they can be ids at all.
    pub(super) fn new(name: &'a str, payload: &Payload<'a>, error: &'a WireError) -> Self {
        let payload = payload.with_bare_id(name);
        Self {
            event: shown(name),
            error,
            client_id: shown_id(payload.client_id.or(payload.temp_id)),
            temp_id: shown_id(payload.temp_id),
            room_id: shown_id(payload.room_id),
            conversation_id: shown_id(payload.conversation_id),
            channel_id: shown_id(payload.channel_id),
        }
    }
}

/// Answers a failure: by the callback, or else by `chat_error`.
fn fail(socket: &Socket, event: &Event<'_>, error: &WireError, ack: Option<Ack>) {
    if let Some(ack) = ack {
        return ack.send(&Failed::new(error));
    }
    let payload = Payload::read(&event.args).unwrap_or_default();
    socket.emit("chat_error", &ChatError::new(&event.name, &payload, error));
}

fn shown(name: &str) -> &str {
    name.char_indices().nth(SHOWN_NAME_CHARS).map_or(name, |(end, _)| &name[..end])
}

fn shown_id(raw: Option<&RawValue>) -> Option<&RawValue> {
    raw.filter(|raw| {
        raw.get().len() <= SHOWN_ID_BYTES
            && matches!(raw.get().as_bytes().first(), Some(b'"' | b'-' | b'0'..=b'9'))
    })
}

fn unknown(name: &str) -> WireError {
    invalid(format!("There is no event `{}`: check its spelling.", shown(name)))
}

/// Whoever says who they are has to be who they are. A stranger is nobody's user.
fn check_user(payload: &Payload<'_>, account: Option<&AccountId>) -> Result<(), WireError> {
    let Some(raw) = payload.user_id else { return Ok(()) };
    let said = id(raw, "userId");
    match account {
        Some(account) if said? == account.as_str() => Ok(()),
        Some(_) => Err(WireError::new(
            Code::Forbidden,
            "This `userId` is not that of your token: leave it out.",
        )),
        None => Err(WireError::new(
            Code::Forbidden,
            "You are connected without an account: leave `userId` out.",
        )),
    }
}

/// What a stranger hears on the events of accounts.
pub(super) fn needs_account() -> WireError {
    WireError::new(
        Code::Unauthenticated,
        "This needs an account: without one you can chat with a stranger, by `start_chat`.",
    )
}

/// What somebody hears where there are no stored conversations.
fn not_yet() -> WireError {
    WireError::new(Code::Unavailable, "This is not in this version of the server yet.")
        .final_answer()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat_error(name: &str, argument: &str, error: &WireError) -> String {
        let raw: Box<RawValue> = serde_json::from_str(argument).expect("JSON");
        let payload = Payload::read(&[&raw]).unwrap_or_default();
        serde_json::to_string(&ChatError::new(name, &payload, error)).expect("JSON")
    }

    /// An allocator's next size is 128.
    #[test]
    fn a_handler_is_small() {
        assert!(size_of::<SocketHandler>() <= 112, "{} bytes", size_of::<SocketHandler>());
    }

    #[test]
    fn failures_read_as_the_contract_says() {
        let error = unknown("dance");
        let failed = serde_json::to_string(&Failed::new(&error)).unwrap();
        let ids = r#"{"clientId":"c1","roomId":7,"text":"hi"}"#;
        let emitted = chat_error("send_message", ids, &needs_account());
        let done = serde_json::to_string(&DONE).unwrap();
        insta::assert_snapshot!(format!("{failed}\n{emitted}\n{done}"));
    }

    #[test]
    fn a_chat_error_repeats_only_what_can_be_an_id() {
        let error = invalid("No.");
        let long = "x".repeat(SHOWN_ID_BYTES);
        for ids in [
            r#"{"clientId":{},"roomId":[1],"channelId":true}"#.to_owned(),
            format!(r#"{{"clientId":"{long}"}}"#),
            r#"{"\ud800":1,"clientId":"c"}"#.to_owned(),
            r#""bare""#.to_owned(),
        ] {
            let text = chat_error("x", &ids, &error);
            assert!(!text.contains("Id\""), "{text}");
        }
    }

    #[test]
    fn a_bare_id_was_missing_in_its_chat_error() {
        let error = invalid("No.");
        for (event, expected) in [
            ("join_room", r#""roomId":"tea""#),
            ("get_active_users", r#""roomId":"tea""#),
            ("join_conversation", r#""conversationId":"tea""#),
            ("mark_read", r#""conversationId":"tea""#),
        ] {
            let text = chat_error(event, r#""tea""#, &error);
            assert!(text.contains(expected), "{text}");
        }
        for (id, expected) in [
            (r#""conv_7_12""#, r#""conversationId":"conv_7_12""#),
            (r#""room_1""#, r#""roomId":"room_1""#),
            (r#""channel_1""#, r#""channelId":"channel_1""#),
            (r#"{"roomId":"room_1"}"#, r#""roomId":"room_1""#),
        ] {
            let text = chat_error("mark_read", id, &error);
            assert!(text.contains(expected), "{text}");
        }
    }

    #[test]
    fn whoever_says_who_they_are_has_to_be() {
        let account = AccountId::parse("7").expect("an id");
        for (argument, of_account, of_stranger) in [
            ("{}", None, None),
            (r#"{"userId":null,"senderName":"Bob"}"#, None, None),
            (r#"{"userId":"7"}"#, None, Some(Code::Forbidden)),
            (r#"{"userId":7}"#, None, Some(Code::Forbidden)),
            (r#"{"userId":"8"}"#, Some(Code::Forbidden), Some(Code::Forbidden)),
            (r#"{"userId":70}"#, Some(Code::Forbidden), Some(Code::Forbidden)),
            (r#"{"userId":{}}"#, Some(Code::InvalidPayload), Some(Code::Forbidden)),
        ] {
            let raw: Box<RawValue> = serde_json::from_str(argument).expect("JSON");
            let args = [&*raw];
            let payload = Payload::read(&args).expect("an object");
            let code = |account| check_user(&payload, account).err().map(|error| error.code());
            assert_eq!((code(Some(&account)), code(None)), (of_account, of_stranger), "{argument}");
        }
    }

    #[test]
    fn an_unknown_name_is_repeated_in_part() {
        let name = "é".repeat(SHOWN_NAME_CHARS + 1);
        assert_eq!(shown(&name).chars().count(), SHOWN_NAME_CHARS);
        assert_eq!(shown("short"), "short");
    }
}
