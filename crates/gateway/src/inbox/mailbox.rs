//! Where what is heard waits for the inbox's task. Whoever puts something in holds this lock for some
//! 100 ns and nothing else of the inbox.

use std::collections::HashMap;

use chat::conversations::{ConversationId, Kind, Seq};
use chat::ids::AccountId;
use chat::messages::Message;
use chat::time::Monotonic;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::machine::Machine;
use crate::fanout::Heard;

/// What happened to an account.
#[derive(Debug)]
enum Post {
    Online(AccountId),
    Offline(AccountId),
    Entered(AccountId, ConversationId),
    Left(AccountId, ConversationId),
    Marked(AccountId, ConversationId),
    Found(AccountId, ConversationId, bool),
}

/// What waits. The task takes all of it each time and waits for nothing meanwhile: so a conversation
/// is in it once, and of accounts what they do within some microseconds.
#[derive(Debug, Default)]
struct Waiting {
    posts: Vec<Post>,
    messages: HashMap<ConversationId, Option<Written>>,
}

/// What was stored of a direct conversation.
#[derive(Debug)]
struct Written {
    /// One who wrote.
    writer: AccountId,
    first: Seq,
    last: Seq,
}

#[derive(Debug, Default)]
pub(super) struct Mailbox {
    waiting: Mutex<Waiting>,
    wake: Notify,
}

impl Mailbox {
    pub(super) fn online(&self, account: &AccountId) {
        self.put(Post::Online(account.clone()));
    }

    pub(super) fn offline(&self, account: &AccountId) {
        self.put(Post::Offline(account.clone()));
    }

    pub(super) fn hear(&self, heard: &Heard<'_>) {
        match *heard {
            Heard::Committed(committed) => {
                let message = &committed.delivery.message;
                if committed.joined {
                    let sender = message.sender.clone();
                    self.put(Post::Entered(sender, message.conversation.clone()));
                }
                self.put_message(message);
            }
            // Each message is heard of as committed, by the node that stored it.
            Heard::Delivered(_) => {}
            Heard::Entered(account, of) => self.put(Post::Entered(account.clone(), of.clone())),
            Heard::Left(account, of) => self.put(Post::Left(account.clone(), of.clone())),
            // As a message of it does.
            Heard::Inherited(of) => {
                self.waiting.lock().messages.entry(of.clone()).or_insert(None);
                self.wake.notify_one();
            }
            Heard::Marked(account, of) => self.put(Post::Marked(account.clone(), of.clone())),
            Heard::Found(account, of, is_in) => {
                self.put(Post::Found(account.clone(), of.clone(), is_in));
            }
        }
    }

    fn put(&self, post: Post) {
        self.waiting.lock().posts.push(post);
        self.wake.notify_one();
    }

    fn put_message(&self, message: &Message) {
        let (conversation, seq) = (&message.conversation, message.seq);
        let mut waiting = self.waiting.lock();
        if let Some(earlier) = waiting.messages.get_mut(conversation) {
            if let Some(written) = earlier {
                written.first = written.first.min(seq);
                written.last = written.last.max(seq);
            }
            return;
        }
        let is_direct = conversation.kind() == Some(Kind::Direct);
        let written = || Written { writer: message.sender.clone(), first: seq, last: seq };
        waiting.messages.insert(conversation.clone(), is_direct.then(written));
        drop(waiting);
        self.wake.notify_one();
    }

    /// Until something was put in since the last time.
    pub(super) async fn filled(&self) {
        self.wake.notified().await;
    }

    /// Gives the machine what waits, messages last. So of an account that came in the meantime it counts
    /// as missed what may have been stored before: being told once more than needed does no harm.
    pub(super) fn empty_into(&self, machine: &mut Machine, now: Monotonic) {
        let Waiting { posts, messages } = std::mem::take(&mut *self.waiting.lock());
        for post in posts {
            match post {
                Post::Online(account) => machine.online(now, &account),
                Post::Offline(account) => machine.offline(now, &account),
                Post::Entered(account, of) => machine.entered(now, &account, &of),
                Post::Left(account, of) => machine.left(now, &account, &of),
                Post::Marked(account, of) => machine.marked(now, &account, &of),
                Post::Found(account, of, is_in) => machine.found(now, (&account, &of), is_in),
            }
        }
        for (conversation, written) in messages {
            match written {
                Some(Written { writer, first, last }) => {
                    machine.wrote(now, (&writer, &conversation), (first, last));
                }
                None => machine.message(now, &conversation),
            }
        }
    }
}
