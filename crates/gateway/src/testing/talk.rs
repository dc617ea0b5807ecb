//! Conversations in memory, with their members and messages. Held to the rules of stores by the tests
//! below.

use std::collections::{HashMap, HashSet};

use chat::conversations::{
    Conversation, ConversationId, Direct, Kind, Member, MemberView, NewConversation, Partner,
    ReadMark, Role, Seq, View, Visibility,
};
use chat::identity::Profile;
use chat::ids::{AccountId, ClientId, MessageId};
use chat::messages::{Appended, ECHO_WINDOW_MS, Echo, Message, MessageKey, NewMessage, Rejection};
use chat::name::fold;
use chat::permissions::{Action, Actor, Blocks, Denied, Place, may};
use chat::text::Text;
use chat::time::Timestamp;

/// Posts of one sender that wait for their echo.
const MAX_POSTS: usize = 64;

/// All conversations.
#[derive(Debug, Default)]
pub(super) struct Talk {
    pub(super) all: HashMap<ConversationId, Kept>,
    /// Counts memberships, in the order in which they began.
    joined: u64,
}

/// One conversation.
#[derive(Debug)]
pub(super) struct Kept {
    made: Conversation,
    pub(super) members: Vec<(u64, Member)>,
    /// Who has opened it, or written in it.
    pub(super) opened: HashSet<AccountId>,
    rows: Vec<Row>,
    keys: HashMap<(AccountId, ClientId), usize>,
    ids: HashMap<MessageId, usize>,
    /// Posts without an echo, oldest first.
    posts: Vec<usize>,
}

#[derive(Debug)]
struct Row {
    message: Message,
    /// As it was sent, also when it is buried.
    text: Text,
}

impl Talk {
    pub(super) fn create(&mut self, new: NewConversation) -> Conversation {
        let made = Conversation {
            id: new.id.clone(),
            kind: new.kind,
            visibility: new.visibility,
            title: Some(new.title),
            description: new.description,
            owner: None,
            member_count: 0,
            last_seq: Seq(0),
            last_message: None,
            created_at: new.created_at,
            updated_at: new.created_at,
        };
        let mut kept = Kept::new(made);
        kept.join(&mut self.joined, &new.maker, new.created_at);
        let conversation = kept.conversation();
        self.all.insert(new.id, kept);
        conversation
    }

    /// A direct conversation, with both in it.
    pub(super) fn insert(&mut self, made: Conversation, two: [&AccountId; 2]) {
        let (id, now) = (made.id.clone(), made.created_at);
        let mut kept = Kept::new(made);
        for account in two {
            kept.join(&mut self.joined, account, now);
        }
        self.all.insert(id, kept);
    }

    /// The conversation, where `actor` may do that.
    pub(super) fn open(
        &mut self,
        id: &ConversationId,
        (actor, blocks): (&Profile, Blocks),
        action: Action,
    ) -> Option<&mut Kept> {
        let kept = self.all.get_mut(id)?;
        let role = kept.member(&actor.id).map(|member| member.role);
        let place = Place::of(kept.made.kind, kept.made.visibility, blocks);
        may(Actor { is_guest: actor.is_guest, role }, action, place).ok()?;
        Some(kept)
    }

    /// The membership, and whether it is new.
    pub(super) fn enter(
        &mut self,
        id: &ConversationId,
        (actor, blocks): (&Profile, Blocks),
        now: Timestamp,
    ) -> Option<(Conversation, Member, bool)> {
        self.open(id, (actor, blocks), Action::Enter)?;
        let Self { all, joined } = self;
        let kept = all.get_mut(id)?;
        let is_new = kept.join(joined, &actor.id, now);
        Some((kept.conversation(), kept.member(&actor.id)?.clone(), is_new))
    }

    /// Makes somebody a member, whoever may enter; whether that is new.
    pub(super) fn admit(&mut self, id: &ConversationId, whom: &AccountId, now: Timestamp) -> bool {
        let Self { all, joined } = self;
        all.get_mut(id).is_some_and(|kept| kept.join(joined, whom, now))
    }

    /// Why `actor` may not do that.
    pub(super) fn denied(
        &self,
        id: &ConversationId,
        actor: &Profile,
        action: Action,
    ) -> Option<Denied> {
        let Some(kept) = self.all.get(id) else { return Some(Denied::NotFound) };
        let role = kept.member(&actor.id).map(|member| member.role);
        let place = Place::of(kept.made.kind, kept.made.visibility, Blocks::default());
        may(Actor { is_guest: actor.is_guest, role }, action, place).err()
    }

    pub(super) fn append(
        &mut self,
        new: NewMessage,
        sender: Option<&Profile>,
        blocks: Blocks,
    ) -> Appended {
        let Some(sender) = sender else { return Appended::Rejected(Rejection::Forbidden) };
        if sender.is_guest && new.conversation.as_str().starts_with(Direct::PREFIX) {
            return Appended::Rejected(Rejection::Forbidden);
        }
        if self.open(&new.conversation, (sender, blocks), Action::Write).is_none() {
            return Appended::Rejected(Rejection::NotFound);
        }
        let Self { all, joined } = self;
        let kept = all.get_mut(&new.conversation).expect("it was found");
        match kept.earlier(&new) {
            Some(row) if kept.rows[row].text != new.text => Appended::Rejected(Rejection::Conflict),
            Some(row) => Appended::Duplicate(kept.rows[row].message.clone()),
            None => {
                let joined = kept.join(joined, &new.sender, new.created_at);
                Appended::Stored { message: kept.store(new), joined }
            }
        }
    }

    pub(super) fn settle(&self, key: &MessageKey) -> Option<Message> {
        let kept = self.all.get(&key.conversation)?;
        let row = match &key.client_id {
            Some(client_id) => kept.keys.get(&(key.sender.clone(), client_id.clone()))?,
            None => kept.ids.get(&key.id)?,
        };
        Some(kept.rows[*row].message.clone())
    }
}

impl Kept {
    fn new(made: Conversation) -> Self {
        Self {
            made,
            members: Vec::new(),
            opened: HashSet::new(),
            rows: Vec::new(),
            keys: HashMap::new(),
            ids: HashMap::new(),
            posts: Vec::new(),
        }
    }

    pub(super) fn conversation(&self) -> Conversation {
        let last = self.rows.last().map(|row| row.message.clone());
        let owner = self.members.iter().find(|(_, member)| member.role == Role::Owner);
        Conversation {
            owner: owner.map(|(_, member)| member.account.clone()),
            member_count: self.members.len() as u64,
            last_seq: self.last_seq(),
            updated_at: last.as_ref().map_or(self.made.created_at, |last| last.created_at),
            last_message: last,
            ..self.made.clone()
        }
    }

    /// Where it belongs among others: its kind, whether it is public, and when it was active.
    pub(super) fn place(&self) -> (Kind, Visibility, Timestamp) {
        let last = self.rows.last().map(|row| row.message.created_at);
        (self.made.kind, self.made.visibility, last.unwrap_or(self.made.created_at))
    }

    /// Whether a word of the title, and what follows it, begins with this.
    pub(super) fn is_called(&self, query: &str) -> bool {
        let query = fold(query.trim());
        let title = fold(self.made.title.as_ref().map_or("", |title| title.as_str()));
        let mut before = ' ';
        title.char_indices().any(|(index, char)| {
            let begins = index == 0 || (char.is_alphanumeric() && !before.is_alphanumeric());
            before = char;
            begins && title[index..].starts_with(&query)
        })
    }

    fn last_seq(&self) -> Seq {
        Seq(self.rows.len() as u64)
    }

    pub(super) fn member(&self, account: &AccountId) -> Option<&Member> {
        self.members.iter().map(|(_, member)| member).find(|member| member.account == *account)
    }

    fn join(&mut self, joined: &mut u64, account: &AccountId, now: Timestamp) -> bool {
        if self.member(account).is_some() {
            return false;
        }
        *joined += 1;
        let member = Member {
            account: account.clone(),
            role: Role::Member,
            joined_at: now,
            last_read: self.last_seq(),
        };
        self.members.push((*joined, member));
        self.inherit();
        true
    }

    pub(super) fn leave(&mut self, account: &AccountId) -> bool {
        if self.made.kind == Kind::Direct {
            return false;
        }
        let count = self.members.len();
        self.members.retain(|(_, member)| member.account != *account);
        self.inherit();
        self.members.len() < count
    }

    /// A channel has an owner: the longest member.
    fn inherit(&mut self) {
        let has_owner = self.members.iter().any(|(_, member)| member.role == Role::Owner);
        if self.made.kind == Kind::Channel
            && !has_owner
            && let Some((_, member)) = self.members.first_mut()
        {
            member.role = Role::Owner;
        }
    }

    pub(super) fn mark(&mut self, account: &AccountId, to: Option<Seq>) -> Option<ReadMark> {
        let last = self.last_seq();
        let mut members = self.members.iter_mut().map(|(_, member)| member);
        let member = members.find(|member| member.account == *account)?;
        let before = member.last_read;
        member.last_read = to.unwrap_or(last).min(last).max(before);
        let last_read = member.last_read;
        Some(ReadMark { last_read, moved: last_read > before, unread: self.unread(account) })
    }

    /// Messages of others after the account's mark.
    fn unread(&self, account: &AccountId) -> u64 {
        let Some(member) = self.member(account) else { return 0 };
        let others = self
            .rows
            .iter()
            .map(|row| &row.message)
            .filter(|message| message.seq > member.last_read && message.sender != *account);
        others.count() as u64
    }

    pub(super) fn view(
        &self,
        viewer: &AccountId,
        last_sender: Option<Profile>,
        other: Option<Partner>,
    ) -> View {
        View {
            conversation: self.conversation(),
            last_sender,
            member: self.member(viewer).cloned(),
            unread: self.unread(viewer),
            other,
        }
    }

    pub(super) fn member_view(
        &self,
        account: &AccountId,
        other: Option<Partner>,
    ) -> Option<MemberView> {
        let member = self.member(account)?.clone();
        Some(MemberView { member, unread: self.unread(account), other })
    }

    pub(super) fn last_sender(&self) -> Option<&AccountId> {
        self.rows.last().map(|row| &row.message.sender)
    }

    pub(super) fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.rows.iter().map(|row| &row.message)
    }

    pub(super) fn bury(&mut self, seq: Seq) -> Option<Message> {
        let row = self.rows.iter_mut().find(|row| row.message.seq == seq)?;
        row.message.text = None;
        Some(row.message.clone())
    }

    /// The message that this one repeats, by its key, its id, or the echo rule.
    fn earlier(&mut self, new: &NewMessage) -> Option<usize> {
        if let Some(row) = self.ids.get(&new.id) {
            return Some(*row);
        }
        match (&new.client_id, new.echo) {
            (Some(key), _) => self.keys.get(&(new.sender.clone(), key.clone())).copied(),
            (None, Echo::Emit { connected_at }) => self.absorb(new, connected_at),
            (None, _) => None,
        }
    }

    /// What is within the window by itself comes before what is so only by the socket's connect.
    fn absorb(&mut self, new: &NewMessage, connected_at: Timestamp) -> Option<usize> {
        let window =
            |start: Timestamp| new.created_at.as_millis() <= start.as_millis() + ECHO_WINDOW_MS;
        let fitting: Vec<usize> = (0..self.posts.len())
            .filter(|post| {
                let row = &self.rows[self.posts[*post]];
                let start = row.message.created_at.max(connected_at);
                row.message.sender == new.sender && row.text == new.text && window(start)
            })
            .collect();
        let recent = |post: &&usize| window(self.rows[self.posts[**post]].message.created_at);
        let post = *fitting.iter().find(recent).or(fitting.first())?;
        let row = self.posts.remove(post);
        self.ids.insert(new.id, row);
        Some(row)
    }

    fn store(&mut self, new: NewMessage) -> Message {
        self.opened.insert(new.sender.clone());
        let row = self.rows.len();
        let message = Message {
            id: new.id,
            conversation: new.conversation,
            seq: self.last_seq().next(),
            sender: new.sender,
            client_id: new.client_id,
            message_type: new.message_type,
            text: Some(new.text.clone()),
            created_at: new.created_at,
        };
        self.ids.insert(message.id, row);
        if let Some(key) = &message.client_id {
            self.keys.insert((message.sender.clone(), key.clone()), row);
        } else if new.echo == Echo::Post {
            self.posts.push(row);
            let of_sender = |row: &&usize| {
                self.rows.get(**row).is_some_and(|row| row.message.sender == message.sender)
            };
            if self.posts.iter().filter(of_sender).count() >= MAX_POSTS
                && let Some(oldest) = self.posts.iter().position(|row| of_sender(&row))
            {
                self.posts.remove(oldest);
            }
        }
        self.rows.push(Row { message: message.clone(), text: new.text });
        message
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chat::conversations::{ConversationId, Conversations};
    use chat::store::Store;

    use crate::testing::MemoryStore;

    fn run<F: Future<Output = ()>>(rule: impl FnOnce(Arc<dyn Store>) -> F) {
        store_suite::block_on(rule(Arc::new(MemoryStore::default())));
    }

    #[test]
    fn views_fail_as_often_as_they_are_told_to() {
        let store = MemoryStore::default();
        store.fail_views(2);
        let room = ConversationId::parse("room_x").unwrap();
        let ask = || store_suite::block_on(store.views(room.clone(), Vec::new()));
        assert_eq!([ask().is_ok(), ask().is_ok(), ask().is_ok()], [false, false, true]);
        assert_eq!(store.views_asked(), 3);
    }

    // What there is of conversations in memory does as every store does.
    store_suite::store_contract!(@tests run;
        conversations {
            a_new_room_has_its_maker_in_it,
            entering_makes_a_member_once,
            a_private_channel_is_entered_by_nobody,
            a_new_member_has_read_what_is_there,
            leaving_ends_a_membership_once,
            the_longest_member_inherits_a_channel,
            what_is_not_there_is_not_found,
        }
        direct {
            opening_makes_one_conversation_for_both,
            only_two_accounts_that_are_no_guests_have_one,
            the_first_message_makes_it,
            nobody_else_writes_in_it,
            a_direct_conversation_is_neither_entered_nor_left,
            pairs_whose_ids_collide_are_kept_apart,
            an_ambiguous_id_belongs_to_those_who_were_there_first,
            the_later_of_two_can_be_the_same,
        }
        messages {
            messages_get_the_next_place_without_a_gap,
            many_writers_leave_no_gap,
            a_resend_stores_nothing_and_gives_the_first,
            another_text_under_the_same_key_is_a_conflict,
            keys_are_each_senders_own_in_each_conversation,
            a_message_without_a_key_has_its_id_for_one,
            what_one_is_rejected_for_does_not_touch_the_others,
            who_may_write_where,
            a_resend_makes_nobody_a_member,
            writing_makes_a_member,
            a_page_is_what_was_asked_for,
            a_page_names_its_senders_also_the_deleted,
            everything_of_a_message_is_kept,
            a_buried_message_leaves_its_place_and_its_key,
            settling_finds_what_is_stored_and_nothing_else,
            a_conversation_shows_its_newest_message,
        }
        echo {
            a_post_absorbs_one_emit,
            two_equal_posts_absorb_two_emits_in_order,
            only_an_emit_that_repeats_is_absorbed,
            the_window_counts_from_the_post_or_the_connect,
            a_recent_post_comes_before_an_old_one,
            an_emit_tried_again_finds_its_post,
            a_buried_post_absorbs_still,
            posts_that_wait_are_bounded,
        }
        marks {
            a_mark_moves_forward_and_never_beyond_the_newest,
            own_messages_are_never_unread,
            whoever_is_not_a_member_has_no_mark,
            a_mark_in_what_two_may_have_is_not_moved,
        }
        lists {
            rooms_are_listed_by_their_last_activity,
            paging_is_stable_while_others_write,
            titles_are_found_by_the_beginning_of_a_word,
            direct_conversations_are_listed_once_they_matter,
            partners_are_those_one_has_opened_with_or_written_to,
        }
        people {
            members_are_listed_in_the_order_of_joining,
            pages_of_members_are_bounded,
            a_block_is_kept_until_it_is_ended,
            only_who_is_there_blocks_and_is_blocked,
            blocked_people_are_paged,
            across_a_block_nothing_direct_is_written,
            across_a_block_a_resend_is_not_found,
            across_a_block_only_the_blocker_moves_a_mark,
        }
        views {
            a_view_is_for_whoever_may_see_it,
            a_direct_view_shows_the_other_one,
            a_direct_conversation_is_there_before_it_is_made,
            a_view_holds_the_newest_message_and_its_sender,
            views_are_for_those_who_are_members,
        }
    );
}
