//! Names and pictures of those who are connected, kept up to date.

use std::sync::Arc;

use chat::identity::ChangeKind;
use chat::ids::AccountId;
use chat::store::Store;

use super::live::LiveSockets;
use crate::auth::Auth;

/// Hears of every changed profile, and reads it again where its account is connected. A change comes
/// once at once and once more from the store, so that what was read too early is read again.
pub(crate) fn follow(auth: &Auth, live: &Arc<LiveSockets>, store: &Arc<dyn Store>) {
    let (live, store) = (Arc::downgrade(live), Arc::clone(store));
    auth.listen(Box::new(move |change| {
        let ChangeKind::Profile(account) = change else { return };
        if let Some(live) = live.upgrade()
            && live.is_connected(account)
        {
            tokio::spawn(read(live, Arc::clone(&store), account.clone()));
        }
    }));
}

async fn read(live: Arc<LiveSockets>, store: Arc<dyn Store>, account: AccountId) {
    match store.account(account).await {
        Ok(Some(account)) => live.set_profile(account.profile),
        Ok(None) => {}
        // The old name is shown until the next change, or the next time the account comes.
        Err(error) => tracing::debug!(%error, "a changed profile was not read"),
    }
}
