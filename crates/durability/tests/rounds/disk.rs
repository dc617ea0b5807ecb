//! Disks that are full, broken or read-only, for a time.

use std::path::Path;
use std::process::Command;

use faults::{Call, Errno, Fault, Keep};

use crate::book::Book;
use crate::process::{Line, Process, Settings};
use crate::round::{Round, bury, load};
use crate::seeds;

/// How a fault ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It goes, and the process lives.
    Passes,
    /// The process is killed while it lasts.
    Killed,
    /// The power goes while it lasts, and nothing is left of what was not synced.
    PowerLost,
    /// The power goes while it lasts, and something is left.
    PowerLostInWriting,
}

#[test]
fn a_failing_disk_refuses_what_it_does_not_store_and_works_again_when_it_is_well() {
    for seed in seeds("PARLOUR_FAULT_TABLES", 1) {
        for errno in [Errno::NoSpace, Errno::Io, Errno::ReadOnly] {
            for calls in CALLS {
                for end in ENDS {
                    println!("{errno:?} at {calls:?}, {end:?}");
                    fail_for_a_time(errno, calls, end, seed);
                }
            }
        }
    }
}

const CALLS: [&[Call]; 3] =
    [&[Call::Write], &[Call::Sync], &[Call::Write, Call::Sync, Call::Truncate]];
const ENDS: [End; 4] = [End::Passes, End::Killed, End::PowerLost, End::PowerLostInWriting];

fn fail_for_a_time(errno: Errno, calls: &[Call], end: End, seed: u64) {
    let mut round = Round::new(seed);
    round.settings.patience_ms = 60;
    let watch = round.watch();
    let mut process = round.start_under(&watch);
    assert_eq!(process.expect(), Line::Ready);
    let mut book = Book::begin(seed, &mut process);
    assert!(load(&mut book, &mut process, 8, 30));
    settle(&mut book, &mut process);
    for call in calls {
        watch.control().set(*call, Fault::default().fail(errno)).unwrap();
    }
    let (acks, refusals) = (book.acks, book.refusals);
    for _ in 0..round.dice.u8(1..40) {
        process.say(&book.new_send());
    }
    // Every sender has an answer while the disk fails: what is with the store when a sync fails is not
    // waited for longer than anything else.
    settle(&mut book, &mut process);
    assert!(book.refusals > refusals, "nothing was refused");
    assert_eq!(book.acks, acks, "something was acknowledged that cannot be stored");
    if end == End::Passes {
        watch.control().clear().unwrap();
        settle(&mut book, &mut process);
        while book.acks == acks {
            process.say(&book.new_send());
            settle(&mut book, &mut process);
        }
        book.verify(&mut process);
    }
    bury(&mut book, &mut process);
    let _loss = match end {
        End::Passes | End::Killed => None,
        End::PowerLost => Some(watch.lose_power(Keep::Nothing).unwrap()),
        End::PowerLostInWriting => Some(watch.lose_power(Keep::Some(seed)).unwrap()),
    };
    round.conclude(&mut book);
}

/// Waits until everything is answered.
fn settle(book: &mut Book, process: &mut Process) {
    while book.waiting() > 0 {
        book.note(process.expect());
    }
}

#[test]
fn a_disk_that_fails_now_and_then_loses_nothing_that_was_acknowledged() {
    for seed in seeds("PARLOUR_FAULT_ROUNDS", 4) {
        let mut round = Round::new(seed);
        round.settings.patience_ms = 200;
        let watch = round.watch();
        let mut process = round.start_under(&watch);
        assert_eq!(process.expect(), Line::Ready);
        let mut book = Book::begin(seed, &mut process);
        let errno = round.dice.choice([Errno::NoSpace, Errno::Io]).unwrap();
        for call in [Call::Write, Call::Sync, Call::Truncate] {
            let chance = round.dice.choice([0.001, 0.01, 0.05]).unwrap();
            watch.control().set(call, Fault::default().fail(errno).chance(chance)).unwrap();
        }
        let is_alive = load(&mut book, &mut process, 32, 100);
        assert!(is_alive, "{}", process.log());
        if round.dice.bool() {
            watch.control().clear().unwrap();
            settle(&mut book, &mut process);
            book.verify(&mut process);
        }
        bury(&mut book, &mut process);
        if round.dice.bool() {
            round.lose_power(watch);
        }
        round.conclude(&mut book);
    }
}

/// A small file system in memory, while this lives.
struct Small<'p>(&'p Path);

impl<'p> Small<'p> {
    /// `None`, with a sentence, where this user may not mount.
    fn mount(place: &'p Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(place);
        match mount.output() {
            Ok(output) if output.status.success() => Some(Self(place)),
            Ok(output) => {
                println!("SKIPPED, no mount: {}", String::from_utf8_lossy(&output.stderr));
                None
            }
            Err(error) => {
                println!("SKIPPED, no mount: {error}");
                None
            }
        }
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

#[test]
fn a_disk_that_fills_up_refuses_and_works_again_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let Some(_small) = Small::mount(&data) else { return };
    std::fs::write(data.join("ballast"), vec![1; 2 << 20]).unwrap();
    let settings = Settings { most_in_commit: 1_024, patience_ms: 100, checkpoint_pages: 200 };
    let mut process = Process::start(&data, settings, None);
    assert_eq!(process.expect(), Line::Ready);
    let mut book = Book::begin(1, &mut process);
    while book.refusals == 0 {
        process.say(&book.new_send());
        book.note(process.expect());
    }
    settle(&mut book, &mut process);
    std::fs::remove_file(data.join("ballast")).unwrap();
    let acks = book.acks;
    while book.acks == acks {
        process.say(&book.new_send());
        settle(&mut book, &mut process);
    }
    book.verify(&mut process);
    bury(&mut book, &mut process);
    let mut process = Process::start(&data, settings, None);
    assert_eq!(process.expect(), Line::Ready);
    book.verify(&mut process);
    process.end();
}
