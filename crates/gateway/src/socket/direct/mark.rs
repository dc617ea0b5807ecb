//! `mark_read` of a direct conversation.

use std::sync::Arc;

use chat::conversations::{ConversationId, Seq};
use serde::Serialize;
use socketio::Flow;
use tokio::time::timeout;

use crate::socket::rooms::Call;

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Marked {
    success: bool,
    /// Whether the mark was moved.
    updated: bool,
    last_read_seq: u64,
}

/// The other one's joined sockets hear of it. Where messages of this socket are on their way, it comes
/// behind them, and nothing is read of the socket meanwhile: so all its marks are taken in their order.
pub(in crate::socket) fn mark_read(
    mut call: Call<'_>,
    conversation: ConversationId,
    to: Option<Seq>,
) -> Flow {
    let under_way = call.chat.own_under_way(&conversation, &call.listener);
    let patience = call.chat.patience();
    let reply = call.reply();
    let (chat, account) = (Arc::clone(call.chat), call.listener.account);
    let mark = async move {
        match chat.read_direct(&conversation, &account, to).await {
            Ok(mark) => reply.succeed(&Marked {
                success: true,
                updated: mark.moved,
                last_read_seq: mark.last_read.0,
            }),
            Err(error) => reply.fail(error),
        }
    };
    let Some(under_way) = under_way else { return Flow::Wait(Box::pin(mark)) };
    Flow::Hold(Box::pin(async move {
        // What has no outcome by then is not waited for.
        let _ = timeout(patience, under_way.settled()).await;
        let mut mark = Box::pin(mark);
        if timeout(patience, &mut mark).await.is_err() {
            tokio::spawn(mark);
        }
    }))
}
