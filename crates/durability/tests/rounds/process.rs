//! The ledger, as a process.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use faults::Watch;

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_mins(1);

/// How the ledger is set up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) most_in_commit: u32,
    pub(crate) patience_ms: u32,
    pub(crate) checkpoint_pages: u32,
}

/// A ledger at work.
pub(crate) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    log: std::path::PathBuf,
}

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    Ready,
    Account { id: String },
    Room { id: String },
    Following { seq: u64 },
    Ack { key: String, seq: u64, id: String },
    No { key: String, code: String, is_certain: bool },
    Heard { room: String, seq: u64, id: String },
    Shown { room: String, id: String, key: String },
    Failed { id: String, code: String },
    Message(Message),
    Page { has_more: bool },
}

/// A stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) room: String,
    pub(crate) seq: u64,
    pub(crate) id: String,
    pub(crate) sender: String,
    pub(crate) key: String,
    pub(crate) text: String,
}

impl Process {
    /// Starts it over the data in `folder`, with its log beside them.
    pub(crate) fn start(folder: &Path, settings: Settings, watch: Option<&Watch>) -> Self {
        let log = folder.with_extension("log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_ledger"));
        command.arg(folder);
        for number in [settings.most_in_commit, settings.patience_ms, settings.checkpoint_pages] {
            command.arg(number.to_string());
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(File::options().create(true).append(true).open(&log).unwrap());
        if let Some(watch) = watch {
            watch.put_over(&mut command);
        }
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().unwrap();
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            let whole = BufReader::new(stdout).split(b'\n').map_while(Result::ok);
            for line in whole {
                if sender.send(String::from_utf8(line).unwrap()).is_err() {
                    return;
                }
            }
        });
        Self { child, stdin, lines, log }
    }

    /// A command; lost if the process is gone.
    pub(crate) fn say(&mut self, command: &str) {
        let _ = self.stdin.as_mut().unwrap().write_all(format!("{command}\n").as_bytes());
    }

    /// The next line; `None` if there is no more, because the process has ended.
    pub(crate) fn hear(&mut self) -> Option<Line> {
        match self.lines.recv_timeout(LONG) {
            Ok(line) => Some(parse(&line)),
            Err(mpsc::RecvTimeoutError::Disconnected) => None,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("no answer: {}", self.log()),
        }
    }

    /// The next line of a process that has to go on.
    pub(crate) fn expect(&mut self) -> Line {
        self.hear().unwrap_or_else(|| panic!("it has ended: {}", self.log()))
    }

    /// What it wrote on standard error.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Kills it; what it has said can still be heard.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Waits until it has ended.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Lets it end in order.
    pub(crate) fn end(mut self) {
        drop(self.stdin.take());
        while self.hear().is_some() {}
        let status = self.wait();
        assert!(status.success(), "{status}: {}", self.log());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn parse(line: &str) -> Line {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["ready"] => Line::Ready,
        ["account", _, id] => Line::Account { id: id.into() },
        ["room", id] => Line::Room { id: id.into() },
        ["following", _, seq] => Line::Following { seq: seq.parse().unwrap() },
        ["ack", key, seq, id] => {
            Line::Ack { key: key.into(), seq: seq.parse().unwrap(), id: id.into() }
        }
        ["no", key, code, how] => {
            Line::No { key: key.into(), code: code.into(), is_certain: how == "certain" }
        }
        ["heard", room, seq, id] => {
            Line::Heard { room: room.into(), seq: seq.parse().unwrap(), id: id.into() }
        }
        ["shown", room, id, key] => {
            Line::Shown { room: room.into(), id: id.into(), key: key.into() }
        }
        ["failed", id, code] => Line::Failed { id: id.into(), code: code.into() },
        ["message", room, seq, id, sender, key, text] => Line::Message(Message {
            room: room.into(),
            seq: seq.parse().unwrap(),
            id: id.into(),
            sender: sender.into(),
            key: key.into(),
            text: text.into(),
        }),
        ["page", _, how] => Line::Page { has_more: how == "more" },
        _ => panic!("it says {line:?}"),
    }
}
