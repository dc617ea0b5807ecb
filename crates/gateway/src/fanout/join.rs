//! How a socket comes to listen.

use std::sync::Arc;
use std::time::Duration;

use chat::conversations::{ConversationId, ReadMark, Seq, View};
use chat::error::{Code, Coded};
use chat::identity::Profile;
use chat::ids::AccountId;
use chat::listening::{Form, TooManyConversations};
use chat::messages::PageError;
use chat::permissions::Denied;
use chat::sequencer::{Delivery, SendError};
use chat::store::StoreError;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::outlet::{Gate, Hold};
use super::step::NotJoined;
use super::{ActiveList, ChatHub, Heard, Listener};
use crate::wire::Readers;

/// When whoever found the server busy is to come again.
const BUSY: Duration = Duration::from_secs(3);

/// How often a join asks again when somebody was shut out meanwhile. Each time takes a look at the
/// store; nobody can shut people out of one conversation as fast as that for long.
const MAX_ATTEMPTS: usize = 8;

/// How often a join looks again at a conversation in which somebody wrote meanwhile. The first time
/// may be needed; the second spares most a guess of what is unread.
const MAX_LOOKS: usize = 2;

/// Why a socket does not listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JoinError {
    /// There is no such conversation, for this account.
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Follow(#[from] SendError),
    #[error(transparent)]
    TooMany(#[from] TooManyConversations),
    #[error(transparent)]
    Page(#[from] PageError),
    /// A form in which this conversation is not heard.
    #[error("This conversation cannot be had in that form: leave `forms` out for it.")]
    NotOffered,
    /// The store took too long, or too many were shut out meanwhile.
    #[error("The server is busy: try again in a few seconds.")]
    Busy,
}

impl Coded for JoinError {
    fn code(&self) -> Code {
        match self {
            Self::Denied(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Follow(error) => error.code(),
            Self::TooMany(error) => error.code(),
            Self::Page(error) => error.code(),
            Self::NotOffered => Code::InvalidPayload,
            Self::Busy => Code::Unavailable,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Denied(error) => error.retry_after(),
            Self::Store(error) => error.retry_after(),
            Self::Follow(error) => error.retry_after(),
            Self::TooMany(error) => error.retry_after(),
            Self::Page(error) => error.retry_after(),
            Self::NotOffered => None,
            Self::Busy => Some(BUSY),
        }
    }
}

/// A conversation as it looks after a message that came later. Whose those between were is not known:
/// all of them count as unread, until the list is told.
fn bring_forward(view: &mut View, newest: &Delivery) {
    let conversation = &mut view.conversation;
    let later = newest.message.seq.0.saturating_sub(conversation.last_seq.0);
    if later == 0 {
        return;
    }
    conversation.last_seq = newest.message.seq;
    conversation.updated_at = conversation.updated_at.max(newest.message.created_at);
    conversation.last_message = Some(newest.message.clone());
    view.last_sender = Some(Profile::clone(&newest.sender));
    if let Some(member) = &view.member {
        let is_own = newest.message.sender == member.account;
        view.unread += later - u64::from(is_own);
    }
}

/// The marks of a direct conversation, as those who listen have heard of them.
fn bring_marks_forward(view: &mut View, gate: &Gate, hold: &Hold) {
    let (Some(pair), Some(mut readers)) = (hold.outlet.pair(), Readers::of(view)) else { return };
    pair.bring_forward(gate, &mut readers);
    if let (Some(member), Some(other)) = (&mut view.member, &mut view.other) {
        member.last_read = readers.viewer.last_read;
        other.last_read = readers.other.last_read;
    }
}

impl ChatHub {
    /// Makes an account a member where it is not one, and lets its socket listen. `answer` is called at
    /// most once, when it does, and before anything of the conversation can reach the socket; never if
    /// the socket has gone meanwhile, and then there is no error either. The others hear of it after
    /// the answer.
    ///
    /// # Errors
    /// [`JoinError`]: the socket listens to nothing that it did not listen to before.
    pub(crate) async fn join(
        &self,
        listener: &Listener,
        conversation: &ConversationId,
        form: Form,
        answer: impl FnMut(&View, ActiveList<'_>) + Send,
    ) -> Result<(), JoinError> {
        let attempts = self.attempt_join(listener, conversation, form, answer);
        timeout(self.waits.join, attempts).await.unwrap_or(Err(JoinError::Busy))
    }

    async fn attempt_join(
        &self,
        listener: &Listener,
        conversation: &ConversationId,
        form: Form,
        mut answer: impl FnMut(&View, ActiveList<'_>) + Send,
    ) -> Result<(), JoinError> {
        // Whoever could not listen does not become a member either.
        self.listeners.may_join(&listener.id, conversation)?;
        for _ in 0..MAX_ATTEMPTS {
            let hold = self.outlets.hold(conversation, &listener.account);
            let (mut view, entered) = self.enter(conversation, &listener.account).await?;
            hold.outlet.offer(form, Readers::of(&view).as_ref());
            self.follow(&hold).await?;
            self.look_again(&hold, &listener.account, &mut view).await?;
            let joined = self.step_in((listener, form), &hold, &mut view, &mut answer);
            drop(entered);
            match joined {
                Ok(()) | Err(NotJoined::Gone) => return Ok(()),
                Err(NotJoined::TooMany(error)) => return Err(error.into()),
                Err(NotJoined::NotTheirs) => return Err(Denied::NotFound.into()),
                Err(NotJoined::AskAgain) => {}
            }
        }
        Err(JoinError::Busy)
    }

    /// Looks once more at a conversation of which something came out that was not there at the first
    /// look. Afterwards whatever came out behind the last look is in the outlet's gate.
    async fn look_again(
        &self,
        hold: &Hold,
        account: &AccountId,
        view: &mut View,
    ) -> Result<(), JoinError> {
        for _ in 0..MAX_LOOKS {
            if hold.outlet.gate().delivered <= view.conversation.last_seq {
                break;
            }
            let conversation = hold.outlet.conversation.clone();
            let newer = self.store.view(conversation, account.clone()).await?;
            *view = newer.ok_or(Denied::NotFound)?;
        }
        Ok(())
    }

    /// The one step in which a socket begins to listen. What it is answered is at least as new as what
    /// came out before: so it misses nothing between the answer and the first message that it hears.
    fn step_in(
        &self,
        (listener, form): (&Listener, Form),
        hold: &Hold,
        view: &mut View,
        answer: impl FnOnce(&View, ActiveList<'_>),
    ) -> Result<(), NotJoined> {
        let mut step = self.listeners.step();
        let mut gate = hold.outlet.gate();
        step.join(hold, &mut gate, listener, form)?;
        if let Some(newest) = gate.newest() {
            bring_forward(view, newest);
        }
        bring_marks_forward(view, &gate, hold);
        answer(view, step.active(&hold.outlet.conversation));
        Ok(())
    }

    /// Sees to it that everything comes out of an outlet from some place on.
    pub(super) async fn follow(&self, hold: &Hold) -> Result<(), SendError> {
        if hold.outlet.is_followed() {
            return Ok(());
        }
        let following = self.sequencing.follow(hold.outlet.conversation.clone()).await?;
        // A second one that came in the meantime is not needed.
        drop(hold.outlet.follow(following));
        Ok(())
    }

    /// The conversation as the account sees it, which is a member of it then. Where that is new, the
    /// members' lists hear of it when the second is dropped: after the answer, or if there is none.
    async fn enter(
        &self,
        conversation: &ConversationId,
        account: &AccountId,
    ) -> Result<(View, Option<oneshot::Sender<()>>), JoinError> {
        let view = || async {
            let view = self.store.view(conversation.clone(), account.clone()).await?;
            view.ok_or(JoinError::Denied(Denied::NotFound))
        };
        // Most come again: that is no write.
        let first = view().await?;
        if first.member.is_some() {
            return Ok((first, None));
        }
        let entered = self.begin_membership(conversation.clone(), account.clone()).await?;
        Ok((view().await?, Some(entered)))
    }

    /// Goes to its end, also if nobody waits for it any more: what the store has done is told.
    async fn begin_membership(
        &self,
        conversation: ConversationId,
        account: AccountId,
    ) -> Result<oneshot::Sender<()>, JoinError> {
        let (store, outlets) = (Arc::clone(&self.store), Arc::clone(&self.outlets));
        let now = self.clock.now().wall;
        let (answer, answered) = oneshot::channel();
        let (entered, answer_of) = oneshot::channel();
        tokio::spawn(async move {
            let result = store.enter(conversation.clone(), account.clone(), now).await;
            // Where the store does not know whether it was stored, the lists ask.
            let is_new = match &result {
                Ok(entry) => entry.as_ref().is_some_and(|entry| entry.is_new),
                Err(error) => *error == StoreError::Unknown,
            };
            let _ = entered.send(result.map(|entry| entry.is_some()));
            // It is never sent to: it ends when it is dropped.
            let _ = answered.await;
            if is_new {
                outlets.tell(&Heard::Entered(&account, &conversation));
            }
        });
        match answer_of.await {
            Ok(Ok(true)) => Ok(answer),
            Ok(Ok(false)) => Err(Denied::NotFound.into()),
            Ok(Err(error)) => Err(error.into()),
            // Only a task that was stopped does not answer.
            Err(_) => Err(JoinError::Busy),
        }
    }

    /// A socket listens in a form no more; `false` if it did not. `answer` is called once, before the
    /// others hear of it, and told which.
    pub(crate) fn leave(
        &self,
        listener: &Listener,
        conversation: &ConversationId,
        form: Form,
        answer: impl FnOnce(bool),
    ) -> bool {
        let did = self.listeners.leave(listener, conversation, form, answer);
        if did && form == Form::Direct {
            let place = (conversation.clone(), listener.account.clone());
            self.writers.stop(&place, &listener.id);
        }
        did
    }

    /// A socket is gone: it listens to nothing any more.
    pub(crate) fn vanish(&self, listener: &Listener) {
        self.writers.vanish(&listener.id);
        self.listeners.vanish(listener);
    }

    /// Whether there is such a conversation for this account.
    pub(crate) async fn may_see(
        &self,
        conversation: &ConversationId,
        account: &AccountId,
    ) -> Result<bool, StoreError> {
        let view = self.store.view(conversation.clone(), account.clone()).await?;
        Ok(view.is_some())
    }

    /// Moves a member's mark; `None` for whoever is not a member.
    pub(crate) async fn mark_read(
        &self,
        conversation: &ConversationId,
        account: &AccountId,
        to: Option<Seq>,
    ) -> Result<Option<ReadMark>, StoreError> {
        let now = self.clock.now().wall;
        self.store.mark_read(conversation.clone(), account.clone(), to, now).await
    }
}
