//! Typing, by what goes in and what comes out.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};

use chat::conversations::ConversationId;
use chat::ids::{AccountId, SocketId};
use chat::time::Monotonic;
use chat::typing::{Place, Typing, TypingConfig, TypingEvent};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// `ann1`: Ann in the conversation `conv_1`.
fn place(text: &str) -> Place {
    let (who, at) = text.split_at(text.len() - 1);
    (ConversationId::parse(&format!("conv_{at}")).unwrap(), AccountId::parse(who).unwrap())
}

fn shown((conversation, account): &Place) -> String {
    format!("{account}{}", conversation.as_str().trim_start_matches("conv_"))
}

/// `+ann1 -bob1`.
fn events(typing: &mut Typing) -> String {
    let line = |event| match event {
        TypingEvent::Typing(place) => format!("+{}", shown(&place)),
        TypingEvent::Stopped(place) => format!("-{}", shown(&place)),
    };
    typing.drain_events().map(line).collect::<Vec<_>>().join(" ")
}

/// `1500 ann1 +a`: at this time Ann's socket `a` writes in `conv_1`; `-a` stops. `1500 gone a`: it is
/// gone; `1500 out ann1`: she may not write any more; `1500`: time passes.
fn check(script: &[(&str, &str)]) {
    let mut typing = Typing::new(TypingConfig::default());
    for (input, expected) in script {
        let words: Vec<&str> = input.split(' ').collect();
        let at = Monotonic::from_millis(words[0].parse().unwrap());
        match words[1..] {
            [] => typing.tick(at),
            ["gone", socket] => typing.vanish(at, &SocketId::new(socket)),
            ["out", who] => typing.expel(at, &place(who)),
            [who, socket] => {
                let (sign, socket) = socket.split_at(1);
                let socket = SocketId::new(socket);
                if sign == "+" {
                    typing.typing(at, &place(who), &socket);
                } else {
                    typing.stop(at, &place(who), &socket);
                }
            }
            _ => panic!("{input}"),
        }
        assert_eq!(events(&mut typing), *expected, "{input}");
    }
    typing.tick(Monotonic::from_millis(1_000_000));
    assert_eq!((typing.sizes(), typing.next_deadline()), ((0, 0), None));
}

#[test]
fn it_ends_five_seconds_after_it_was_last_said() {
    check(&[
        ("0 ann1 +a", "+ann1"),
        ("4999", ""),
        ("5000", "-ann1"),
        ("6000 ann1 +a", "+ann1"),
        ("9000 ann1 +a", "+ann1"),
        ("13999", ""),
        ("14000", "-ann1"),
        ("14001 ann1 -a", ""),
    ]);
}

#[test]
fn it_is_said_at_most_once_in_two_seconds_and_its_end_at_once() {
    check(&[
        ("0 ann1 +a", "+ann1"),
        ("100 ann1 +a", ""),
        ("1999 ann1 +a", ""),
        ("2000 ann1 +a", "+ann1"),
        ("2100 ann1 -a", "-ann1"),
        ("2200 ann1 -a", ""),
        ("2300 ann1 +a", ""),
        ("3999", ""),
        ("4000", "+ann1"),
        ("4100 ann1 -a", "-ann1"),
        ("4200 ann1 +a", ""),
        ("4300 ann1 -a", ""),
        ("6000", ""),
        ("7299", ""),
    ]);
}

#[test]
fn several_sockets_are_one_writer() {
    check(&[
        ("0 ann1 +a", "+ann1"),
        ("3000 ann1 +b", "+ann1"),
        ("5000", ""),
        ("5500 ann1 +a", "+ann1"),
        ("5600 ann1 -b", ""),
        ("5700 ann1 -a", "-ann1"),
    ]);
}

#[test]
fn whoever_is_gone_or_shut_out_writes_no_more() {
    check(&[
        ("0 ann1 +a", "+ann1"),
        ("0 ann2 +a", "+ann2"),
        ("0 bob1 +b", "+bob1"),
        ("100 gone a", "-ann1 -ann2"),
        ("200 gone a", ""),
        ("300 out bob1", "-bob1"),
        ("400 out bob1", ""),
        ("500 bob1 +b", ""),
        ("600 out bob1", ""),
        ("2000", ""),
    ]);
}

#[test]
fn a_socket_writes_in_few_conversations_at_a_time() {
    check(&[
        ("0 ann1 +a", "+ann1"),
        ("0 ann2 +a", "+ann2"),
        ("0 ann3 +a", "+ann3"),
        ("0 ann4 +a", "+ann4"),
        ("0 ann1 +a", ""),
        ("0 ann5 +a", "+ann5 -ann2"),
        ("0 ann5 +b", ""),
    ]);
}

/// Random writers, against what the rules say of each of them.
#[test]
fn whatever_happens_it_is_bounded_alternates_and_ends() {
    let seed = std::env::var("PARLOUR_TEST_SEED")
        .map_or_else(|_| rand::random(), |seed| seed.parse().expect("a number"));
    println!("PARLOUR_TEST_SEED={seed}");
    let mut dice = StdRng::seed_from_u64(seed);
    let config = TypingConfig::default();
    let mut typing = Typing::new(config.clone());
    let places = ["ann1", "ann2", "bob1", "bob2", "eve1"].map(place);
    let sockets = ["a", "b", "c"].map(SocketId::new);
    // Which sockets said that they write, and when, as far as nothing has ended it.
    let mut said: BTreeMap<(usize, usize), Monotonic> = BTreeMap::new();
    let mut is_shown = BTreeSet::new();
    let mut heard_at: BTreeMap<Place, Monotonic> = BTreeMap::new();
    let mut millis = 0;
    for _ in 0..50_000 {
        millis += dice.random_range(0..700);
        let mut now = Monotonic::from_millis(millis);
        if dice.random_bool(0.5)
            && let Some(due) = typing.next_deadline()
        {
            now = due.max(now);
            millis = now.as_millis();
        }
        let (at, by) = (dice.random_range(0..places.len()), dice.random_range(0..sockets.len()));
        match dice.random_range(0..8) {
            0..4 => {
                typing.typing(now, &places[at], &sockets[by]);
                said.insert((at, by), now);
            }
            4 => {
                typing.stop(now, &places[at], &sockets[by]);
                said.remove(&(at, by));
            }
            5 => {
                typing.vanish(now, &sockets[by]);
                said.retain(|(_, socket), _| *socket != by);
            }
            6 => {
                typing.expel(now, &places[at]);
                said.retain(|(place, _), _| *place != at);
            }
            _ => typing.tick(now),
        }
        said.retain(|_, at| now < at.after(config.idle));
        for event in typing.drain_events() {
            match event {
                TypingEvent::Typing(place) => {
                    let before = heard_at.insert(place.clone(), now);
                    assert!(before.is_none_or(|before| before.after(config.interval) <= now));
                    is_shown.insert(place);
                }
                TypingEvent::Stopped(place) => assert!(is_shown.remove(&place)),
            }
        }
        for place in &is_shown {
            let index = places.iter().position(|known| known == place).unwrap();
            assert!(said.keys().any(|(at, _)| *at == index), "{} ended", shown(place));
        }
        let (writers, writing) = typing.sizes();
        assert!(writers <= places.len() && writing <= sockets.len());
    }
    typing.tick(Monotonic::from_millis(millis + 10_000));
    assert_eq!((typing.sizes(), typing.next_deadline()), ((0, 0), None));
}
