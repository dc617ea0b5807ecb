//! The port's calls, each put into the queue that it belongs to. A call has its place in the queue
//! when it returns; only the answer is awaited.

use chat::conversations::{
    Conversation, ConversationId, Conversations, Entry, Invited, ListCursor, ListPage, Listing,
    Member, MemberChange, MemberError, NewConversation, Partners, ReadMark, Seq, View, Views,
};
use chat::identity::{
    Account, Accounts, Bearer, Block, Blocks, Change, ChangeSeq, Changes, CreateError, HostAccount,
    NewAccount, Origin, PasswordHash, People, PeopleCursor, Profile, ProfileUpdate, Revocation,
    TokenDigest,
};
use chat::ids::AccountId;
use chat::messages::{
    Appended, Message, MessageKey, Messages, NewMessage, Page, PageCursor, PageError,
};
use chat::name::Username;
use chat::store::{Store, StoreError, StoreFuture};
use chat::time::Timestamp;

use crate::SqliteStore;
use crate::queue::Weight;

use crate::writer::{Call, Tx, settle};
use crate::{accounts, blocks, changes, conversations, messages};

impl Accounts for SqliteStore {
    fn create_account(&self, new: NewAccount) -> StoreFuture<'_, Result<Account, CreateError>> {
        let made = self.write(move |tx| accounts::create(tx, &new));
        Box::pin(async { made.await? })
    }

    fn see_host_account(
        &self,
        seen: HostAccount,
    ) -> StoreFuture<'_, Result<Option<Account>, StoreError>> {
        self.write(move |tx| accounts::see_host(tx, &seen))
    }

    fn account(&self, id: AccountId) -> StoreFuture<'_, Result<Option<Account>, StoreError>> {
        self.read(move |connection| accounts::by_id(connection, &id))
    }

    fn account_by_username(
        &self,
        username: Username,
    ) -> StoreFuture<'_, Result<Option<Account>, StoreError>> {
        self.read(move |connection| accounts::by_username(connection, &username))
    }

    fn search_accounts(
        &self,
        query: String,
        limit: usize,
    ) -> StoreFuture<'_, Result<Vec<Profile>, StoreError>> {
        self.search(move |connection| accounts::search(connection, &query, limit))
    }

    fn update_profile(
        &self,
        id: AccountId,
        update: ProfileUpdate,
    ) -> StoreFuture<'_, Result<Option<Account>, StoreError>> {
        self.write(move |tx| accounts::update_profile(tx, &id, &update))
    }

    fn change_password(
        &self,
        id: AccountId,
        current: PasswordHash,
        next: PasswordHash,
        valid_after: Timestamp,
    ) -> StoreFuture<'_, Result<bool, StoreError>> {
        self.write(move |tx| accounts::change_password(tx, &id, (&current, &next), valid_after))
    }

    fn extend_guest(
        &self,
        id: AccountId,
        token_expires_at: Timestamp,
    ) -> StoreFuture<'_, Result<(), StoreError>> {
        self.write(move |tx| accounts::extend(tx, &id, token_expires_at))
    }

    fn delete_ended_guests(
        &self,
        ended_before: Timestamp,
        limit: usize,
    ) -> StoreFuture<'_, Result<usize, StoreError>> {
        self.write(move |tx| accounts::delete_ended(tx, ended_before, limit))
    }

    fn count_accounts(&self, origin: Origin) -> StoreFuture<'_, Result<u64, StoreError>> {
        self.read_many(move |connection| accounts::count(connection, origin))
    }
}

impl Blocks for SqliteStore {
    fn block(&self, block: Block, now: Timestamp) -> StoreFuture<'_, Result<bool, StoreError>> {
        self.write(move |tx| blocks::block(tx, &block, now))
    }

    fn unblock(&self, block: Block) -> StoreFuture<'_, Result<bool, StoreError>> {
        self.write(move |tx| blocks::unblock(tx, &block))
    }

    fn blocked_by(
        &self,
        blocker: AccountId,
        cursor: Option<PeopleCursor>,
        limit: usize,
    ) -> StoreFuture<'_, Result<People, StoreError>> {
        self.read_many(move |connection| blocks::blocked_by(connection, &blocker, cursor, limit))
    }

    fn is_blocked_between(
        &self,
        one: AccountId,
        other: AccountId,
    ) -> StoreFuture<'_, Result<bool, StoreError>> {
        self.read(move |connection| blocks::is_blocked_between(connection, &one, &other))
    }
}

impl Changes for SqliteStore {
    fn revoke(&self, revocation: Revocation) -> StoreFuture<'_, Result<(), StoreError>> {
        self.write(move |tx| changes::revoke(tx, &revocation))
    }

    fn bearer(
        &self,
        account: AccountId,
        token: TokenDigest,
    ) -> StoreFuture<'_, Result<Bearer, StoreError>> {
        self.read(move |connection| accounts::bearer(connection, &account, &token))
    }

    fn newest_change(&self) -> StoreFuture<'_, Result<ChangeSeq, StoreError>> {
        self.read(changes::newest)
    }

    fn changes_after(
        &self,
        after: ChangeSeq,
        limit: usize,
    ) -> StoreFuture<'_, Result<Vec<Change>, StoreError>> {
        self.read_many(move |connection| changes::after(connection, after, limit))
    }

    fn forget_ended(
        &self,
        now: Timestamp,
        changes_before: Timestamp,
        limit: usize,
    ) -> StoreFuture<'_, Result<usize, StoreError>> {
        self.write(move |tx| changes::forget(tx, now, changes_before, limit))
    }
}

impl Conversations for SqliteStore {
    fn create_conversation(
        &self,
        new: NewConversation,
    ) -> StoreFuture<'_, Result<Conversation, StoreError>> {
        self.write(move |tx| conversations::create(tx, &new))
    }

    fn conversation(
        &self,
        id: ConversationId,
    ) -> StoreFuture<'_, Result<Option<Conversation>, StoreError>> {
        self.read(move |connection| conversations::by_id(connection, &id))
    }

    fn open_direct(
        &self,
        opener: AccountId,
        other: AccountId,
        now: Timestamp,
    ) -> StoreFuture<'_, Result<Option<Conversation>, StoreError>> {
        self.write(move |tx| conversations::open_direct(tx, &opener, &other, now))
    }

    fn enter(
        &self,
        id: ConversationId,
        account: AccountId,
        now: Timestamp,
    ) -> StoreFuture<'_, Result<Option<Entry>, StoreError>> {
        self.write(move |tx| conversations::enter(tx, &id, &account, now))
    }

    fn leave(
        &self,
        id: ConversationId,
        account: AccountId,
        _now: Timestamp,
    ) -> StoreFuture<'_, Result<bool, StoreError>> {
        self.write(move |tx| conversations::leave(tx, &id, &account))
    }

    fn invite(
        &self,
        invitation: MemberChange,
        now: Timestamp,
    ) -> StoreFuture<'_, Result<Invited, MemberError>> {
        let invited = self.write(move |tx| conversations::invite(tx, &invitation, now));
        Box::pin(async { invited.await? })
    }

    fn remove_member(&self, removal: MemberChange) -> StoreFuture<'_, Result<bool, MemberError>> {
        let removed = self.write(move |tx| conversations::remove(tx, &removal));
        Box::pin(async { removed.await? })
    }

    fn member(
        &self,
        id: ConversationId,
        account: AccountId,
    ) -> StoreFuture<'_, Result<Option<Member>, StoreError>> {
        self.read(move |connection| conversations::member(connection, &id, &account))
    }

    fn mark_read(
        &self,
        id: ConversationId,
        account: AccountId,
        to: Option<Seq>,
        _now: Timestamp,
    ) -> StoreFuture<'_, Result<Option<ReadMark>, StoreError>> {
        self.write(move |tx| conversations::mark_read(tx, &id, &account, to))
    }

    fn read_mark(
        &self,
        id: ConversationId,
        account: AccountId,
    ) -> StoreFuture<'_, Result<Option<ReadMark>, StoreError>> {
        self.read(move |connection| conversations::read_mark(connection, &id, &account))
    }

    fn list_conversations(
        &self,
        listing: Listing,
    ) -> StoreFuture<'_, Result<ListPage, StoreError>> {
        self.search(move |connection| conversations::list(connection, &listing))
    }

    fn view(
        &self,
        id: ConversationId,
        viewer: AccountId,
    ) -> StoreFuture<'_, Result<Option<View>, StoreError>> {
        self.read(move |connection| conversations::view(connection, &id, &viewer))
    }

    fn views(
        &self,
        id: ConversationId,
        accounts: Vec<AccountId>,
    ) -> StoreFuture<'_, Result<Option<Views>, StoreError>> {
        self.read_many(move |connection| conversations::views(connection, &id, &accounts))
    }

    fn members(
        &self,
        id: ConversationId,
        cursor: Option<PeopleCursor>,
        limit: usize,
    ) -> StoreFuture<'_, Result<Option<People>, StoreError>> {
        self.read_many(move |connection| conversations::members(connection, &id, cursor, limit))
    }

    fn memberships(
        &self,
        account: AccountId,
        after: Option<ListCursor>,
        limit: usize,
    ) -> StoreFuture<'_, Result<Vec<ListCursor>, StoreError>> {
        self.read_many(move |connection| {
            conversations::memberships(connection, &account, after.as_ref(), limit)
        })
    }

    fn membership_ids(
        &self,
        accounts: Vec<AccountId>,
        limit: usize,
    ) -> StoreFuture<'_, Result<Vec<Vec<ConversationId>>, StoreError>> {
        self.read_many(move |connection| {
            let of = |account| {
                let places = conversations::memberships(connection, account, None, limit)?;
                Ok(places.into_iter().map(|place| place.id).collect())
            };
            accounts.iter().map(of).collect()
        })
    }

    fn partners(
        &self,
        accounts: Vec<AccountId>,
        limit: usize,
    ) -> StoreFuture<'_, Result<Vec<Partners>, StoreError>> {
        self.read_many(move |connection| {
            let of = |account| conversations::partners(connection, account, limit);
            accounts.iter().map(of).collect()
        })
    }
}

impl Messages for SqliteStore {
    fn append(
        &self,
        messages: Vec<NewMessage>,
    ) -> StoreFuture<'_, Result<Vec<Appended>, StoreError>> {
        let bytes = messages.iter().map(|message| message.text.as_str().len()).sum();
        let weight = Weight { messages: messages.len(), bytes };
        let work = move |tx: &Tx<'_>| messages::append(tx, &messages);
        self.queue_write(Call::of_messages(work), weight)
    }

    fn settle(
        &self,
        keys: Vec<MessageKey>,
    ) -> StoreFuture<'_, Result<Vec<Option<Message>>, StoreError>> {
        self.write(move |tx| messages::settle(tx, &keys))
    }

    fn page(
        &self,
        conversation: ConversationId,
        cursor: PageCursor,
        limit: usize,
    ) -> StoreFuture<'_, Result<Page, PageError>> {
        let page = self
            .read_many(move |connection| messages::page(connection, &conversation, cursor, limit));
        Box::pin(async { page.await?.ok_or(PageError::NotFound) })
    }

    fn bury(
        &self,
        conversation: ConversationId,
        seq: Seq,
        _now: Timestamp,
    ) -> StoreFuture<'_, Result<Option<Message>, StoreError>> {
        self.write(move |tx| messages::bury(tx, &conversation, seq))
    }
}

impl Store for SqliteStore {
    fn check(&self) -> StoreFuture<'_, Result<(), StoreError>> {
        let read = self.read(|connection| changes::newest(connection).map(|_| ()));
        let write = self.write(|tx| settle(tx.connection));
        Box::pin(async {
            read.await?;
            write.await
        })
    }
}
