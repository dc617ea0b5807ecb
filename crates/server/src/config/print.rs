//! `parlour config`: the effective configuration as TOML that can be read back.

use std::fmt::Write;

use super::reader::Entry;

/// The column at which the source of a value is noted.
const SOURCE_COLUMN: usize = 44;

/// Every setting with where it came from, secrets masked.
pub(crate) fn print(entries: &[Entry]) -> String {
    let mut text =
        "# The effective configuration; beside each value, where it comes from.\n".to_owned();
    let mut section = "";
    for entry in entries {
        let (its_section, key) = entry.path.split_once('.').unwrap_or(("", entry.path));
        if its_section != section {
            section = its_section;
            text.push_str("\n[");
            text.push_str(section);
            text.push_str("]\n");
        }
        let line = match &entry.value {
            Some(value) => format!("{key} = {value}"),
            None => format!("# {key} is not set"),
        };
        let source = &entry.source;
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{line:SOURCE_COLUMN$} # {source}");
    }
    text
}
