//! What is particular to direct conversations: who may know of one at all, whom a message is for, and
//! marks that the other one hears of.

use std::sync::Arc;

use chat::conversations::{ConversationId, Direct, DirectError, Kind, ReadMark, Seq, View};
use chat::error::{Code, Coded};
use chat::identity::{Block, Profile};
use chat::ids::AccountId;
use chat::permissions::Denied;
use chat::sequencer::{Answer, SendError};
use chat::store::StoreError;

use super::outlet::Outlets;
use super::pair::{MessageRead, Noted, Pair, UnderWay};
use super::{ChatHub, Heard, Listener, Post};
use crate::wire::{Reader, Readers};

/// Why somebody has no direct conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotTheirs {
    /// There is none, for this account; or it is a guest's.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It would be with oneself.
    #[error(transparent)]
    Oneself(#[from] DirectError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for NotTheirs {
    fn code(&self) -> Code {
        match self {
            Self::Denied(error) => error.code(),
            Self::Oneself(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

/// The id of a direct conversation, as somebody gives it. Of what the id alone tells it tells all: a
/// guest has none, nobody has one with oneself, and what cannot be one is not there. The rest is the
/// store's to say.
///
/// # Errors
/// [`NotTheirs`], but never of the store.
pub(crate) fn address(id: &str, who: &Profile) -> Result<ConversationId, NotTheirs> {
    if who.is_guest {
        return Err(Denied::Guest.into());
    }
    let me = who.id.as_str();
    let rest = id.strip_prefix(Direct::PREFIX);
    let twice = rest.and_then(|rest| rest.strip_prefix(me)).and_then(|rest| rest.strip_prefix('_'));
    if twice == Some(me) {
        return Err(DirectError.into());
    }
    ConversationId::parse(id)
        .ok()
        .filter(|id| id.kind() == Some(Kind::Direct))
        .ok_or(NotTheirs::Denied(Denied::NotFound))
}

/// The id of any stored conversation, as somebody gives it. What cannot be one is not there; of direct
/// ones see [`address`].
///
/// # Errors
/// [`NotTheirs`], but never of the store.
pub(crate) fn stored(id: &str, who: &Profile) -> Result<ConversationId, NotTheirs> {
    if id.starts_with(Direct::PREFIX) {
        return address(id, who);
    }
    ConversationId::parse(id).map_err(|_| NotTheirs::Denied(Denied::NotFound))
}

impl ChatHub {
    /// As [`ChatHub::send`], for a direct conversation: with whom it is for. The socket that sends it
    /// hears it by the answer alone.
    pub(crate) fn send_direct(
        self: &Arc<Self>,
        post: Post,
        from: Option<&Listener>,
    ) -> impl Future<Output = Result<(Answer, Reader), SendError>> + Send + use<> {
        let sender = Arc::clone(&post.sender);
        let message = self.new_message(post);
        let (id, conversation) = (message.id, message.conversation.clone());
        let noted = from.map(|from| {
            // The message itself ends the writing that was shown.
            self.writers.stop(&(conversation.clone(), from.account.clone()), &from.id);
            Noted::new(&self.outlets, &conversation, id, from)
        });
        let sent = self.send_stored(message, Arc::clone(&sender));
        let hub = Arc::clone(self);
        async move {
            let sent = sent.await;
            let is_first =
                sent.as_ref().is_ok_and(|sent| sent.message.id == id && !sent.is_duplicate);
            match noted {
                // It came out, or will, behind a hole: the note goes with that.
                Some(noted) if is_first => noted.keep(),
                noted => drop(noted),
            }
            let sent = sent?;
            let receiver = hub.receiver(&sent, &sender.id).await;
            Ok((sent, receiver))
        }
    }

    /// Whom a stored message is for. What was sent just now nobody has read.
    async fn receiver(&self, sent: &Answer, sender: &AccountId) -> Reader {
        let conversation = &sent.message.conversation;
        let mut others = Direct::others(conversation, sender);
        if !sent.is_duplicate && others.len() == 1 {
            return Reader { account: others.remove(0), last_read: Seq(0) };
        }
        let view = self.store.view(conversation.clone(), sender.clone()).await;
        let readers = view.ok().flatten().and_then(|view| Readers::of(&view));
        match readers {
            Some(readers) => readers.other,
            // Blocked a moment ago, or a store that is away: the id says who it is for the most part.
            None => Reader {
                account: others.into_iter().next().unwrap_or_else(|| sender.clone()),
                last_read: Seq(0),
            },
        }
    }

    /// A direct conversation as one of the two sees it.
    ///
    /// # Errors
    /// [`NotTheirs`] for everybody else, and whatever is none.
    pub(crate) async fn direct(
        &self,
        conversation: &ConversationId,
        account: &AccountId,
    ) -> Result<(View, Readers), NotTheirs> {
        let view = self.store.view(conversation.clone(), account.clone()).await?;
        let view = view.ok_or(Denied::NotFound)?;
        let readers = Readers::of(&view).ok_or(Denied::NotFound)?;
        Ok((view, readers))
    }

    /// Moves one's own mark in a direct conversation, and lets the other one hear of it. The store
    /// checks who may when it moves it: so the first poll of this takes the mark's place. To be polled
    /// to its end, so that what was stored is told.
    ///
    /// # Errors
    /// [`NotTheirs`].
    pub(crate) async fn read_direct(
        &self,
        conversation: &ConversationId,
        account: &AccountId,
        to: Option<Seq>,
    ) -> Result<ReadMark, NotTheirs> {
        let mark = self.mark_read(conversation, account, to).await?.ok_or(Denied::NotFound)?;
        if mark.moved {
            self.tell(&Heard::Marked(account, conversation));
            self.outlets.show_read(&MessageRead {
                conversation,
                reader: account,
                last_read: mark.last_read,
                at: self.clock.now().wall,
            });
        }
        Ok(mark)
    }

    /// What a socket has sent to a direct conversation and is not answered yet; `None` if nothing. A
    /// mark of the same socket comes behind it.
    pub(crate) fn own_under_way(
        &self,
        conversation: &ConversationId,
        listener: &Listener,
    ) -> Option<UnderWay> {
        self.outlets.find(conversation)?.gate().direct.under_way(listener.socket.id())
    }

    /// Somebody blocks somebody from now on: to the blocked the conversation is not there any more.
    pub(crate) fn blocked(&self, block: &Block) {
        let Block { blocker, blocked } = block;
        for conversation in self.outlets.of_pair(blocker, blocked) {
            self.expel(blocked, &conversation);
            self.note_block(&conversation, block, true);
            for writer in [blocker, blocked] {
                self.writers.expel(&(conversation.clone(), writer.clone()));
            }
        }
    }

    /// And no longer.
    pub(crate) fn unblocked(&self, block: &Block) {
        for conversation in self.outlets.of_pair(&block.blocker, &block.blocked) {
            self.note_block(&conversation, block, false);
        }
    }

    fn note_block(&self, conversation: &ConversationId, block: &Block, is_blocked: bool) {
        let Some(outlet) = self.outlets.find(conversation) else { return };
        let is_theirs = |pair: &Pair| pair.is_of(&block.blocker, &block.blocked);
        if outlet.pair().is_some_and(is_theirs) {
            outlet.gate().direct.is_blocked = is_blocked;
        }
    }
}

impl Outlets {
    fn show_read(&self, read: &MessageRead<'_>) {
        let Some(outlet) = self.find(read.conversation) else { return };
        let mut gate = outlet.gate();
        match (self.io(), outlet.pair()) {
            (Some(io), Some(pair)) => pair.show_read(&io, &mut gate, read),
            // Nobody listens yet; whoever is about to may have looked before this.
            (Some(_), None) => gate.ask_again(),
            (None, _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use chat::name::Username;

    use super::*;

    fn profile(id: &str, is_guest: bool) -> Profile {
        Profile {
            id: AccountId::parse(id).expect("an id"),
            username: Username::stored("somebody"),
            display_name: None,
            avatar_url: None,
            is_guest,
        }
    }

    #[test]
    fn an_id_alone_tells_guests_oneself_and_what_is_no_conversation() {
        let code = |id: &str, who: &Profile| address(id, who).map_err(|error| error.code()).err();
        let (seven, guest) = (profile("7", false), profile("7", true));
        for (id, expected) in [
            ("conv_7_12", None),
            ("conv_1_2", None),
            ("conv_12_7", None),
            ("conv_7_7", Some(Code::InvalidPayload)),
            ("conv_8_8", None),
            ("conv_77_7", None),
            ("conv_", None),
            ("room_7", Some(Code::NotFound)),
            ("channel_7", Some(Code::NotFound)),
            ("pair_7", Some(Code::NotFound)),
            ("", Some(Code::NotFound)),
            ("conv_7 _12", Some(Code::NotFound)),
            ("conv_7_é", Some(Code::NotFound)),
        ] {
            assert_eq!(code(id, &seven), expected, "{id}");
            assert_eq!(code(id, &guest), Some(Code::Forbidden), "{id}");
        }
        assert_eq!(code("conv_a_b_a_b", &profile("a_b", false)), Some(Code::InvalidPayload));
    }
}
