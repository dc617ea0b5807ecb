//! One round: a folder, and the lives of the process that keeps its files there.

use std::path::PathBuf;

use fastrand::Rng;
use faults::{Keep, Loss, Shim, Watch};
use tempfile::TempDir;

use crate::book::Book;
use crate::process::{Line, Process, Settings};

/// How long a message waits for the store, as in the server.
pub(crate) const PATIENCE_MS: u32 = 5_000;

/// A folder with the data, and the scratch folders of each life.
pub(crate) struct Round {
    folder: TempDir,
    lives: u32,
    pub(crate) dice: Rng,
    pub(crate) settings: Settings,
}

impl Round {
    pub(crate) fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let mut dice = Rng::with_seed(seed);
        let settings = Settings {
            most_in_commit: *dice.choice(&[4, 64, 1_024]).unwrap(),
            patience_ms: PATIENCE_MS,
            // Many checkpoints in a short life.
            checkpoint_pages: *dice.choice(&[20, 200]).unwrap(),
        };
        Self { folder, lives: 0, dice, settings }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A life without the shim.
    pub(crate) fn start(&self) -> Process {
        Process::start(&self.data(), self.settings, None)
    }

    /// What a life under the shim needs.
    pub(crate) fn watch(&mut self) -> Watch {
        self.lives += 1;
        let scratch = self.folder.path().join(format!("life-{}", self.lives));
        std::fs::create_dir(&scratch).unwrap();
        Shim::build().unwrap().watch(&self.data(), &scratch, self.dice.u64(..)).unwrap()
    }

    /// A life under the shim.
    pub(crate) fn start_under(&self, watch: &Watch) -> Process {
        Process::start(&self.data(), self.settings, Some(watch))
    }

    /// A loss of power that leaves nothing of what was not synced, or some of it.
    pub(crate) fn lose_power(&mut self, watch: Watch) -> Loss {
        let keep = if self.dice.bool() { Keep::Nothing } else { Keep::Some(self.dice.u64(..)) };
        watch.lose_power(keep).unwrap()
    }

    /// What SQLite says of its file, when the process has ended.
    pub(crate) fn check_integrity(&self) {
        let database = rusqlite::Connection::open(self.data().join("parlour.db")).unwrap();
        let text = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
        assert_eq!(database.query_row("PRAGMA integrity_check", [], text).unwrap(), "ok");
    }

    /// The end of every round, in a new life: everything is as it was said, and goes on so.
    pub(crate) fn conclude(mut self, book: &mut Book) {
        // On a busy machine a sound disk may take longer than a test of refusals waits.
        self.settings.patience_ms = PATIENCE_MS;
        let mut process = self.start();
        assert_eq!(process.expect(), Line::Ready);
        book.verify(&mut process);
        book.send_all_again(&mut process);
        book.verify(&mut process);
        process.end();
        self.check_integrity();
    }
}

/// Sends, with at most `window` answers waited for, until there were so many acknowledgements more;
/// `false` if the process has ended before.
pub(crate) fn load(book: &mut Book, process: &mut Process, window: usize, acks: usize) -> bool {
    let goal = book.acks + acks;
    while book.acks < goal {
        while book.waiting() < window {
            let command = book.next_send();
            process.say(&command);
        }
        match process.hear() {
            Some(line) => book.note(line),
            None => return false,
        }
    }
    true
}

/// Kills the process if it lives, and notes everything that it has still said.
pub(crate) fn bury(book: &mut Book, process: &mut Process) {
    process.kill();
    while let Some(line) = process.hear() {
        // It may have been killed while it opened.
        if line != Line::Ready {
            book.note(line);
        }
    }
    process.wait();
    book.process_ended();
}
