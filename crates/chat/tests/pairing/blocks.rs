//! Never again.

use crate::world::{World, account};

const FOREVER: &str = "wait 100000000s";

#[test]
fn a_blocked_partner_never_comes_back() {
    let mut world = pair("a", "b");
    world.check(&[
        ("a block", "ok | b: left R2 Ann 1 waiting"),
        ("a status", "empty"),
        ("a start", "R3 Ann [Ann=a] waiting | a: joined R3 Ann [Ann=a] waiting"),
        (FOREVER, ""),
        ("b leave", "ok"),
        ("b start", "R4 Bob [Bob=b] waiting | b: joined R4 Bob [Bob=b] waiting"),
    ]);
    assert_eq!(world.pairing.stats().bars, 1);
    world.check(&[("b vanish", "")]);
    assert_eq!(world.pairing.stats().bars, 0);
}

#[test]
fn the_partner_who_has_just_left_can_still_be_blocked() {
    let mut world = pair("a", "b");
    world.check(&[
        ("a leave", "ok | b: left R2 Ann 1 waiting"),
        ("b block", "ok"),
        ("b status", "empty"),
        ("b block", "not_in_room"),
        ("b start", "R3 Bob [Bob=b] waiting | b: joined R3 Bob [Bob=b] waiting"),
        ("b block", "not_in_room"),
        ("a start", "R4 Ann [Ann=a] waiting | a: joined R4 Ann [Ann=a] waiting"),
        ("a block", "not_in_room"),
        (FOREVER, ""),
    ]);
}

#[test]
fn blocking_one_who_has_vanished_leaves_nothing_behind() {
    let mut world = pair("a", "b");
    world.check(&[("a vanish", "b: left R2 Ann 1 waiting"), ("b block", "ok")]);
    assert_eq!(world.pairing.stats().bars, 0);
}

#[test]
fn only_the_last_partner_is_blocked_not_the_one_before() {
    let mut world = pair("a", "b");
    world.run("a leave");
    world.run("c start Cat");
    world.check(&[("b block", "ok | c: left R3 Bob 1 waiting")]);
    // Three bars would be too many: a and b parted, b blocked c.
    assert_eq!(world.pairing.stats().bars, 2);
    world.run("wait 300s");
    assert_eq!(world.pairing.stats().bars, 1);
}

#[test]
fn an_account_is_blocked_on_all_of_its_sockets_and_after_they_are_gone() {
    let mut world = pair("a.x", "b.y");
    world.run("a.x block");
    world.check(&[
        ("b.y vanish", ""),
        ("a.x vanish", ""),
        ("c.x start Cat", "R3 Cat [Cat=c.x] waiting | c.x: joined R3 Cat [Cat=c.x] waiting"),
        ("d.y start Dan", "R4 Dan [Dan=d.y] waiting | d.y: joined R4 Dan [Dan=d.y] waiting"),
        (FOREVER, ""),
        ("y unblocks x", ""),
        (
            "x unblocks y",
            "c.x: joined R3 Dan [Cat=c.x Dan=~3] active | d.y: joined R3 Dan [Cat=~4 Dan=d.y] active \
             | c.x: history [] | d.y: history []",
        ),
    ]);
    assert_eq!(world.pairing.stats().bars, 0);
}

#[test]
fn a_block_stands_until_both_sides_have_taken_theirs_back() {
    let mut world = World::new();
    for input in ["x blocks y", "x blocks y", "y blocks x", "a.x start Ann", "b.y start Bob"] {
        world.run(input);
    }
    world.check(&[
        ("x unblocks y", ""),
        (
            "y unblocks x",
            "a.x: joined R1 Bob [Ann=a.x Bob=~1] active | b.y: joined R1 Bob [Ann=~2 Bob=b.y] active \
             | a.x: history [] | b.y: history []",
        ),
    ]);
}

#[test]
fn a_block_between_accounts_ends_their_chat_and_both_wait_for_somebody_else() {
    let mut world = pair("a.x", "b.y");
    world.check(&[
        ("x blocks y", "b.y: left R2 Ann 1 waiting | a.x: left R3 Bob 1 waiting"),
        ("a.x send hi", "not_in_room"),
        ("b.y status", "R2 waiting [Bob=b.y] 0s old"),
        ("x blocks y", ""),
        (
            "c start Cat",
            "R2 Cat [Bob=~3 Cat=c] active | b.y: joined R2 Cat [Bob=b.y Cat=~4] active \
             | c: joined R2 Cat [Bob=~3 Cat=c] active | b.y: history [] | c: history []",
        ),
        (
            "d start Dan",
            "R3 Dan [Ann=~5 Dan=d] active | a.x: joined R3 Dan [Ann=a.x Dan=~6] active \
             | d: joined R3 Dan [Ann=~5 Dan=d] active | a.x: history [] | d: history []",
        ),
    ]);
}

#[test]
fn a_person_holds_a_bounded_number_of_lapsing_bars_and_the_soonest_to_lapse_is_forgotten() {
    let mut world = World::new();
    world.run("a start Ann");
    for number in 0..=1_024 {
        world.run(&format!("p{number} start"));
        world.run(&format!("p{number} leave"));
        world.run("wait 1ms");
    }
    assert_eq!(world.pairing.stats().bars, 1_024);
    assert!(world.run("p1 start").starts_with('R'));
    assert!(world.run("p0 start").contains("active"), "p0's bar was the oldest");
    world.pairing.check_invariants().unwrap();
}

#[test]
fn an_account_holds_a_bounded_number_of_blocks_and_the_oldest_is_forgotten() {
    let mut world = World::new();
    world.run("a.x start Ann");
    world.run("b.y0 start Bob");
    for number in 0..4_096 {
        world.run(&format!("x blocks y{number}"));
    }
    // What others do to the account is not counted.
    world.run("z blocks x");
    world.run("wait 300s");
    assert_eq!(world.pairing.stats().bars, 4_097);
    assert!(world.run("b.y0 status").contains("waiting"));
    let outcome = world.run("x blocks y4096");
    assert!(outcome.contains("b.y0: joined"), "y0 was blocked first: {outcome}");
    assert_eq!(world.pairing.stats().bars, 4_097);
    world.pairing.check_invariants().unwrap();
}

#[test]
fn the_bars_of_an_accounts_blocks_were_never_let_go() {
    let mut world = World::new();
    for input in ["x blocks y", "x blocks z", "y blocks x", "z blocks y", "x goes"] {
        world.run(input);
    }
    // Between x and y there is what y blocks, and what z does is its own.
    assert_eq!(world.pairing.stats().bars, 2);
    world.run("y goes");
    world.run("z goes");
    assert_eq!(world.pairing.stats().bars, 0);
    // Back, and waiting: it fits whoever it does not block.
    world.run("b.y start Bob");
    world.pairing.recall_blocks(&account("x"), [account("y")]);
    assert!(world.run("a.x start Ann").contains("waiting"));
    assert!(world.run("c.z start Cat").contains("active"));
    world.pairing.check_invariants().unwrap();
}

#[test]
fn whom_an_account_blocked_in_a_chat_stays_barred_when_it_has_gone() {
    // Whether it is a block elsewhere, too, and which was first.
    for inputs in [&["a.x block"][..], &["a.x block", "x blocks y"], &["x blocks z", "a.x block"]] {
        let mut world = pair("a.x", "b.y");
        for input in inputs {
            world.run(input);
        }
        for input in ["a.x vanish", "x goes", FOREVER, "b.y leave", "b.y start Bob"] {
            world.run(input);
        }
        assert_eq!(world.pairing.stats().bars, 1, "{inputs:?}");
        assert!(world.run("c.x start Ann").contains("waiting"), "{inputs:?}");
        world.run("x unblocks y");
        assert!(world.run("b.y status").contains("active"), "{inputs:?}");
        assert_eq!(world.pairing.stats().bars, 0);
    }
}

/// Ann on one and Bob on the other, active in R1, masked by ~1 and ~2.
fn pair(one: &str, other: &str) -> World {
    let mut world = World::new();
    world.run(&format!("{one} start Ann"));
    world.run(&format!("{other} start Bob"));
    world
}
