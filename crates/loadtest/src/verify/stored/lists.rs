//! How everybody's list looks in the end: as the messages and marks do.

use std::rc::Rc;

use serde_json::Value;

use super::log::{LineId, RoomNumber};
use super::pages;
use super::recount::Recount;
use super::shared::Shared;
use crate::connection::rest::{Request, Rest};
use crate::error::Error;

/// Reads the list of each user, and notes what is wrong with it.
///
/// # Errors
/// If there is no answer.
pub(super) async fn check(shared: &Shared, histories: &[Vec<Option<LineId>>]) -> Result<(), Error> {
    let recount = shared.recount(histories);
    let mut rest = Rest::new(Rc::clone(&shared.target), 0);
    // How far each of the two of a conversation says that they have read, and the other one of them.
    let mut reads = vec![[None, None]; histories.len()];
    let mut others = reads.clone();
    for user in 0..shared.users() {
        for entry in list(shared, &mut rest, user).await? {
            let id = entry["conversation_id"].as_str().unwrap_or_default();
            let room = shared.expected.rooms.get(id).copied();
            let Some(room) = room.filter(|room| shared.pairs[room.0].contains(&user)) else {
                shared.findings.borrow_mut().leaked.add(|| format!("user {user} sees {entry}"));
                continue;
            };
            let at = usize::from(shared.pairs[room.0][0] != user);
            reads[room.0][at] = entry["lastReadSeq"].as_u64();
            others[room.0][1 - at] = entry["otherLastReadSeq"].as_u64();
            one(shared, (user, room), (&entry, &recount), histories[room.0].len() as u64);
        }
    }
    for (room, history) in histories.iter().enumerate().filter(|(_, history)| !history.is_empty()) {
        let (reads, others) = (reads[room], others[room]);
        if reads != others || reads.contains(&None) {
            let what = || {
                let size = history.len();
                format!("conversation {room} of {size}: read {reads:?}, and as seen {others:?}")
            };
            shared.findings.borrow_mut().marks.add(what);
        }
    }
    Ok(())
}

/// One conversation of somebody's: its last message, mark and count.
fn one(
    shared: &Shared,
    (user, room): (usize, RoomNumber),
    (entry, recount): (&Value, &Recount),
    newest: u64,
) {
    let number = |name: &str| entry[name].as_u64();
    let last = &entry["last_message"];
    let seq = if last.is_object() { shared.note(last).map_or(0, |(_, seq, _)| seq.0) } else { 0 };
    let read = number("lastReadSeq").unwrap_or(0);
    let mut findings = shared.findings.borrow_mut();
    if seq != newest {
        findings.altered.add(|| format!("{newest} is the last of {room:?}: user {user} {entry}"));
    }
    let certain = shared.marks.borrow().of(user, room);
    if read < certain || read > newest {
        findings.marks.add(|| format!("user {user} had read up to {certain}: {entry}"));
    }
    let expected = recount.unread(room, shared.pairs[room.0][0] == user, (read, newest));
    if number("unread_count") != expected {
        findings.marks.add(|| format!("{expected:?} are unread to user {user}: {entry}"));
    }
}

async fn list(shared: &Shared, rest: &mut Rest, user: usize) -> Result<Vec<Value>, Error> {
    let token = shared.token(shared.client_of(user));
    let (mut all, mut query) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/messages/conversations?limit=100{query}");
        let request = Request { method: "GET", path: &path, token: &token, body: "" };
        let mut answer = pages::ask(rest, &request).await?;
        let Value::Array(page) = answer.body["conversations"].take() else {
            let (status, body) = (answer.status, answer.body.to_string());
            return Err(Error::Status { status, body });
        };
        all.extend(page);
        match answer.body["nextCursor"].as_str() {
            Some(cursor) => query = format!("&cursor={cursor}"),
            None => return Ok(all),
        }
    }
}
