//! Looking for people by the beginnings of their names' words.

use chat::identity::Profile;
use rusqlite::{Connection, Result};

use crate::{rows, tails};

/// Names' words that a search reads at most, in their order: some 200 accounts of which the wished ones
/// are sorted and given. Where more match, the rest is found by a longer query.
const MATCHES: i64 = 200;

/// The account that is called just this, and those of the first [`MATCHES`] words; the range of the
/// words is read in its index's order, so that LIMIT ends it, however many match.
const SEARCH: &str = "
    WITH found (account) AS (
        SELECT key
        FROM accounts
        WHERE username_folded = ?1
          AND origin <> 1
          AND deleted_at IS NULL
        UNION
        SELECT account
        FROM (
            SELECT account
            FROM name_tails
            WHERE tail >= ?1
              AND tail < ?2
            ORDER BY tail
            LIMIT ?3
        )
    )
    SELECT
        a.id AS id,
        a.username AS username,
        a.display_name AS display_name,
        a.avatar_url AS avatar_url,
        a.origin AS origin
    FROM found AS f
    CROSS JOIN accounts AS a ON a.key = f.account
    WHERE a.deleted_at IS NULL
    ORDER BY a.username_folded <> ?1, a.username_folded
    LIMIT ?4";

pub(crate) fn search(connection: &Connection, query: &str, limit: usize) -> Result<Vec<Profile>> {
    let Some((from, to)) = tails::range(query) else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(SEARCH)?;
    let parameters = (&from, &to, MATCHES, rows::limit(limit));
    statement.query_map(parameters, rows::profile)?.collect()
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::migrate;

    /// Many accounts `user <number>`, each with the shown name `Ann`.
    const MANY: &str = "
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
        INSERT INTO accounts (
            key, id, username, username_folded, display_name, origin, valid_after, created_at
        )
        SELECT n, n, 'User' || n, 'user' || n, 'Ann', 0, 0, 0 FROM numbers";

    fn filled(accounts: i64) -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate::runner().run(&mut connection).unwrap();
        connection.execute(MANY, [accounts]).unwrap();
        for column in ["username_folded", "'ann'"] {
            let tails = format!("INSERT INTO name_tails SELECT {column}, key FROM accounts");
            connection.execute(&tails, []).unwrap();
        }
        connection
    }

    /// The steps of SQLite's machine for a search: what it costs, the same each time.
    fn steps(connection: &Connection, query: &str) -> i32 {
        let (from, to) = tails::range(query).unwrap();
        let mut statement = connection.prepare(SEARCH).unwrap();
        let mut found = statement.query((from, to, MATCHES, 20)).unwrap();
        let mut count = 0;
        while found.next().unwrap().is_some() {
            count += 1;
        }
        drop(found);
        assert_eq!(count, 20);
        statement.get_status(StatementStatus::VmStep)
    }

    #[test]
    fn a_search_that_very_many_match_reads_no_more_of_them_than_the_bound() {
        let (few, many) = (filled(400), filled(20_000));
        for query in ["us", "user", "ann"] {
            let (few, many) = (steps(&few, query), steps(&many, query));
            assert!(many <= few + few / 10, "{query}: {few} steps of 400, {many} of 20,000");
        }
    }

    #[test]
    fn who_is_called_just_so_is_found_first_however_many_match() {
        let connection = filled(20_000);
        let ann = "UPDATE accounts SET username = 'ann', username_folded = 'ann' WHERE key = 19999";
        connection.execute(ann, []).unwrap();
        let found = search(&connection, "ANN", 3).unwrap();
        let names: Vec<_> = found.iter().map(|profile| profile.username.as_str()).collect();
        assert_eq!(names, ["ann", "User1", "User10"]);
    }

    #[test]
    fn a_search_sorts_only_what_it_has_found() {
        let connection = filled(1);
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {SEARCH}")).unwrap();
        let steps = statement.query_map(("a", "b", MATCHES, 20), |row| row.get("detail")).unwrap();
        let steps: Vec<String> = steps.collect::<Result<_>>().unwrap();
        let has = |part: &str| steps.iter().any(|step| step.contains(part));
        assert!(has("name_tails USING PRIMARY KEY (tail>? AND tail<?)"), "{steps:#?}");
        assert!(has("accounts USING INDEX accounts_username (username_folded=?)"), "{steps:#?}");
        // The sorts are of what the bound has let through: none is between the index and its reader.
        let index = steps.iter().position(|step| step.contains("name_tails")).unwrap();
        assert!(steps[index + 1].starts_with("SCAN (subquery"), "{steps:#?}");
    }
}
