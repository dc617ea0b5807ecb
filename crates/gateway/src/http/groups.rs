//! What the routes of rooms and those of channels have in common: a group is listed, entered and left,
//! and its members are read, in one way.

use std::sync::Arc;

use chat::conversations::{
    ConversationId, Entry, Kind, ListCursor, ListPage, Listing, MAX_TITLE_CHARS, Member, Role, View,
};
use chat::error::Code;
use chat::identity::{People, PeopleCursor};
use chat::ids::AccountId;
use chat::store::StoreError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::api::Api;
use super::body::{GivenId, Limit, MAX_PAGE, USUAL_PAGE};
use crate::error::WireError;
use crate::fanout::Heard;
use crate::wire::UserBody;

/// Which groups.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct WhichGroups {
    /// How a word of the name begins, in any case; several words as they follow one another in it. At
    /// most 80 characters.
    #[param(example = "te")]
    query: Option<String>,
    /// How many at most; 50 if it is left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Option<Limit<MAX_PAGE>>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// Which members.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct WhichMembers {
    /// How many at most; 50 if it is left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Option<Limit<MAX_PAGE>>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

/// Some members, in the order of joining.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Members<'a> {
    members: Vec<UserBody<'a>>,
    /// Where to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
}

/// Who joins or leaves, if anything is said of it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Who {
    /// One's own id, if anything.
    #[schema(value_type = Option<String>)]
    pub(super) user_id: Option<GivenId>,
}

/// It is so.
#[derive(Serialize, ToSchema)]
pub(super) struct Done {
    /// Always `true`.
    pub(super) success: bool,
}

/// What [`Done`] always is.
pub(super) const DONE: Done = Done { success: true };

impl<'a> From<&'a People> for Members<'a> {
    fn from(people: &'a People) -> Self {
        Self {
            members: people.profiles.iter().map(Into::into).collect(),
            next_cursor: people.next.map(|next| next.to_string()),
        }
    }
}

/// A page of groups, and how many are active in each.
pub(super) async fn list(
    api: &Api,
    viewer: AccountId,
    kind: Kind,
    which: WhichGroups,
) -> Result<(ListPage, Vec<usize>), WireError> {
    if which.query.as_ref().is_some_and(|query| query.chars().count() > MAX_TITLE_CHARS) {
        let message = "`query` is longer than any name: it has 80 characters at most.";
        return Err(WireError::new(Code::InvalidPayload, message));
    }
    let listing = Listing {
        kind,
        viewer,
        query: which.query,
        cursor: which.cursor.as_deref().map(ListCursor::parse).transpose()?,
        limit: which.limit.map_or(USUAL_PAGE, Limit::get),
    };
    let page = api.store.list_conversations(listing).await?;
    let active = api.chat.active_counts(page.items.iter().map(|view| &view.conversation.id));
    Ok((page, active))
}

impl WhichMembers {
    /// After whom, and how many.
    ///
    /// # Errors
    /// What is no cursor.
    pub(super) fn part(&self) -> Result<(Option<PeopleCursor>, usize), WireError> {
        let cursor = self.cursor.as_deref().map(PeopleCursor::parse).transpose()?;
        Ok((cursor, self.limit.map_or(USUAL_PAGE, Limit::get)))
    }
}

/// Makes an account a member where it may become one; the group as it sees it then, and how many are
/// active. `None`: there is no such group for it.
pub(super) async fn enter(
    api: Arc<Api>,
    group: ConversationId,
    account: AccountId,
) -> Result<Option<(View, usize)>, WireError> {
    to_its_end(async move {
        let now = api.now().wall;
        let entry = api.store.enter(group.clone(), account.clone(), now).await;
        // Where the store does not know whether it was stored, the lists ask.
        if matches!(&entry, Ok(Some(Entry { is_new: true, .. })) | Err(StoreError::Unknown)) {
            api.chat.tell(&Heard::Entered(&account, &group));
        }
        if entry?.is_none() {
            return Ok(None);
        }
        let view = api.store.view(group.clone(), account).await?;
        Ok(view.map(|view| (view, api.chat.active_count(&group))))
    })
    .await
}

/// Ends a membership, and the listening of all the account's sockets; `false`: there is no such group
/// for it.
pub(super) async fn leave(
    api: Arc<Api>,
    group: ConversationId,
    account: AccountId,
) -> Result<bool, WireError> {
    to_its_end(async move {
        let now = api.now().wall;
        let was_owner = is_owner(&api, &group, &account).await;
        let left = api.store.leave(group.clone(), account.clone(), now).await;
        ended(&api, &group, &account, left);
        if was_owner {
            api.chat.tell(&Heard::Inherited(&group));
        }
        Ok(left? || api.store.view(group, account).await?.is_some())
    })
    .await
}

/// Whether an account has a channel: if it goes, somebody inherits it.
pub(super) async fn is_owner(api: &Api, group: &ConversationId, account: &AccountId) -> bool {
    if group.kind() != Some(Kind::Channel) {
        return false;
    }
    let member = api.store.member(group.clone(), account.clone()).await;
    matches!(member, Ok(Some(Member { role: Role::Owner, .. })))
}

/// What follows from the end of a membership, if the store has ended it.
pub(super) fn ended(
    api: &Api,
    group: &ConversationId,
    account: &AccountId,
    ended: Result<bool, StoreError>,
) {
    // Where the store does not know whether it was stored, nobody goes on listening who may have left,
    // and the lists ask.
    let may_have = ended.unwrap_or_else(|error| error == StoreError::Unknown);
    if may_have || ended.is_ok() {
        // Also for whoever had left: the first call may have got no further than the store.
        api.chat.expel(account, group);
    }
    if may_have {
        api.chat.tell(&Heard::Left(account, group));
    }
}

/// Goes to its end, also if the client does not wait for it: what the store has done is told.
pub(super) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, WireError>> + Send + 'static,
) -> Result<T, WireError> {
    // A task that has panicked has said so in the log.
    tokio::spawn(work).await.unwrap_or_else(|_| {
        let message =
            "Something is wrong with the server: its operator finds the cause in the log.";
        Err(WireError::new(Code::Internal, message))
    })
}
