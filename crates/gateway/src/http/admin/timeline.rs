//! `GET /api/admin/messages/{id}/timeline`.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use chat::error::Code;
use chat::ids::ClientId;
use chat::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::Operator;
use crate::error::{ErrorBody, WireError};
use crate::http::api::Api;
use crate::timelines::{Moment, Timeline};

/// The answer.
#[derive(Serialize, ToSchema)]
pub(super) struct Timelines {
    /// The latest first; several where a key names several, for each sender has their own.
    messages: Vec<TimelineBody>,
}

/// What happened to a message; no text is in it.
#[derive(Serialize, ToSchema)]
#[schema(as = MessageTimeline)]
#[serde(rename_all = "camelCase")]
struct TimelineBody {
    /// The message's id, also while it is not stored.
    #[serde(rename = "_id")]
    id: String,
    /// The key that its sender's client gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    temp_id: Option<String>,
    /// Where it was sent.
    conversation_id: String,
    /// Who sent it.
    sender_id: String,
    /// Its place, once it is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    seq: Option<u64>,
    /// What happened, in that order: `received` first.
    moments: Vec<MomentBody>,
}

/// Something that happened to it.
#[derive(Serialize, ToSchema)]
#[schema(as = MessageMoment)]
#[serde(rename_all = "camelCase")]
struct MomentBody {
    /// `received`, `emitted` (shown before it was stored), `queued` (on its way into the store),
    /// `committed`, `confirmed` (those who listen were told, or shown it), `failed`.
    what: &'static str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: String,
    /// How long after it was received, in milliseconds.
    after_ms: f64,
    /// Of `failed`: why, as a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    code: Option<&'static str>,
}

/// What happened to one of the latest messages of this node, and when.
///
/// For whoever asks why it hangs. `id` is the message's, with `temp_` before it or without, or the key
/// that its sender's client gave it. Some 8,000 messages are remembered, until the server ends.
#[utoipa::path(
    get,
    path = "/api/admin/messages/{id}/timeline",
    tag = "admin",
    security(("admin" = [])),
    params(("id" = String, Path, description = "An id, or a `tempId`")),
    responses(
        (status = 200, description = "Found", body = Timelines),
        (status = 401, description = "`unauthenticated`: not the operator's token", body = ErrorBody),
        (status = 404, description = "`not_found`: not one of the latest", body = ErrorBody),
    )
)]
pub(super) async fn timeline(
    State(api): State<Arc<Api>>,
    _: Operator,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Timelines>, WireError> {
    let found = path.map(|Path(name)| api.chat.timelines().find(&name)).unwrap_or_default();
    if found.is_empty() {
        return Err(WireError::new(
            Code::NotFound,
            "No such message is remembered: only the latest of this node are, since its start.",
        ));
    }
    Ok(Json(Timelines { messages: found.iter().map(TimelineBody::of).collect() }))
}

impl TimelineBody {
    fn of(timeline: &Timeline) -> Self {
        let received = (Moment::Queued, Duration::ZERO);
        let first = MomentBody { what: "received", ..MomentBody::of(timeline.received, received) };
        let rest = timeline.moments.iter().map(|moment| MomentBody::of(timeline.received, *moment));
        Self {
            id: timeline.id.to_string(),
            temp_id: timeline.client_id.as_ref().map(ClientId::to_string),
            conversation_id: timeline.conversation.to_string(),
            sender_id: timeline.sender.to_string(),
            seq: timeline.seq.map(|seq| seq.0),
            moments: [first].into_iter().chain(rest).collect(),
        }
    }
}

impl MomentBody {
    fn of(received: Timestamp, (moment, after): (Moment, Duration)) -> Self {
        let millis = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        let at = Timestamp::from_millis(received.as_millis().saturating_add(millis));
        let (what, code) = match moment {
            Moment::Emitted => ("emitted", None),
            Moment::Queued => ("queued", None),
            Moment::Committed => ("committed", None),
            Moment::Confirmed => ("confirmed", None),
            Moment::Failed(code) => ("failed", Some(code.as_str())),
        };
        // To the microsecond.
        let after_ms = (after.as_secs_f64() * 1e6).round() / 1e3;
        Self { what, at: at.to_string(), after_ms, code }
    }
}
