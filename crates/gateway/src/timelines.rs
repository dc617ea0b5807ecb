//! When what happened to each of the latest messages of this node, for whoever asks why one hangs. No
//! text is in it.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use chat::conversations::{ConversationId, Seq};
use chat::error::{Code, Coded};
use chat::ids::{AccountId, ClientId, MessageId};
use chat::messages::NewMessage;
use chat::sequencer::SendError;
use chat::time::Timestamp;
use parking_lot::Mutex;
use tokio::time::Instant;

/// The messages that are remembered, some 300 bytes each: 2.5 MB.
const MAX_MESSAGES: usize = 8_192;

/// How many messages a client's key may name that are given: each sender has keys of their own.
const MAX_FOUND: usize = 20;

/// What happens to a message, after it was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// It was shown to those who listen, before it was stored.
    Emitted,
    /// It has its place on the way into the store.
    Queued,
    /// It is known to be stored.
    Committed,
    /// Those who listen were told so, or were shown it.
    Confirmed,
    /// It will not be stored, or nobody knows.
    Failed(Code),
}

/// One message's way.
#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    pub(crate) id: MessageId,
    pub(crate) conversation: ConversationId,
    pub(crate) sender: AccountId,
    pub(crate) client_id: Option<ClientId>,
    /// Its place, once it is stored.
    pub(crate) seq: Option<Seq>,
    /// When the server took it.
    pub(crate) received: Timestamp,
    /// What happened since, and how long after that; each moment once, in the order in which they came.
    pub(crate) moments: Vec<(Moment, Duration)>,
    begun: Instant,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Timelines(Mutex<Ring>);

#[derive(Debug, Default)]
struct Ring {
    messages: HashMap<MessageId, Timeline>,
    /// The oldest first; some of them may be gone.
    order: VecDeque<MessageId>,
}

impl Timelines {
    /// A message was received.
    pub(crate) fn begin(&self, message: &NewMessage) {
        let timeline = Timeline {
            id: message.id,
            conversation: message.conversation.clone(),
            sender: message.sender.clone(),
            client_id: message.client_id.clone(),
            seq: None,
            received: message.created_at,
            // Three of them in rooms, four in channels.
            moments: Vec::with_capacity(4),
            begun: Instant::now(),
        };
        let mut ring = self.0.lock();
        while ring.order.len() >= MAX_MESSAGES {
            let oldest = ring.order.pop_front();
            oldest.and_then(|oldest| ring.messages.remove(&oldest));
        }
        ring.order.push_back(message.id);
        ring.messages.insert(message.id, timeline);
    }

    /// Something happened to it.
    pub(crate) fn note(&self, id: MessageId, moment: Moment) {
        let mut ring = self.0.lock();
        let Some(timeline) = ring.messages.get_mut(&id) else { return };
        if timeline.moments.iter().all(|(noted, _)| *noted != moment) {
            timeline.moments.push((moment, timeline.begun.elapsed()));
        }
    }

    /// It is stored, in this place.
    pub(crate) fn commit(&self, id: MessageId, seq: Seq) {
        if let Some(timeline) = self.0.lock().messages.get_mut(&id) {
            timeline.seq = Some(seq);
        }
        self.note(id, Moment::Committed);
    }

    /// Nothing comes of it, as far as is known.
    pub(crate) fn fail(&self, id: MessageId, error: SendError) {
        self.note(id, Moment::Failed(error.code()));
    }

    /// It was another's resend: that one's way is its own.
    pub(crate) fn forget(&self, id: MessageId) {
        self.0.lock().messages.remove(&id);
    }

    /// The messages of an id (with `temp_` or without) or of a client's key, the latest first, at most
    /// [`MAX_FOUND`]. By a key it is a walk over all of them.
    pub(crate) fn find(&self, name: &str) -> Vec<Timeline> {
        let ring = self.0.lock();
        let id = MessageId::parse(name.strip_prefix("temp_").unwrap_or(name));
        if let Some(found) = id.and_then(|id| ring.messages.get(&id)) {
            return vec![found.clone()];
        }
        let latest = ring.order.iter().rev().filter_map(|id| ring.messages.get(id));
        let has_key = |timeline: &&Timeline| {
            timeline.client_id.as_ref().is_some_and(|key| key.as_str() == name)
        };
        latest.filter(has_key).take(MAX_FOUND).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use chat::messages::{Echo, MessageType};
    use chat::text::Text;

    use super::*;

    fn message(number: u128, key: Option<&str>) -> NewMessage {
        NewMessage {
            id: MessageId::from_u128(number),
            conversation: ConversationId::parse("room_x").unwrap(),
            sender: AccountId::parse("7").unwrap(),
            client_id: key.map(|key| ClientId::parse(key).unwrap()),
            message_type: MessageType::TEXT,
            text: Text::parse("secret").unwrap(),
            created_at: Timestamp::from_millis(5),
            echo: Echo::None,
        }
    }

    #[test]
    fn each_moment_counts_once_and_is_found_by_id_and_by_key() {
        let timelines = Timelines::default();
        let (one, two) = (message(1, Some("k")), message(2, Some("k")));
        timelines.begin(&one);
        timelines.begin(&two);
        for moment in [Moment::Emitted, Moment::Queued, Moment::Queued] {
            timelines.note(one.id, moment);
        }
        timelines.commit(one.id, Seq(3));
        timelines.fail(two.id, SendError::Down);
        for name in [one.id.to_string(), format!("temp_{}", one.id)] {
            let [found] = &timelines.find(&name)[..] else { panic!("{name}") };
            let moments: Vec<_> = found.moments.iter().map(|(moment, _)| *moment).collect();
            assert_eq!(moments, [Moment::Emitted, Moment::Queued, Moment::Committed]);
            assert!(found.moments.is_sorted_by_key(|(_, after)| *after));
            assert_eq!((found.seq, found.received), (Some(Seq(3)), Timestamp::from_millis(5)));
            assert!(!format!("{found:?}").contains("secret"));
        }
        let found = timelines.find("k");
        assert_eq!(found.iter().map(|found| found.id).collect::<Vec<_>>(), [two.id, one.id]);
        assert_eq!(found[0].moments[0].0, Moment::Failed(Code::Unavailable));
        timelines.forget(two.id);
        assert_eq!(timelines.find("k").len(), 1);
        assert!(timelines.find("other").is_empty());
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let timelines = Timelines::default();
        for number in 0..MAX_MESSAGES as u128 + 10 {
            timelines.begin(&message(number, None));
        }
        let is_known =
            |number| !timelines.find(&MessageId::from_u128(number).to_string()).is_empty();
        assert_eq!([is_known(9), is_known(10)], [false, true]);
        assert_eq!(timelines.0.lock().messages.len(), MAX_MESSAGES);
    }
}
