use chat::conversations::{ConversationId, MemberChange, Seq};
use chat::ids::{AccountId, ClientId, MessageId};
use chat::messages::{Appended, Echo, MessageType, NewMessage, Rejection};
use chat::text::Text;

use super::*;
use crate::{conversations, messages, migrate};

/// Ann (1) and Bob (2) in a private channel.
const ROWS: &str = "
        INSERT INTO accounts (
            key, id, username, username_folded, origin, valid_after, created_at
        ) VALUES (1, '1', 'ann', 'ann', 0, 0, 0), (2, '2', 'bob', 'bob', 0, 0, 0);
        INSERT INTO conversations (
            key, id, kind, visibility, description,
            owner, last_seq, member_count, joined_count, created_at, updated_at
        ) VALUES (1, 'channel_x', 2, 1, '', 1, 0, 2, 2, 0, 0);
        INSERT INTO members (conversation, account, role, nth, joined_at, last_read, opened)
        VALUES (1, 1, 1, 1, 0, 0, 1), (1, 2, 0, 2, 0, 0, 1);";

fn database() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    migrate::runner().run(&mut connection).unwrap();
    connection.execute_batch(ROWS).unwrap();
    connection
}

fn say(number: u128, sender: &AccountId) -> NewMessage {
    NewMessage {
        id: MessageId::from_u128(number),
        conversation: channel(),
        sender: sender.clone(),
        client_id: None,
        message_type: MessageType::TEXT,
        text: Text::parse("hello").unwrap(),
        created_at: Timestamp::from_millis(7),
        echo: Echo::None,
    }
}

fn channel() -> ConversationId {
    ConversationId::parse("channel_x").unwrap()
}

type Answer = oneshot::Receiver<Result<Vec<Appended>, StoreError>>;

fn sending(number: u128, sender: &AccountId) -> (Box<dyn WriteCall>, Answer) {
    let message = say(number, sender);
    let work = move |tx: &Tx<'_>| messages::append(tx, std::slice::from_ref(&message));
    let (call, answer) = Call::of_messages(work);
    (Box::new(call), answer)
}

/// The place of the one message that was stored.
fn place(mut answer: Answer) -> Result<Seq, Rejection> {
    match &answer.try_recv().unwrap().unwrap()[..] {
        [Appended::Stored { message, .. }] => Ok(message.seq),
        [Appended::Rejected(rejection)] => Err(*rejection),
        other => panic!("{other:?}"),
    }
}

fn counts(connection: &Connection) -> (i64, i64) {
    let sql = "SELECT last_seq, (SELECT count(*) FROM messages) FROM conversations";
    connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

#[test]
fn calls_of_one_commit_see_what_those_before_them_did() {
    let connection = database();
    let [ann, bob] = ["1", "2"].map(|id| AccountId::parse(id).unwrap());
    let (first, one) = sending(1, &bob);
    let (second, two) = sending(2, &bob);
    let reader = ann.clone();
    let (reading, mut read) =
        Call::new(move |tx: &Tx<'_>| conversations::mark_read(tx, &channel(), &reader, None));
    let leaver = bob.clone();
    let (leaving, mut left) =
        Call::new(move |tx: &Tx<'_>| conversations::leave(tx, &channel(), &leaver));
    let (third, three) = sending(3, &bob);
    let back = MemberChange { conversation: channel(), by: ann.clone(), whom: bob.clone() };
    let (inviting, mut invited) =
        Call::new(move |tx: &Tx<'_>| conversations::invite(tx, &back, tx.now));
    let (fourth, four) = sending(4, &bob);
    let (fifth, five) = sending(5, &ann);
    let mut calls = vec![
        first,
        second,
        Box::new(reading),
        Box::new(leaving),
        third,
        Box::new(inviting),
        fourth,
        fifth,
    ];
    Tx::new(&connection, Timestamp::from_millis(9)).run(&mut calls).unwrap();
    for call in calls {
        call.answer(Ok(()));
    }
    assert_eq!([place(one), place(two)], [Ok(Seq(1)), Ok(Seq(2))]);
    assert_eq!(read.try_recv().unwrap().unwrap().unwrap().last_read, Seq(2));
    assert!(left.try_recv().unwrap().unwrap());
    assert_eq!(place(three), Err(Rejection::NotFound));
    assert!(invited.try_recv().unwrap().unwrap().is_ok());
    assert_eq!([place(four), place(five)], [Ok(Seq(3)), Ok(Seq(4))]);
    assert_eq!(counts(&connection), (4, 4));
}

#[test]
fn a_call_of_messages_that_breaks_leaves_nothing_with_those_around_it() {
    for panics in [true, false] {
        let bounds = Bounds { calls: 1, messages: 1, bytes: 1 };
        let queue = Arc::new(Queue::new(bounds));
        let config = StoreConfig::new("not opened");
        let copier = Connection::open_in_memory().unwrap();
        let [file, lock] = [(); 2].map(|()| Arc::new(tempfile::tempfile().unwrap()));
        let database = Database { writer: database(), copier, file, lock };
        let (mut writer, _copier) = Writer::new(database, &config, queue, Arc::default()).unwrap();
        let [ann, bob] = ["1", "2"].map(|id| AccountId::parse(id).unwrap());
        let (first, one) = sending(1, &bob);
        let message = say(2, &bob);
        let (breaking, mut broken) = Call::of_messages(move |tx: &Tx<'_>| {
            messages::append(tx, std::slice::from_ref(&message))?;
            assert!(!panics, "a bug in one call");
            Err::<(), _>(fault::corrupt("what it read"))
        });
        let (third, three) = sending(3, &bob);
        let (reading, mut read) =
            Call::new(move |tx: &Tx<'_>| conversations::mark_read(tx, &channel(), &ann, None));
        let calls = vec![first, Box::new(breaking), third, Box::new(reading)];
        writer.commit(calls, Weight::default());
        assert_eq!([place(one), place(three)], [Ok(Seq(1)), Ok(Seq(2))]);
        assert_eq!(broken.try_recv().unwrap(), Err(StoreError::Broken));
        assert_eq!(read.try_recv().unwrap().unwrap().unwrap().last_read, Seq(2));
        assert_eq!(counts(&writer.connection), (2, 2));
    }
}

#[test]
fn a_resend_is_known_also_where_no_place_is_left() {
    let connection = database();
    let ann = AccountId::parse("1").unwrap();
    let keyed = |number, key| NewMessage {
        client_id: Some(ClientId::parse(key).unwrap()),
        ..say(number, &ann)
    };
    let append = |message: NewMessage| {
        let tx = Tx::new(&connection, Timestamp::from_millis(9));
        let appended = messages::append(&tx, &[message])?;
        tx.finish_messages().map(|()| appended)
    };
    append(keyed(1, "k")).unwrap();
    let fill = "UPDATE conversations SET last_seq = (1 << 32) - 1";
    connection.execute(fill, []).unwrap();
    let again = append(keyed(2, "k")).unwrap();
    assert!(matches!(again[..], [Appended::Duplicate(_)]), "{again:?}");
    let before = counts(&connection);
    append(keyed(3, "new")).unwrap_err();
    assert_eq!(counts(&connection), before);
}

/// A store's writer, and who copies its log, with a file in the place of the database's own.
struct Opened {
    folder: tempfile::TempDir,
    config: StoreConfig,
    writer: Writer,
    /// Until its thread is started.
    copier: Option<Copier>,
    threads: Vec<std::thread::JoinHandle<()>>,
    reader: Connection,
    sent: u128,
    /// Stays open for longer than the connections.
    _file: Arc<File>,
}

/// Cannot be synced, as a bad disk.
fn no_disk() -> Arc<File> {
    Arc::new(File::open("/dev/null").unwrap())
}

impl Opened {
    fn new(checkpoint_pages: u32, file: Option<Arc<File>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = StoreConfig::new(folder.path().join("p.db"));
        (config.checkpoint_pages, config.busy_timeout) = (checkpoint_pages, Duration::ZERO);
        let mut opened = crate::open::open(&config, &migrate::runner()).unwrap();
        opened.writer.execute_batch(ROWS).unwrap();
        let reader = opened.readers.remove(0);
        let real = Arc::new(opened.file);
        let database = Database {
            writer: opened.writer,
            copier: opened.copier,
            file: file.unwrap_or_else(|| Arc::clone(&real)),
            lock: Arc::new(opened.lock),
        };
        let queue = Arc::new(Queue::new(Bounds { calls: 1, messages: 1, bytes: 1 }));
        let (writer, copier) = Writer::new(database, &config, queue, Arc::default()).unwrap();
        let (copier, threads) = (Some(copier), Vec::new());
        Self { folder, config, writer, copier, threads, reader, sent: 0, _file: real }
    }

    fn start_copier(&mut self) {
        let copier = self.copier.take().unwrap();
        self.threads.push(std::thread::spawn(move || copier.run()));
    }

    /// Pages in the log after the next message, and whether the log is being copied then.
    fn send(&mut self) -> (u32, bool) {
        self.sent += 1;
        let (call, answer) = sending(self.sent, &AccountId::parse("2").unwrap());
        self.writer.commit(vec![call], Weight::default());
        assert_eq!(place(answer), Ok(Seq(u64::try_from(self.sent).unwrap())));
        let pages = self.writer.wal_pages.load(Relaxed);
        self.writer.checkpoint_if_due();
        (pages, self.writer.copying.is_under_way())
    }

    /// Sends until it is so; not for ever.
    fn send_until(&mut self, is_so: impl Fn(&Writer) -> bool) {
        for _ in 0..10_000 {
            if is_so(&self.writer) {
                return;
            }
            self.send();
        }
        panic!("it never is");
    }

    /// Nobody comes to the end of the log, where SQLite itself syncs, until [`Opened::read_no_more`].
    fn go_on_reading(&self) {
        self.reader.execute_batch("BEGIN").unwrap();
        counts(&self.reader);
    }

    fn read_no_more(&self) {
        self.reader.execute_batch("COMMIT").unwrap();
    }

    fn log(&self) -> std::path::PathBuf {
        self.config.path.with_extension("db-wal")
    }

    fn log_bytes(&self) -> u64 {
        std::fs::metadata(self.log()).map_or(0, |log| log.len())
    }

    /// Closes it as the thread does. `true` if the log is removed.
    fn close(self) -> (bool, Closed) {
        let log = self.log();
        let Self { folder, config, writer, copier, threads, reader, sent, _file } = self;
        drop((copier, reader));
        writer.queue.close();
        writer.run();
        for thread in threads {
            thread.join().unwrap();
        }
        (!log.exists(), Closed { _folder: folder, config, sent })
    }
}

struct Closed {
    _folder: tempfile::TempDir,
    config: StoreConfig,
    sent: u128,
}

impl Closed {
    /// All messages are there for the next start.
    fn open(&self) {
        let opened = crate::open::open(&self.config, &migrate::runner()).unwrap();
        let sent = i64::try_from(self.sent).unwrap();
        assert_eq!(counts(&opened.writer), (sent, sent));
    }
}

#[test]
fn the_log_is_kept_when_what_was_copied_may_not_be_on_the_disk() {
    let mut store = Opened::new(8, Some(no_disk()));
    store.start_copier();
    store.send();
    store.go_on_reading();
    store.send_until(|writer| writer.keeps_log);
    store.read_no_more();
    // It is not tried again, and the log only grows.
    let mut before = 0;
    for _ in 0..100 {
        let (pages, _) = store.send();
        assert!(pages > before, "{pages} after {before}");
        before = pages;
    }
    assert_eq!(store.writer.counters.read(0, 0).failed_checkpoints, 1);
    let log = store.log_bytes();
    assert!(log > 100 * 4_096, "{log}");
    // As long as somebody else has it open, SQLite goes on believing what was copied.
    let other = Connection::open(&store.config.path).unwrap();
    counts(&other);
    let (is_removed, closed) = store.close();
    assert!(!is_removed);
    let refused = crate::open::open(&closed.config, &migrate::runner()).err().unwrap();
    assert!(matches!(refused, crate::OpenError::InUse { .. }), "{refused}");
    other.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    drop(other);
    closed.open();
    // And once only: then others may have it open again.
    let other = Connection::open(&closed.config.path).unwrap();
    counts(&other);
    closed.open();
}

#[test]
fn what_the_copier_could_not_sync_keeps_the_log_by_itself() {
    let mut store = Opened::new(8, Some(no_disk()));
    store.start_copier();
    store.send_until(|writer| writer.keeps_log);
    assert_eq!(store.writer.counters.read(0, 0).failed_checkpoints, 1);
}

#[test]
fn what_the_copier_could_not_sync_keeps_the_log_also_at_the_end() {
    let mut store = Opened::new(8, Some(no_disk()));
    store.send();
    store.go_on_reading();
    store.send_until(|writer| writer.copying.is_under_way());
    store.start_copier();
    store.read_no_more();
    let log = store.log();
    let (is_removed, closed) = store.close();
    assert!(!is_removed && std::fs::metadata(log).unwrap().len() > 0);
    closed.open();
}

#[test]
fn commits_go_on_while_the_log_is_copied_and_it_has_a_bound() {
    let mut store = Opened::new(40, None);
    // Nobody copies yet, and nobody waits for it.
    let longest = loop {
        let (pages, is_under_way) = store.send();
        assert_eq!(is_under_way, pages >= 40);
        if pages >= 70 {
            break pages;
        }
    };
    store.start_copier();
    let mut most = longest;
    let mut anew = 0;
    for _ in 0..500 {
        let before = store.writer.wal_pages.load(Relaxed);
        let (pages, _) = store.send();
        most = most.max(pages);
        anew += u32::from(pages < before);
    }
    // One commit is of some five pages.
    assert!(anew >= 5 && most < 100, "{anew}, {most}");
    let (is_removed, closed) = store.close();
    assert!(is_removed);
    closed.open();
}

/// So many commits, with nobody but the writer to copy their log, which never gets long.
fn commit_with_the_writer_alone(checkpoint_pages: u32, commits: usize) {
    let mut store = Opened::new(checkpoint_pages, None);
    drop(store.copier.take());
    for _ in 0..commits {
        let (pages, is_under_way) = store.send();
        assert!(pages < 60 && !is_under_way, "{pages}");
    }
}

#[test]
fn the_writer_copies_by_itself_if_nobody_else_does() {
    commit_with_the_writer_alone(40, 200);
}

#[test]
fn a_log_that_is_copied_after_each_commit_does_not_grow() {
    commit_with_the_writer_alone(1, 1_000);
}

#[test]
fn who_copies_syncs_and_does_not_copy_when_it_is_closed() {
    let store = Opened::new(40, None);
    let copier = &store.copier.as_ref().unwrap().connection;
    for connection in [copier, &store.writer.connection] {
        let number = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        assert_eq!(connection.query_row("PRAGMA synchronous", [], number).unwrap(), 2);
        let is_off = connection.db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE).unwrap();
        assert!(is_off);
    }
}
