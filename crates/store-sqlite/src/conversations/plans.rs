//! How SQLite goes about the lists: a plan that reads a whole table would pass every other test.

use rusqlite::Connection;

use super::{list, people, view};
use crate::{blocks, migrate};

/// The steps of a statement's plan, with what each reads, and how.
fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let parameters = vec![1_i64; statement.parameter_count()];
    let steps = statement
        .query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>("detail"));
    steps.unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn each_list_is_read_by_an_index() {
    let mut connection = Connection::open_in_memory().unwrap();
    migrate::runner().run(&mut connection).unwrap();
    for (name, sql, is_sorted, index) in [
        ("PUBLIC", list::PUBLIC, false, "conversations_recent (kind=? AND"),
        ("PUBLIC_CALLED", list::PUBLIC_CALLED, true, "c USING INTEGER PRIMARY KEY"),
        (
            "PUBLIC_CALLED_OFTEN",
            list::PUBLIC_CALLED_OFTEN,
            false,
            "conversations_recent (kind=? AND",
        ),
        (
            "PUBLIC_CALLED_OFTEN",
            list::PUBLIC_CALLED_OFTEN,
            false,
            "title_tails_conversation (conversation=? AND",
        ),
        (
            "IS_CALLED_OFTEN",
            list::IS_CALLED_OFTEN,
            false,
            "title_tails USING PRIMARY KEY (tail>? AND",
        ),
        ("OWN", list::OWN, true, "members_account (account=?)"),
        ("OWN_CALLED", list::OWN_CALLED, true, "title_tails_conversation (conversation=? AND"),
        ("MEMBERSHIPS", list::MEMBERSHIPS, true, "members_account (account=?)"),
        ("PARTNERS", list::PARTNERS, true, "members_account (account=?)"),
        ("MEMBERS", people::MEMBERS, false, "members_nth (conversation=? AND nth>?)"),
        ("BLOCKED_BY", blocks::BLOCKED_BY, false, "b USING PRIMARY KEY (blocker=? AND blocked>?)"),
        ("IS_BETWEEN", blocks::IS_BETWEEN, false, "PRIMARY KEY (blocker=? AND blocked=?)"),
        ("MEMBER", view::MEMBER, false, "m USING PRIMARY KEY (conversation=? AND account=?)"),
        ("PARTNER", view::PARTNER, false, "m USING PRIMARY KEY (conversation=?)"),
        ("IS_HIDDEN", view::IS_HIDDEN, false, "b USING PRIMARY KEY (blocker=? AND blocked=?)"),
    ] {
        let steps = plan(&connection, sql);
        assert!(steps.iter().any(|step| step.contains(index)), "{name}: {steps:#?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN")), "{name}: {steps:#?}");
        let sorts = steps.iter().any(|step| step.contains("TEMP B-TREE"));
        assert_eq!(sorts, is_sorted, "{name}: {steps:#?}");
    }
}
