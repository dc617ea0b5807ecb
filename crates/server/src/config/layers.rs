//! The places that settings come from, before anybody has looked at what they say.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::problem::Problem;
use super::raw::Raw;
use crate::cli::Flags;

/// Read where no `--config` and no `PARLOUR_CONFIG` names another file; may be missing.
const DEFAULT_FILE: &str = "parlour.toml";
/// The largest configuration file that is read: far more than every key with a page of comments.
const MAX_FILE_BYTES: u64 = 1 << 20;
const PREFIX: &str = "PARLOUR_";
/// Names the file to read; not itself a setting.
const CONFIG_VARIABLE: &str = "PARLOUR_CONFIG";
/// The test suites' own variables, which a server that they start inherits.
const TEST_VARIABLES: [&str; 2] = ["PARLOUR_BIN", "PARLOUR_TEST_"];

/// What was written where, in each of the three places.
#[derive(Debug, Default)]
pub(super) struct Layers {
    /// By configuration key.
    pub(super) flags: BTreeMap<String, Raw>,
    /// By variable name.
    pub(super) variables: BTreeMap<String, Raw>,
    /// By dotted key, such as `socket.ping_interval_ms`.
    pub(super) file: BTreeMap<String, Raw>,
    /// What the file is called in messages.
    pub(super) file_name: String,
}

impl Layers {
    /// Collects everything; what cannot be read is added to `problems`.
    pub(super) fn collect(
        mut flags: Flags,
        environment: impl Iterator<Item = (OsString, OsString)>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let named = flags.config.take();
        let mut variables = variables(environment, problems);
        let from_variable = match variables.remove(CONFIG_VARIABLE) {
            Some(Raw::Text(path)) if !path.is_empty() => Some(PathBuf::from(path)),
            _ => None,
        };
        let required = named.or(from_variable);
        let path = required.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
        let file_name = path.display().to_string();
        let file = match read(path) {
            Ok(text) => parse(&text, &file_name, problems),
            Err(error) if error.kind() == io::ErrorKind::NotFound && required.is_none() => {
                BTreeMap::new()
            }
            Err(error) => {
                let place = file_name.clone();
                problems.push(Problem::Unreadable { place, error });
                BTreeMap::new()
            }
        };
        let flags =
            flags.settings().map(|(key, value)| (key.to_owned(), Raw::Text(value))).collect();
        Self { flags, variables, file, file_name }
    }
}

fn read(path: &Path) -> io::Result<String> {
    let size_bytes = std::fs::metadata(path)?.len();
    if size_bytes > MAX_FILE_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("{size_bytes} bytes, at most {MAX_FILE_BYTES} are read"),
        ));
    }
    std::fs::read_to_string(path)
}

/// Every `PARLOUR_*` variable that is meant for this program.
fn variables(
    environment: impl Iterator<Item = (OsString, OsString)>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, Raw> {
    let mut variables = BTreeMap::new();
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        let name = name.to_owned();
        match value.into_string() {
            Ok(value) if is_foreign(&name, &value) => {}
            Ok(value) => {
                variables.insert(name, Raw::Text(value));
            }
            Err(_) => problems.push(Problem::NotUnicode { name }),
        }
    }
    variables
}

/// Whether somebody else set this variable: the test suites, or Kubernetes, which describes every
/// service by variables, one called `parlour` among them (`PARLOUR_SERVICE_HOST`,
/// `PARLOUR_PORT=tcp://…`, `PARLOUR_PORT_5000_TCP_ADDR`).
fn is_foreign(name: &str, value: &str) -> bool {
    let service_port =
        name.strip_prefix("PARLOUR_PORT").is_some_and(|rest| match rest.strip_prefix('_') {
            Some(rest) => rest.starts_with(|c: char| c.is_ascii_digit()),
            None => rest.is_empty() && value.contains("://"),
        });
    service_port
        || name == "PARLOUR_SERVICE_HOST"
        || name.starts_with("PARLOUR_SERVICE_PORT")
        || TEST_VARIABLES.iter().any(|test| name.starts_with(test))
}

fn parse(text: &str, file_name: &str, problems: &mut Vec<Problem>) -> BTreeMap<String, Raw> {
    let mut settings = BTreeMap::new();
    match text.parse::<toml::Table>() {
        Ok(table) => flatten("", table, &mut settings),
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or_default();
            problems.push(Problem::NotToml {
                place: file_name.to_owned(),
                line: before.lines().count().max(1),
                message: error.message().to_owned(),
            });
        }
    }
    settings
}

/// `[socket] ping_interval_ms = 1` becomes `socket.ping_interval_ms`.
fn flatten(section: &str, table: toml::Table, settings: &mut BTreeMap<String, Raw>) {
    for (key, value) in table {
        let path = match section {
            "" => key,
            section => format!("{section}.{key}"),
        };
        match value {
            toml::Value::Table(inner) => flatten(&path, inner, settings),
            value => {
                settings.insert(path, Raw::Typed(value));
            }
        }
    }
}
