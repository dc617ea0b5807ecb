//! Direct conversations: each message is told to both, and each move of a mark to whose it is, in order;
//! also where several waited for the store, of which one look tells all.
//!
//! The store may show a message before it is heard of here. So whichever look comes first tells it to
//! everybody, and when it is heard of nothing is left to tell.

use std::collections::BTreeMap;

use chat::conversations::{ConversationId, Direct, Kind, Seq};
use chat::ids::AccountId;
use chat::time::Monotonic;

use super::{Dirty, Entry, Machine};

/// So many events of a conversation that show no message of their own are told one by one to an account;
/// beyond it, while they wait, they are told together.
const MAX_MOVES: u32 = 1_000;

/// What the members who are online have been told.
#[derive(Debug, Default)]
pub(super) struct Wrote {
    /// Everybody was told of the messages up to here; `None` as long as nobody was of any.
    upto: Option<Seq>,
    /// What there was up to here when the first of them was told of something, be it a mark: so what is
    /// heard of after that is still to be told.
    unheard: Option<Seq>,
}

/// What is to be told one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::inbox) struct News {
    /// All messages after this; `None`: none is.
    pub(in crate::inbox) after: Option<Seq>,
    /// Who is to be told how it is then, and how often: once for each move of the own mark. Whoever is
    /// here with a 0 is to be told something.
    pub(in crate::inbox) moves: BTreeMap<AccountId, u32>,
    /// The first and the last message that were heard of.
    wrote: Option<(Seq, Seq)>,
}

impl Wrote {
    /// All that there was up to `last` was told.
    pub(super) fn told(&mut self, news: &News, last: Seq) {
        if self.upto.is_none() {
            self.unheard = Some(news.after.unwrap_or(last));
        }
        self.upto = self.upto.max(Some(last));
    }
}

impl Dirty {
    /// One more who is to be told, for so many moves of their mark.
    pub(super) fn mark(&mut self, account: &AccountId, moves: u32) {
        if let Some(all) = self.marked.get_mut(account) {
            *all = (*all + moves).min(MAX_MOVES);
        } else {
            self.marked.insert(account.clone(), moves.min(MAX_MOVES));
        }
    }

    /// These were stored.
    fn write(&mut self, (first, last): (Seq, Seq)) {
        let (earliest, latest) = self.wrote.unwrap_or((first, last));
        self.wrote = Some((first.min(earliest), last.max(latest)));
    }

    /// It could not be told.
    pub(super) fn restore(&mut self, news: &News) {
        if let Some(wrote) = news.wrote {
            self.write(wrote);
        }
        for (account, moves) in &news.moves {
            self.mark(account, *moves);
        }
    }

    /// What is to be told now; `None` if nothing is, or it is no direct conversation.
    pub(super) fn take_news(&mut self, id: &ConversationId, entry: &Entry) -> Option<News> {
        if id.kind() != Some(Kind::Direct) {
            return None;
        }
        let mut moves = std::mem::take(&mut self.marked);
        moves.retain(|account, _| entry.online.contains(account));
        // What another look has found meanwhile is told.
        let wrote = self.wrote.take().filter(|(_, last)| entry.wrote.upto < Some(*last));
        let before_first = wrote.map(|(first, _)| Seq(first.0.saturating_sub(1)));
        let after = entry.wrote.upto.or(before_first);
        (wrote.is_some() || !moves.is_empty()).then_some(News { after, moves, wrote })
    }
}

impl Machine {
    /// Messages were stored in a direct conversation, the first and the last of which these are. It may
    /// have been made by that: the two are in it, as far as its id tells. (Whoever is not is not told:
    /// the store knows.)
    pub(in crate::inbox) fn wrote(
        &mut self,
        now: Monotonic,
        (writer, of): (&AccountId, &ConversationId),
        (first, last): (Seq, Seq),
    ) {
        for other in Direct::others(of, writer) {
            self.index(&other, of);
        }
        self.index(writer, of);
        self.miss(of);
        let Some(entry) = self.conversations.get(of) else { return };
        // They were shown before they were heard of.
        let unheard = entry.wrote.unheard.filter(|unheard| first <= *unheard);
        let late = unheard.map_or(0, |unheard| last.min(unheard).0 - first.0 + 1);
        let late = u32::try_from(late).unwrap_or(MAX_MOVES);
        let online: Vec<_> =
            if late > 0 { entry.online.iter().cloned().collect() } else { Vec::new() };
        self.touch(now, of, |dirty| {
            dirty.write((first, last));
            for account in &online {
                dirty.mark(account, late);
            }
        });
    }
}
