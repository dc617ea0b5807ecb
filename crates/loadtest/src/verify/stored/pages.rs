//! Reading and writing a conversation by REST.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::log::{LineId, RoomNumber, Seq};
use super::memory::{Known, Memory};
use super::session::Session;
use super::shared::Shared;
use crate::connection::rest::{Answer, Request, Rest};
use crate::error::Error;

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(10);
/// The most that a page holds.
const PAGE: usize = 100;

/// Asks, but not for ever.
pub(super) async fn ask(rest: &mut Rest, request: &Request<'_>) -> Result<Answer, Error> {
    let late = Err(Error::Timeout("an answer by REST", LIMIT.as_secs()));
    timeout(LIMIT, rest.ask(request)).await.unwrap_or(late)
}

/// The messages of one page, and whether there are more.
///
/// # Errors
/// If there is no answer, or not that one.
pub(super) async fn page(
    shared: &Shared,
    rest: &mut Rest,
    (token, room): (&str, RoomNumber),
    after: Option<Seq>,
) -> Result<(Vec<Value>, bool), Error> {
    let id = &shared.room_ids[room.0];
    let after = after.map(|seq| format!("&after={}", seq.0)).unwrap_or_default();
    let path = format!("{}?limit={PAGE}{after}", shared.form().pages(id));
    let Answer { status, mut body } =
        ask(rest, &Request { method: "GET", path: &path, token, body: "" }).await?;
    match (status, body["messages"].take()) {
        (200, Value::Array(messages)) => Ok((messages, body["hasMore"] == true)),
        _ => Err(Error::Status { status, body: body.to_string() }),
    }
}

/// Reads what the client does not have of a room that it listens to.
///
/// # Errors
/// As [`page`].
pub(super) async fn fill(
    rest: &mut Rest,
    (session, memory): (&mut Session, &mut Memory),
    room: RoomNumber,
) -> Result<(), Error> {
    let shared = session.shared();
    let token = shared.token(memory.client);
    let mut after = memory.upto(room);
    loop {
        let (messages, has_more) = page(&shared, rest, (&token, room), after).await?;
        if after.is_none() {
            // The newest page: what was before it is not this client's business.
            let first = messages.first().and_then(|message| message["seq"].as_u64()).unwrap_or(1);
            memory.known.insert(room, Known::after(Seq(first.saturating_sub(1))));
        }
        for message in &messages {
            session.found(message, memory);
        }
        let last = messages.last().and_then(|message| message["seq"].as_u64()).map(Seq);
        if after.is_none() || !has_more {
            session.is_whole(room, last.or(after).unwrap_or(Seq(0)));
            return Ok(());
        }
        if last <= after {
            shared.failed(|| format!("a page of room {} after {after:?} ends at {last:?}", room.0));
            return Ok(());
        }
        after = last;
    }
}

/// Posts a message, for the first time or again. If there is no answer, it is as lost as on a
/// socket that was cut.
pub(super) async fn post(shared: &Shared, rest: &mut Rest, memory: &mut Memory, id: LineId) {
    let line = memory.line(id.number).clone();
    let (path, body) = shared.post(id, &line);
    let (token, body) = (shared.token(id.client), body.to_string());
    let request = Request { method: "POST", path: &path, token: &token, body: &body };
    match ask(rest, &request).await {
        Ok(answer) => shared.answered(id.number, &answer.body, memory),
        Err(_) => memory.miss(id.number),
    }
}

/// Marks a direct conversation read to its newest message by REST.
pub(super) async fn mark(shared: &Shared, rest: &mut Rest, client: u32, room: RoomNumber) {
    let (floor, token) = (shared.mark_of(client, room), shared.token(client));
    let path = format!("{}/read", shared.form().pages(&shared.room_ids[room.0]));
    let request = Request { method: "PUT", path: &path, token: &token, body: "" };
    match ask(rest, &request).await {
        Ok(Answer { status: 200, body }) => shared.marked((client, room), floor, &body),
        Ok(Answer { status: 503, .. }) | Err(_) => {}
        Ok(Answer { status, body }) => shared.failed(|| format!("PUT {path}: {status} {body}")),
    }
}

/// Leaves a room for good; all of the user's sockets stop listening. Whether that is certain.
pub(super) async fn leave(shared: &Shared, rest: &mut Rest, client: u32, room: RoomNumber) -> bool {
    let path = shared.form().left(&shared.room_ids[room.0]);
    let token = shared.token(client);
    let request = Request { method: "DELETE", path: &path, token: &token, body: "" };
    match ask(rest, &request).await {
        Ok(Answer { status: 200, .. }) => true,
        Ok(Answer { status: 503, .. }) | Err(_) => false,
        Ok(Answer { status, body }) => {
            shared.failed(|| format!("DELETE {path}: {status} {body}"));
            false
        }
    }
}
