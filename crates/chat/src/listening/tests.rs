use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;

fn at(millis: u64) -> Monotonic {
    Monotonic::from_millis(millis)
}

fn room(name: &str) -> ConversationId {
    ConversationId::parse(&format!("room_{name}")).unwrap()
}

fn who(account: &str, socket: &str) -> (SocketId, AccountId) {
    (SocketId::new(socket), AccountId::parse(account).unwrap())
}

fn small() -> Listening<()> {
    Listening::new(ListeningConfig::default())
}

impl Listening<()> {
    fn enter(&mut self, now: u64, account: &str, socket: &str) {
        let (socket, account) = who(account, socket);
        self.join(at(now), (&socket, &account, ()), &room("a"), Form::Rooms).unwrap();
    }

    fn exit(&mut self, now: u64, account: &str, socket: &str) -> bool {
        let (socket, account) = who(account, socket);
        self.leave(at(now), (&socket, &account), &room("a"), Form::Rooms)
    }

    fn lose(&mut self, now: u64, account: &str, socket: &str) {
        let (socket, account) = who(account, socket);
        self.vanish(at(now), (&socket, &account));
    }

    fn said(&mut self) -> Vec<String> {
        self.drain_notices()
            .map(|notice| match notice {
                Notice::Joined { account, socket, active_count, .. } => {
                    format!("{account} joined by {socket}: {active_count}")
                }
                Notice::Left { account, active_count, .. } => {
                    format!("{account} left: {active_count}")
                }
                Notice::Count { active_count, .. } => format!("{active_count}"),
            })
            .collect()
    }

    fn people(&self) -> Vec<String> {
        let people = self.active(&room("a")).people();
        people.map(|ActiveOne { account, socket, .. }| format!("{account}/{socket}")).collect()
    }
}

#[test]
fn several_tabs_are_one_active_account_known_by_the_longest_joined() {
    let mut listening = small();
    listening.enter(0, "ann", "a1");
    listening.enter(1, "bob", "b1");
    listening.enter(2, "ann", "a2");
    assert_eq!(listening.said(), ["ann joined by a1: 1", "bob joined by b1: 2"]);
    assert_eq!(listening.people(), ["ann/a1", "bob/b1"]);
    assert!(listening.exit(3, "ann", "a1"));
    assert_eq!(listening.people(), ["ann/a2", "bob/b1"]);
    assert!(listening.exit(4, "ann", "a2"));
    assert!(!listening.exit(4, "ann", "a2"));
    assert_eq!(listening.said(), ["ann left: 1"]);
    assert!(listening.exit(5, "bob", "b1"));
    assert_eq!(listening.sizes(), (0, 0, 0));
}

#[test]
fn an_account_has_the_tag_of_its_last_join_also_in_its_grace() {
    let mut listening = Listening::new(ListeningConfig::default());
    let (first, ann) = who("ann", "a1");
    let (second, _) = who("ann", "a2");
    let one = |listening: &Listening<u8>| {
        let mut people = listening.active(&room("a")).people();
        people.next().map(|one| (one.socket.clone(), *one.tag, one.is_lost)).unwrap()
    };
    listening.join(at(0), (&first, &ann, 1), &room("a"), Form::Rooms).unwrap();
    assert_eq!(one(&listening), (first.clone(), 1, false));
    listening.vanish(at(1), (&first, &ann));
    assert_eq!(one(&listening), (first, 1, true));
    listening.join(at(2), (&second, &ann, 2), &room("a"), Form::Rooms).unwrap();
    assert_eq!(one(&listening), (second, 2, false));
}

#[test]
fn a_lost_socket_has_a_grace_and_a_reload_is_not_seen() {
    let mut listening = small();
    listening.enter(0, "ann", "a1");
    listening.said();
    listening.lose(100, "ann", "a1");
    assert_eq!(listening.people(), ["ann/a1"]);
    assert_eq!(listening.next_deadline(), Some(at(5_100)));
    listening.enter(5_099, "ann", "a2");
    listening.tick(at(5_100));
    assert_eq!((listening.people(), listening.said()), (vec!["ann/a2".to_owned()], vec![]));
    listening.lose(6_000, "ann", "a2");
    listening.tick(at(10_999));
    assert_eq!(listening.said(), [""; 0]);
    listening.tick(at(11_000));
    assert_eq!(listening.said(), ["ann left: 0"]);
    assert_eq!(listening.sizes(), (0, 0, 0));
}

#[test]
fn bug_who_left_after_a_reload_stayed_for_the_grace_of_the_socket_before_it() {
    let mut listening = small();
    listening.enter(0, "ann", "a1");
    listening.lose(1_000, "ann", "a1");
    listening.enter(1_300, "ann", "a2");
    assert_eq!(listening.next_deadline(), None);
    listening.said();
    assert!(listening.exit(1_400, "ann", "a2"));
    assert_eq!(listening.said(), ["ann left: 0"]);
    assert_eq!(listening.sizes(), (0, 0, 0));
}

#[test]
fn who_leaves_while_another_tab_is_lost_stays_for_the_lost_ones_grace() {
    let mut listening = small();
    listening.enter(0, "ann", "a1");
    listening.enter(0, "ann", "a2");
    listening.lose(1_000, "ann", "a1");
    assert!(listening.exit(2_000, "ann", "a2"));
    assert_eq!(listening.said(), ["ann joined by a1: 1"]);
    listening.tick(at(6_000));
    assert_eq!(listening.said(), ["ann left: 0"]);
}

#[test]
fn leaving_one_form_ends_only_that_one() {
    let mut listening = small();
    let (socket, account) = who("ann", "a1");
    for form in [Form::Rooms, Form::Channels, Form::Rooms] {
        listening.join(at(0), (&socket, &account, ()), &room("a"), form).unwrap();
    }
    assert_eq!(
        listening.forms(&room("a")).iter().collect::<Vec<_>>(),
        [Form::Rooms, Form::Channels]
    );
    assert!(listening.leave(at(1), (&socket, &account), &room("a"), Form::Rooms));
    assert!(!listening.leave(at(1), (&socket, &account), &room("a"), Form::Rooms));
    assert_eq!(listening.said(), ["ann joined by a1: 1"]);
    assert!(listening.forms_of(&socket, &room("a")).contains(Form::Channels));
    assert!(listening.leave(at(2), (&socket, &account), &room("a"), Form::Channels));
    assert_eq!(listening.said(), ["ann left: 0"]);
}

#[test]
fn who_is_expelled_is_gone_at_once_with_all_sockets() {
    let mut listening = small();
    listening.enter(0, "ann", "a1");
    listening.enter(0, "ann", "a2");
    listening.enter(0, "ann", "a3");
    listening.lose(1, "ann", "a3");
    listening.said();
    let stopped = listening.expel(at(2), &who("ann", "").1, &room("a"));
    let sockets: Vec<_> = stopped.iter().map(|(socket, _)| socket.as_str()).collect();
    assert_eq!(sockets, ["a1", "a2"]);
    assert_eq!(listening.said(), ["ann left: 0"]);
    assert_eq!(listening.sizes(), (0, 0, 0));
}

#[test]
fn a_socket_listens_to_so_many_conversations_and_no_more() {
    let mut listening =
        Listening::new(ListeningConfig { max_per_socket: 2, ..ListeningConfig::default() });
    let (socket, account) = who("ann", "a1");
    for name in ["a", "b", "a"] {
        listening.join(at(0), (&socket, &account, ()), &room(name), Form::Rooms).unwrap();
    }
    let third = listening.join(at(0), (&socket, &account, ()), &room("c"), Form::Rooms);
    assert_eq!(third, Err(TooManyConversations(2)));
    assert_eq!(listening.active_count(&room("c")), 0);
    listening.lose(1, "ann", "a1");
    listening.tick(at(60_000));
    assert_eq!(listening.sizes(), (0, 0, 0));
}

#[test]
fn in_a_large_conversation_coming_and_going_is_folded_to_one_count_a_second() {
    let mut listening = small();
    for i in 0..5_000 {
        listening.enter(i, &format!("{i}"), &format!("s{i}"));
        listening.tick(at(i));
    }
    // 200 by name; then one at once, and one for each second that began.
    let said = listening.said();
    assert_eq!(said.iter().filter(|line| line.contains("joined")).count(), 200);
    assert_eq!(said.len(), 200 + 5, "{:?}", &said[200..]);
    assert_eq!(listening.active(&room("a")).people().count(), 200);
    assert_eq!(listening.active(&room("a")).count(), 5_000);
    for i in 0..4_900 {
        listening.lose(10_000, &format!("{i}"), &format!("s{i}"));
    }
    listening.tick(at(14_999));
    // What was folded last is still to be said.
    assert_eq!(listening.said(), ["5000"]);
    listening.tick(at(15_000));
    let said = listening.said();
    let by_name = said.iter().filter(|line| line.contains("left")).count();
    assert_eq!((by_name, said.len()), (101, 101), "{:?}", &said[..10]);
    listening.tick(at(15_999));
    assert_eq!(listening.said(), ["100"], "one for all that were folded");
    for i in 4_900..5_000 {
        listening.lose(20_000, &format!("{i}"), &format!("s{i}"));
    }
    listening.tick(at(25_000));
    assert_eq!(listening.said().len(), 100);
    assert_eq!(listening.sizes(), (0, 0, 0));
}

/// One of those who are active, as the model knows them.
#[derive(Debug)]
struct Known {
    account: u8,
    /// The longest-joined first.
    sockets: Vec<u8>,
    /// The one that was lost last.
    lost: Option<u8>,
    tag: u32,
}

/// Those of each conversation, the longest-joined first.
#[derive(Debug, Default)]
struct Order(BTreeMap<u8, Vec<Known>>);

impl Order {
    fn add(&mut self, socket: u8, place: u8, tag: u32) {
        let people = self.0.entry(place).or_default();
        let account = socket / 2;
        if let Some(known) = people.iter_mut().find(|known| known.account == account) {
            known.sockets.push(socket);
            (known.lost, known.tag) = (None, tag);
        } else {
            people.push(Known { account, sockets: vec![socket], lost: None, tag });
        }
    }

    fn remove(&mut self, socket: u8, place: u8) {
        for known in self.0.entry(place).or_default() {
            if let Some(at) = known.sockets.iter().position(|one| *one == socket) {
                known.sockets.remove(at);
                known.lost = known.sockets.is_empty().then_some(socket);
            }
        }
    }

    fn expel(&mut self, account: u8, place: u8) {
        self.0.entry(place).or_default().retain(|known| known.account != account);
    }

    /// Only those stay who listen, or are in their grace.
    fn settle(&mut self, graces: &BTreeMap<(u8, u8), u64>) {
        for (place, people) in &mut self.0 {
            people.retain(|Known { account, sockets, .. }| {
                !sockets.is_empty() || graces.contains_key(&(*account, *place))
            });
        }
    }
}

/// A model that knows only who listens, and recounts everything.
#[test]
fn random_coming_and_going_equals_a_recount() {
    for seed in 0..50_u64 {
        println!("seed {seed}");
        let mut random = StdRng::seed_from_u64(seed);
        let config = ListeningConfig { large: 4, max_per_socket: 3, ..ListeningConfig::default() };
        let mut listening = Listening::new(config);
        // (socket, conversation) → forms, and (account, conversation) → the end of the grace.
        let mut model: BTreeMap<(u8, u8), u8> = BTreeMap::new();
        let mut graces: BTreeMap<(u8, u8), u64> = BTreeMap::new();
        let mut order = Order::default();
        let mut now = 0;
        for tag in 0..4_000 {
            now += random.random_range(0..400);
            listening.tick(at(now));
            graces.retain(|_, until| *until > now);
            order.settle(&graces);
            let (socket, place) = (random.random_range(0..12_u8), random.random_range(0..4_u8));
            let (id, account) = who(&format!("{}", socket / 2), &format!("s{socket}"));
            let form = Form::ALL[random.random_range(0..4)];
            let conversation = room(&place.to_string());
            match random.random_range(0..10) {
                0..5 => {
                    let others = model.keys().filter(|(s, p)| *s == socket && *p != place).count();
                    let result = listening.join(at(now), (&id, &account, tag), &conversation, form);
                    let fits = others < 3;
                    assert_eq!(result.is_ok(), fits);
                    if fits {
                        let is_there = |s: u8, p: u8| (s / 2, p) == (socket / 2, place);
                        if !model.keys().any(|(s, p)| is_there(*s, *p)) {
                            graces.remove(&(socket / 2, place));
                        }
                        if !model.contains_key(&(socket, place)) {
                            order.add(socket, place, tag);
                        }
                        *model.entry((socket, place)).or_default() |= form.bit();
                    }
                }
                5..8 => {
                    let had = model.get(&(socket, place)).is_some_and(|f| f & form.bit() != 0);
                    assert_eq!(listening.leave(at(now), (&id, &account), &conversation, form), had);
                    if let Some(forms) = model.get_mut(&(socket, place)) {
                        *forms &= !form.bit();
                        if *forms == 0 {
                            order.remove(socket, place);
                        }
                    }
                    model.retain(|_, forms| *forms != 0);
                }
                8 => {
                    listening.vanish(at(now), (&id, &account));
                    for (_, p) in model.keys().filter(|(s, _)| *s == socket) {
                        graces.insert((socket / 2, *p), now + 5_000);
                        order.remove(socket, *p);
                    }
                    model.retain(|(s, _), _| *s != socket);
                }
                _ => {
                    let stopped = listening.expel(at(now), &account, &conversation).len();
                    let mine = |s: &u8, p: &u8| s / 2 == socket / 2 && *p == place;
                    assert_eq!(stopped, model.keys().filter(|(s, p)| mine(s, p)).count());
                    model.retain(|(s, p), _| !mine(s, p));
                    graces.remove(&(socket / 2, place));
                    order.expel(socket / 2, place);
                }
            }
            order.settle(&graces);
            compare(&listening, &model, &graces);
            compare_people(&listening, &order);
            listening.drain_notices();
        }
        end(listening, now);
    }
}

/// Nothing is left when all have gone.
fn end(mut listening: Listening<u32>, now: u64) {
    for socket in 0..12 {
        let (id, account) = who(&format!("{}", socket / 2), &format!("s{socket}"));
        listening.vanish(at(now), (&id, &account));
    }
    listening.tick(at(now + 60_000));
    assert_eq!(listening.sizes(), (0, 0, 0));
}

/// The first four, each with all that is said of them.
fn compare_people(listening: &Listening<u32>, order: &Order) {
    for (place, people) in &order.0 {
        let active = listening.active(&room(&place.to_string()));
        let shown = |Known { account, sockets, lost, tag }: &Known| {
            let socket = sockets.first().or(lost.as_ref()).unwrap();
            format!("{account} s{socket} {tag} {}", sockets.is_empty())
        };
        let expected: Vec<_> = people.iter().take(4).map(shown).collect();
        let one = |one: ActiveOne<'_, u32>| {
            format!("{} {} {} {}", one.account, one.socket, one.tag, one.is_lost)
        };
        assert_eq!(active.people().map(one).collect::<Vec<_>>(), expected);
    }
}

fn compare(
    listening: &Listening<u32>,
    model: &BTreeMap<(u8, u8), u8>,
    graces: &BTreeMap<(u8, u8), u64>,
) {
    for place in 0..4_u8 {
        let listeners = model.keys().filter(|(_, p)| *p == place).map(|(socket, _)| socket / 2);
        let lost = graces.keys().filter(|(_, p)| *p == place).map(|(account, _)| *account);
        let active: BTreeSet<u8> = listeners.chain(lost).collect();
        let conversation = room(&place.to_string());
        assert_eq!(listening.active_count(&conversation), active.len());
        let forms = model.iter().filter(|((_, p), _)| *p == place);
        let forms = forms.fold(0, |bits, (_, forms)| bits | forms);
        assert_eq!(listening.forms(&conversation), Forms(forms));
    }
}
