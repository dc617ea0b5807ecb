//! Messages that are shown before they are stored, while commits fail, are slow, and are cut short.

use std::time::Duration;

use fastrand::Rng;
use faults::{Call, Control, Errno, Fault, Kill};

use crate::book::Book;
use crate::process::{Line, Process};
use crate::round::{PATIENCE_MS, Round, bury};
use crate::{number, seeds};

/// Messages in the life of one process, at the most.
const LIFE: usize = 5_000;
/// Answers waited for at a time.
const WINDOW: usize = 256;

/// As many messages as the environment says, in lives in which commits are full (`ENOSPC`), broken
/// (`EIO`), slow, or cut short before and after they are made: none ends in both ways, none stays open
/// but those of a process that died, none that was confirmed is missing, none that failed is there, and
/// they are stored in the order in which they were shown.
#[test]
fn what_is_shown_ends_in_one_way_whatever_becomes_of_commits() {
    let wanted = usize::try_from(number("PARLOUR_SHOWN_MESSAGES").unwrap_or(3_000)).unwrap();
    let life = LIFE.min(wanted / 8 + 1);
    for seed in seeds("PARLOUR_SHOWN_ROUNDS", 1) {
        let mut round = Round::new(seed);
        let mut book = begin(&mut round, seed);
        let mut lives = 0;
        while book.rows.len() < wanted {
            round.settings.patience_ms = round.dice.choice([60, PATIENCE_MS]).unwrap();
            let watch = round.watch().without_undo();
            let mut process = follow(&mut book, round.start_under(&watch));
            let may_kill = break_something(watch.control(), &mut round.dice);
            let is_alive = show(&mut book, &mut process, round.dice.usize(1..=life));
            assert!(is_alive || may_kill, "it died of nothing: {}", process.log());
            // A fault that kills may have done so since, before it could be called off.
            if is_alive && !may_kill && round.dice.bool() {
                watch.control().clear().unwrap();
                assert!(settle(&mut book, &mut process), "it died of nothing");
                book.verify(&mut process);
            }
            bury(&mut book, &mut process);
            lives += 1;
        }
        let (shown, confirmed, failed) = (book.rows.len(), book.rows.confirmed, book.rows.failed);
        let forgotten = book.rows.forgotten;
        println!(
            "{shown} shown in {lives} lives: {confirmed} confirmed, {failed} failed, {forgotten} \
             open when their process died"
        );
        assert_eq!(shown, confirmed + failed + forgotten);
        assert!(confirmed > shown / 10, "little was confirmed: little was tested");
        book.verb = "send";
        round.conclude(&mut book);
    }
}

/// Accounts and rooms, in a life without faults.
fn begin(round: &mut Round, seed: u64) -> Book {
    let mut process = round.start();
    assert_eq!(process.expect(), Line::Ready);
    let mut book = Book::begin(seed, &mut process);
    book.verb = "show";
    bury(&mut book, &mut process);
    book
}

/// A new life in which somebody listens to every room. What became of the last life is looked at first.
fn follow(book: &mut Book, mut process: Process) -> Process {
    assert_eq!(process.expect(), Line::Ready);
    book.verify(&mut process);
    book.follow_all(&mut process);
    process
}

/// Sets a fault; `true` if it is one that kills.
fn break_something(control: &Control, dice: &mut Rng) -> bool {
    let call = dice.choice([Call::Write, Call::Sync]).unwrap();
    let chance = dice.choice([0.001, 0.01, 0.1]).unwrap();
    let nth = dice.u64(1..if call == Call::Write { 600 } else { 40 });
    let slow = Duration::from_millis(dice.u64(1..5));
    let fault = Fault::default();
    let (call, fault, kills) = match dice.u8(..6) {
        0 => (call, fault.fail(Errno::NoSpace).chance(chance), false),
        1 => (call, fault.fail(Errno::Io).chance(chance), false),
        2 => (call, fault.kill(Kill::Before, nth), true),
        3 => (call, fault.kill(Kill::After, nth), true),
        4 => (Call::Sync, fault.slow(slow), false),
        _ => (Call::Sync, fault.slow(slow).fail(Errno::Io).chance(chance), false),
    };
    control.set(call, fault).unwrap();
    kills
}

/// Shows so many more; `false` if the process died before.
fn show(book: &mut Book, process: &mut Process, messages: usize) -> bool {
    let goal = book.rows.len() + messages;
    let mut tries = 0;
    // While the store is down nothing is shown.
    while book.rows.len() < goal && tries < 4 * messages {
        while book.waiting() < WINDOW {
            let command = book.next_send();
            process.say(&command);
            tries += 1;
        }
        match process.hear() {
            Some(line) => book.note(line),
            None => return false,
        }
    }
    true
}

/// Waits until everything is answered, and has ended; `false` if the process died before.
fn settle(book: &mut Book, process: &mut Process) -> bool {
    while book.waiting() > 0 || book.rows.open() > 0 {
        match process.hear() {
            Some(line) => book.note(line),
            None => return false,
        }
    }
    true
}

/// The process dies between showing a message and storing it, or between storing it and saying so. The
/// sender tries again: there is one copy.
#[test]
fn what_was_shown_and_lost_is_there_once_when_it_is_sent_again() {
    for seed in seeds("PARLOUR_SHOWN_ROUNDS", 1) {
        for (call, when, is_stored) in
            [(Call::Write, Kill::Before, false), (Call::Sync, Kill::After, true)]
        {
            let mut round = Round::new(seed);
            let mut book = begin(&mut round, seed);
            let watch = round.watch().without_undo();
            let mut process = follow(&mut book, round.start_under(&watch));
            // The line that it is shown leaves the process before the call is made.
            let fault = Fault::default().slow(Duration::from_millis(300)).kill(when, 1);
            watch.control().set(call, fault).unwrap();
            let command = book.new_send();
            process.say(&command);
            let shown = process.expect();
            assert!(matches!(shown, Line::Shown { .. }), "{shown:?}");
            book.note(shown);
            assert_eq!(process.hear(), None, "it has to die before it says more");
            bury(&mut book, &mut process);
            assert_eq!((book.rows.confirmed, book.rows.failed, book.rows.forgotten), (0, 0, 1));
            let mut process = follow(&mut book, round.start());
            assert_eq!(book.unstored(), usize::from(!is_stored), "{when:?} {call:?}");
            // The same key, twice: whatever was there, there is one afterwards.
            for _ in 0..2 {
                let again = book.send_again("k0");
                process.say(&again);
                assert!(settle(&mut book, &mut process));
            }
            book.verify(&mut process);
            assert_eq!(book.unstored(), 0);
            assert_eq!(book.rows.confirmed, usize::from(!is_stored), "{when:?} {call:?}");
            bury(&mut book, &mut process);
            book.verb = "send";
            round.conclude(&mut book);
        }
    }
}
