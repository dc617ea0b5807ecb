//! What is certain and what is not when the disk fails, and what becomes of it. (Rounds with random
//! faults and losses of power are in `crates/durability`.)
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

use chat::conversations::{ConversationId, Description, Kind, NewConversation, Title, Visibility};
use chat::identity::Account;
use chat::ids::ClientId;
use chat::messages::{Appended, Message, MessageKey};
use chat::name::Username;
use chat::store::StoreError;
use faults::{Call, Control, Errno, Fault, Keep, Kill, Shim, Watch};
use store_sqlite::{SqliteStore, StoreConfig};
use store_suite::{Dice, World, block_on};
use tempfile::TempDir;

/// Names the database for a process that was started by one of the tests.
const PATH: &str = "FAILING_STORE";

/// A store in a process of its own, under the shim.
struct Process {
    folder: TempDir,
    watch: Option<Watch>,
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Process {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        Self::start_in(folder, "scratch")
    }

    /// In a folder that another has left; `scratch` is a new name in it.
    fn start_in(folder: TempDir, scratch: &str) -> Self {
        let mut process = Self::start_with(folder, scratch, (Call::Write, Fault::default()));
        assert_eq!(process.hear(), "ready");
        process
    }

    /// With what goes wrong from the beginning.
    fn start_with(folder: TempDir, scratch: &str, (call, fault): (Call, Fault)) -> Self {
        let (data, scratch) = (folder.path().join("data"), folder.path().join(scratch));
        std::fs::create_dir(&scratch).unwrap();
        let watch = Shim::build().unwrap().watch(&data, &scratch, 1).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "serve", "--ignored", "--nocapture"]);
        command.env(PATH, data.join("parlour.db"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        watch.put_over(&mut command);
        watch.control().set(call, fault).unwrap();
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { folder, watch: Some(watch), child, stdin, stdout }
    }

    fn ask(&mut self, command: &str) -> String {
        writeln!(self.stdin, "{command}").unwrap();
        self.hear()
    }

    /// A command that it does not live to answer.
    fn die_at(&mut self, command: &str) {
        writeln!(self.stdin, "{command}").unwrap();
        assert!(!self.child.wait().unwrap().success());
    }

    fn hear(&mut self) -> String {
        // The test runner writes to the same place.
        for line in self.stdout.by_ref().lines() {
            if let Some((_, answer)) = line.unwrap().split_once("> ") {
                return answer.to_owned();
            }
        }
        panic!("the process has ended");
    }

    fn control(&self) -> &Control {
        self.watch.as_ref().unwrap().control()
    }

    /// Kills it, and takes away what it had not synced if `keep` says so.
    fn end(mut self, keep: Option<Keep>) -> TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let watch = self.watch.take().unwrap();
        if let Some(keep) = keep {
            watch.lose_power(keep).unwrap();
        }
        self.folder
    }
}

/// Somebody in a room, the same ones each time.
struct Place {
    world: World,
    ann: Account,
    room: ConversationId,
}

impl Place {
    fn open(path: &Path) -> Self {
        Self::of(SqliteStore::open(&StoreConfig::new(path)).unwrap())
    }

    fn of(store: SqliteStore) -> Self {
        let store = Arc::new(store);
        let mut world = World::new(store);
        world.dice = Dice::new(std::process::id().into());
        let name = Username::parse("ann").unwrap();
        let room = ConversationId::parse("room_of_ann").unwrap();
        let ann = block_on(async {
            if let Some(ann) = world.store.account_by_username(name).await.unwrap() {
                return ann;
            }
            let ann = world.own("ann").await;
            let new = NewConversation {
                id: room.clone(),
                kind: Kind::Room,
                visibility: Visibility::Public,
                title: Title::parse("Room").unwrap(),
                description: Description::default(),
                maker: ann.profile.id.clone(),
                created_at: world.now(),
            };
            world.store.create_conversation(new).await.unwrap();
            ann
        });
        Self { world, ann, room }
    }

    fn answer(&mut self, command: &str) -> String {
        let mut words = command.splitn(3, ' ');
        let mut next = || words.next().unwrap_or_default();
        match (next(), next(), next()) {
            ("send", key, text) => self.send(key, text),
            ("settle", key, _) => self.settle(key),
            ("check", ..) => word(block_on(self.world.store.check()).map(|()| None)),
            ("texts", ..) => {
                let texts = block_on(self.world.texts(&self.room));
                texts.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join(" ")
            }
            _ => panic!("{command}"),
        }
    }

    fn send(&mut self, key: &str, text: &str) -> String {
        let message = self.world.keyed(&self.room, &self.ann, (key, text));
        let appended = block_on(self.world.store.append(vec![message]));
        match appended.as_deref() {
            Ok([Appended::Stored { message, .. }]) => format!("stored {}", message.seq),
            Ok([Appended::Duplicate(message)]) => format!("duplicate {}", message.seq),
            Ok(other) => panic!("{other:?}"),
            Err(error) => word(Err(*error)),
        }
    }

    fn settle(&mut self, key: &str) -> String {
        let id = self.world.message(&self.room, &self.ann, "x").id;
        let key = MessageKey {
            conversation: self.room.clone(),
            sender: self.ann.profile.id.clone(),
            client_id: Some(ClientId::parse(key).unwrap()),
            id,
        };
        let settled = block_on(self.world.store.settle(vec![key]));
        word(settled.map(|mut found| found.pop().flatten()))
    }
}

fn word(result: Result<Option<Message>, StoreError>) -> String {
    match result {
        Ok(Some(message)) => format!("stored {}", message.seq),
        Ok(None) => "nothing".to_owned(),
        Err(StoreError::Unavailable) => "unavailable".to_owned(),
        Err(StoreError::Unknown) => "unknown".to_owned(),
        Err(StoreError::Broken) => "broken".to_owned(),
    }
}

#[test]
#[ignore = "not a test: what the tests start, under the shim"]
fn serve() {
    let Some(path) = std::env::var_os(PATH) else { return };
    let mut place = match SqliteStore::open(&StoreConfig::new(&path)) {
        Ok(store) => Place::of(store),
        Err(error) => return println!("> {error}"),
    };
    println!("> ready");
    for line in std::io::stdin().lines() {
        println!("> {}", place.answer(&line.unwrap()));
    }
}

/// What the next process finds.
fn after_restart(folder: &TempDir) -> Place {
    let path = folder.path().join("data/parlour.db");
    let place = Place::open(&path);
    let sql = "PRAGMA integrity_check";
    let connection = rusqlite::Connection::open(&path).unwrap();
    let state: String = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(state, "ok");
    place
}

#[test]
fn a_sync_that_fails_once_leaves_no_doubt() {
    let mut process = Process::start();
    assert_eq!(process.ask("send a one"), "stored 1");
    process.control().set(Call::Sync, Fault::default().fail(Errno::Io).times(1)).unwrap();
    assert_eq!(process.ask("send b two"), "unavailable");
    assert_eq!(process.ask("texts"), "one");
    assert_eq!(process.ask("settle b"), "nothing");
    assert_eq!(process.ask("send c three"), "stored 2");
    let mut place = after_restart(&process.end(None));
    assert_eq!(place.answer("texts"), "one three", "the second never comes back");
    assert_eq!(place.answer("settle b"), "nothing");
}

#[test]
fn an_unknown_outcome_is_settled_when_the_disk_works_again() {
    let mut process = Process::start();
    assert_eq!(process.ask("send a one"), "stored 1");
    process.control().set(Call::Sync, Fault::default().fail(Errno::Io)).unwrap();
    assert_eq!(process.ask("send b two"), "unknown");
    assert_eq!(process.ask("texts"), "one", "reading goes on");
    assert_ne!(process.ask("settle b"), "nothing", "it could still come back");
    assert_ne!(process.ask("send c three"), "stored 2");
    process.control().clear().unwrap();
    assert_eq!(process.ask("settle b"), "nothing");
    assert_eq!(process.ask("settle c"), "nothing");
    let folder = process.end(None);
    let mut place = after_restart(&folder);
    assert_eq!(place.answer("texts"), "one", "what was settled stays so");
    assert_eq!(place.answer("send b two"), "stored 2");
}

#[test]
fn a_crash_at_the_sync_leaves_the_message_or_not_but_never_twice() {
    for (keep, expected) in [(None, "duplicate 2"), (Some(Keep::Nothing), "stored 2")] {
        let mut process = Process::start();
        assert_eq!(process.ask("send a one"), "stored 1");
        process.control().set(Call::Sync, Fault::default().kill(Kill::Before, 1)).unwrap();
        process.die_at("send b two");
        let mut place = after_restart(&process.end(keep));
        assert_eq!(place.answer("send b two"), expected);
        assert_eq!(place.answer("texts"), "one two");
    }
}

#[test]
fn a_crash_while_an_outcome_is_unknown_leaves_it_once_at_most() {
    for keep in [None, Some(Keep::Nothing), Some(Keep::Some(1)), Some(Keep::Some(2))] {
        let mut process = Process::start();
        assert_eq!(process.ask("send a one"), "stored 1");
        process.control().set(Call::Sync, Fault::default().fail(Errno::Io)).unwrap();
        assert_eq!(process.ask("send b two"), "unknown");
        let mut place = after_restart(&process.end(keep));
        let answer = place.answer("send b two");
        assert!(["stored 2", "duplicate 2"].contains(&answer.as_str()), "{answer}");
        assert_eq!(place.answer("texts"), "one two");
    }
}

#[test]
fn a_disk_that_takes_nothing_fails_writes_and_nothing_else() {
    for errno in [Errno::NoSpace, Errno::Io, Errno::ReadOnly] {
        let mut process = Process::start();
        assert_eq!(process.ask("send a one"), "stored 1");
        process.control().set(Call::Write, Fault::default().fail(errno)).unwrap();
        for (key, text) in [("b", "two"), ("b", "two"), ("c", "three")] {
            let answer = process.ask(&format!("send {key} {text}"));
            // A full disk is certain; for the other two only the next commit is.
            let is_certain = errno == Errno::NoSpace;
            assert!(answer == "unavailable" || (!is_certain && answer == "unknown"), "{answer}");
            assert_eq!(process.ask("texts"), "one");
        }
        process.control().clear().unwrap();
        assert_eq!(process.ask("settle b"), "nothing");
        assert_eq!(process.ask("send b two"), "stored 2", "it needs no restart");
        assert_eq!(process.ask("send a one"), "duplicate 1");
        let mut place = after_restart(&process.end(Some(Keep::Nothing)));
        assert_eq!(place.answer("texts"), "one two");
    }
}

#[test]
fn a_check_tells_of_a_full_disk_before_any_message_has_met_it() {
    for errno in [Errno::NoSpace, Errno::Io] {
        let mut process = Process::start();
        assert_eq!(process.ask("check"), "nothing", "is wrong");
        process.control().set(Call::Write, Fault::default().fail(errno)).unwrap();
        let answer = process.ask("check");
        assert!(["unavailable", "unknown"].contains(&answer.as_str()), "{errno:?}: {answer}");
        process.control().clear().unwrap();
        assert_eq!(process.ask("check"), "nothing", "is wrong any more");
    }
}

#[test]
fn what_a_crash_left_in_the_log_is_moved_out_of_it_before_anybody_is_told_of_it() {
    // The process dies between the write and the sync: the next one finds the message in the log, of
    // which nobody knows whether it is on the disk.
    let mut process = Process::start();
    process.control().set(Call::Sync, Fault::default().kill(Kill::Before, 1)).unwrap();
    process.die_at("send a one");
    let mut process = Process::start_in(process.end(None), "again");
    assert_eq!(process.ask("send a one"), "duplicate 1");
    let folder = process.end(None);
    std::fs::remove_file(folder.path().join("data/parlour.db-wal")).unwrap();
    assert_eq!(after_restart(&folder).answer("texts"), "one");
}

#[test]
fn a_start_on_a_disk_that_takes_nothing_says_so() {
    for (errno, expected) in
        [(Errno::NoSpace, "is full: make room"), (Errno::ReadOnly, "cannot be")]
    {
        let empty = tempfile::tempdir().unwrap();
        std::fs::create_dir(empty.path().join("data")).unwrap();
        for folder in [empty, Process::start().end(None)] {
            let fault = Fault::default().fail(errno);
            let mut process = Process::start_with(folder, "again", (Call::Write, fault));
            let said = process.hear();
            assert!(said.contains("parlour.db") && said.contains(expected), "{said}");
            // And it works when the disk does.
            let folder = process.end(None);
            assert_eq!(after_restart(&folder).answer("send a one"), "stored 1");
        }
    }
}

#[test]
fn a_start_that_cannot_copy_the_log_has_the_next_one_copy_it_whole() {
    let mut process = Process::start();
    assert_eq!(process.ask("send a one"), "stored 1");
    let mut folder = process.end(None);
    let mut notes = 0;
    // Each sync of a start fails in turn, until a start has no more of them.
    for nth in 0.. {
        let fault = Fault::default().fail(Errno::Io).after(nth).times(1);
        let scratch = format!("again-{nth}");
        let mut process = Process::start_with(folder, &scratch, (Call::Sync, fault));
        let is_refused = process.hear() != "ready";
        let has_failed = process.control().failed(Call::Sync).unwrap() > 0;
        folder = process.end(Some(Keep::Nothing));
        let note = std::fs::read_to_string(folder.path().join("data/parlour.db.lock")).unwrap();
        if note.contains("copied whole") {
            assert!(is_refused, "{nth}");
            notes += 1;
        }
        if !has_failed {
            assert!(!is_refused);
            break;
        }
        assert!(nth < 20, "it never starts");
    }
    // Made by the first of them, and kept by one that could not do as it says.
    assert!(notes > 1, "{notes}");
    assert_eq!(after_restart(&folder).answer("texts"), "one");
}
