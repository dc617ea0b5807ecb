//! People who come, go, join, leave, read and write at random, and a store that is slow and sometimes
//! away: whoever is in a conversation has been told of its last state when it is quiet, and of none
//! too often.

use std::collections::HashMap;

use chat::conversations::{ConversationId, Seq};
use chat::ids::AccountId;
use chat::store::StoreError;
use store_suite::Dice;

use super::{Machine, Newcomer, Work, account, at, conversation};
use crate::inbox::InboxConfig;
use crate::inbox::machine::Told;

const PEOPLE: usize = 6;
const ROOMS: usize = 5;
const STEPS: usize = 3_000;
const PAUSE_MS: u64 = 1_000;

type Pair = (usize, usize);

/// What is true, and what everybody was told of it.
struct World {
    dice: Dice,
    machine: Machine,
    now_ms: u64,
    /// Sockets of each.
    sockets: [usize; PEOPLE],
    /// The number of each one's coming.
    comings: [u64; PEOPLE],
    is_member: HashMap<Pair, bool>,
    /// What the store did and the machine was not told yet: tasks tell it in the order in which they
    /// wake.
    untold: Vec<(Pair, bool)>,
    /// How often a conversation changed for all, and for one.
    said: [u64; ROOMS],
    marked: HashMap<Pair, u64>,
    changed: HashMap<Pair, u64>,
    /// What each was told last in its present coming, or knew when it came.
    knows_said: HashMap<Pair, u64>,
    knows_marked: HashMap<Pair, u64>,
    knows_changed: HashMap<Pair, u64>,
    updated_at: HashMap<Pair, u64>,
    asked: Vec<Asked>,
}

/// A question that is with the store, with the answer that it will have.
struct Asked {
    work: Work,
    said: [u64; ROOMS],
    marked: HashMap<Pair, u64>,
    changed: HashMap<Pair, u64>,
    is_member: HashMap<Pair, bool>,
    ids: Vec<Vec<ConversationId>>,
}

fn person(id: &AccountId) -> usize {
    id.as_str().parse().expect("a number")
}

fn place(id: &ConversationId) -> usize {
    id.as_str().trim_start_matches("room_").parse().expect("a number")
}

fn id_of(room: usize) -> ConversationId {
    conversation(&format!("room_{room}"))
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            machine: Machine::new(InboxConfig::default()),
            now_ms: 0,
            sockets: [0; PEOPLE],
            comings: [0; PEOPLE],
            is_member: HashMap::new(),
            untold: Vec::new(),
            said: [0; ROOMS],
            marked: HashMap::new(),
            changed: HashMap::new(),
            knows_said: HashMap::new(),
            knows_marked: HashMap::new(),
            knows_changed: HashMap::new(),
            updated_at: HashMap::new(),
            asked: Vec::new(),
        }
    }

    fn is_in(&self, pair: Pair) -> bool {
        self.is_member.get(&pair).copied().unwrap_or_default()
    }

    fn step(&mut self) {
        let (who, room) = (self.dice.below(PEOPLE), self.dice.below(ROOMS));
        let (id, of, now) = (account(&who.to_string()), id_of(room), at(self.now_ms));
        match self.dice.below(14) {
            0 => self.come(who),
            1 if self.sockets[who] > 0 => {
                self.sockets[who] -= 1;
                self.machine.offline(now, &id);
            }
            2 | 3 => {
                let is_in = !self.is_in((who, room));
                self.is_member.insert((who, room), is_in);
                *self.changed.entry((who, room)).or_default() += 1;
                self.untold.push(((who, room), is_in));
            }
            4 | 5 => {
                self.said[room] += 1;
                self.machine.message(now, &of);
            }
            6 if self.is_in((who, room)) => {
                *self.marked.entry((who, room)).or_default() += 1;
                self.machine.marked(now, &id, &of);
            }
            7 | 8 => self.tell(),
            9 | 10 => self.now_ms += self.dice.below(400) as u64,
            _ => self.answer(),
        }
        // Several may come before the machine is asked.
        if self.dice.below(2) == 0 {
            self.ask();
        }
    }

    /// One of the changes of memberships is told, whichever.
    fn tell(&mut self) {
        if self.untold.is_empty() {
            return;
        }
        let nth = self.dice.below(self.untold.len());
        let ((who, room), is_in) = self.untold.swap_remove(nth);
        let (id, of, now) = (account(&who.to_string()), id_of(room), at(self.now_ms));
        if is_in {
            self.machine.entered(now, &id, &of);
        } else {
            self.machine.left(now, &id, &of);
        }
    }

    /// Whoever connects reads how everything is.
    fn come(&mut self, who: usize) {
        self.machine.online(at(self.now_ms), &account(&who.to_string()));
        self.sockets[who] += 1;
        if self.sockets[who] > 1 {
            return;
        }
        self.comings[who] += 1;
        for room in 0..ROOMS {
            let pair = (who, room);
            self.knows_said.insert(pair, self.said[room]);
            self.knows_marked.insert(pair, self.marked.get(&pair).copied().unwrap_or_default());
            self.knows_changed.insert(pair, self.changed.get(&pair).copied().unwrap_or_default());
            self.updated_at.remove(&pair);
        }
    }

    /// The store's answer is of the moment of the question: the worst case.
    fn ask(&mut self) {
        while let Some(work) = self.machine.next_work(at(self.now_ms)) {
            let ids = match &work {
                Work::Load(newcomers) => {
                    let own = |(id, _): &Newcomer| {
                        let rooms = (0..ROOMS).filter(|room| self.is_in((person(id), *room)));
                        rooms.map(id_of).collect()
                    };
                    newcomers.iter().map(own).collect()
                }
                Work::Flush(flush) => {
                    let same = |asked: &Asked| matches!(&asked.work, Work::Flush(other) if other.conversation == flush.conversation);
                    assert!(!self.asked.iter().any(same), "two at a time");
                    Vec::new()
                }
            };
            self.asked.push(Asked {
                work,
                said: self.said,
                marked: self.marked.clone(),
                changed: self.changed.clone(),
                is_member: self.is_member.clone(),
                ids,
            });
        }
    }

    /// One of the answers comes, whichever, or a failure.
    fn answer(&mut self) {
        if self.asked.is_empty() {
            return;
        }
        let nth = self.dice.below(self.asked.len());
        let asked = self.asked.swap_remove(nth);
        let (is_away, now) = (self.dice.below(5) == 0, at(self.now_ms));
        match asked.work {
            Work::Load(newcomers) => {
                let ids = if is_away { Err(StoreError::Unavailable) } else { Ok(asked.ids) };
                self.machine.loaded(now, &newcomers, ids);
            }
            Work::Flush(ref flush) if !is_away => {
                let room = place(&flush.conversation);
                for id in &flush.updated {
                    let pair = (person(id), room);
                    let last = self.updated_at.insert(pair, self.now_ms);
                    let is_paused = last.is_none_or(|last| self.now_ms - last >= PAUSE_MS);
                    assert!(is_paused, "{pair:?} was told twice within a pause");
                    self.knows_said.insert(pair, asked.said[room]);
                    let marks = asked.marked.get(&pair).copied().unwrap_or_default();
                    self.knows_marked.insert(pair, marks);
                }
                for id in &flush.changed {
                    let pair = (person(id), room);
                    let changes = asked.changed.get(&pair).copied().unwrap_or_default();
                    self.knows_changed.insert(pair, changes);
                    // What it is told then is how the conversation looks, too.
                    self.knows_said.insert(pair, asked.said[room]);
                    let marks = asked.marked.get(&pair).copied().unwrap_or_default();
                    self.knows_marked.insert(pair, marks);
                }
                let Work::Flush(flush) = asked.work else { return };
                let is_in =
                    |id: &&AccountId| asked.is_member.get(&(person(id), room)) == Some(&true);
                let members = flush.changed.iter().filter(is_in).cloned().collect();
                self.machine.flushed(now, flush, Ok(Told { members, last: Seq(0) }));
            }
            Work::Flush(flush) => {
                self.machine.flushed(now, flush, Err(StoreError::Unavailable));
            }
        }
    }

    /// Until nothing is left to be told.
    fn settle(&mut self) {
        for _ in 0..100_000 {
            self.ask();
            if !self.untold.is_empty() && self.dice.below(2) == 0 {
                self.tell();
            } else if !self.asked.is_empty() {
                self.answer();
            } else if !self.untold.is_empty() {
                self.tell();
            } else if let Some(deadline) = self.machine.next_deadline() {
                self.now_ms = self.now_ms.max(deadline.as_millis());
            } else {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    fn check(&self) {
        for pair in (0..PEOPLE).flat_map(|who| (0..ROOMS).map(move |room| (who, room))) {
            let (who, room) = pair;
            if self.sockets[who] == 0 {
                continue;
            }
            let get = |of: &HashMap<Pair, u64>| of.get(&pair).copied().unwrap_or_default();
            assert_eq!(get(&self.knows_changed), get(&self.changed), "membership of {pair:?}");
            if self.is_in(pair) {
                assert_eq!(get(&self.knows_said), self.said[room], "messages for {pair:?}");
                assert_eq!(get(&self.knows_marked), get(&self.marked), "mark of {pair:?}");
            }
        }
    }
}

#[test]
fn everybody_is_told_of_the_last_state_and_of_none_too_often() {
    for seed in 0..300 {
        println!("seed {seed}");
        let mut world = World::new(seed);
        for step in 0..STEPS {
            world.step();
            if step % 500 == 499 {
                world.settle();
                world.check();
            }
        }
        for who in 0..PEOPLE {
            while world.sockets[who] > 0 {
                world.sockets[who] -= 1;
                let now = at(world.now_ms);
                world.machine.offline(now, &account(&who.to_string()));
            }
        }
        world.settle();
        assert_eq!(world.machine.stats(), crate::inbox::InboxStats::default());
    }
}
