//! What was shown before it was stored, as those see it who listen.

use std::collections::HashMap;

use crate::process::Message;

/// How a message ended that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The process has not said.
    Open,
    /// The process ended before it did.
    Forgotten,
    Confirmed,
    Failed,
}

#[derive(Debug)]
struct Row {
    room: String,
    key: String,
    /// The how manieth it was.
    number: usize,
    end: End,
}

/// Every row, over all lives of the process, by the id that it is to have.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    all: HashMap<String, Row>,
    open: usize,
    /// What failed and was not shown: a resend of a message that nobody is shown before it is stored.
    unshown: HashMap<String, String>,
    /// The last that was confirmed in each room, in this life.
    last: HashMap<String, usize>,
    pub(crate) confirmed: usize,
    pub(crate) failed: usize,
    pub(crate) forgotten: usize,
}

impl Rows {
    /// How many were shown.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// How many of them have not ended, though the process lives.
    pub(crate) const fn open(&self) -> usize {
        self.open
    }

    pub(crate) fn show(&mut self, room: String, id: &str, key: String) {
        let row = Row { room, key, number: self.all.len(), end: End::Open };
        self.open += 1;
        assert!(self.all.insert(id.to_owned(), row).is_none(), "{id} was shown again");
    }

    /// Somebody hears that it is stored: of a row in the order in which they were shown.
    pub(crate) fn confirm(&mut self, room: &str, id: &str) {
        let Some(row) = self.all.get_mut(id) else { return };
        assert_eq!(row.end, End::Open, "{id} is confirmed");
        assert_eq!(row.room, room, "{id} is confirmed elsewhere");
        (row.end, self.open, self.confirmed) = (End::Confirmed, self.open - 1, self.confirmed + 1);
        let last = self.last.insert(room.to_owned(), row.number);
        assert!(last < Some(row.number), "{id} is stored before what was shown before it");
    }

    /// It will never be stored.
    pub(crate) fn fail(&mut self, id: String) {
        let Some(row) = self.all.get_mut(&id) else {
            self.unshown.insert(id, "it was not shown".into());
            return;
        };
        assert_eq!(row.end, End::Open, "{id} has failed");
        (row.end, self.open, self.failed) = (End::Failed, self.open - 1, self.failed + 1);
    }

    /// The process is gone: what is open stays so.
    pub(crate) fn forget_open(&mut self) {
        for row in self.all.values_mut().filter(|row| row.end == End::Open) {
            row.end = End::Forgotten;
            self.forgotten += 1;
        }
        self.open = 0;
        self.last.clear();
    }

    /// What was confirmed is there, under its key; what has failed is not.
    pub(crate) fn verify<'a>(&self, stored: impl Iterator<Item = &'a Message>) {
        let stored: HashMap<&str, &Message> =
            stored.map(|message| (&*message.id, message)).collect();
        for (id, row) in &self.all {
            match (row.end, stored.get(&**id)) {
                (End::Confirmed, None) => panic!("{id} was confirmed, and is not there"),
                (End::Failed, Some(_)) => panic!("{id} has failed, and is there"),
                (_, Some(message)) => {
                    assert_eq!((&message.room, &message.key), (&row.room, &row.key), "{id}");
                }
                (_, None) => {}
            }
        }
        for id in self.unshown.keys() {
            assert!(!stored.contains_key(&**id), "{id} has failed, and is there");
        }
    }
}
