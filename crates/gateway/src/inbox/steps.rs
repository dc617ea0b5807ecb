//! How a direct conversation came to look as it does: what its members are told one by one, after one
//! look at it.
//!
//! With each message that came since the last look: how it looked when that was the last, but with the
//! marks as they are now, which may be beyond it. Nobody's marks and messages go back by that, from one
//! step to the next.

use std::collections::VecDeque;

use chat::conversations::{Conversation, MemberView, Seq};
use chat::messages::{Message, PageCursor, PageError};
use chat::store::{Store, StoreError};

use super::machine::News;

/// Messages that are told one by one after a look, and at most so many are in hand meanwhile. Where more
/// have come since the last look, which takes a store that does not answer for long, the oldest are told
/// with those.
const MAX_TOLD: u64 = 1_000;

/// Bytes of their texts, likewise: each socket of the two is sent as many at a time.
const MAX_TOLD_BYTES: usize = 1 << 20;

/// Messages read at a time.
const PAGE: usize = 100;

/// A conversation, and how one of the two sees it.
pub(super) type Step = (Conversation, MemberView);

/// See the module.
pub(super) struct Steps<'a> {
    news: &'a News,
    /// The new messages without the last one, oldest first.
    earlier: VecDeque<Message>,
    /// The last message, if it is new.
    last: Option<Message>,
}

impl<'a> Steps<'a> {
    /// Reads what has come.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn read(
        store: &dyn Store,
        now: &Conversation,
        news: &'a News,
    ) -> Result<Self, StoreError> {
        let mut steps = Self { news, earlier: VecDeque::new(), last: None };
        let last = now.last_seq;
        let Some(mut after) = news.after.filter(|after| *after < last) else { return Ok(steps) };
        steps.last.clone_from(&now.last_message);
        after = after.max(Seq(last.0.saturating_sub(MAX_TOLD)));
        let mut bytes = 0;
        while after.next() < last {
            let page = match store.page(now.id.clone(), PageCursor::After(after), PAGE).await {
                Ok(page) => page,
                Err(PageError::NotFound) => break,
                Err(PageError::Store(error)) => return Err(error),
            };
            let Some(newest) = page.messages.last() else { break };
            after = newest.seq;
            for message in page.messages.into_iter().filter(|message| message.seq < last) {
                bytes += size(&message);
                steps.earlier.push_back(message);
            }
            while bytes > MAX_TOLD_BYTES
                && let Some(oldest) = steps.earlier.pop_front()
            {
                bytes -= size(&oldest);
            }
        }
        Ok(steps)
    }

    /// What a member is told, in order.
    pub(super) fn of(&self, now: &Conversation, member: &MemberView) -> impl Iterator<Item = Step> {
        let earlier = self.before_the_last(now, member);
        let as_it_is = std::iter::repeat_n((now, member), self.as_it_is(member));
        earlier.into_iter().chain(as_it_is.map(|(now, member)| (now.clone(), member.clone())))
    }

    /// How a member saw it with each of the new messages but the last one.
    fn before_the_last(&self, now: &Conversation, member: &MemberView) -> Vec<Step> {
        let (account, mark) = (&member.member.account, member.member.last_read);
        let one_of =
            |message: &Message| u64::from(message.seq > mark && message.sender != *account);
        let mut unread = member.unread.saturating_sub(self.last.as_ref().map_or(0, one_of));
        let mut steps = Vec::with_capacity(self.earlier.len());
        for message in self.earlier.iter().rev() {
            let conversation = Conversation {
                last_seq: message.seq,
                updated_at: message.created_at,
                last_message: Some(message.clone()),
                ..now.clone()
            };
            steps.push((conversation, MemberView { unread, ..member.clone() }));
            unread = unread.saturating_sub(one_of(message));
        }
        steps.reverse();
        steps
    }

    /// How often a member is told how it is now: for the last message, and for each move of their mark.
    fn as_it_is(&self, member: &MemberView) -> usize {
        let moves = self.news.moves.get(&member.member.account).copied();
        let moves = moves.map(|moves| usize::try_from(moves).unwrap_or(usize::MAX));
        match (&self.last, moves) {
            (Some(_), moves) => 1 + moves.unwrap_or(0),
            (None, moves) => moves.map_or(0, |moves| moves.max(1)),
        }
    }
}

/// The bytes of a message's text; it has none where it was deleted.
fn size(message: &Message) -> usize {
    message.text.as_ref().map_or(0, |text| text.as_str().len())
}
