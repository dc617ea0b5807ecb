use chat::conversations::{ConversationId, MemberChange, Seq};
use chat::ids::{AccountId, ClientId, MessageId};
use chat::messages::{Appended, Echo, MessageType, NewMessage, Rejection};
use chat::text::Text;

use super::*;
use crate::{conversations, messages, migrate};

/// Ann (1) and Bob (2) in a private channel.
fn database() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    migrate::runner().run(&mut connection).unwrap();
    let rows = "
        INSERT INTO accounts (
            key, id, username, username_folded, origin, valid_after, created_at
        ) VALUES (1, '1', 'ann', 'ann', 0, 0, 0), (2, '2', 'bob', 'bob', 0, 0, 0);
        INSERT INTO conversations (
            key, id, kind, visibility, description,
            owner, last_seq, member_count, joined_count, created_at, updated_at
        ) VALUES (1, 'channel_x', 2, 1, '', 1, 0, 2, 2, 0, 0);
        INSERT INTO members (conversation, account, role, nth, joined_at, last_read, opened)
        VALUES (1, 1, 1, 1, 0, 0, 1), (1, 2, 0, 2, 0, 0, 1);";
    connection.execute_batch(rows).unwrap();
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
        let mut writer = Writer::new(database(), &config, queue, Arc::default()).unwrap();
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
