//! Presence, by what goes in and what comes out.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::time::Duration;

use chat::error::{Code, Coded};
use chat::ids::{AccountId, SocketId};
use chat::presence::{Presence, PresenceConfig, PresenceEvent, PresenceFull};
use chat::time::{Monotonic, Now, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

fn account(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

fn now(millis: u64) -> Now {
    Now { mono: Monotonic::from_millis(millis), wall: Timestamp::from_millis(1_000_000 + millis) }
}

/// `+ann` or `-ann 1500` (last seen).
fn events(presence: &mut Presence) -> Vec<String> {
    let line = |event| match event {
        PresenceEvent::Online(account) => format!("+{account}"),
        PresenceEvent::Offline { account, last_seen } => {
            format!("-{account} {}", last_seen.as_millis() - 1_000_000)
        }
    };
    presence.drain_events().map(line).collect()
}

/// `1500 ann +a`: at this time a socket of Ann's comes; `-a` goes; `1500` time passes.
fn check(config: PresenceConfig, script: &[(&str, &str)]) -> Presence {
    let mut presence = Presence::new(config);
    for (input, expected) in script {
        let words: Vec<&str> = input.split(' ').collect();
        let at = now(words[0].parse().unwrap());
        let mut full = "";
        match words[1..] {
            [] => presence.tick(at),
            [who, socket] => {
                let (sign, socket) = socket.split_at(1);
                let socket = SocketId::new(socket);
                if sign == "-" {
                    presence.disconnect(&account(who), &socket, at);
                } else if presence.connect(&account(who), &socket, at) == Err(PresenceFull) {
                    full = "full";
                }
            }
            _ => panic!("{input}"),
        }
        assert_eq!(format!("{full}{}", events(&mut presence).join(" ")), *expected, "{input}");
    }
    presence
}

#[test]
fn online_with_the_first_socket_and_offline_some_time_after_the_last() {
    check(
        PresenceConfig::default(),
        &[
            ("1000 ann +a", "+ann"),
            ("1100 ann +b", ""),
            ("1200 ann +b", ""),
            ("1300 ann -a", ""),
            ("9000", ""),
            ("9000 ann -a", ""),
            ("9100 ann -b", ""),
            ("14099", ""),
            // A reload in the grace is not seen.
            ("14099 ann +c", ""),
            ("20000", ""),
            ("21000 ann -c", ""),
            ("21500 bob +d", "+bob"),
            ("22000 bob -d", ""),
            ("25999", ""),
            // Who comes back at the very end has been away.
            ("26000 ann +e", "-ann 21000 +ann"),
            ("30000 bob -d", "-bob 22000"),
            ("30000 bob -d", ""),
            ("29000 ann -e", ""),
            ("34999", ""),
            ("35000", "-ann 29000"),
        ],
    );
}

#[test]
fn without_a_grace_the_last_socket_is_the_end() {
    let config = PresenceConfig { grace: Duration::ZERO, ..PresenceConfig::default() };
    check(config, &[("1 ann +a", "+ann"), ("2 ann -a", "-ann 2"), ("2 ann +a", "+ann")]);
}

#[test]
fn sockets_are_bounded_and_whoever_leaves_keeps_a_place() {
    let config = PresenceConfig { max_sockets: 2, ..PresenceConfig::default() };
    let presence = check(
        config,
        &[
            ("1 ann +a", "+ann"),
            ("2 ann +b", ""),
            ("3 ann +c", "full"),
            ("3 ann +b", ""),
            ("4 bob +d", "full"),
            ("5 ann -b", ""),
            ("6 bob +d", "+bob"),
            ("7 ann -a", ""),
            ("8 cid +e", "full"),
            ("9 ann +a", ""),
            ("10 ann -a", ""),
            ("5010 cid +e", "-ann 10 +cid"),
        ],
    );
    assert_eq!(presence.online(), 2);
    assert_eq!(presence.sockets(&account("bob")), [SocketId::new("d")]);
    assert_eq!(PresenceFull.code(), Code::Unavailable);
}

/// What a slow reader of the rules would say, millisecond by millisecond.
#[derive(Default)]
struct Model {
    sockets: BTreeSet<usize>,
    left_at: u64,
    is_online: bool,
}

#[test]
fn random_coming_and_going_is_what_the_rules_say() {
    const GRACE: u64 = 50;
    const ACCOUNTS: usize = 5;
    let seed = std::env::var("PARLOUR_TEST_SEED")
        .map_or_else(|_| rand::random(), |seed| seed.parse().expect("a number"));
    println!("PARLOUR_TEST_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let grace = Duration::from_millis(GRACE);
    let mut presence = Presence::new(PresenceConfig { grace, ..PresenceConfig::default() });
    let names: Vec<_> = (0..ACCOUNTS).map(|number| account(&number.to_string())).collect();
    let mut models: Vec<Model> = (0..ACCOUNTS).map(|_| Model::default()).collect();
    let mut changes = 0;
    for millis in 1..200_000 {
        let mut expected = Vec::new();
        // It is woken when it asked for it, and only then.
        let woken = presence.next_deadline().is_some_and(|due| due <= now(millis).mono);
        if woken {
            presence.tick(now(millis));
        }
        for (name, model) in names.iter().zip(&mut models) {
            if model.is_online && model.sockets.is_empty() && millis == model.left_at + GRACE {
                model.is_online = false;
                expected.push(format!("-{name} {}", model.left_at));
            }
        }
        let mut lines = events(&mut presence);
        let number = rng.random_range(0..ACCOUNTS);
        let (name, model, socket) = (&names[number], &mut models[number], rng.random_range(0..3));
        let id = SocketId::new(socket.to_string());
        match rng.random_range(0..20) {
            0 => {
                presence.connect(name, &id, now(millis)).unwrap();
                model.sockets.insert(socket);
                if !model.is_online {
                    model.is_online = true;
                    expected.push(format!("+{name}"));
                }
            }
            1 | 2 => {
                presence.disconnect(name, &id, now(millis));
                if model.sockets.remove(&socket) && model.sockets.is_empty() {
                    model.left_at = millis;
                }
            }
            _ => {}
        }
        lines.extend(events(&mut presence));
        changes += lines.len();
        lines.sort_unstable();
        expected.sort_unstable();
        assert_eq!(lines, expected, "at {millis}");
        for (name, model) in names.iter().zip(&models) {
            assert_eq!(presence.is_online(name), model.is_online, "{name} at {millis}");
            assert_eq!(presence.sockets(name).len(), model.sockets.len());
        }
    }
    assert!(changes > 1_000, "they did come and go");
}
