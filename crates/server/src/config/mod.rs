//! The configuration: every setting, its names, its default and its bounds.
//!
//! A setting comes from a flag, else from its `PARLOUR_*` variable, else from the file, else from
//! its default. A key that nobody reads, or a value out of bounds, stops the start.

mod host;
mod layers;
mod mask;
mod print;
mod problem;
mod raw;
mod reader;
mod sections;
mod suggest;

use std::env;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use socketio::Cors;
use tracing_subscriber::filter::{LevelFilter, Targets};

pub(crate) use self::print::print;
pub(crate) use self::problem::{Problem, Problems};
pub(crate) use self::reader::Entry;
pub(crate) use self::sections::{
    AuthConfig, ConversationsConfig, HttpConfig, LimitsConfig, PairConfig, SocketConfig,
    StoreConfig, WebConfig,
};

use self::layers::Layers;
use self::reader::{Key, Reader};
use crate::cli::Flags;

const LOG_EXPECTED: &str =
    "a level (off, error, warn, info, debug, trace) or a list such as info,gateway=debug";

/// What a `database_url` begins with whose rest is a path.
const SQLITE: &str = "sqlite://";
/// The database's name in the data directory.
const DATABASE_FILE: &str = "parlour.db";

/// Everything that can be set.
#[derive(Debug)]
pub(crate) struct Config {
    /// Where clients are served, `HOST:PORT`; port 0 takes a free one.
    pub(crate) listen: String,
    /// What the server keeps for itself: the secret, unless one is configured; the database, unless
    /// it is elsewhere.
    pub(crate) data_dir: PathBuf,
    /// `sqlite://PATH` or `postgres://…`; `None`: a file in the data directory.
    pub(crate) database_url: Option<String>,
    /// The cluster's meeting place.
    pub(crate) redis_url: Option<String>,
    /// What signs tokens; `None`: a secret of the server's own making, in the data directory.
    pub(crate) jwt_secret: Option<String>,
    /// What makes an operator; `None`: a token of the server's own making, in the data directory.
    pub(crate) admin_token: Option<String>,
    /// Where Prometheus metrics are served; `None`: nowhere.
    pub(crate) metrics_listen: Option<String>,
    /// Peers whose `X-Forwarded-For` counts.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Which origins a browser may call from.
    pub(crate) cors: Cors,
    /// `false` lifts every rate, and only rates.
    pub(crate) limits_enabled: bool,
    /// Which log lines are written.
    pub(crate) log: Targets,
    /// How log lines look.
    pub(crate) log_format: LogFormat,
    /// How long clients and requests under way may take after SIGTERM.
    pub(crate) shutdown_deadline: Duration,
    /// The engine's.
    pub(crate) socket: SocketConfig,
    /// Everything else on the port.
    pub(crate) http: HttpConfig,
    /// The page's.
    pub(crate) web: WebConfig,
    /// Rates and numbers per client.
    pub(crate) limits: LimitsConfig,
    /// The database's.
    pub(crate) store: StoreConfig,
    /// Tokens, passwords, guests.
    pub(crate) auth: AuthConfig,
    /// Rooms, and what else is stored.
    pub(crate) conversations: ConversationsConfig,
    /// The pair dialect's.
    pub(crate) pair: PairConfig,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// Reads every place. On success also what `parlour config` prints.
    pub(crate) fn load(flags: Flags) -> Result<(Self, Vec<Entry>), Problems> {
        let mut problems = Vec::new();
        let layers = Layers::collect(flags, env::vars_os(), &mut problems);
        let mut reader = Reader::new(layers, problems);
        let config = Self::read(&mut reader);
        Ok((config, reader.finish()?))
    }

    /// Every setting at its default.
    #[cfg(test)]
    pub(crate) fn from_defaults() -> Result<(Self, Vec<Entry>), Problems> {
        let mut reader = Reader::new(Layers::default(), Vec::new());
        let config = Self::read(&mut reader);
        Ok((config, reader.finish()?))
    }

    /// Refuses what a later version will do: it must not be ignored in silence.
    pub(crate) fn check_supported(&self) -> Result<(), Problems> {
        let mut problems = Vec::new();
        if self.database_file().is_none() {
            problems.push(Problem::NotYet { name: "database_url", what: "PostgreSQL is" });
        }
        if self.redis_url.is_some() {
            problems.push(Problem::NotYet { name: "redis_url", what: "a cluster over Redis is" });
        }
        if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
    }

    /// The SQLite database's file; `None` if the database is another one.
    pub(crate) fn database_file(&self) -> Option<PathBuf> {
        match &self.database_url {
            None => Some(self.data_dir.join(DATABASE_FILE)),
            Some(url) => url.strip_prefix(SQLITE).map(PathBuf::from),
        }
    }

    fn read(reader: &mut Reader) -> Self {
        let schemes = [SQLITE, "postgres://", "postgresql://"];
        let listen = reader.address(key("listen", "PARLOUR_LISTEN"), "127.0.0.1:5000");
        let data_dir = reader.text(key("data_dir", "PARLOUR_DATA_DIR"), "./parlour-data");
        let database_url = reader.url(key("database_url", "PARLOUR_DATABASE_URL"), &schemes);
        let config = Self {
            listen,
            data_dir: data_dir.into(),
            database_url,
            redis_url: reader
                .url(key("redis_url", "PARLOUR_REDIS_URL"), &["redis://", "rediss://"]),
            jwt_secret: reader.secret(key("jwt_secret", "PARLOUR_JWT_SECRET")),
            admin_token: reader.secret(key("admin_token", "PARLOUR_ADMIN_TOKEN")),
            metrics_listen: reader
                .optional_address(key("metrics_listen", "PARLOUR_METRICS_LISTEN"), None),
            trusted_proxies: reader.list(
                key("trusted_proxies", "PARLOUR_TRUSTED_PROXIES"),
                &[],
                "addresses or networks, such as 10.0.0.0/8",
                |text| text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok(),
            ),
            cors: read_cors(reader),
            limits_enabled: reader.switch(key("limits_enabled", "PARLOUR_LIMITS_ENABLED"), true),
            log: reader.parsed(key("log", "PARLOUR_LOG"), "info", LOG_EXPECTED, log_filter),
            log_format: reader.choice(
                key("log_format", "PARLOUR_LOG_FORMAT"),
                &[("human", LogFormat::Human), ("json", LogFormat::Json)],
            ),
            shutdown_deadline: reader.millis(
                key("shutdown_deadline_ms", "PARLOUR_SHUTDOWN_DEADLINE_MS"),
                Duration::from_secs(8),
                0..=9_000,
            ),
            socket: SocketConfig::read(reader),
            http: HttpConfig::read(reader),
            web: WebConfig::read(reader),
            limits: LimitsConfig::read(reader),
            store: StoreConfig::read(reader),
            auth: AuthConfig::read(reader),
            conversations: ConversationsConfig::read(reader),
            pair: PairConfig::read(reader),
        };
        let path = config.database_url.as_deref().and_then(|url| url.strip_prefix(SQLITE));
        if path.is_some_and(|path| path.contains('?') || path == ":memory:") {
            reader.refuse(Problem::NotAPath { name: "database_url" });
        }
        if let Some(problem) = queue_problem(&config.socket, &config.pair) {
            reader.refuse(problem);
        }
        config
    }
}

const fn key(path: &'static str, variable: &'static str) -> Key {
    Key { path, variable }
}

/// A history that does not fit into the queue would disconnect both partners when they meet.
fn queue_problem(socket: &SocketConfig, pair: &PairConfig) -> Option<Problem> {
    let (queue_bytes, waiting_lines) = (socket.max_queue_bytes, pair.waiting_lines);
    let least = |lines| gateway::min_queue_bytes(lines, socket.max_payload_bytes);
    (least(waiting_lines) > queue_bytes).then(|| Problem::QueueTooSmall {
        queue_bytes,
        waiting_lines,
        least_bytes: least(waiting_lines),
        most_lines: (0..waiting_lines).rev().find(|lines| least(*lines) <= queue_bytes),
    })
}

/// Like `tracing`'s own parser, but a word that is no level is refused and not taken for a target.
fn log_filter(text: &str) -> Option<Targets> {
    let is_level = |word: &str| !word.is_empty() && word.parse::<LevelFilter>().is_ok();
    let good = text.split(',').all(|part| match part.split_once('=') {
        Some((target, level)) => !target.is_empty() && is_level(level),
        None => is_level(part),
    });
    if good { text.parse().ok() } else { None }
}

fn read_cors(reader: &mut Reader) -> Cors {
    let origins = reader.list(
        key("cors_origins", "PARLOUR_CORS_ORIGINS"),
        &["*"],
        "origins, such as https://chat.example, or the single item *",
        |text| (text == "*" || is_origin(text)).then(|| text.to_owned()),
    );
    if origins.iter().any(|origin| origin == "*") { Cors::Any } else { Cors::Origins(origins) }
}

/// `scheme://host` or `scheme://host:port`, as a browser sends it: no path, no slash at the end.
fn is_origin(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, host)| {
        !scheme.is_empty() && !host.is_empty() && !host.contains(['/', '?', '#', '@', ' '])
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_documentation_has_every_key_with_its_variable_and_default() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        let page = fs::read_to_string(path).unwrap();
        let (_, entries) = Config::from_defaults().unwrap();
        let mut expected = 0;
        for Entry { path, variable, value, .. } in entries {
            let key = path.rsplit('.').next().unwrap();
            let default = value.map_or("not set".to_owned(), |value| format!("`{value}`"));
            let row = format!("| `{key}` | `{variable}` | {default} |");
            assert!(page.contains(&row), "docs/configuration.md has no row that begins {row}");
            expected += 1;
        }
        for (field, variable) in host::FIELDS {
            let row = format!("| `{field}` | `{variable}` | ");
            assert!(page.contains(&row), "docs/configuration.md has no row that begins {row}");
            expected += 1;
        }
        let documented = page.matches("| `PARLOUR_").count();
        assert_eq!(documented, expected, "rows of keys that are no more");
    }

    #[test]
    fn a_log_filter_is_levels_and_targets_with_levels() {
        for good in ["info", "off", "warn,gateway=debug", "gateway::socket=trace"] {
            assert!(log_filter(good).is_some(), "{good}");
        }
        for bad in ["", "loud", "info,gateway", "gateway=loud", "=info", "info,,"] {
            assert!(log_filter(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for good in ["https://chat.example", "http://localhost:3000", "https://[::1]:8443"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in ["", "chat.example", "https://", "https://chat.example/", "https://a b", "://x"]
        {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
