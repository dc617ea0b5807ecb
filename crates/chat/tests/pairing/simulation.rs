//! A million random steps by 200 clients, against a model that knows only what the clients were told.

use std::time::Duration;

use chat::ids::{AccountId, ClientId, NodeId, SocketId};
use chat::name::Alias;
use chat::pairing::{
    Command, Emit, NewLine, PairError, PairEvent, PairStats, Pairing, PairingConfig, Reply, Seeker,
};
use chat::text::Text;
use chat::time::{Monotonic, Now, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::model::{BAR_MILLIS, Client, Model};
use crate::world::Seeded;

const STEPS: u32 = 1_000_000;
const CLIENTS: usize = 200;
/// Two sockets each; the other clients are strangers.
const ACCOUNTS: usize = 20;
const ALIASES: [&str; 4] = ["Ann", "Bob", "李", "Stranger"];
/// Fewer than the default, so that the bound is met.
const MAX_WAITING_LINES: usize = 3;

struct Simulation {
    rng: StdRng,
    pairing: Pairing,
    model: Model,
    sockets: usize,
    /// Persons: accounts come first, then strangers, each number used once.
    persons: usize,
}

#[test]
fn a_million_random_steps_break_no_rule() {
    let seed = std::env::var("PARLOUR_TEST_SEED")
        .map_or_else(|_| rand::random(), |seed| seed.parse().expect("a number"));
    println!("PARLOUR_TEST_SEED={seed}");
    let mut simulation = Simulation::new(seed);
    for step in 0..STEPS {
        simulation.step(step % 64 == 0);
        if step % 1_024 == 0 {
            simulation.pairing.check_invariants().unwrap();
        }
    }
    let Model { paired, moved, ref typing, .. } = simulation.model;
    let seen_later = typing.seen_later;
    println!("{paired} pairs met, {moved} of them by moving; typing seen later: {seen_later}");
    assert!(paired > 10_000 && moved > 1_000, "the steps did reach the rules");
    assert!(seen_later > 1_000, "typing did come too soon");
    simulation.finish();
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let mut config = PairingConfig::new(NodeId::new("n1"));
        config.bar = Duration::from_millis(BAR_MILLIS);
        config.max_waiting_lines = MAX_WAITING_LINES;
        let random = Box::new(Seeded(StdRng::seed_from_u64(seed.wrapping_add(1))));
        let mut simulation = Self {
            rng: StdRng::seed_from_u64(seed),
            pairing: Pairing::new(config, random),
            model: Model::default(),
            sockets: 0,
            persons: ACCOUNTS,
        };
        for number in 0..CLIENTS {
            let client = simulation.newcomer(number);
            simulation.model.add(client);
        }
        simulation
    }

    fn newcomer(&mut self, number: usize) -> Client {
        self.sockets += 1;
        let socket = SocketId::new(format!("{:020}", self.sockets));
        if number < 2 * ACCOUNTS {
            let person = number / 2;
            return Client::new(Seeker { socket, account: Some(account(person)) }, person);
        }
        self.persons += 1;
        Client::new(Seeker::stranger(socket), self.persons)
    }

    fn now(&self) -> Now {
        let wall = Timestamp::from_millis(1_767_225_600_000 + self.model.millis);
        Now { mono: Monotonic::from_millis(self.model.millis), wall }
    }

    fn step(&mut self, look_at_all: bool) {
        let span = if self.rng.random_ratio(1, 1_000) { 20_000 } else { 100 };
        let span = self.rng.random_range(0..span);
        self.pass(span);
        let number = self.rng.random_range(0..CLIENTS);
        match self.rng.random_range(0..1_000) {
            0..250 => self.start(number),
            250..400 => self.new_chat(number),
            400..650 => self.send(number),
            650..700 => self.resend(number),
            700..780 => self.leave(number),
            780..800 => self.block(number),
            800..850 => self.vanish(number),
            850..900 => self.typing(number),
            900..997 => self.status(number),
            _ => self.account_block(),
        }
        self.model.settle(look_at_all);
    }

    /// Lets time pass, and wakes the machine exactly when it asked for it.
    fn pass(&mut self, span: u64) {
        let until = self.model.millis + span;
        while let Some(deadline) = self.pairing.next_deadline().map(Monotonic::as_millis)
            && deadline <= until
        {
            assert!(deadline >= self.model.millis, "a deadline that has passed");
            self.model.millis = deadline;
            self.pairing.tick(self.now());
            self.hear();
            self.model.settle(true);
        }
        self.model.millis = until;
    }

    fn run(&mut self, number: usize, command: Command) -> Result<Reply, PairError> {
        let now = self.now();
        self.pairing.handle(&self.model.clients[number].seeker, command, now)
    }

    fn hear(&mut self) -> Vec<Emit> {
        let effects: Vec<Emit> = self.pairing.drain_effects().collect();
        for effect in &effects {
            self.model.hear(effect);
        }
        effects
    }

    fn hear_nothing(&mut self) {
        assert_eq!(self.pairing.drain_effects().count(), 0);
    }

    /// The one who was left, and nobody else, hears it.
    fn hear_left(&mut self, left: Option<usize>) {
        let effects = self.hear();
        let told = effects.iter().filter(|effect| matches!(effect.event, PairEvent::UserLeft(_)));
        let told: Vec<&SocketId> = told.map(|effect| &effect.to).collect();
        let expected = left.map(|left| &self.model.clients[left].seeker.socket);
        assert_eq!(told, expected.into_iter().collect::<Vec<_>>());
    }

    fn alias(&mut self) -> Option<Alias> {
        let choice = self.rng.random_range(0..2 * ALIASES.len());
        ALIASES.get(choice).map(|alias| Alias::parse(alias).unwrap())
    }

    fn start(&mut self, number: usize) {
        let alias = self.alias();
        if self.model.clients[number].room.is_some() {
            let reply = self.run(number, Command::Start { alias });
            self.check_present(number, reply);
            return;
        }
        self.begin(number, Command::Start { alias: alias.clone() }, alias);
    }

    fn new_chat(&mut self, number: usize) {
        let alias = self.alias();
        let command = Command::NewChat { alias: alias.clone() };
        if !self.model.clients[number].is_waiting() {
            self.begin(number, command, alias);
            return;
        }
        if let Some(alias) = alias {
            self.model.clients[number].alias = alias.clone();
            self.model.clients[number].users[0].username = alias;
        }
        let reply = self.run(number, command);
        self.check_present(number, reply);
    }

    fn check_present(&mut self, number: usize, reply: Result<Reply, PairError>) {
        let Ok(Reply::Joined(view)) = reply else { panic!("{reply:?}") };
        let client = &self.model.clients[number];
        assert_eq!(Some(&view.room_id), client.room.as_ref());
        assert_eq!((view.username, view.users), (client.alias.clone(), client.users.clone()));
        self.hear_nothing();
    }

    /// Takes a seat, from no room or from an active one.
    fn begin(&mut self, number: usize, command: Command, alias: Option<Alias>) {
        let left = self.model.leave(number);
        // Who is left is served first, and may take the partner who would have fitted.
        let expected =
            left.is_none().then(|| self.model.expected_partner(self.model.clients[number].person));
        if let Some(alias) = alias {
            self.model.clients[number].alias = alias;
        }
        let Ok(Reply::Joined(view)) = self.run(number, command) else { panic!("no seat") };
        self.hear_left(left);
        let client = &self.model.clients[number];
        assert_eq!(Some(&view.room_id), client.room.as_ref());
        assert_eq!((&view.username, &view.users), (&client.alias, &client.users));
        if let Some(expected) = expected {
            assert_eq!(self.model.partner(number), expected, "the longest-waiting that fits");
        }
    }

    fn send(&mut self, number: usize) {
        let text = self.model.next_text();
        let client = &self.model.clients[number];
        let room = match self.rng.random_range(0..10) {
            0..3 => client.room.clone(),
            3 => client.past_room.clone(),
            _ => None,
        };
        let is_stale = room.is_some() && room != client.room;
        let expected = match &client.room {
            None => Some(PairError::NotSeated),
            Some(_) if is_stale => Some(PairError::StaleRoom),
            Some(_) if !client.is_waiting() => None,
            Some(_) if !client.is_fresh => Some(PairError::PartnerGone),
            Some(_) if client.kept() >= MAX_WAITING_LINES => Some(PairError::TooManyWaitingLines),
            Some(_) => None,
        };
        let is_waiting = client.is_waiting();
        let key = ClientId::parse(&format!("key {text}")).unwrap();
        let text_sent = Text::parse(&text.to_string()).unwrap();
        let line = NewLine { text: text_sent.clone(), room, client_id: Some(key.clone()) };
        let reply = self.run(number, Command::Send(line));
        if let Some(expected) = expected {
            assert_eq!(reply, Err(expected));
            self.hear_nothing();
            return;
        }
        let Ok(Reply::Sent(message)) = reply else { panic!("{reply:?}") };
        let mut listeners = vec![number];
        listeners.extend(self.model.partner(number));
        for effect in self.hear() {
            let PairEvent::ReceiveMessage(line) = &effect.event else { panic!("{effect:?}") };
            let sockets = |listener: &usize| &self.model.clients[*listener].seeker.socket;
            let index = listeners.iter().position(|listener| *sockets(listener) == effect.to);
            let listener = listeners.remove(index.expect("a line goes to the two in the room"));
            assert_eq!((line.id, &line.text), (message.id, &text_sent));
            self.model.check_line(listener, number, line);
        }
        assert_eq!(listeners, [], "everyone in the room hears it");
        self.model.typing.end(number);
        if is_waiting {
            self.model.keep(number, text);
        }
        self.model.clients[number].last_sent = Some((key, text_sent, message.id));
    }

    fn resend(&mut self, number: usize) {
        let Some((key, text, id)) = self.model.clients[number].last_sent.clone() else { return };
        let is_same = self.rng.random();
        let text = if is_same { text } else { Text::parse("another").unwrap() };
        let line = NewLine { text, room: None, client_id: Some(key) };
        match self.run(number, Command::Send(line)) {
            Ok(Reply::Sent(message)) if is_same => assert_eq!(message.id, id),
            reply => assert_eq!(reply, Err(PairError::KeyTaken)),
        }
        self.hear_nothing();
    }

    fn leave(&mut self, number: usize) {
        let left = self.model.leave(number);
        assert_eq!(self.run(number, Command::Leave), Ok(Reply::Done));
        self.hear_left(left);
    }

    fn block(&mut self, number: usize) {
        let client = &self.model.clients[number];
        let partner = self.model.partner(number).map(|partner| self.model.clients[partner].person);
        if let Some(whom) = partner.or(client.left_by) {
            self.model.block(client.person, whom);
            let left = self.model.leave(number);
            assert_eq!(self.run(number, Command::Block), Ok(Reply::Done));
            self.hear_left(left);
        } else {
            assert_eq!(self.run(number, Command::Block), Err(PairError::NobodyToBlock));
            self.hear_nothing();
        }
    }

    fn vanish(&mut self, number: usize) {
        let left = self.model.leave(number);
        let now = self.now();
        self.pairing.vanish(&self.model.clients[number].seeker.socket, now);
        let newcomer = self.newcomer(number);
        self.model.replace(number, newcomer);
        self.hear_left(left);
    }

    /// A few keys, within some seconds.
    fn typing(&mut self, number: usize) {
        for _ in 0..self.rng.random_range(1..8) {
            match self.rng.random_range(0..8) {
                0 => self.send(number),
                choice => self.key(number, choice < 4),
            }
            let span = self.rng.random_range(0..700);
            self.pass(span);
        }
    }

    fn key(&mut self, number: usize, stops: bool) {
        let reply = self.run(number, if stops { Command::StopTyping } else { Command::Typing });
        if self.model.clients[number].room.is_none() {
            assert_eq!(reply, Err(PairError::NotSeated));
        } else {
            assert_eq!(reply, Ok(Reply::Done));
        }
        let partner = self.model.partner(number);
        if stops {
            self.model.typing.forget_missing(number);
        } else if partner.is_some() {
            self.model.typing.begin(number, self.model.millis);
        }
        for effect in self.hear() {
            assert_eq!(matches!(effect.event, PairEvent::StopTyping { .. }), stops);
            assert_eq!(partner.map(|it| &self.model.clients[it].seeker.socket), Some(&effect.to));
        }
    }

    fn status(&mut self, number: usize) {
        let Ok(Reply::Status(state)) = self.run(number, Command::Status) else { panic!("refused") };
        let client = &self.model.clients[number];
        assert_eq!(state.as_ref().map(|state| &state.room_id), client.room.as_ref());
        assert_eq!(state.map(|state| state.users).unwrap_or_default(), client.users);
        self.hear_nothing();
    }

    fn account_block(&mut self) {
        let (by, whom) = (self.rng.random_range(0..ACCOUNTS), self.rng.random_range(0..ACCOUNTS));
        let now = self.now();
        if by == whom || self.rng.random() {
            self.model.unblock(by, whom);
            self.pairing.account_unblocked(&account(by), &account(whom), now);
            self.hear();
            return;
        }
        for number in [2 * by, 2 * by + 1] {
            let partner = self.model.partner(number);
            let Some(partner) = partner.filter(|it| self.model.clients[*it].person == whom) else {
                continue;
            };
            self.model.part(number, partner);
            self.model.clients[number].left_by = Some(whom);
            self.model.clients[partner].left_by = Some(by);
        }
        self.model.block(by, whom);
        self.pairing.account_blocked(&account(by), &account(whom), now);
        self.hear();
    }

    /// Everyone goes, and nothing may be left.
    fn finish(mut self) {
        for number in 0..CLIENTS {
            self.vanish(number);
            self.model.settle(true);
        }
        for by in 0..ACCOUNTS {
            for whom in 0..ACCOUNTS {
                let now = self.now();
                self.pairing.account_unblocked(&account(by), &account(whom), now);
            }
        }
        self.pass(BAR_MILLIS);
        assert_eq!(self.pairing.stats(), PairStats::default());
        assert_eq!(self.pairing.next_deadline(), None);
    }
}

fn account(number: usize) -> AccountId {
    AccountId::parse(&number.to_string()).unwrap()
}
