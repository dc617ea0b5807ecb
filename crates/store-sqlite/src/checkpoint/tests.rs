use std::path::Path;

use tempfile::TempDir;

use super::*;

/// Cannot be synced, as a disk that fails.
fn no_disk() -> File {
    File::open("/dev/null").unwrap()
}

/// Whether it says that what it copied may not be on the disk.
fn is_not_synced<T>(outcome: &Result<T, CopyError>) -> bool {
    matches!(outcome, Err(CopyError::NotSynced(_)))
}

struct Database {
    folder: TempDir,
    writer: Connection,
    file: File,
}

impl Database {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("d.db");
        let file = File::create(&path).unwrap();
        let writer = connect(&path);
        writer.execute_batch("CREATE TABLE rows (text TEXT)").unwrap();
        Self { folder, writer, file }
    }

    fn another(&self) -> Connection {
        connect(&self.folder.path().join("d.db"))
    }

    fn write(&self) {
        self.writer.execute("INSERT INTO rows VALUES ('x')", []).unwrap();
    }

    /// Somebody who goes on reading what there is now.
    fn reader(&self) -> Connection {
        let reader = self.another();
        reader.execute_batch("BEGIN").unwrap();
        let count = |row: &rusqlite::Row<'_>| row.get::<_, u32>(0);
        reader.query_row("SELECT count(*) FROM rows", [], count).unwrap();
        reader
    }
}

fn connect(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL",
        )
        .unwrap();
    connection
}

#[test]
fn what_sqlite_has_not_synced_is_synced() {
    let database = Database::new();
    database.write();
    let reader = database.reader();
    database.write();
    for pass in [Pass::Beside, Pass::Between] {
        let outcome = copy(&database.writer, &no_disk(), pass);
        assert!(is_not_synced(&outcome), "{pass:?}: {outcome:?}");
        let before = copy(&database.writer, &database.file, pass).unwrap();
        assert!(before > 0, "{pass:?}");
    }
    drop(reader);
    // It comes to the end, and syncs by itself; beside commits nobody can know that.
    assert!(copy(&database.writer, &no_disk(), Pass::Between).is_ok());
    let outcome = copy(&database.another(), &no_disk(), Pass::Beside);
    assert!(is_not_synced(&outcome), "{outcome:?}");
    assert_eq!(copy(&database.writer, &no_disk(), Pass::Last).unwrap(), 0, "it is empty");
}

#[test]
fn it_is_copied_while_commits_go_on() {
    let database = Database::new();
    let pages = Arc::new(AtomicU32::new(0));
    let file = Arc::new(database.file.try_clone().unwrap());
    let (mut copying, copier) = Copying::new(database.another(), file, Arc::clone(&pages));
    assert!(
        copying.outcome(false).is_none()
            && copying.outcome(true).is_none()
            && !copying.is_under_way()
    );
    database.write();
    assert!(copying.begin() && copying.is_under_way());
    assert!(copying.outcome(false).is_none(), "nobody has begun");
    let thread = std::thread::spawn(move || copier.run());
    assert!(matches!(copying.outcome(true), Some(Ok(()))));
    assert!(!copying.is_under_way());
    // All of it: the next commit begins anew.
    database.write();
    assert_eq!(copy(&database.writer, &database.file, Pass::Between).unwrap(), 1);
    assert!(copying.begin());
    assert!(matches!(copying.end(), Some(Ok(()))), "what is under way is done first");
    assert!(!copying.begin());
    thread.join().unwrap();
}

#[test]
fn who_asks_a_thread_that_is_gone_hears_of_it() {
    let database = Database::new();
    let file = Arc::new(database.file.try_clone().unwrap());
    let (mut copying, copier) = Copying::new(database.another(), file, Arc::default());
    assert!(copying.begin());
    drop(copier);
    // Where it was then, nobody knows.
    assert!(copying.outcome(false).is_some_and(|outcome| is_not_synced(&outcome)));
    assert!(!copying.is_under_way());
    assert!(!copying.begin() && !copying.is_under_way());
}

#[test]
fn the_copier_never_relies_on_what_sqlite_syncs() {
    let database = Database::new();
    database.write();
    let file = Arc::new(no_disk());
    let (_copying, copier) = Copying::new(database.another(), file, Arc::default());
    let outcome = copier.copy_most();
    assert!(is_not_synced(&outcome), "{outcome:?}");
}

#[test]
fn a_last_pass_that_a_reader_keeps_from_the_end_is_synced() {
    let database = Database::new();
    database.write();
    let _reader = database.reader();
    database.write();
    database.writer.busy_timeout(std::time::Duration::ZERO).unwrap();
    let outcome = copy(&database.writer, &no_disk(), Pass::Last);
    assert!(is_not_synced(&outcome), "{outcome:?}");
}

#[test]
fn a_log_that_somebody_else_copies_does_not_count_as_copied() {
    let database = Database::new();
    database.write();
    let reader = database.reader();
    database.write();
    // It waits for the reader, and holds the lock of those who copy.
    let other = database.another();
    other.busy_timeout(std::time::Duration::from_mins(1)).unwrap();
    let waiting = std::thread::spawn(move || {
        let is_busy = |row: &rusqlite::Row<'_>| row.get::<_, bool>(0);
        // It is refused at once as long as the lock is the test's.
        while other.query_row("PRAGMA wal_checkpoint(FULL)", [], is_busy).unwrap() {}
    });
    let outcome = loop {
        match copy(&database.writer, &database.file, Pass::Between) {
            Ok(_) => std::thread::yield_now(),
            Err(error) => break error,
        }
    };
    assert!(matches!(outcome, CopyError::NotCopied(_)), "{outcome:?}");
    drop(reader);
    waiting.join().unwrap();
    assert!(copy(&database.writer, &database.file, Pass::Between).is_ok());
}

#[test]
fn where_there_is_no_log_nothing_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("CREATE TABLE rows (text TEXT)").unwrap();
    assert_eq!(copy(&connection, &File::open(&path).unwrap(), Pass::Last).unwrap(), 0);
}
