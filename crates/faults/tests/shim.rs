//! Each fault of the shim, seen happening to a program, and what a loss of power leaves.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::time::{Duration, Instant};

use faults::{Call, Errno, Fault, Keep, Kill};
use support::Scribe;

#[test]
fn nothing_goes_wrong_unasked_and_calls_are_counted() {
    let mut scribe = Scribe::start();
    scribe.all_ok(&["write a 0 hello", "sync a", "resize a 3", "rename a b", "unlink b"]);
    let control = scribe.control();
    for (call, count) in [
        (Call::Open, 2),
        (Call::Write, 1),
        (Call::Sync, 1),
        (Call::Truncate, 1),
        (Call::Rename, 1),
        (Call::Unlink, 1),
    ] {
        assert_eq!(control.calls(call).unwrap(), count, "{call:?}");
        assert_eq!(control.failed(call).unwrap(), 0, "{call:?}");
    }
}

#[test]
fn files_elsewhere_are_left_alone() {
    let mut scribe = Scribe::start();
    scribe.control().set_all(Fault::default().fail(Errno::Io)).unwrap();
    let outside = scribe.folder().join("data-of-others");
    for command in ["write {} 0 hello", "sync {}", "unlink {}"] {
        scribe.all_ok(&[&command.replace("{}", outside.to_str().unwrap())]);
    }
    assert_eq!(scribe.ask("write inside 0 hello"), "5");
}

#[test]
fn each_kind_of_call_fails_with_each_error() {
    let mut scribe = Scribe::start();
    scribe.all_ok(&["write a 0 hello"]);
    for (call, command) in [
        (Call::Write, "write a 0 hello"),
        (Call::Write, "append a hello"),
        (Call::Sync, "sync a"),
        (Call::Sync, "sync ."),
        (Call::Truncate, "resize a 9"),
        (Call::Open, "write b 0 hello"),
        (Call::Rename, "rename a b"),
        (Call::Unlink, "unlink a"),
    ] {
        for (errno, number) in [(Errno::NoSpace, "28"), (Errno::Io, "5"), (Errno::ReadOnly, "30")] {
            scribe.control().set(call, Fault::default().fail(errno)).unwrap();
            assert_eq!(scribe.ask(command), number, "{command}");
            scribe.control().clear().unwrap();
        }
        assert_eq!(scribe.control().failed(call).unwrap() % 3, 0);
    }
    scribe.all_ok(&["write a 0 HELLO", "sync a"]);
    assert_eq!(scribe.read("a"), Some("HELLO".into()));
}

#[test]
fn the_nth_call_fails_and_no_other() {
    let mut scribe = Scribe::start();
    let fault = Fault::default().fail(Errno::NoSpace).after(2).times(2);
    scribe.control().set(Call::Write, fault).unwrap();
    let answers: Vec<String> = (0..6).map(|_| scribe.ask("write a 0 x")).collect();
    assert_eq!(answers, ["ok", "ok", "28", "28", "ok", "ok"]);
    assert_eq!(scribe.control().failed(Call::Write).unwrap(), 2);
}

#[test]
fn chance_is_the_seeds() {
    let run = |seed| -> Vec<String> {
        let mut scribe = Scribe::start_seeded(seed);
        scribe.control().set(Call::Write, Fault::default().fail(Errno::Io).chance(0.5)).unwrap();
        (0..64).map(|_| scribe.ask("write a 0 x")).collect()
    };
    let (first, again, other) = (run(7), run(7), run(8));
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert!(first.iter().any(|answer| answer == "ok") && first.iter().any(|answer| answer == "5"));
}

#[test]
fn a_slow_call_takes_its_time() {
    let mut scribe = Scribe::start();
    let delay = Duration::from_millis(30);
    scribe.all_ok(&["write a 0 x"]);
    scribe.control().set(Call::Sync, Fault::default().slow(delay)).unwrap();
    let start = Instant::now();
    scribe.all_ok(&["sync a", "sync a"]);
    assert!(start.elapsed() >= 2 * delay);
}

#[test]
fn a_held_call_waits_until_it_is_let_go_and_fails_if_it_was_to() {
    for (fault, outcome) in [(Fault::default(), "ok"), (Fault::default().fail(Errno::Io), "5")] {
        let mut scribe = Scribe::start();
        scribe.all_ok(&["write a 0 x"]);
        scribe.control().set(Call::Sync, fault.hold()).unwrap();
        scribe.tell("sync a");
        while scribe.control().holding(Call::Sync).unwrap() == 0 {
            std::thread::yield_now();
        }
        scribe.control().set(Call::Sync, Fault::default()).unwrap();
        assert_eq!(scribe.hear(), outcome);
        scribe.all_ok(&["sync a"]);
    }
}

#[test]
fn a_process_dies_before_or_after_the_call() {
    for (when, left) in [(Kill::Before, "one"), (Kill::After, "two")] {
        let mut scribe = Scribe::start();
        scribe.control().set(Call::Write, Fault::default().kill(when, 2)).unwrap();
        scribe.all_ok(&["write a 0 one"]);
        assert_eq!(scribe.ask("write a 0 two"), "");
        assert_eq!(scribe.signal(), Some(9));
        assert_eq!(scribe.read("a").unwrap(), left);
    }
}

#[test]
fn what_was_not_synced_is_undone() {
    for (commands, left) in [
        (&["write a 0 new"][..], &[("a", Some("old"))][..]),
        (&["write a 0 new", "sync a"], &[("a", Some("new"))]),
        (&["write a 0 new", "sync a", "write a 1 ===="], &[("a", Some("new"))]),
        (&["append a +1", "append a +2"], &[("a", Some("old"))]),
        (&["append a +1", "sync a", "append a +2"], &[("a", Some("old+1"))]),
        (&["write a 9 far"], &[("a", Some("old"))]),
        (&["resize a 1"], &[("a", Some("old"))]),
        (&["resize a 1", "sync a", "resize a 5"], &[("a", Some("o"))]),
        (&["empty a", "append a x"], &[("a", Some("old"))]),
        (&["copy a b"], &[("a", Some("old")), ("b", None)]),
        (&["copy a b", "sync b"], &[("b", Some("old"))]),
        (&["copy a b", "sync ."], &[("b", Some(""))]),
        (&["rename a b"], &[("a", Some("old")), ("b", None)]),
        (&["rename a b", "sync ."], &[("a", None), ("b", Some("old"))]),
        (&["write c 0 tmp", "sync c", "rename c a"], &[("a", Some("old")), ("c", Some("tmp"))]),
        (&["write c 0 tmp", "rename c a", "sync ."], &[("a", Some("")), ("c", None)]),
        (&["unlink a"], &[("a", Some("old"))]),
        (&["write a 0 new", "unlink a"], &[("a", Some("old"))]),
        (&["unlink a", "sync ."], &[("a", None)]),
        (&["unlink a", "write a 0 next", "sync a"], &[("a", Some("next"))]),
        (&["rename a missing/a"], &[("a", Some("old"))]),
    ] {
        let mut scribe = Scribe::start_with("a", "old");
        for command in commands {
            scribe.ask(command);
        }
        let scribe = scribe.kill_and_lose_power(Keep::Nothing).0;
        for (name, text) in left {
            assert_eq!(scribe.read(name).as_deref(), *text, "{name} after {commands:?}");
        }
    }
}

#[test]
fn what_a_failed_sync_did_not_write_no_later_one_writes() {
    let mut scribe = Scribe::start_with("a", "......");
    scribe.all_ok(&["write a 0 lost"]);
    scribe.control().set(Call::Sync, Fault::default().fail(Errno::Io).times(1)).unwrap();
    assert_eq!(scribe.ask("sync a"), "5");
    scribe.all_ok(&["write a 2 safe", "sync a"]);
    assert_eq!(scribe.read("a").unwrap(), "losafe");
    let (scribe, loss) = scribe.kill_and_lose_power(Keep::Nothing);
    assert_eq!((loss.changes, loss.kept), (1, 0));
    assert_eq!(scribe.read("a").unwrap(), "..safe");
}

#[test]
fn each_descriptor_hears_once_of_a_failed_sync() {
    let mut scribe = Scribe::start();
    scribe.all_ok(&["write a 0 x", "sync_twice a"]);
    scribe.control().set(Call::Sync, Fault::default().fail(Errno::Io).times(1)).unwrap();
    assert_eq!(scribe.ask("sync_twice a"), "5");
    scribe.all_ok(&["sync_twice a"]);
}

#[test]
fn a_disk_that_keeps_some_keeps_it_by_the_seed_and_by_sectors() {
    let run = |seed| {
        let mut scribe = Scribe::start_with("a", &".".repeat(4_096));
        for place in 0..8 {
            let text = place.to_string().repeat(1_024);
            scribe.all_ok(&[&format!("write a {} {text}", place * 512)]);
        }
        let (scribe, loss) = scribe.kill_and_lose_power(Keep::Some(seed));
        assert_eq!(loss.changes, 8);
        let text = scribe.read("a").unwrap();
        for sector in text.as_bytes().chunks(512) {
            assert!(sector.iter().all(|byte| *byte == sector[0]), "a sector is torn");
        }
        text
    };
    let texts: Vec<String> = (0..8).map(run).collect();
    assert_eq!(texts[0], run(0));
    assert!(texts.iter().any(|text| *text != texts[0]));
    // An earlier write is seen where a later one that covered it is gone.
    assert!(texts.iter().any(|text| text.contains('.')));
}

#[test]
fn names_are_kept_in_order() {
    for seed in 0..16 {
        let mut scribe = Scribe::start_with("a", "old");
        scribe.all_ok(&["write b 0 x", "rename b c", "write d 0 x"]);
        let (scribe, _) = scribe.kill_and_lose_power(Keep::Some(seed));
        let there = ["a", "b", "c", "d"].map(|name| scribe.read(name).is_some());
        assert!(
            [
                [true, false, false, false],
                [true, true, false, false],
                [true, false, true, false],
                [true, false, true, true],
            ]
            .contains(&there),
            "seed {seed}: {there:?}"
        );
    }
}
