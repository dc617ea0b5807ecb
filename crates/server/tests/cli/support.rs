//! The real binary, started in an empty folder with an empty environment.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A folder, variables and arguments for one or more starts.
pub(crate) struct Setup {
    pub(crate) folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Setup {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder"), variables: Vec::new() }
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes `parlour.toml`.
    pub(crate) fn file(self, text: &str) -> Self {
        self.file_called("parlour.toml", text)
    }

    pub(crate) fn file_called(self, name: &str, text: &str) -> Self {
        std::fs::write(self.folder.path().join(name), text).expect("the file is written");
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlour"));
        command.args(arguments).env_clear().current_dir(self.folder.path());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs to the end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::from(self.command(arguments).output().expect("the binary runs"))
    }

    /// Starts a server, and waits until it says that it listens.
    pub(crate) fn start(&self, arguments: &[&str]) -> Server {
        let mut child = self
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        stdout.read_line(&mut line).expect("text");
        let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
        let Some(address) = line.trim_end().strip_prefix("Parlour is listening on http://") else {
            let mut log = String::new();
            let _ = stderr.read_to_string(&mut log);
            panic!("it said {line:?} and logged {log}");
        };
        let address = address.parse().expect("an address");
        Server { child, address, stderr, log: String::new() }
    }

    /// Whether the program left nothing behind.
    pub(crate) fn folder_is_empty(&self) -> bool {
        std::fs::read_dir(self.folder.path()).expect("a folder").next().is_none()
    }
}

/// What a run that ended said.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

/// A running server; dropping it kills it.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    stderr: BufReader<ChildStderr>,
    /// What it has logged, as far as it was read.
    pub(crate) log: String,
}

impl Server {
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a pid")).expect("not 0");
        kill_process(pid, signal).expect("it runs");
    }

    /// Reads the log up to a line that holds `words`, and gives that line.
    pub(crate) fn wait_for_log(&mut self, words: &str) -> String {
        loop {
            let mut line = String::new();
            let length = self.stderr.read_line(&mut line).expect("text");
            assert!(length > 0, "the log ended without {words:?}:\n{}", self.log);
            self.log.push_str(&line);
            if line.contains(words) {
                return line;
            }
        }
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        let _ = self.stderr.read_to_string(&mut self.log);
        self.child.wait().expect("it ends")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An HTTP answer, its header names in lower case.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// GET over a connection of its own.
pub(crate) fn get(address: SocketAddr, path: &str) -> Answer {
    let mut stream = TcpStream::connect(address).expect("a connection");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")
        .expect("the request is sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
    let headers = lines.filter_map(|line| line.split_once(": "));
    Answer {
        status: status.parse().expect("a number"),
        headers: headers.map(|(k, v)| (k.to_ascii_lowercase(), v.to_owned())).collect(),
        body: body.to_owned(),
    }
}
