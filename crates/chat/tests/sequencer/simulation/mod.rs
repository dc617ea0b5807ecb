//! A million sends into 100 conversations, through two nodes over one store that is slow, fails and
//! loses its answers, and over a bus that loses, doubles and swaps. Time is simulated.

mod node;
mod store;

use std::collections::BTreeMap;

use chat::conversations::ConversationId;
use chat::ids::{AccountId, ClientId};
use chat::messages::{MessageType, NewMessage};
use chat::sequencer::{Delivering, Delivery, Outcome};
use chat::text::Text;
use chat::time::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::ledger::Ledger;
use crate::world::{account, conversation};
use node::{Node, Tally};
use store::{Commit, Weather};

const SEEDS: u64 = 4;
const SENDS_PER_SEED: u32 = 250_000;
const CONVERSATIONS: usize = 100;
const SENDERS: usize = 20;
const TEXTS: usize = 3;
/// A client sends one of its latest again.
const REMEMBERED: usize = 4_000;

/// What a client wants to say; its key makes it the same again.
#[derive(Debug, Clone)]
struct Wish {
    conversation: ConversationId,
    sender: AccountId,
    client_id: Option<ClientId>,
    text: Text,
}

/// What happens later.
enum Event {
    /// The store's transaction is over, with or without effect.
    Commit(Commit),
    /// The store looks something up.
    Look(usize, chat::sequencer::Work),
    /// A node hears the store's answer.
    Answer(usize, Outcome),
    /// A node hears what another has stored.
    Bus(usize, Delivery),
}

struct Simulation {
    rng: StdRng,
    millis: u64,
    order: u64,
    events: BTreeMap<(u64, u64), Event>,
    ledger: Ledger,
    weather: Weather,
    nodes: [Node; 2],
    ids: u128,
    wishes: Vec<Wish>,
    conversations: Vec<ConversationId>,
    senders: Vec<AccountId>,
    texts: Vec<Text>,
}

#[test]
fn a_million_sends_are_stored_once_and_heard_in_order_whatever_the_store_does() {
    let seed: u64 = std::env::var("PARLOUR_TEST_SEED")
        .map_or_else(|_| rand::random(), |seed| seed.parse().expect("a number"));
    println!("PARLOUR_TEST_SEED={seed}");
    let mut sum = Tally::default();
    for seed in (0..SEEDS).map(|number| seed.wrapping_add(number)) {
        let mut simulation = Simulation::new(seed);
        for _ in 0..SENDS_PER_SEED {
            simulation.step();
        }
        simulation.finish(&mut sum);
    }
    println!("{sum:?}");
    // The schedule did reach what it is there for.
    assert!(sum.stored > 300_000 && sum.duplicates > 10_000 && sum.resends > 1_000);
    assert!(sum.conflicts > 1_000 && sum.refused > 1_000 && sum.expired > 1_000 && sum.full > 0);
    // What is never known differs most from seed to seed: 675 has been seen.
    assert!(sum.unknown > 100);
    assert!(sum.settled > 1_000 && sum.settled_as_lost > 1_000 && sum.failed > 1_000);
    assert!(sum.known > 1_000 && sum.taken_back > 100);
    assert!(sum.delivered > 300_000 && sum.filled > 1_000 && sum.anchored > 1_000);
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let conversations =
            (0..CONVERSATIONS).map(|number| conversation(&number.to_string())).collect();
        Self {
            rng: StdRng::seed_from_u64(seed),
            millis: 1_000,
            order: 0,
            events: BTreeMap::new(),
            ledger: Ledger::default(),
            weather: Weather::default(),
            nodes: [Node::new(0), Node::new(1)],
            ids: 0,
            wishes: Vec::new(),
            conversations,
            senders: (0..SENDERS).map(|number| account(&number.to_string())).collect(),
            texts: (0..TEXTS).map(|number| Text::parse(&"x".repeat(number + 1)).unwrap()).collect(),
        }
    }

    /// One client does something.
    fn step(&mut self) {
        if self.rng.random_ratio(1, 5) {
            self.pass();
        }
        if self.rng.random_ratio(1, 20) {
            let node = self.rng.random_range(0..2);
            // In a few of them there is much coming and going.
            let among = if self.rng.random_ratio(2, 3) { 2 } else { CONVERSATIONS };
            let place = self.conversations[self.rng.random_range(0..among)].clone();
            let more = self.rng.random_ratio(1, 2);
            self.nodes[node].listen_or_forget(more, &place, self.millis, &self.ledger);
            self.follow_up(node);
        }
        let wish = match self.rng.random_range(0..100) {
            0..20 if !self.wishes.is_empty() => {
                self.wishes[self.rng.random_range(0..self.wishes.len())].clone()
            }
            20..23 if !self.wishes.is_empty() => Wish {
                text: self.texts[self.rng.random_range(0..TEXTS)].clone(),
                ..self.wishes[self.rng.random_range(0..self.wishes.len())].clone()
            },
            _ => self.new_wish(),
        };
        let node = self.rng.random_range(0..2);
        self.send(node, wish);
    }

    fn new_wish(&mut self) -> Wish {
        let keyed = self.rng.random_ratio(3, 4);
        let key = format!("k{}", self.ids);
        let wish = Wish {
            conversation: self.conversations[self.rng.random_range(0..CONVERSATIONS)].clone(),
            sender: self.senders[self.rng.random_range(0..SENDERS)].clone(),
            client_id: keyed.then(|| ClientId::parse(&key).unwrap()),
            text: self.texts[self.rng.random_range(0..TEXTS)].clone(),
        };
        if keyed && self.wishes.len() < REMEMBERED {
            self.wishes.push(wish.clone());
        } else if keyed {
            let place = self.rng.random_range(0..REMEMBERED);
            self.wishes[place] = wish.clone();
        }
        wish
    }

    fn send(&mut self, node: usize, wish: Wish) {
        self.ids += 1;
        let message = NewMessage {
            id: chat::ids::MessageId::from_u128(self.ids),
            conversation: wish.conversation,
            sender: wish.sender,
            client_id: wish.client_id,
            message_type: MessageType::TEXT,
            text: wish.text,
            created_at: Timestamp::from_millis(self.millis),
            echo: chat::messages::Echo::None,
        };
        let delivering =
            if self.rng.random_ratio(1, 3) { Delivering::Optimistic } else { Delivering::Stored };
        self.nodes[node].submit(message, delivering, (self.millis, &self.ledger));
        self.follow_up(node);
    }

    /// A millisecond passes, with all that is due in it.
    fn pass(&mut self) {
        self.millis += 1;
        self.weather.pass(self.millis, &mut self.rng);
        while let Some(entry) = self.events.first_entry()
            && entry.key().0 <= self.millis
        {
            let event = entry.remove();
            self.happen(event);
        }
        for node in 0..2 {
            if self.nodes[node].is_due(self.millis) {
                self.nodes[node].tick(self.millis);
                self.follow_up(node);
            }
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Commit(commit) => {
                let (at, outcome) = commit.happen(&mut self.ledger, &mut self.weather);
                let node = outcome.0;
                if let Some(outcome) = outcome.1 {
                    self.later(at, Event::Answer(node, outcome));
                }
            }
            Event::Look(node, work) => {
                let outcome = store::look(work, &self.ledger, &self.weather, &mut self.rng);
                let span = self.rng.random_range(0..10);
                self.later(self.millis + span, Event::Answer(node, outcome));
            }
            Event::Answer(node, outcome) => {
                self.nodes[node].done(outcome, self.millis);
                self.follow_up(node);
            }
            Event::Bus(node, delivery) => {
                self.nodes[node].observe(delivery, self.millis);
                self.follow_up(node);
            }
        }
    }

    /// After an input: what came out is checked and passed on, and the store is asked what it is to be
    /// asked.
    fn follow_up(&mut self, node: usize) {
        for delivery in self.nodes[node].hear(&self.ledger) {
            let copies = match self.rng.random_range(0..20) {
                _ if self.weather.is_calm() => 1,
                0 => 0,
                1 => 2,
                _ => 1,
            };
            for _ in 0..copies {
                let span = if self.rng.random_ratio(1, 10) { 40 } else { 2 };
                let at = self.millis + self.rng.random_range(0..span);
                self.later(at, Event::Bus(1 - node, delivery.clone()));
            }
        }
        while let Some(work) = self.nodes[node].next_work(self.millis) {
            for (at, event) in self.weather.ask(node, work, self.millis, &mut self.rng) {
                self.later(at, event);
            }
        }
    }

    fn later(&mut self, at: u64, event: Event) {
        self.order += 1;
        self.events.insert((at, self.order), event);
    }

    /// The store is well again: everything comes to its end, and everyone has heard everything.
    fn finish(&mut self, sum: &mut Tally) {
        self.weather.calm_down();
        self.settle_down();
        // A last message tells of what the bus had lost before.
        for place in self.conversations.clone() {
            let wish = Wish { conversation: place, client_id: None, ..self.new_wish() };
            self.send(0, wish);
        }
        self.settle_down();
        for node in &mut self.nodes {
            node.check_end(&self.ledger, sum);
        }
        let mut keys = std::collections::HashSet::new();
        let mut committed = 0;
        for message in self.ledger.messages() {
            let key = (&message.conversation, &message.sender, message.client_id.as_ref());
            assert!(key.2.is_none() || keys.insert(key), "a key is stored once");
            committed += 1;
        }
        let told: usize = self.nodes.iter().map(Node::committed).sum();
        assert_eq!(told, committed, "each message is told of by the node that stored it");
    }

    fn settle_down(&mut self) {
        let end = self.millis + 60_000;
        while self.millis < end
            && !(self.events.is_empty() && self.nodes.iter().all(Node::is_quiet))
        {
            self.pass();
        }
        assert!(
            self.events.is_empty() && self.nodes.iter().all(Node::is_quiet),
            "it comes to rest"
        );
    }
}
