//! The server and the load generator, each a process of its own.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

/// A running server, ended when this is dropped.
pub(crate) struct Server {
    child: Child,
    /// Its data directory: a server has one to itself.
    data: PathBuf,
    /// `host:port`.
    pub(crate) address: String,
}

/// How many servers this process has started: each has a data directory of its own.
static STARTS: AtomicU32 = AtomicU32::new(0);

/// What signs tokens.
pub(crate) const SECRET: &str = "thirty-two bytes and more of secret, for tests";

/// `PARLOUR_BIN`, or the release binary of this workspace.
pub(crate) fn binary() -> PathBuf {
    let built = || {
        let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from).into_iter();
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        let folders = target.chain([root.join("target")]);
        folders.map(|folder| folder.join("release/parlour")).find(|path| path.exists())
    };
    env::var_os("PARLOUR_BIN")
        .map(PathBuf::from)
        .or_else(built)
        .expect("the server's binary is there: run `make build`, or set PARLOUR_BIN")
}

impl Server {
    /// Starts the server's binary.
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// The same, with other settings beside.
    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        let binary = binary();
        let number = STARTS.fetch_add(1, Ordering::Relaxed);
        let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("loadtest-{}-{number}.data", std::process::id()));
        let mut child = Command::new(&binary)
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .env("PARLOUR_DATA_DIR", &data)
            .env("PARLOUR_LISTEN", "127.0.0.1:0")
            .env("PARLOUR_LIMITS_ENABLED", "false")
            .env("PARLOUR_JWT_SECRET", SECRET)
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("text");
        let address = line.trim_end().strip_prefix("Parlour is listening on http://");
        let address = address.unwrap_or_else(|| panic!("it said {line:?}")).to_owned();
        Self { child, data, address }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        // What is left behind is in the folder of what was built.
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

/// What the program said.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// What it wrote as JSON, `Null` if nothing.
    pub(crate) json: Value,
}

/// Runs the program to its end, with `--json`.
pub(crate) fn run(arguments: &[&str]) -> Run {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let name =
        format!("loadtest-{}-{}.json", std::process::id(), RUNS.fetch_add(1, Ordering::Relaxed));
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let output = Command::new(env!("CARGO_BIN_EXE_parlour-loadtest"))
        .args(arguments)
        .arg("--json")
        .arg(&path)
        .output()
        .expect("the program runs");
    let json = std::fs::read(&path)
        .map_or(Value::Null, |text| serde_json::from_slice(&text).expect("what it writes is JSON"));
    // Without a result there is no file.
    let _ = std::fs::remove_file(&path);
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    Run { code: output.status.code(), stdout, stderr, json }
}
