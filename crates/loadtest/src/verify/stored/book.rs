//! What everybody has seen of each message, so that all have seen the same.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::form::Form;
use super::log::{self, LineId, RoomNumber, Seq};

/// What the server said of all messages so far.
#[derive(Debug, Default)]
pub(super) struct Book {
    places: HashMap<(RoomNumber, Seq), Entry>,
    lines: HashMap<LineId, (RoomNumber, Seq)>,
    ids: HashMap<u128, (RoomNumber, Seq)>,
    /// The greatest place that was seen in each room.
    newest: HashMap<RoomNumber, Seq>,
    /// How each message ended that was shown before it was stored, by the id that it was to have.
    ends: HashMap<u128, Ending>,
}

/// How a message ended that was shown before it was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Confirmed,
    Failed,
    /// Somebody was told the one, somebody the other.
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    id: u128,
    line: LineId,
}

/// What is known before a message is read.
#[derive(Debug)]
pub(super) struct Expected {
    /// Whose words messages are in.
    pub(super) form: Form,
    /// What the texts of this run are known by.
    pub(super) run: u64,
    /// The rooms by the id that the server gave them.
    pub(super) rooms: HashMap<String, RoomNumber>,
    /// Who each client is: the token's `sub` and `name`.
    pub(super) people: Vec<(String, String)>,
    /// The `sub`s of the two of each direct conversation.
    pub(super) pairs: Vec<[String; 2]>,
}

impl Expected {
    /// Whether it says who has sent it, and to whom.
    fn is_from(
        &self,
        message: &Value,
        room: RoomNumber,
        (sender, name): &(String, String),
    ) -> bool {
        let text = |name: &str| message[name].as_str().unwrap_or_default();
        let id = match self.form {
            Form::Channels => message["sender"]["id"].as_str().unwrap_or_default(),
            Form::Rooms | Form::Direct => text(self.form.names().sender),
        };
        let is_theirs = id == sender;
        is_theirs
            && match self.form {
                Form::Rooms => text("senderName") == name,
                Form::Channels => message["sender"]["displayName"] == *name,
                Form::Direct => self.pairs.get(room.0).is_some_and(|[one, other]| {
                    let receiver = if one == sender { other } else { one };
                    [one, other].contains(&sender) && text("receiver_id") == receiver
                }),
            }
    }
}

/// What is wrong with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is stored at two places.
    Doubled(String),
    /// It came as one of a room that it was not sent to.
    Leaked(String),
    /// Something of it is not as it was, or has to be.
    Altered(String),
    /// It ended in both ways.
    Ended(String),
}

impl Book {
    /// Takes down a message as the contract has it: where it is, and what.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn note(
        &mut self,
        message: &Value,
        expected: &Expected,
    ) -> Result<(RoomNumber, Seq, LineId), Wrong> {
        let (room, line) = read(message, expected)?;
        let altered = |what: &str| Wrong::Altered(format!("{message} {what}"));
        let seq = message["seq"].as_u64().filter(|seq| *seq > 0).map(Seq);
        let seq = seq.ok_or_else(|| altered("has no seq"))?;
        let id = uuid(&message[expected.form.names().id]);
        let id = id.ok_or_else(|| altered("has no _id"))?;
        self.enter((room, seq), Entry { id, line })
            .map_err(|wrong| wrong.of(&message.to_string()))?;
        Ok((room, seq, line))
    }

    /// A message that was shown is stored: where, by which id, and whose.
    ///
    /// # Errors
    /// What contradicts what was seen before.
    pub(super) fn confirm(
        &mut self,
        place: (RoomNumber, Seq),
        (id, line): (u128, LineId),
        said: &Value,
    ) -> Result<(), Wrong> {
        self.enter(place, Entry { id, line }).map_err(|wrong| wrong.of(&said.to_string()))
    }

    /// Somebody was told how a message ended that was to have this id.
    ///
    /// # Errors
    /// [`Wrong::Ended`] if somebody was told otherwise, the first time that this is seen.
    pub(super) fn end(&mut self, id: u128, how: Ending, said: &Value) -> Result<(), Wrong> {
        let known = self.ends.entry(id).or_insert(how);
        if [how, Ending::Both].contains(known) {
            return Ok(());
        }
        *known = Ending::Both;
        Err(Wrong::Ended(format!("{said}: somebody was told the contrary")))
    }

    /// What is stored, though somebody was told that it failed.
    pub(super) fn failed_and_stored(&self) -> impl Iterator<Item = String> {
        let failed = self.ends.iter().filter(|(_, how)| **how == Ending::Failed);
        let stored = failed.filter_map(|(id, _)| Some((id, self.ids.get(id)?)));
        stored.map(|(id, (room, seq))| {
            format!("{id:032x} has failed, and is stored at {} of room {}", seq.0, room.0)
        })
    }

    /// The greatest place that was seen in a room; 0 if none.
    pub(super) fn newest(&self, room: RoomNumber) -> Seq {
        self.newest.get(&room).copied().unwrap_or(Seq(0))
    }

    fn enter(&mut self, place: (RoomNumber, Seq), entry: Entry) -> Result<(), Conflict> {
        if *self.lines.entry(entry.line).or_insert(place) != place {
            return Err(Conflict::Line);
        }
        if *self.ids.entry(entry.id).or_insert(place) != place {
            return Err(Conflict::Id);
        }
        if *self.places.entry(place).or_insert(entry) != entry {
            return Err(Conflict::Place);
        }
        let newest = self.newest.entry(place.0).or_insert(place.1);
        *newest = place.1.max(*newest);
        Ok(())
    }
}

/// What a message says: where it is, and which it is. It need not be stored.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(message: &Value, expected: &Expected) -> Result<(RoomNumber, LineId), Wrong> {
    let altered = |what: &str| Wrong::Altered(format!("{message} {what}"));
    let names = expected.form.names();
    let text = message[names.text].as_str().unwrap_or_default();
    let (meant, line) =
        log::read(expected.run, text).ok_or_else(|| altered("has another text than was sent"))?;
    let room = place(message, expected).ok_or_else(|| altered("is of no room of this run"))?;
    if room != meant {
        return Err(Wrong::Leaked(format!("{message} was sent to room {}", meant.0)));
    }
    let person = usize::try_from(line.client).ok().and_then(|at| expected.people.get(at));
    let person = person.ok_or_else(|| altered("is of no client of this run"))?;
    if !expected.is_from(message, room, person) {
        return Err(altered("has another sender"));
    }
    let key = log::key(expected.run, line);
    let given = message["clientId"].as_str();
    // A message without a key of its client's has its id as one, in channels.
    let is_own_id = |id: &str| expected.form == Form::Channels && uuid(&json!(id)).is_some();
    if given.is_some_and(|id| id != key && !is_own_id(id)) {
        return Err(altered("has another clientId"));
    }
    Ok((room, line))
}

/// Where something is said to be; in channels by either of two names.
pub(super) fn place(said: &Value, expected: &Expected) -> Option<RoomNumber> {
    let named = &said[expected.form.names().place];
    let other = if expected.form == Form::Channels { &said["roomId"] } else { &Value::Null };
    let id = named.as_str().or_else(|| other.as_str())?;
    let is_one = other.is_null() || *other == *id;
    expected.rooms.get(id).copied().filter(|_| is_one)
}

/// A message's id.
pub(super) fn uuid(id: &Value) -> Option<u128> {
    u128::from_str_radix(&id.as_str().filter(|id| id.len() == 36)?.replace('-', ""), 16).ok()
}

/// How a message contradicts what was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Conflict {
    Line,
    Id,
    Place,
}

impl Conflict {
    fn of(self, message: &str) -> Wrong {
        match self {
            Self::Line => Wrong::Doubled(format!("{message} was seen at another place before")),
            Self::Id => Wrong::Altered(format!("{message} has another's _id")),
            Self::Place => Wrong::Altered(format!("{message} is where another was seen, or anew")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        let rooms = [("a".to_owned(), RoomNumber(0)), ("b".to_owned(), RoomNumber(1))].into();
        let people = vec![("v-0".to_owned(), "Verify 0".to_owned())];
        Expected { form: Form::Rooms, run: 7, rooms, people, pairs: Vec::new() }
    }

    fn message(number: u32, seq: u64) -> Value {
        let line = LineId { client: 0, number };
        let content = log::write(7, RoomNumber(0), line, 3);
        json!({
            "_id": format!("01890000-0000-7000-8000-0000000000{seq:02}"), "roomId": "a", "seq": seq,
            "sender": "v-0", "senderName": "Verify 0", "content": content,
        })
    }

    #[test]
    fn the_same_message_may_be_seen_as_often_as_one_likes() {
        let (mut book, expected) = (Book::default(), expected());
        let seen = (RoomNumber(0), Seq(4), LineId { client: 0, number: 1 });
        for _ in 0..3 {
            assert_eq!(book.note(&message(1, 4), &expected), Ok(seen));
        }
        assert_eq!((book.newest(RoomNumber(0)), book.newest(RoomNumber(1))), (Seq(4), Seq(0)));
    }

    #[test]
    fn what_ends_in_both_ways_is_noticed_once_and_what_failed_is_not_stored() {
        let (mut book, said) = (Book::default(), json!({}));
        let place = (RoomNumber(0), Seq(1));
        let line = LineId { client: 0, number: 1 };
        assert_eq!(book.end(7, Ending::Failed, &said), Ok(()));
        assert_eq!(book.end(8, Ending::Failed, &said), Ok(()));
        assert_eq!(book.failed_and_stored().count(), 0);
        assert_eq!(book.confirm(place, (7, line), &said), Ok(()));
        assert_eq!(book.failed_and_stored().count(), 1);
        let ends = [1, 2].map(|_| book.end(7, Ending::Confirmed, &said).is_err());
        assert_eq!(ends, [true, false]);
        assert_eq!(book.failed_and_stored().count(), 0, "it was noticed before");
    }

    #[test]
    fn whatever_differs_is_noticed() {
        let changed = |name: &str, value: Value| {
            let mut message = message(1, 4);
            message[name] = value;
            message
        };
        let cases = [
            (changed("seq", json!(5)), "seen at another place"),
            (changed("seq", json!(0)), "has no seq"),
            (changed("_id", json!("01890000-0000-7000-8000-000000000099")), "or anew"),
            (changed("_id", json!(7)), "has no _id"),
            (changed("roomId", json!("b")), "was sent to room 0"),
            (changed("roomId", json!("c")), "of no room"),
            (changed("sender", json!("v-1")), "another sender"),
            (changed("senderName", json!("Verify")), "another sender"),
            (changed("content", json!("hello")), "another text"),
            (changed("clientId", json!("1")), "another clientId"),
            (message(2, 4), "where another was seen"),
        ];
        for (changed, what) in cases {
            let (mut book, expected) = (Book::default(), expected());
            book.note(&message(1, 4), &expected).unwrap();
            let wrong = format!("{:?}", book.note(&changed, &expected).unwrap_err());
            assert!(wrong.contains(what), "{wrong} for {changed}");
        }
        let (mut book, expected) = (Book::default(), expected());
        book.note(&message(1, 4), &expected).unwrap();
        let mut reused = message(2, 5);
        reused["_id"] = message(1, 4)["_id"].clone();
        let wrong = format!("{:?}", book.note(&reused, &expected).unwrap_err());
        assert!(wrong.contains("another's _id"), "{wrong}");
    }
}
