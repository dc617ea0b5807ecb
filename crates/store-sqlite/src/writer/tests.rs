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
        let file = Arc::new(tempfile::tempfile().unwrap());
        let database = Database { writer: database(), copier, file };
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

/// A store's writer, and the thread that copies its log, with a file in the place of the database's own.
struct Opened {
    folder: tempfile::TempDir,
    writer: Writer,
    reader: Connection,
    copier: std::thread::JoinHandle<()>,
    sent: u128,
}

impl Opened {
    fn new(checkpoint_pages: u32, file: Option<File>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = StoreConfig::new(folder.path().join("p.db"));
        config.checkpoint_pages = checkpoint_pages;
        let mut opened = crate::open::open(&config, &migrate::runner()).unwrap();
        opened.writer.execute_batch(ROWS).unwrap();
        let reader = opened.readers.remove(0);
        let database = Database {
            writer: opened.writer,
            copier: opened.copier,
            file: Arc::new(file.unwrap_or(opened.file)),
        };
        let queue = Arc::new(Queue::new(Bounds { calls: 1, messages: 1, bytes: 1 }));
        let (writer, copier) = Writer::new(database, &config, queue, Arc::default()).unwrap();
        let copier = std::thread::spawn(move || copier.run());
        Self { folder, writer, reader, copier, sent: 0 }
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

    fn log_bytes(&self) -> u64 {
        std::fs::metadata(self.folder.path().join("p.db-wal")).map_or(0, |log| log.len())
    }

    /// Closes it as the thread does; what the next start finds, and in which log.
    fn close(mut self) -> (u128, bool) {
        let outcome = self.writer.copying.end();
        assert!(outcome.is_none_or(|outcome| outcome.is_ok()));
        self.copier.join().unwrap();
        self.writer.end();
        drop((self.reader, self.writer));
        let path = self.folder.path().join("p.db");
        let is_removed = !path.with_extension("db-wal").exists();
        let opened = crate::open::open(&StoreConfig::new(&path), &migrate::runner()).unwrap();
        let (rows, last) = counts(&opened.writer);
        assert_eq!((rows, last), (i64::try_from(self.sent).unwrap(), rows));
        (self.sent, is_removed)
    }
}

#[test]
fn the_log_is_kept_when_what_was_copied_may_not_be_on_the_disk() {
    // Syncing this one fails, as on a bad disk.
    let mut store = Opened::new(8, Some(File::open("/dev/null").unwrap()));
    store.send();
    // As long as somebody reads this state, nobody comes to the end of the log, where SQLite itself syncs.
    store.reader.execute_batch("BEGIN").unwrap();
    counts(&store.reader);
    while !store.writer.keeps_log {
        store.send();
    }
    store.reader.execute_batch("COMMIT").unwrap();
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
    let (sent, is_removed) = store.close();
    assert!(sent > 100 && !is_removed, "nothing is lost");
}

#[test]
fn commits_go_on_while_the_log_is_copied_and_it_has_a_bound() {
    let mut store = Opened::new(40, None);
    let mut anew = 0;
    let mut before = 0;
    for _ in 0..500 {
        let (pages, _) = store.send();
        // One commit is of some five pages.
        assert!(pages < 100, "{pages}");
        anew += u32::from(pages < before);
        before = pages;
    }
    assert!(anew >= 5, "{anew}");
    assert!(store.close().1, "it is removed");
}
