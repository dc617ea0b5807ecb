//! What a database is opened for, and what it is refused for.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chat::conversations::Conversations;
use chat::identity::{Accounts, Changes};
use chat::messages::Messages;
use chat::store::{Store, StoreError};
use rusqlite::Connection;
use store_sqlite::{OpenError, SqliteStore, StoreConfig};
use store_suite::{World, block_on};
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("parlour.db");
    (folder, path)
}

fn open(path: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(&StoreConfig::new(path))
}

fn refusal(path: &Path) -> OpenError {
    open(path).err().expect("it must be refused")
}

#[test]
fn what_was_stored_is_there_after_a_restart() {
    let (_folder, path) = folder();
    let (account, room, message) = {
        let store: Arc<dyn Store> = Arc::new(open(&path).unwrap());
        let mut world = World::new(store);
        block_on(async {
            let account = world.own("ann").await;
            let room = world.room(&account).await.id;
            let message = world.say(&room, &account, "hello").await;
            (account, room, message)
        })
    };
    let store = open(&path).unwrap();
    let found = block_on(store.account(account.profile.id.clone()));
    assert_eq!(found, Ok(Some(account)));
    let found = block_on(store.conversation(room)).unwrap().unwrap();
    assert_eq!(found.last_message, Some(message));
}

#[test]
fn closing_does_what_is_queued_and_takes_nothing_more() {
    let (_folder, path) = folder();
    let store = Arc::new(open(&path).unwrap());
    let mut world = World::new(Arc::clone(&store) as Arc<dyn Store>);
    let ann = block_on(world.own("ann"));
    let room = block_on(world.room(&ann)).id;
    let calls: Vec<_> =
        (0..50).map(|_| store.append(vec![world.message(&room, &ann, "x")])).collect();
    block_on(store.close());
    for call in calls {
        assert_eq!(block_on(call).map(|appended| appended.len()), Ok(1));
    }
    assert_eq!(block_on(store.check()), Err(StoreError::Unavailable));
    assert_eq!(block_on(store.newest_change()), Err(StoreError::Unavailable));
    block_on(store.close());
    let log = path.with_extension("db-wal");
    assert!(!log.exists(), "everything is in the database's own file");
    let stats = store.stats();
    assert_eq!(
        (stats.write_queue, stats.read_queue, stats.refused),
        (0, 0, 3),
        "a check asks twice"
    );
}

#[test]
fn a_second_server_on_the_same_file_is_refused_until_the_first_ends() {
    let (_folder, path) = folder();
    let first = open(&path).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("in use by another server"), "{error}");
    assert_eq!(block_on(first.check()), Ok(()));
    drop(first);
    open(&path).unwrap();
}

#[test]
fn a_newer_schema_is_refused_and_left_as_it_is() {
    let (_folder, path) = folder();
    drop(open(&path).unwrap());
    let add = "
        INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
        VALUES (999, 'later', '2030-01-01T00:00:00Z', '1')";
    Connection::open(&path).unwrap().execute(add, []).unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::Newer { found: 999, .. }), "{error}");
    assert!(error.to_string().contains("start the newer version"), "{error}");
    assert!(std::fs::read(&path).unwrap() == before);
}

#[test]
fn a_file_of_something_else_is_refused_and_left_as_it_is() {
    let other_database = |path: &Path| {
        Connection::open(path).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
    };
    let other_application = |path: &Path| {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch("PRAGMA application_id = 1; CREATE TABLE x (y)").unwrap();
    };
    let text = |path: &Path| std::fs::write(path, "no database ".repeat(1_000)).unwrap();
    let makers: [&dyn Fn(&Path); 3] = [&other_database, &other_application, &text];
    for make in makers {
        let (_folder, path) = folder();
        make(&path);
        let before = std::fs::read(&path).unwrap();
        let error = refusal(&path);
        assert!(matches!(error, OpenError::NotOurs { .. }), "{error}");
        assert!(std::fs::read(&path).unwrap() == before);
    }
}

#[test]
fn a_damaged_file_is_refused_and_says_so() {
    let (_folder, path) = folder();
    drop(open(&path).unwrap());
    let mut bytes = std::fs::read(&path).unwrap();
    // Behind the header: the schema's own page.
    bytes[100..2_000].fill(0xa5);
    std::fs::write(&path, &bytes).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("damaged"), "{error}");
}

#[test]
fn a_damaged_page_behind_the_schema_is_told_as_damage() {
    let (_folder, path) = folder();
    drop(open(&path).unwrap());
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'refinery_schema_history'";
    let root: isize =
        Connection::open(&path).unwrap().query_row(root, [], |row| row.get(0)).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let at = root.cast_unsigned().strict_sub(1) * 4_096;
    bytes[at..at + 4_096].fill(0xa5);
    std::fs::write(&path, &bytes).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("restore it from a backup"), "{error}");
}

#[test]
fn a_database_that_was_emptied_does_not_start_as_a_new_one() {
    let (_folder, path) = folder();
    drop(open(&path).unwrap());
    let beside = |end: &str| PathBuf::from(format!("{}{end}", path.display()));
    let empty = |path: &Path| std::fs::write(path, "").unwrap();
    let is_refused = || {
        let error = refusal(&path);
        assert!(matches!(error, OpenError::Emptied { .. }), "{error}");
        assert!(error.to_string().contains("restore it from a backup"), "{error}");
    };
    empty(&path);
    is_refused();
    // Only the log tells of it.
    std::fs::remove_file(beside(".lock")).unwrap();
    std::fs::write(beside("-wal"), "messages").unwrap();
    is_refused();
    std::fs::remove_file(&path).unwrap();
    is_refused();
    assert_eq!(std::fs::read(beside("-wal")).unwrap(), b"messages");

    // A first start that was broken off leaves empty files: that is no use yet.
    std::fs::remove_file(beside("-wal")).unwrap();
    empty(&path);
    empty(&beside(".lock"));
    drop(open(&path).unwrap());
    // Taken away on purpose.
    std::fs::remove_file(&path).unwrap();
    open(&path).unwrap();
}

#[test]
fn where_nothing_can_be_written_nothing_is_opened() {
    let (folder, path) = folder();
    let missing = folder.path().join("nowhere/parlour.db");
    std::fs::write(folder.path().join("file"), "x").unwrap();
    let in_a_file = folder.path().join("file/parlour.db");
    std::fs::create_dir(&path).unwrap();
    for path in [missing, in_a_file, path, PathBuf::from("/proc/parlour.db")] {
        let error = refusal(&path);
        assert!(matches!(error, OpenError::NotWritable { .. }), "{error}");
        assert!(error.to_string().contains("Its directory must exist"), "{error}");
    }
}

#[test]
fn the_files_are_their_owners_alone() {
    let (folder, path) = folder();
    let store = open(&path).unwrap();
    assert_eq!(block_on(store.check()), Ok(()));
    let mut seen = 0;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
        seen += 1;
    }
    assert_eq!(seen, 4, "the database, its log, the log's index, the lock");
}
