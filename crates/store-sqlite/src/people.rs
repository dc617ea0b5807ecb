//! Pages of people.

use chat::conversations::MAX_LISTED;
use chat::identity::{People, PeopleCursor};
use rusqlite::{Connection, Result, ToSql};

use crate::rows;

/// A page of what `sql` selects: a profile's columns and `place`, a growing number, of the list of `?1`
/// after the place `?2`, at most `?3`.
pub(crate) fn page(
    connection: &Connection,
    (sql, of): (&str, impl ToSql),
    cursor: Option<PeopleCursor>,
    limit: usize,
) -> Result<People> {
    let limit = limit.clamp(1, MAX_LISTED);
    // Keys and places of joining begin with 1.
    let after = cursor.map_or(0, |cursor| rows::number(cursor.0));
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query((of, after, rows::limit(limit + 1)))?;
    let (mut profiles, mut last) = (Vec::new(), None);
    while let Some(row) = found.next()? {
        if profiles.len() == limit {
            return Ok(People { profiles, next: last });
        }
        profiles.push(rows::profile(row)?);
        last = Some(PeopleCursor(rows::count(row.get("place")?)));
    }
    Ok(People { profiles, next: None })
}
