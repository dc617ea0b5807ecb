//! `kill -9`, and losses of power, under load.

use fastrand::Rng;
use std::os::unix::process::ExitStatusExt;

use faults::{Call, Control, Fault, Kill};

use crate::book::Book;
use crate::process::Line;
use crate::round::{Round, bury, load};
use crate::seeds;

/// Windows of answers waited for: from one after the other to large groups.
const WINDOWS: [usize; 4] = [1, 8, 64, 256];

#[test]
fn what_was_acknowledged_outlives_kill_9() {
    for seed in seeds("PARLOUR_KILL_ROUNDS", 10) {
        let mut round = Round::new(seed);
        let mut process = round.start();
        assert_eq!(process.expect(), Line::Ready);
        let mut book = Book::begin(seed, &mut process);
        for _ in 0..round.dice.u32(1..=3) {
            let (window, acks) = (round.dice.choice(WINDOWS).unwrap(), round.dice.usize(..300));
            assert!(load(&mut book, &mut process, window, acks), "{}", process.log());
            bury(&mut book, &mut process);
            process = round.start();
            // Sometimes it is killed again while it opens.
            if round.dice.bool() {
                bury(&mut book, &mut process);
                process = round.start();
            }
            assert_eq!(process.expect(), Line::Ready);
            book.verify(&mut process);
        }
        bury(&mut book, &mut process);
        round.conclude(&mut book);
    }
}

#[test]
fn what_was_acknowledged_outlives_a_loss_of_power() {
    let mut undone = 0;
    for seed in seeds("PARLOUR_UNDO_ROUNDS", 5) {
        let mut round = Round::new(seed);
        let mut watch = round.watch();
        let mut process = round.start_under(&watch);
        assert_eq!(process.expect(), Line::Ready);
        let mut book = Book::begin(seed, &mut process);
        for _ in 0..round.dice.u32(1..=3) {
            arm(watch.control(), &mut round.dice);
            let (window, acks) = (round.dice.choice(WINDOWS).unwrap(), round.dice.usize(..300));
            load(&mut book, &mut process, window, acks);
            bury(&mut book, &mut process);
            let loss = round.lose_power(watch);
            undone += loss.changes - loss.kept;
            watch = round.watch();
            // Sometimes the power goes again while it opens.
            if round.dice.bool() {
                let (call, nth) = (round.dice.choice(CALLS).unwrap(), round.dice.u64(1..12));
                watch.control().set(call, Fault::default().kill(Kill::After, nth)).unwrap();
            }
            process = round.start_under(&watch);
            match process.hear() {
                Some(line) => {
                    assert_eq!(line, Line::Ready);
                    watch.control().clear().unwrap();
                    book.verify(&mut process);
                }
                None => assert_eq!(process.wait().signal(), Some(9), "{}", process.log()),
            }
        }
        bury(&mut book, &mut process);
        round.lose_power(watch);
        round.conclude(&mut book);
    }
    assert!(undone > 0, "no loss of power has taken anything away: nothing was tested");
}

const CALLS: [Call; 2] = [Call::Write, Call::Sync];

/// In half of the lives the process dies at a call of its own, else when it is told.
fn arm(control: &Control, dice: &mut Rng) {
    let when = if dice.bool() { Kill::Before } else { Kill::After };
    match dice.u8(..4) {
        0 => control.set(Call::Write, Fault::default().kill(when, dice.u64(1..2_000))),
        1 => control.set(Call::Sync, Fault::default().kill(when, dice.u64(1..100))),
        _ => Ok(()),
    }
    .unwrap();
}
