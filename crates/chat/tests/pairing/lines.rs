//! What is said: who gets it, what is kept, what is refused.

use crate::world::World;
use chat::pairing::LocalQueue;

#[test]
fn a_line_reaches_both_and_the_author_is_masked_for_the_partner() {
    pair().check(&[
        ("a send hi", "m1 R1 Ann=a \"hi\" | a: m1 R1 Ann=a \"hi\" | b: m1 R1 Ann=~1 \"hi\""),
        (
            "b send:k yo",
            "m2 R1 Bob=b \"yo\" :k | a: m2 R1 Bob=~2 \"yo\" :k | b: m2 R1 Bob=b \"yo\" :k",
        ),
        ("b send@R1 so", "m3 R1 Bob=b \"so\" | a: m3 R1 Bob=~2 \"so\" | b: m3 R1 Bob=b \"so\""),
    ]);
}

#[test]
fn without_a_seat_nothing_can_be_said() {
    World::new().check(&[
        ("a send hi", "not_in_room"),
        ("a send@R9 hi", "not_in_room"),
        ("a typing", "not_in_room"),
        ("a stop", "not_in_room"),
        ("a block", "not_in_room"),
    ]);
}

#[test]
fn lines_said_while_waiting_in_a_fresh_room_are_kept_for_the_partner_who_comes() {
    let mut world = World::new();
    world.run("a start Ann");
    world.check(&[
        ("a send one", "m1 R1 Ann=a \"one\" | a: m1 R1 Ann=a \"one\""),
        ("a new Eve", "R1 Eve [Eve=a] waiting"),
        ("a send:k two", "m2 R1 Eve=a \"two\" :k | a: m2 R1 Eve=a \"two\" :k"),
        ("a send:k two", "m2 R1 Eve=a \"two\" :k"),
        (
            "b start Bob",
            "R1 Bob [Eve=~1 Bob=b] active | a: joined R1 Bob [Eve=a Bob=~2] active \
             | b: joined R1 Bob [Eve=~1 Bob=b] active \
             | a: history [m1 R1 Ann=a \"one\", m2 R1 Eve=a \"two\" :k] \
             | b: history [m1 R1 Ann=~1 \"one\", m2 R1 Eve=~1 \"two\" :k]",
        ),
        ("a send:k two", "m2 R1 Eve=a \"two\" :k"),
        // The next partner hears nothing of it.
        ("a vanish", "b: left R2 Eve 1 waiting"),
        (
            "c start Cat",
            "R2 Cat [Bob=~3 Cat=c] active | b: joined R2 Cat [Bob=b Cat=~4] active \
             | c: joined R2 Cat [Bob=~3 Cat=c] active | b: history [] | c: history []",
        ),
    ]);
}

#[test]
fn only_so_many_lines_wait_and_a_resend_of_one_of_them_is_still_answered() {
    let mut world = World::new();
    world.run("a start Ann");
    for number in 1..=50 {
        assert!(world.run(&format!("a send:k{number} line")).contains(" | a: m"));
    }
    world.check(&[("a send more", "too_large"), ("a send:k50 line", "m50 R1 Ann=a \"line\" :k50")]);
    world.run("b start");
    world.check(&[(
        "a send more",
        "m51 R1 Ann=a \"more\" | a: m51 R1 Ann=a \"more\" | b: m51 R1 Ann=~1 \"more\"",
    )]);
}

#[test]
fn a_line_meant_for_one_stranger_never_reaches_another() {
    let mut world = pair();
    world.check(&[
        ("a leave", "ok | b: left R2 Ann 1 waiting"),
        ("b send@R1 late", "not_found"),
        ("b send late", "not_in_room"),
        ("b new", "R2 Bob [Bob=b] waiting"),
        ("b send@R2 late", "not_in_room"),
    ]);
    world.run("c start Cat");
    world.check(&[("b send@R1 late", "not_found"), ("b send@R9 late", "not_found")]);
}

#[test]
fn a_client_key_names_one_line_as_long_as_the_room_lives() {
    let mut world = pair();
    world.check(&[
        (
            "a send:k one",
            "m1 R1 Ann=a \"one\" :k | a: m1 R1 Ann=a \"one\" :k | b: m1 R1 Ann=~1 \"one\" :k",
        ),
        ("wait 1s", ""),
        ("a send:k one", "m1 R1 Ann=a \"one\" :k"),
        ("a send:k two", "conflict"),
        // Another's key is another key.
        (
            "b send:k two",
            "m2 R1 Bob=b \"two\" :k | a: m2 R1 Bob=~2 \"two\" :k | b: m2 R1 Bob=b \"two\" :k",
        ),
    ]);
    world.run("a vanish");
    world.run("c start Cat");
    world.check(&[(
        "b send:k new",
        "m3 R2 Bob=b \"new\" :k | b: m3 R2 Bob=b \"new\" :k | c: m3 R2 Bob=~3 \"new\" :k",
    )]);
}

#[test]
fn the_oldest_client_key_is_forgotten_beyond_the_limit() {
    let mut config = World::config();
    config.max_client_ids = 2;
    let mut world = World::with(config, Box::new(LocalQueue::new()));
    for input in ["a start Ann", "a send:k1 x", "a send:k2 x", "a send:k3 x"] {
        world.run(input);
    }
    world.check(&[
        ("a send:k3 x", "m3 R1 Ann=a \"x\" :k3"),
        ("a send:k2 x", "m2 R1 Ann=a \"x\" :k2"),
        ("a send:k1 x", "m4 R1 Ann=a \"x\" :k1 | a: m4 R1 Ann=a \"x\" :k1"),
    ]);
}

#[test]
fn typing_is_passed_on_at_most_every_two_seconds_and_its_end_only_if_it_was_shown() {
    pair().check(&[
        ("a stop", "ok"),
        ("a typing", "ok | b: typing R1"),
        ("wait 1999ms", ""),
        ("a typing", "ok"),
        ("b typing", "ok | a: typing R1"),
        ("wait 1ms", ""),
        ("a typing", "ok | b: typing R1"),
        ("a stop", "ok | b: stop R1"),
        ("a stop", "ok"),
        ("a typing", "ok"),
        ("a stop", "ok"),
        ("wait 2s", ""),
        ("a typing", "ok | b: typing R1"),
        ("a send hi", "m1 R1 Ann=a \"hi\" | a: m1 R1 Ann=a \"hi\" | b: m1 R1 Ann=~1 \"hi\""),
        ("a stop", "ok"),
    ]);
}

#[test]
fn typing_too_soon_after_its_end_is_shown_when_the_interval_is_over() {
    for end in ["a stop", "a send hi"] {
        let mut world = pair();
        world.check(&[("a typing", "ok | b: typing R1"), ("wait 500ms", "")]);
        world.run(end);
        world.check(&[
            ("a typing", "ok"),
            ("wait 700ms", ""),
            // Once, however often it is said.
            ("a typing", "ok"),
            ("wait 799ms", ""),
            ("wait 1ms", "b: typing R1"),
            ("a typing", "ok"),
            ("wait 2s", ""),
            ("a stop", "ok | b: stop R1"),
        ]);
        assert_eq!(world.pairing.next_deadline(), None);
    }
}

#[test]
fn what_is_due_is_told_before_what_happens_at_that_moment() {
    let mut world = pair();
    for input in ["a typing", "a stop", "a typing"] {
        world.run(input);
    }
    world.millis += 2_000;
    world.check(&[("a stop", "ok | b: typing R1 | b: stop R1")]);
}

#[test]
fn typing_that_waits_is_forgotten_with_its_reason() {
    for end in
        ["a stop", "a send hi", "a leave", "a new", "a vanish", "a block", "b leave", "b vanish"]
    {
        let mut world = pair();
        for input in ["a typing", "a stop", "a typing", end] {
            world.run(input);
        }
        world.check(&[("wait 2s", ""), ("wait 1s", "")]);
        // Nothing of it is left for the next partner either.
        world.run("c start Cat");
        world.check(&[("wait 2s", "")]);
    }
}

#[test]
fn typing_while_waiting_succeeds_and_is_shown_to_nobody() {
    let mut world = World::new();
    world.run("a start Ann");
    world.check(&[("a typing", "ok"), ("a stop", "ok"), ("a typing", "ok")]);
    world.run("b start Bob");
    world.check(&[("a stop", "ok"), ("a typing", "ok | b: typing R1")]);
    // A new partner was shown nothing yet.
    world.run("b vanish");
    world.run("c start Cat");
    world.check(&[("a stop", "ok"), ("a typing", "ok | c: typing R2")]);
}

/// Ann on a and Bob on b, active in R1, masked by ~1 and ~2.
fn pair() -> World {
    let mut world = World::new();
    world.run("a start Ann");
    world.run("b start Bob");
    world
}
