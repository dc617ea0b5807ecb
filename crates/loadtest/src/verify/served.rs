//! A server that the check starts itself, so that it can end it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::error::{Error, excerpt};

/// How long it may take until it listens: what it finds after a kill has to be looked at.
const START_LIMIT: Duration = Duration::from_secs(30);
/// How long it may take to end after SIGTERM: the contract's 10 s, and what a busy machine adds.
const STOP_LIMIT: Duration = Duration::from_secs(15);
/// What it says once it listens, with the address behind it.
const GREETING: &str = "Parlour is listening on http://";

/// A running server with a data directory of its own. Both are gone when this is dropped.
#[derive(Debug)]
pub(super) struct Served {
    program: PathBuf,
    /// What signs tokens.
    pub(super) secret: String,
    /// `host:port`, the same after every restart.
    pub(super) address: String,
    child: Child,
    folder: TempDir,
}

impl Served {
    /// Starts it with an empty data directory on a free port, its rates off.
    ///
    /// # Errors
    /// If it does not start.
    pub(super) async fn start(program: &Path) -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("parlour-verify-").tempdir()?;
        let secret = format!("{:032x}{:032x}", fastrand::u128(..), fastrand::u128(..));
        // It runs in that folder: seen from there a relative path would be another one. A name alone is
        // looked for as the shell does it.
        let is_path = program.components().count() > 1;
        let program = if is_path { std::path::absolute(program)? } else { program.to_owned() };
        let (child, address) = launch(&program, folder.path(), "127.0.0.1:0", &secret).await?;
        Ok(Self { program, secret, address, child, folder })
    }

    /// Ends it as a loss of the process does.
    ///
    /// # Errors
    /// What the system answers.
    pub(super) async fn kill(&mut self) -> Result<(), Error> {
        Ok(self.child.kill().await?)
    }

    /// Ends it as an operator does. What is wrong with its end, if something is.
    ///
    /// # Errors
    /// What the system answers.
    pub(super) async fn stop(&mut self) -> Result<Option<String>, Error> {
        let id = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(id) = id {
            kill_process(id, Signal::TERM).map_err(std::io::Error::from)?;
        }
        if let Ok(status) = timeout(STOP_LIMIT, self.child.wait()).await {
            let status = status?;
            return Ok((!status.success()).then(|| format!("after SIGTERM it ended with {status}")));
        }
        self.kill().await?;
        Ok(Some(format!("it went on for {} s after SIGTERM", STOP_LIMIT.as_secs())))
    }

    /// Starts it again, after it has ended, where it was and with what it had.
    ///
    /// # Errors
    /// If it does not start.
    pub(super) async fn again(&mut self) -> Result<(), Error> {
        let (folder, secret) = (self.folder.path(), &self.secret);
        (self.child, _) = launch(&self.program, folder, &self.address, secret).await?;
        Ok(())
    }
}

async fn launch(
    program: &Path,
    folder: &Path,
    listen: &str,
    secret: &str,
) -> Result<(Child, String), Error> {
    let log = folder.join("log");
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PARLOUR_") {
            command.env_remove(name);
        }
    }
    let file = File::options().create(true).append(true).open(&log)?;
    let mut child = command
        .current_dir(folder)
        .env("PARLOUR_DATA_DIR", folder.join("data"))
        .env("PARLOUR_LISTEN", listen)
        .env("PARLOUR_JWT_SECRET", secret)
        .env("PARLOUR_LIMITS_ENABLED", "false")
        .env("PARLOUR_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(file)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Error::Usage(format!("cannot start {}: {error}", program.display())))?;
    let stdout = child.stdout.take().ok_or(Error::Closed("'s output"))?;
    let mut line = String::new();
    let greeting = timeout(START_LIMIT, BufReader::new(stdout).read_line(&mut line)).await;
    let address = line.trim_end().strip_prefix(GREETING).map(str::to_owned);
    if let (Ok(Ok(_)), Some(address)) = (greeting, address) {
        return Ok((child, address));
    }
    let said = std::fs::read(&log).unwrap_or_default();
    let said = excerpt(&said[said.len().saturating_sub(200)..]);
    let program = program.display();
    Err(Error::Usage(format!("{program} does not say that it listens: {said}")))
}
