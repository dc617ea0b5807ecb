//! Brings the schema up to date.

use std::path::{Path, PathBuf};

use refinery::{Migration, Runner};
use rusqlite::Connection;

use crate::open::OpenError;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// What the first line of a migration says that takes away what an older version needs, or rewrites
/// what is stored: before it the database is copied.
const DESTRUCTIVE: &str = "-- destructive";

/// The schema of this version.
pub(crate) fn runner() -> Runner {
    embedded::migrations::runner()
}

/// Applies what has not been applied yet, each migration in a transaction of its own.
pub(crate) fn run(
    connection: &mut Connection,
    runner: &Runner,
    path: &Path,
) -> Result<(), OpenError> {
    let known = runner.get_migrations().iter().map(Migration::version).max().unwrap_or(0);
    let found = applied(connection, runner, path)?;
    if found > known {
        return Err(OpenError::Newer {
            path: path.into(),
            found: found.into(),
            known: known.into(),
        });
    }
    let is_destructive = |migration: &Migration| {
        migration.sql().is_some_and(|sql| sql.trim_start().starts_with(DESTRUCTIVE))
    };
    let mut pending = runner.get_migrations().iter().filter(|next| next.version() > found);
    if found > 0 && pending.any(is_destructive) {
        back_up(connection, path, found.into())?;
    }
    runner.run(connection).map(|_| ()).map_err(|error| OpenError::of_migration(path, &error))
}

fn applied(connection: &mut Connection, runner: &Runner, path: &Path) -> Result<i32, OpenError> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'refinery_schema_history'";
    let has_history = connection.query_row(sql, [], |row| row.get::<_, bool>(0));
    if !has_history.map_err(|error| OpenError::of(path, error))? {
        return Ok(0);
    }
    let last = runner.get_last_applied_migration(connection);
    Ok(last
        .map_err(|error| OpenError::of_migration(path, &error))?
        .map_or(0, |migration| migration.version()))
}

/// Where the copy goes that is made before a destructive migration: beside the database, named after
/// the version of the schema that it holds.
pub(crate) fn backup_path(path: &Path, version: i64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".before-v{}", version + 1));
    name.into()
}

/// Copies the database, whole and synced. A copy that is there already is of an attempt that was broken
/// off: it is replaced.
fn back_up(connection: &Connection, path: &Path, version: i64) -> Result<(), OpenError> {
    let copy = backup_path(path, version);
    let mut half = copy.clone().into_os_string();
    half.push(".part");
    let half = PathBuf::from(half);
    let failed = |error: std::io::Error| OpenError::Backup { path: copy.clone(), error };
    match std::fs::remove_file(&half) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let target = half.to_str().ok_or_else(|| failed(std::io::ErrorKind::InvalidInput.into()))?;
    connection
        .execute("VACUUM INTO ?1", [target])
        .map_err(|error| failed(std::io::Error::other(error)))?;
    std::fs::File::open(&half).and_then(|file| file.sync_all()).map_err(failed)?;
    std::fs::rename(&half, &copy).map_err(failed)?;
    crate::open::sync_directory(path).map_err(failed)?;
    tracing::info!(copy = %copy.display(), "the database was copied before its schema is changed");
    Ok(())
}

#[cfg(test)]
mod tests {
    use chat::conversations::ConversationId;
    use chat::ids::{AccountId, ClientId, MessageId};
    use chat::messages::{Appended, Echo, MessageType, NewMessage};
    use chat::text::Text;
    use chat::time::Timestamp;
    use refinery::Migration;
    use tempfile::TempDir;

    use super::*;
    use crate::StoreConfig;
    use crate::writer::Tx;

    const MORE: &str = "CREATE TABLE more (x INTEGER NOT NULL) STRICT;";
    const DESTROY: &str = "-- destructive: drops what nobody reads\nDROP TABLE blocks;";
    const FAIL: &str = "CREATE TABLE half (x INTEGER); DROP TABLE nothing_like_it;";

    fn schema(added: &[(&str, &str)]) -> Runner {
        let mut migrations = runner().get_migrations().clone();
        for (name, sql) in added {
            migrations.push(Migration::unapplied(name, sql).unwrap());
        }
        Runner::new(&migrations)
    }

    fn open(path: &Path, schema: &Runner) -> Result<(), OpenError> {
        crate::open::open(&StoreConfig::new(path), schema).map(|_| ())
    }

    /// A database without this migration and those after it.
    fn before(version: i32) -> (TempDir, PathBuf, Connection) {
        let mut migrations = runner().get_migrations().clone();
        migrations.retain(|next| next.version() < version);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parlour.db");
        open(&path, &Runner::new(&migrations)).unwrap();
        let connection = Connection::open(&path).unwrap();
        (folder, path, connection)
    }

    fn has_table(path: &Path, name: &str) -> bool {
        let sql = "SELECT 1 FROM sqlite_schema WHERE name = ?1";
        Connection::open(path).unwrap().prepare(sql).unwrap().exists([name]).unwrap()
    }

    #[test]
    fn only_a_destructive_migration_of_what_is_there_makes_a_copy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parlour.db");
        let both = schema(&[("V5__more", MORE), ("V6__destroy", DESTROY)]);
        open(&folder.path().join("new.db"), &both).unwrap();
        assert!(!backup_path(&folder.path().join("new.db"), 0).exists(), "nothing to lose");

        open(&path, &runner()).unwrap();
        open(&path, &schema(&[("V5__more", MORE)])).unwrap();
        assert!(!backup_path(&path, 4).exists(), "nothing is taken away");
        let insert = "INSERT INTO more (x) VALUES (42)";
        Connection::open(&path).unwrap().execute(insert, []).unwrap();

        open(&path, &both).unwrap();
        let copy = backup_path(&path, 5);
        assert_eq!(copy, folder.path().join("parlour.db.before-v6"));
        assert!(!has_table(&path, "blocks") && has_table(&copy, "blocks"));
        let connection = Connection::open(&copy).unwrap();
        let kept: i64 = connection.query_row("SELECT x FROM more", [], |row| row.get(0)).unwrap();
        let check = "PRAGMA integrity_check";
        let state: String = connection.query_row(check, [], |row| row.get(0)).unwrap();
        assert_eq!((kept, state.as_str()), (42, "ok"));
        // The copy is a database of the version before.
        drop(connection);
        open(&copy, &schema(&[("V5__more", MORE)])).unwrap();
    }

    #[test]
    fn a_copy_that_was_broken_off_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parlour.db");
        open(&path, &runner()).unwrap();
        std::fs::write(folder.path().join("parlour.db.before-v5.part"), "half").unwrap();
        std::fs::write(backup_path(&path, 4), "of an attempt before").unwrap();
        open(&path, &schema(&[("V5__destroy", DESTROY)])).unwrap();
        assert!(has_table(&backup_path(&path, 4), "blocks"));
    }

    #[test]
    fn without_a_copy_nothing_is_destroyed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parlour.db");
        open(&path, &runner()).unwrap();
        std::fs::create_dir(folder.path().join("parlour.db.before-v5.part")).unwrap();
        let error = open(&path, &schema(&[("V5__destroy", DESTROY)])).unwrap_err();
        assert!(matches!(error, OpenError::Backup { .. }), "{error}");
        assert!(has_table(&path, "blocks"));
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parlour.db");
        open(&path, &runner()).unwrap();
        let error = open(&path, &schema(&[("V5__fail", FAIL)])).unwrap_err();
        assert!(matches!(error, OpenError::Migration { .. }), "{error}");
        assert!(!has_table(&path, "half"));
        open(&path, &runner()).unwrap();
    }

    #[test]
    fn a_migration_that_was_edited_after_it_was_applied_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parlour.db");
        open(&path, &schema(&[("V5__more", MORE)])).unwrap();
        let error = open(&path, &schema(&[("V5__more", DESTROY)])).unwrap_err();
        assert!(matches!(error, OpenError::Migration { .. }), "{error}");
        assert!(has_table(&path, "blocks"));
    }

    #[test]
    fn changes_keep_their_rows_and_their_numbering_when_their_kinds_become_more() {
        let insert = "INSERT INTO changes (kind, account, made_at) VALUES (2, ?1, 7)";
        for is_kept in [true, false] {
            let (_folder, path, connection) = before(2);
            for account in ["1", "2", "3"] {
                connection.execute(insert, [account]).unwrap();
            }
            let forget = if is_kept { "seq < 3" } else { "true" };
            connection.execute(&format!("DELETE FROM changes WHERE {forget}"), []).unwrap();
            drop(connection);
            open(&path, &runner()).unwrap();
            let connection = Connection::open(&path).unwrap();
            connection.execute(&insert.replace("(2,", "(6,"), ["4"]).unwrap();
            let sql = "SELECT group_concat(seq || ':' || account || ':' || kind, ' ') FROM changes";
            let rows: String = connection.query_row(sql, [], |row| row.get(0)).unwrap();
            assert_eq!(rows, if is_kept { "3:3:2 4:4:6" } else { "4:4:6" });
        }
    }

    #[test]
    fn messages_of_before_are_found_by_their_ids_and_by_their_keys() {
        let (_folder, path, connection) = before(4);
        let store = "
            INSERT INTO accounts (
                key, id, username, username_folded, origin, valid_after, created_at
            ) VALUES (1, '1', 'ann', 'ann', 0, 0, 0);
            INSERT INTO conversations (
                key, id, kind, visibility, description,
                last_seq, member_count, joined_count, created_at, updated_at
            ) VALUES (1, 'room_x', 0, 0, '', 2, 1, 1, 0, 0);
            INSERT INTO members (conversation, account, role, nth, joined_at, last_read, opened)
            VALUES (1, 1, 0, 1, 0, 0, 1);
            INSERT INTO messages (place, conversation, sender, id, created_at, client_id, text)
            VALUES
                ((1 << 32) + 1, 1, 1, unhex('00000000000000000000000000000007'), 5, NULL, 'plain'),
                ((1 << 32) + 2, 1, 1, unhex('00000000000000000000000000000008'), 6, 'k', 'keyed');";
        connection.execute_batch(store).unwrap();
        drop(connection);
        let opened = crate::open::open(&StoreConfig::new(&path), &runner()).unwrap();
        let tx = Tx::new(&opened.writer, Timestamp::from_millis(9));
        let message = |number, key: Option<&str>, text: &str| NewMessage {
            id: MessageId::from_u128(number),
            conversation: ConversationId::parse("room_x").unwrap(),
            sender: AccountId::parse("1").unwrap(),
            client_id: key.map(|key| ClientId::parse(key).unwrap()),
            message_type: MessageType::TEXT,
            text: Text::parse(text).unwrap(),
            created_at: Timestamp::from_millis(7),
            echo: Echo::None,
        };
        let sent = [message(7, None, "plain"), message(9, Some("k"), "keyed")];
        let appended = crate::messages::append(&tx, &sent).unwrap();
        let seqs: Vec<_> = appended
            .iter()
            .map(|appended| match appended {
                Appended::Duplicate(message) => message.seq.0,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(seqs, [1, 2]);
        // And by its id only what has no key.
        let twin = message(8, None, "other");
        let appended = crate::messages::append(&tx, std::slice::from_ref(&twin)).unwrap();
        assert!(matches!(appended[0], Appended::Stored { .. }), "{appended:?}");
        tx.finish_messages().unwrap();
        let again = message(8, Some("new"), "a key makes it another");
        let appended = crate::messages::append(&tx, &[twin, again]).unwrap();
        assert!(matches!(appended[0], Appended::Duplicate(_)), "{appended:?}");
        assert!(matches!(appended[1], Appended::Stored { .. }), "{appended:?}");
    }

    #[test]
    fn names_that_differ_in_what_nobody_sees_become_one() {
        let (_folder, path, connection) = before(3);
        let spaces = " ".repeat(29);
        let wide = format!("x{spaces}y");
        let names =
            ["bo\u{fe0f}", "ada", "ada\u{fe0f}", "❤\u{fe0e} ann", "cy  lee", &wide, "plain"];
        for (key, name) in (1_i64..).zip(names) {
            let insert = "
                INSERT INTO accounts (
                    key, id, username, username_folded, origin, valid_after, created_at
                ) VALUES (?1, ?1, ?2, ?2, 0, 0, 0)";
            connection.execute(insert, (key, name)).unwrap();
            let insert = "INSERT INTO name_tails (tail, account) VALUES (?1, ?2)";
            connection.execute(insert, (name, key)).unwrap();
        }
        drop(connection);
        open(&path, &runner()).unwrap();
        let connection = Connection::open(&path).unwrap();
        let all = |sql: &str| -> Vec<String> {
            let mut found = connection.prepare(sql).unwrap();
            found.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let plain = ["bo", "ada", "ada\u{fe0f}", "❤ ann", "cy lee", "x y", "plain"];
        assert_eq!(all("SELECT username_folded FROM accounts ORDER BY key"), plain);
        assert_eq!(all("SELECT username FROM accounts ORDER BY key"), names);
        let tails = ["bo", "ada", "ada", "❤ ann", "cy lee", "x y", "plain"];
        assert_eq!(all("SELECT tail FROM name_tails ORDER BY account"), tails);
    }
}
