//! The command line: what may be typed after `parlour`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "parlour", version, about = "A chat backend that speaks Socket.IO")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) flags: Flags,
    /// Without one, `serve`.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What to do.
#[derive(Clone, Debug, Default, Subcommand)]
pub(crate) enum Command {
    /// Run the server (this is also what happens without a command)
    #[default]
    Serve,
    /// Print the effective configuration, secrets masked, and where each value came from
    Config,
    /// Tell the way of one of the latest messages of the server that runs: when it was received, shown,
    /// queued, committed and confirmed
    Message {
        /// Its id, or the `tempId` or `clientId` that it was sent with
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// The settings that have a flag; every other one is a variable or a line of `parlour.toml`.
#[derive(Args, Debug, Default)]
pub(crate) struct Flags {
    /// Read this file instead of ./parlour.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where to listen for clients
    #[arg(long, global = true, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// Where this server keeps its files
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    #[arg(long, global = true, value_name = "URL", help = "sqlite://PATH or postgres://…")]
    database_url: Option<String>,
    /// Join the cluster that meets at this Redis
    #[arg(long, global = true, value_name = "URL")]
    redis_url: Option<String>,
    /// The secret that signs tokens (a variable or the file keeps it out of the process list)
    #[arg(long, global = true, value_name = "SECRET")]
    jwt_secret: Option<String>,
    /// Serve Prometheus metrics at /metrics there
    #[arg(long, global = true, value_name = "HOST:PORT")]
    metrics_listen: Option<String>,
}

impl Flags {
    /// The given flags as (configuration key, value).
    pub(crate) fn settings(self) -> impl Iterator<Item = (&'static str, String)> {
        [
            ("listen", self.listen),
            ("data_dir", self.data_dir),
            ("database_url", self.database_url),
            ("redis_url", self.redis_url),
            ("jwt_secret", self.jwt_secret),
            ("metrics_listen", self.metrics_listen),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
    }
}
