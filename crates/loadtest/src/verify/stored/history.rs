//! What is stored in the end.

use std::rc::Rc;

use super::log::{LineId, RoomNumber, Seq};
use super::pages;
use super::shared::Shared;
use crate::connection::rest::Rest;
use crate::error::Error;

/// A hole of more messages than that is nonsense, and is not kept.
const MAX_HOLE: u64 = 100_000;

/// Reads every conversation from its first message on. `None` is a message that is not as it was sent.
///
/// # Errors
/// If there is no answer.
pub(super) async fn read(shared: &Shared) -> Result<Vec<Vec<Option<LineId>>>, Error> {
    let mut rest = Rest::new(Rc::clone(&shared.target), 0);
    let mut histories = Vec::new();
    for room in (0..shared.room_ids.len()).map(RoomNumber) {
        histories.push(room_history(shared, &mut rest, room).await?);
    }
    Ok(histories)
}

async fn room_history(
    shared: &Shared,
    rest: &mut Rest,
    room: RoomNumber,
) -> Result<Vec<Option<LineId>>, Error> {
    let token = shared.token(shared.reader(room));
    let mut history = Vec::new();
    loop {
        let after = history.len() as u64;
        let (messages, has_more) =
            pages::page(shared, rest, (&token, room), Some(Seq(after))).await?;
        let is_empty = messages.is_empty();
        for message in messages {
            let next = history.len() as u64 + 1;
            let seq = message["seq"].as_u64().unwrap_or_default();
            let mut findings = shared.findings.borrow_mut();
            let what = || format!("room {} has {seq} where {next} should be", room.0);
            if seq < next {
                findings.doubled.add(what);
                continue;
            }
            if seq > next {
                findings.lost.add(what);
            }
            drop(findings);
            if seq - next > MAX_HOLE {
                return Err(Error::Protocol("a history with a hole without end"));
            }
            history.extend((next..seq).map(|_| None));
            history.push(shared.note(&message).map(|(_, _, line)| line));
        }
        if !has_more || is_empty {
            return Ok(history);
        }
    }
}
