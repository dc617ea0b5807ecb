//! Messages of the channels dialect: decided from memory, shown before they are stored.

use chat::conversations::ConversationId;
use chat::error::{Code, Coded};
use chat::ids::ClientId;
use chat::listening::Form;
use chat::messages::{Echo, MessageType, Rejection};
use chat::sequencer::SendError;
use chat::text::Text;
use socketio::Ack;

use super::channels::Origin;
use super::{ChatHub, Listener, Post};

/// A message that is to be shown at once.
#[derive(Debug)]
pub(crate) struct Line {
    /// Where.
    pub(crate) conversation: ConversationId,
    /// What it says.
    pub(crate) text: Text,
    /// Its client's key; without one the message's id is it.
    pub(crate) temp_id: Option<ClientId>,
    /// The family of the event that brought it: [`Form::ChannelRooms`] or [`Form::Channels`].
    pub(crate) form: Form,
}

/// Why a message was not shown. Nothing of it is stored, or will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotSaid {
    /// The socket does not listen there in either family.
    #[error("You do not listen there: call `joinRoom` or `joinChannel` first.")]
    NotListening,
    #[error(transparent)]
    Send(#[from] SendError),
}

impl Coded for NotSaid {
    fn code(&self) -> Code {
        match self {
            Self::NotListening => Code::NotInRoom,
            Self::Send(error) => error.code(),
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::NotListening => None,
            Self::Send(error) => error.retry_after(),
        }
    }
}

impl ChatHub {
    /// Shows a message to all who listen, and puts it on its way into the store, as one: from memory
    /// alone. Its callback is called, and its sender told, by the same step. Whoever may listen may
    /// write, but for a few that the storing transaction refuses: see
    /// [`permissions`](chat::permissions).
    ///
    /// # Errors
    /// [`NotSaid`]: `ack` is still there then.
    pub(crate) fn say(
        &self,
        listener: &Listener,
        line: Line,
        ack: &mut Option<Ack>,
    ) -> Result<(), NotSaid> {
        let Line { conversation, text, temp_id, form } = line;
        let outlet = self.outlets.keep(&conversation).ok_or(NotSaid::NotListening)?;
        let sender = listener.profile.get();
        let mut message = self.new_message(Post {
            conversation: conversation.clone(),
            sender: std::sync::Arc::clone(&sender),
            text,
            message_type: MessageType::TEXT,
            client_id: None,
            echo: Echo::None,
        });
        let id = message.id;
        // So a client that gave none may send again by the one that it was given.
        let temp_id = temp_id.or_else(|| ClientId::parse(&id.to_string()).ok());
        message.client_id.clone_from(&temp_id);
        let may = outlet.channels().filter(|channels| channels.holds(&listener.socket));
        let (Some(_), Some(temp_id)) = (may, temp_id) else {
            drop(self.outlets.release(&conversation));
            return Err(NotSaid::NotListening);
        };
        if outlet.gate().direct.is_blocked {
            drop(self.outlets.release(&conversation));
            return Err(SendError::from(Rejection::NotFound).into());
        }
        let origin = Origin::new(&listener.socket, form, &temp_id, ack.take());
        outlet.gate().open().begin(id, origin);
        self.timelines.begin(&message);
        match self.sequencing.show(message, sender) {
            // What becomes of it is told by the outlet, which is kept until then.
            Ok(_) => Ok(()),
            Err(error) => {
                self.timelines.fail(id, error);
                let origin = outlet.gate().close(id).and_then(|mut opened| opened.origins.pop());
                *ack = origin.and_then(Origin::into_ack);
                drop(self.outlets.release(&conversation));
                Err(error.into())
            }
        }
    }
}
