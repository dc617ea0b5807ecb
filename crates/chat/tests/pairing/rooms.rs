//! Coming, going, and who may meet whom.

use std::time::Duration;

use crate::world::World;
use chat::pairing::{LocalQueue, PairStats};

#[test]
fn two_strangers_meet_and_each_sees_themselves_by_their_real_id_and_the_other_by_a_mask() {
    World::new().check(&[
        ("a start Ann", "R1 Ann [Ann=a] waiting | a: joined R1 Ann [Ann=a] waiting"),
        (
            "b start Bob",
            "R1 Bob [Ann=~1 Bob=b] active | a: joined R1 Bob [Ann=a Bob=~2] active \
             | b: joined R1 Bob [Ann=~1 Bob=b] active | a: history [] | b: history []",
        ),
    ]);
}

#[test]
fn starting_again_answers_with_the_present_room_and_changes_nothing() {
    World::new().check(&[
        ("a start Ann", "R1 Ann [Ann=a] waiting | a: joined R1 Ann [Ann=a] waiting"),
        ("a start Zoe", "R1 Ann [Ann=a] waiting"),
        (
            "b start",
            "R1 Stranger [Ann=~1 Stranger=b] active \
             | a: joined R1 Stranger [Ann=a Stranger=~2] active \
             | b: joined R1 Stranger [Ann=~1 Stranger=b] active | a: history [] | b: history []",
        ),
        ("b start Bob", "R1 Stranger [Ann=~1 Stranger=b] active"),
        ("a start", "R1 Ann [Ann=a Stranger=~2] active"),
    ]);
}

#[test]
fn an_alias_is_remembered_until_the_socket_goes() {
    World::new().check(&[
        (
            "a start",
            "R1 Stranger [Stranger=a] waiting | a: joined R1 Stranger [Stranger=a] waiting",
        ),
        ("a leave", "ok"),
        ("a start Ann", "R2 Ann [Ann=a] waiting | a: joined R2 Ann [Ann=a] waiting"),
        ("a leave", "ok"),
        ("a start", "R3 Ann [Ann=a] waiting | a: joined R3 Ann [Ann=a] waiting"),
        ("a vanish", ""),
        (
            "a start",
            "R4 Stranger [Stranger=a] waiting | a: joined R4 Stranger [Stranger=a] waiting",
        ),
    ]);
}

#[test]
fn a_departure_gives_the_room_a_new_id_and_the_one_who_stays_waits_again() {
    World::new().check(&[
        ("a start Ann", "R1 Ann [Ann=a] waiting | a: joined R1 Ann [Ann=a] waiting"),
        (
            "b start Bob",
            "R1 Bob [Ann=~1 Bob=b] active | a: joined R1 Bob [Ann=a Bob=~2] active \
             | b: joined R1 Bob [Ann=~1 Bob=b] active | a: history [] | b: history []",
        ),
        ("wait 7s", ""),
        ("a status", "R1 active [Ann=a Bob=~2] 7s old"),
        ("a leave", "ok | b: left R2 Ann 1 waiting"),
        ("b status", "R2 waiting [Bob=b] 0s old"),
        ("a status", "empty"),
        (
            "c start Cat",
            "R2 Cat [Bob=~3 Cat=c] active | b: joined R2 Cat [Bob=b Cat=~4] active \
             | c: joined R2 Cat [Bob=~3 Cat=c] active | b: history [] | c: history []",
        ),
        ("b leave", "ok | c: left R3 Bob 1 waiting"),
        ("c leave", "ok"),
    ]);
}

#[test]
fn leaving_without_a_seat_is_a_success() {
    World::new().check(&[("a leave", "ok"), ("a status", "empty"), ("a leave", "ok")]);
}

#[test]
fn a_new_chat_while_waiting_keeps_the_place_and_takes_a_given_alias() {
    World::new().check(&[
        ("a start Ann", "R1 Ann [Ann=a] waiting | a: joined R1 Ann [Ann=a] waiting"),
        ("a new", "R1 Ann [Ann=a] waiting"),
        ("a new Eve", "R1 Eve [Eve=a] waiting"),
        ("a leave", "ok"),
        ("a new", "R2 Eve [Eve=a] waiting | a: joined R2 Eve [Eve=a] waiting"),
    ]);
}

#[test]
fn a_new_chat_while_active_leaves_and_starts() {
    let mut world = pair();
    world.check(&[
        (
            "a new",
            "R2 Ann [Ann=a] waiting | b: left R3 Ann 1 waiting | a: joined R2 Ann [Ann=a] waiting",
        ),
        (
            "c start Cat",
            "R3 Cat [Bob=~3 Cat=c] active | b: joined R3 Cat [Bob=b Cat=~4] active \
             | c: joined R3 Cat [Bob=~3 Cat=c] active | b: history [] | c: history []",
        ),
        (
            "c new",
            "R2 Cat [Ann=~5 Cat=c] active | b: left R4 Cat 1 waiting \
             | a: joined R2 Cat [Ann=a Cat=~6] active | c: joined R2 Cat [Ann=~5 Cat=c] active \
             | a: history [] | c: history []",
        ),
    ]);
}

#[test]
fn the_one_who_stays_is_matched_at_once_if_another_waits_who_fits() {
    let mut world = pair();
    world.check(&[
        ("c start Cat", "R2 Cat [Cat=c] waiting | c: joined R2 Cat [Cat=c] waiting"),
        ("c send:k hi", "m1 R2 Cat=c \"hi\" :k | c: m1 R2 Cat=c \"hi\" :k"),
        ("wait 1s", ""),
        (
            "a leave",
            "ok | b: left R3 Ann 1 waiting | c: joined R2 Bob [Cat=c Bob=~3] active \
             | b: joined R2 Bob [Cat=~4 Bob=b] active | c: history [m1 R2 Cat=c \"hi\" :k] \
             | b: history [m1 R2 Cat=~4 \"hi\" :k]",
        ),
        ("c send:k hi", "m1 R2 Cat=c \"hi\" :k"),
        ("b block", "ok | c: left R4 Bob 1 waiting"),
    ]);
}

#[test]
fn an_account_that_was_left_is_barred_on_its_other_sockets_too() {
    let mut world = World::new();
    for input in ["a start Ann", "b.x start Bob", "c.x start Cat"] {
        world.run(input);
    }
    world.check(&[
        ("b.x leave", "ok | a: left R3 Bob 1 waiting"),
        ("wait 299999ms", ""),
        (
            "wait 1ms",
            "c.x: joined R2 Ann [Cat=c.x Ann=~3] active | a: joined R2 Ann [Cat=~4 Ann=a] active \
             | c.x: history [] | a: history []",
        ),
    ]);
}

#[test]
fn the_longest_waiting_room_that_fits_comes_first() {
    let mut world = World::new();
    // Three of one account cannot meet each other.
    for input in ["a.x start Ann", "b.x start Bob", "c.x start Cat"] {
        world.run(input);
    }
    world.check(&[
        (
            "d start Dan",
            "R1 Dan [Ann=~1 Dan=d] active | a.x: joined R1 Dan [Ann=a.x Dan=~2] active \
             | d: joined R1 Dan [Ann=~1 Dan=d] active | a.x: history [] | d: history []",
        ),
        (
            "e start Eve",
            "R2 Eve [Bob=~3 Eve=e] active | b.x: joined R2 Eve [Bob=b.x Eve=~4] active \
             | e: joined R2 Eve [Bob=~3 Eve=e] active | b.x: history [] | e: history []",
        ),
        // Bob waits again, but not as long as Cat.
        ("e vanish", "b.x: left R4 Eve 1 waiting"),
        (
            "f start Fay",
            "R3 Fay [Cat=~5 Fay=f] active | c.x: joined R3 Fay [Cat=c.x Fay=~6] active \
             | f: joined R3 Fay [Cat=~5 Fay=f] active | c.x: history [] | f: history []",
        ),
    ]);
}

#[test]
fn an_account_is_never_matched_with_its_own_other_socket() {
    World::new().check(&[
        (
            "a.x start",
            "R1 Stranger [Stranger=a.x] waiting | a.x: joined R1 Stranger [Stranger=a.x] waiting",
        ),
        (
            "b.x start",
            "R2 Stranger [Stranger=b.x] waiting | b.x: joined R2 Stranger [Stranger=b.x] waiting",
        ),
    ]);
}

#[test]
fn partners_who_parted_meet_again_only_after_the_bar_and_the_later_room_moves() {
    let mut world = pair();
    world.run("a leave");
    world.check(&[
        ("wait 10s", ""),
        ("a start", "R3 Ann [Ann=a] waiting | a: joined R3 Ann [Ann=a] waiting"),
        ("a send hello", "m1 R3 Ann=a \"hello\" | a: m1 R3 Ann=a \"hello\""),
        ("wait 289999ms", ""),
        (
            "wait 1ms",
            "b: joined R2 Ann [Bob=b Ann=~3] active | a: joined R2 Ann [Bob=~4 Ann=a] active \
             | b: history [m1 R2 Ann=~3 \"hello\"] | a: history [m1 R2 Ann=a \"hello\"]",
        ),
        ("a send@R3 lost", "not_found"),
        (
            "a send@R2 again",
            "m2 R2 Ann=a \"again\" | b: m2 R2 Ann=~3 \"again\" | a: m2 R2 Ann=a \"again\"",
        ),
    ]);
    assert_eq!(world.pairing.next_deadline(), None);
}

#[test]
fn a_lapse_that_is_due_comes_before_the_command_that_brings_the_time() {
    let mut world = pair();
    world.run("a leave");
    world.run("a start");
    let deadline = world.pairing.next_deadline().unwrap();
    assert_eq!(deadline.as_millis(), 300_000);
    // Nobody ticks; c comes a second too late to be anybody's partner.
    world.millis = 301_000;
    world.check(&[(
        "c start Cat",
        "R4 Cat [Cat=c] waiting | b: joined R2 Ann [Bob=b Ann=~3] active \
         | a: joined R2 Ann [Bob=~4 Ann=a] active | b: history [] | a: history [] \
         | c: joined R4 Cat [Cat=c] waiting",
    )]);
}

#[test]
fn lines_kept_in_two_rooms_are_merged_by_time_when_the_rooms_are_joined() {
    let mut world = World::new();
    for input in ["a.x start Ann", "b.y start Bob"] {
        world.run(input);
    }
    for input in ["a.x leave", "b.y leave", "a.x start", "a.x send:k1 one", "wait 1s", "b.y start"]
    {
        world.run(input);
    }
    for input in ["b.y send two", "wait 1s", "a.x send three", "wait 1s", "b.y send:k4 four"] {
        world.run(input);
    }
    world.check(&[
        (
            "wait 297s",
            "a.x: joined R3 Bob [Ann=a.x Bob=~3] active | b.y: joined R3 Bob [Ann=~4 Bob=b.y] active \
             | a.x: history [m1 R3 Ann=a.x \"one\" :k1, m2 R3 Bob=~3 \"two\", m3 R3 Ann=a.x \"three\", \
             m4 R3 Bob=~3 \"four\" :k4] \
             | b.y: history [m1 R3 Ann=~4 \"one\" :k1, m2 R3 Bob=b.y \"two\", m3 R3 Ann=~4 \"three\", \
             m4 R3 Bob=b.y \"four\" :k4]",
        ),
        ("a.x send:k1 one", "m1 R3 Ann=a.x \"one\" :k1"),
        ("b.y send:k4 four", "m4 R3 Bob=b.y \"four\" :k4"),
    ]);
}

#[test]
fn without_a_bar_partners_who_parted_may_meet_at_once() {
    let mut config = World::config();
    config.bar = Duration::ZERO;
    let mut world = World::with(config, Box::new(LocalQueue::new()));
    for input in ["a start Ann", "b start Bob"] {
        world.run(input);
    }
    world.check(&[(
        "a new",
        "R2 Ann [Bob=~3 Ann=a] active | b: left R2 Ann 1 waiting \
         | b: joined R2 Ann [Bob=b Ann=~4] active | a: joined R2 Ann [Bob=~3 Ann=a] active \
         | b: history [] | a: history []",
    )]);
    assert_eq!(world.pairing.stats().bars, 0);
}

#[test]
fn a_vanished_socket_leaves_nothing_behind() {
    let mut world = pair();
    world.run("a leave");
    assert_eq!(world.pairing.stats().bars, 1);
    world.check(&[("a vanish", ""), ("a vanish", ""), ("stranger vanish", "")]);
    assert_eq!(world.pairing.stats().bars, 0);
    assert_eq!(world.pairing.next_deadline(), None);
    world.run("c start");
    world.check(&[("c vanish", "b: left R3 Stranger 1 waiting"), ("b vanish", "")]);
    assert_eq!(world.pairing.stats(), PairStats::default());
}

#[test]
fn stats_count_what_there_is() {
    let mut world = pair();
    world.run("c start");
    let expected = PairStats { rooms: 2, waiting: 1, active: 1, seats: 3, sockets: 3, bars: 0 };
    assert_eq!(world.pairing.stats(), expected);
}

#[test]
fn a_full_node_takes_nobody_new() {
    let mut config = World::config();
    config.max_sockets = 1;
    let mut world = World::with(config, Box::new(LocalQueue::new()));
    world.run("a start Ann");
    world.check(&[("b start", "unavailable"), ("b status", "empty"), ("a vanish", "")]);
    world.check(&[("b start Bob", "R2 Bob [Bob=b] waiting | b: joined R2 Bob [Bob=b] waiting")]);
}

#[test]
fn time_that_is_read_in_another_order_than_it_arrives_does_not_go_back() {
    let mut world = pair();
    world.run("a leave");
    world.run("a start");
    world.run("wait 300s");
    world.millis -= 1;
    world.check(&[("a status", "R2 active [Bob=~4 Ann=a] 299s old")]);
}

/// Ann on a and Bob on b, active in R1, masked by ~1 and ~2.
fn pair() -> World {
    let mut world = World::new();
    world.run("a start Ann");
    world.run("b start Bob");
    world
}
