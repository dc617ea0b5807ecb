//! How SQLite goes about the lists: a plan that reads a whole table would pass every other test.

use rusqlite::Connection;

use super::read::{CONVERSATION_BY_ID, CONVERSATION_BY_KEY};
use super::{list, marks, people, view};
use crate::accounts::BEARER;
use crate::messages::{BY_ID, BY_KEY, WRITER};
use crate::{blocks, migrate};

/// The steps of a statement's plan, with what each reads, and how.
fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let parameters = vec![1_i64; statement.parameter_count()];
    let steps = statement
        .query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>("detail"));
    steps.unwrap().collect::<Result<_, _>>().unwrap()
}

/// What a viewed member is read by, alone or among several.
const VIEWED: &[&str] = &[
    "m USING PRIMARY KEY (conversation=? AND account=?)",
    "a USING COVERING INDEX sqlite_autoindex_accounts_1 (id=?)",
    "own_counts USING PRIMARY KEY (conversation=? AND account=? AND",
];

/// A statement, whether it sorts, and what it is to read by.
const CASES: &[(&str, &str, bool, &[&str])] = &[
    ("PUBLIC", list::PUBLIC, false, &["conversations_recent (kind=? AND"]),
    ("PUBLIC_CALLED", list::PUBLIC_CALLED, true, &["c USING INTEGER PRIMARY KEY"]),
    (
        "PUBLIC_CALLED_OFTEN",
        list::PUBLIC_CALLED_OFTEN,
        false,
        &["conversations_recent (kind=? AND", "title_tails_conversation (conversation=? AND"],
    ),
    (
        "IS_CALLED_OFTEN",
        list::IS_CALLED_OFTEN,
        false,
        &["title_tails USING PRIMARY KEY (tail>? AND"],
    ),
    ("OWN", list::OWN, true, &["members_account (account=?)"]),
    ("OWN_CALLED", list::OWN_CALLED, true, &["title_tails_conversation (conversation=? AND"]),
    ("MEMBERSHIPS", list::MEMBERSHIPS, false, &["members_account (account=?)"]),
    ("PARTNERS", list::PARTNERS, false, &["members_account (account=?)"]),
    ("MEMBERS", people::MEMBERS, false, &["members_nth (conversation=? AND nth>?)"]),
    ("BLOCKED_BY", blocks::BLOCKED_BY, false, &["b USING PRIMARY KEY (blocker=? AND blocked>?)"]),
    ("IS_BETWEEN", blocks::IS_BETWEEN, false, &["PRIMARY KEY (blocker=? AND blocked=?)"]),
    ("VIEWED_MEMBERS", view::MEMBERS, false, VIEWED),
    ("VIEWED_MEMBER", view::MEMBER, false, VIEWED),
    (
        "CONVERSATION_BY_ID",
        CONVERSATION_BY_ID,
        false,
        &["conversations_1 (id=?)", "o USING INTEGER PRIMARY KEY (rowid=?)"],
    ),
    ("CONVERSATION_BY_KEY", CONVERSATION_BY_KEY, false, &["c USING INTEGER PRIMARY KEY (rowid=?)"]),
    (
        "BEARER",
        BEARER,
        false,
        &["accounts_1 (id=?)", "revoked_tokens USING PRIMARY KEY (digest=?)"],
    ),
    ("IS_MEMBER", view::IS_MEMBER, false, &["m USING PRIMARY KEY (conversation=? AND account=?)"]),
    ("PARTNER", view::PARTNER, false, &["m USING PRIMARY KEY (conversation=?)"]),
    (
        "MARK",
        marks::MARK,
        false,
        &[
            "m USING PRIMARY KEY (conversation=? AND account=?)",
            "own_counts USING PRIMARY KEY (conversation=? AND account=? AND",
        ],
    ),
    (
        "BY_KEY",
        BY_KEY,
        false,
        &["messages_client_id (conversation=? AND sender=? AND client_id=?)"],
    ),
    ("BY_ID", BY_ID, false, &["m USING INDEX messages_id (id=?)"]),
    (
        "WRITER",
        WRITER,
        false,
        &[
            "a USING INDEX sqlite_autoindex_accounts_1 (id=?)",
            "c USING INDEX sqlite_autoindex_conversations_1 (id=?)",
            "m USING PRIMARY KEY (conversation=? AND account=?)",
        ],
    ),
    ("IS_HIDDEN", view::IS_HIDDEN, false, &["b USING PRIMARY KEY (blocker=? AND blocked=?)"]),
];

#[test]
fn each_list_is_read_by_an_index() {
    let mut connection = Connection::open_in_memory().unwrap();
    migrate::runner().run(&mut connection).unwrap();
    rusqlite::vtab::array::load_module(&connection).unwrap();
    for (name, sql, is_sorted, indexes) in CASES {
        let steps = plan(&connection, sql);
        for index in *indexes {
            assert!(steps.iter().any(|step| step.contains(index)), "{name}: {steps:#?}");
        }
        let mut scans = steps.iter().filter(|step| step.starts_with("SCAN"));
        assert!(scans.all(|step| step.starts_with("SCAN asked ")), "{name}: {steps:#?}");
        let sorts = steps.iter().any(|step| step.contains("TEMP B-TREE"));
        assert_eq!(sorts, *is_sorted, "{name}: {steps:#?}");
    }
}
