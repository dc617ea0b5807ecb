//! What is unread, on every device of everybody, after very many things that happened in no particular
//! order: as a count from the messages themselves has it. The steps follow from the seed alone, each is
//! answered before the next begins, and no deadline is near: time stands still as far as the server can
//! tell.

use std::collections::HashMap;

use serde_json::{Value, json};
use store_suite::Dice;

use super::house::{House, Person, Spans, Tab};
use crate::support::PATIENCE;

const SEED: u64 = 6;
const STEPS: usize = 10_000;
/// Between two looks at what everybody was shown.
const LOOK_EVERY: usize = 500;
const PEOPLE: usize = 3;
const DEVICES: usize = 3;
/// Everybody with everybody.
const PAIRS: [[usize; 2]; 3] = [[0, 1], [0, 2], [1, 2]];

/// What a list shows of a conversation: its last message, the own mark, and how many are unread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Shown {
    last: u64,
    read: u64,
    unread: u64,
}

#[derive(Default)]
struct Device {
    tab: Option<Tab>,
    /// By conversation.
    shown: HashMap<usize, Shown>,
    /// The same, as it was told alone, without what was read.
    heard: HashMap<usize, Shown>,
    /// How far the other one has read, as it was told: by conversation.
    told: HashMap<usize, u64>,
}

struct World {
    house: House,
    dice: Dice,
    people: Vec<Person>,
    /// Each one's.
    devices: Vec<Vec<Device>>,
    /// Who sent each message of each conversation.
    said: [Vec<usize>; 3],
    /// Up to where each of the two has read.
    marks: [[u64; 2]; 3],
}

/// Whose mark it is, of the two.
fn side(pair: usize, who: usize) -> usize {
    usize::from(PAIRS[pair][1] == who)
}

fn id(pair: usize) -> String {
    format!("conv_{}_{}", PAIRS[pair][0] + 1, PAIRS[pair][1] + 1)
}

fn pair_of(id: &Value) -> usize {
    (0..PAIRS.len())
        .find(|pair| *id == *self::id(*pair))
        .unwrap_or_else(|| panic!("whose is {id}?"))
}

impl World {
    async fn open() -> Self {
        let house = House::open(Spans::default()).await;
        let mut people = Vec::new();
        for nth in 0..PEOPLE {
            people.push(house.person(&format!("p{nth}")).await);
        }
        let devices = || (0..DEVICES).map(|_| Device::default()).collect();
        let devices = (0..PEOPLE).map(|_| devices()).collect();
        let (said, marks) = <([Vec<usize>; 3], [[u64; 2]; 3])>::default();
        Self { house, dice: Dice::new(SEED), people, devices, said, marks }
    }

    /// Counted from the messages: what somebody has not read of those up to one.
    fn recount(&self, pair: usize, who: usize, (read, last): (u64, u64)) -> u64 {
        let after =
            self.said[pair].iter().zip(1_u64..).filter(|(_, seq)| *seq > read && *seq <= last);
        after.filter(|(sender, _)| **sender != who).count() as u64
    }

    fn newest(&self, pair: usize) -> u64 {
        self.said[pair].len() as u64
    }

    /// What somebody's list has to show when it is quiet.
    fn expected(&self, pair: usize, who: usize) -> Shown {
        let (last, read) = (self.newest(pair), self.marks[pair][side(pair, who)]);
        Shown { last, read, unread: self.recount(pair, who, (read, last)) }
    }

    async fn step(&mut self) {
        let (who, nth) = (self.dice.below(PEOPLE), self.dice.below(DEVICES));
        let pairs = [0, 1, 2].map(|pair| PAIRS[pair].contains(&who).then_some(pair));
        let own: Vec<usize> = pairs.into_iter().flatten().collect();
        let pair = own[self.dice.below(own.len())];
        if self.devices[who][nth].tab.is_none() {
            // Away: mostly for a while longer.
            if self.dice.below(10) == 0 {
                self.come(who, nth).await;
            }
            return;
        }
        match self.dice.below(100) {
            0..45 => self.say(who, nth, pair).await,
            45..48 => self.post(who, pair).await,
            48..93 => self.mark(who, nth, pair).await,
            93..95 => self.read_all(who, pair).await,
            95..97 => {
                let device = self.devices[who][nth].tab.as_mut().expect("it is there");
                device.succeed("join_conversation", json!(id(pair))).await;
            }
            _ => self.devices[who][nth] = Device::default(),
        }
    }

    /// A device comes back: it reads its list, then catches up and listens.
    async fn come(&mut self, who: usize, nth: usize) {
        let mut tab = self.house.tab(&self.people[who]).await;
        let cursors: Value = (0..PAIRS.len())
            .filter(|pair| PAIRS[*pair].contains(&who))
            .map(|pair| (id(pair), json!(self.newest(pair))))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let synced = tab.succeed("sync", json!({ "cursors": cursors })).await;
        for one in synced["conversations"].as_array().expect("a list") {
            let pair = pair_of(&one["conversationId"]);
            let own = side(pair, who);
            assert_eq!(one["lastReadSeq"], self.marks[pair][own], "{one}");
            assert_eq!(one["otherLastReadSeq"], self.marks[pair][1 - own], "{one}");
        }
        let shown = self.list(who).await;
        self.devices[who][nth] = Device { tab: Some(tab), shown, ..Device::default() };
    }

    async fn list(&self, who: usize) -> HashMap<usize, Shown> {
        let path = "GET /api/messages/conversations";
        let list = self.house.ask(path, &self.people[who], None).await;
        let conversations = list["conversations"].as_array().expect("a list");
        conversations.iter().map(|one| (pair_of(&one["conversation_id"]), shown(one))).collect()
    }

    async fn say(&mut self, who: usize, nth: usize, pair: usize) {
        let args =
            json!({ "conversationId": id(pair), "messageText": "x", "clientId": self.key(pair) });
        let tab = self.devices[who][nth].tab.as_mut().expect("it is there");
        let answer = tab.succeed("send_message", args).await;
        self.said[pair].push(who);
        assert_eq!(answer["message"]["seq"], self.newest(pair));
    }

    async fn post(&mut self, who: usize, pair: usize) {
        let body =
            json!({ "conversationId": id(pair), "messageText": "x", "clientId": self.key(pair) });
        let path = "POST /api/messages/send";
        let answer = self.house.ask(path, &self.people[who], Some(body)).await;
        self.said[pair].push(who);
        assert_eq!(answer["message"]["seq"], self.newest(pair));
    }

    fn key(&self, pair: usize) -> String {
        format!("k{}", self.said[pair].len())
    }

    /// Anywhere: behind the mark, before it, beyond the last message.
    async fn mark(&mut self, who: usize, nth: usize, pair: usize) {
        let newest = self.newest(pair);
        let mark = &mut self.marks[pair][side(pair, who)];
        let near = mark.saturating_sub(3) + self.dice.below(8) as u64;
        let seq = (self.dice.below(8) > 0).then_some(near);
        let before = std::mem::replace(mark, seq.unwrap_or(newest).min(newest).max(*mark));
        let expected = (*mark, *mark > before);
        let mut args = json!({ "conversationId": id(pair) });
        if let Some(seq) = seq {
            args["seq"] = json!(seq);
        }
        let tab = self.devices[who][nth].tab.as_mut().expect("it is there");
        let answer = tab.succeed("mark_read", args).await;
        assert_eq!(
            (&answer["lastReadSeq"], &answer["updated"]),
            (&json!(expected.0), &json!(expected.1))
        );
    }

    async fn read_all(&mut self, who: usize, pair: usize) {
        let newest = self.newest(pair);
        let mark = &mut self.marks[pair][side(pair, who)];
        let updated = std::mem::replace(mark, newest) < newest;
        let head = format!("PUT /api/messages/conversations/{}/read", id(pair));
        let answer = self.house.ask(&head, &self.people[who], None).await;
        assert_eq!(answer, json!({ "updated": updated, "lastReadSeq": newest }));
    }

    /// Takes what a device has heard: each count is right for what it is a count of, no message is left
    /// out, and nothing is behind what was heard before. It may be behind the list, which a device reads
    /// when it comes: messages are told also to whoever has seen later ones there. The last one is told
    /// last: see [`World::look`].
    async fn hear(&mut self, who: usize, nth: usize) {
        let device = &mut self.devices[who][nth];
        let Some(tab) = &mut device.tab else { return };
        let heard = tab.so_far().await;
        for (name, payload) in heard {
            if name == "conversation_updated" {
                let pair = pair_of(&payload["conversation"]["conversation_id"]);
                let now = shown(&payload["conversation"]);
                let expected = self.recount(pair, who, (now.read, now.last));
                assert_eq!(now.unread, expected, "{payload}");
                let device = &mut self.devices[who][nth];
                device.shown.insert(pair, now);
                if let Some(before) = device.heard.insert(pair, now) {
                    let is_next = (before.last..=before.last + 1).contains(&now.last);
                    assert!(is_next && before.read <= now.read, "{before:?}: {payload}");
                }
            } else if name == "message_read" {
                let pair = pair_of(&payload["conversationId"]);
                assert_ne!(payload["readerId"], (who + 1).to_string(), "of the other one");
                let read = payload["lastReadSeq"].as_u64().expect("a place");
                let before = self.devices[who][nth].told.insert(pair, read).unwrap_or(0);
                assert!(before < read, "{payload} after {before}");
            }
        }
    }

    /// Waits until every device that is there shows what it has to.
    async fn look(&mut self) {
        for (who, nth) in (0..PEOPLE).flat_map(|who| (0..DEVICES).map(move |nth| (who, nth))) {
            let settles = async {
                loop {
                    self.hear(who, nth).await;
                    let device = &self.devices[who][nth];
                    let is_right = |pair: usize| {
                        let shown = device.shown.get(&pair).copied().unwrap_or_default();
                        !PAIRS[pair].contains(&who) || shown == self.expected(pair, who)
                    };
                    if device.tab.is_none() || (0..PAIRS.len()).all(is_right) {
                        return;
                    }
                }
            };
            let settled = tokio::time::timeout(PATIENCE, settles).await;
            let device = &self.devices[who][nth];
            assert!(settled.is_ok(), "device {nth} of {who} shows {:?}", device.shown);
        }
    }
}

fn shown(conversation: &Value) -> Shown {
    let number = |name: &str| conversation[name].as_u64().expect("a number");
    let last = conversation["last_message"]["seq"].as_u64().unwrap_or(0);
    Shown { last, read: number("lastReadSeq"), unread: number("unread_count") }
}

#[tokio::test]
async fn what_is_unread_is_what_a_recount_gives_after_ten_thousand_steps_of_many_devices() {
    println!("seed {SEED}");
    let mut world = World::open().await;
    for step in 0..STEPS {
        world.step().await;
        if step % LOOK_EVERY == LOOK_EVERY - 1 {
            world.look().await;
        }
    }
    for (who, nth) in (0..PEOPLE).flat_map(|who| (0..DEVICES).map(move |nth| (who, nth))) {
        if world.devices[who][nth].tab.is_none() {
            world.come(who, nth).await;
        }
    }
    world.look().await;
    let messages: usize = world.said.iter().map(Vec::len).sum();
    assert!(messages > 2_000, "{messages}");
    for who in 0..PEOPLE {
        for (pair, shown) in world.list(who).await {
            assert_eq!(shown, world.expected(pair, who), "{pair}, {who}");
        }
    }
}
