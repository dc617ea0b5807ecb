//! The scribe under the shim.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use faults::{Control, Keep, Loss, Shim, Watch};
use tempfile::TempDir;

/// A scribe at work, or, when it was killed, what it has left.
pub(crate) struct Scribe {
    folder: TempDir,
    watch: Option<Watch>,
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Scribe {
    /// With an empty folder.
    pub(crate) fn start() -> Self {
        Self::start_in(&[], 1)
    }

    /// With a seed for what goes wrong by chance.
    pub(crate) fn start_seeded(seed: u64) -> Self {
        Self::start_in(&[], seed)
    }

    /// With one file that is there already.
    pub(crate) fn start_with(name: &str, text: &str) -> Self {
        Self::start_in(&[(name, text)], 1)
    }

    fn start_in(files: &[(&str, &str)], seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (data, scratch) = (folder.path().join("data"), folder.path().join("scratch"));
        std::fs::create_dir(&data).unwrap();
        std::fs::create_dir(&scratch).unwrap();
        for (name, text) in files {
            std::fs::write(data.join(name), text).unwrap();
        }
        let watch = Shim::build().unwrap().watch(&data, &scratch, seed).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_scribe"));
        command.arg(&data).stdin(Stdio::piped()).stdout(Stdio::piped()).current_dir(&data);
        watch.put_over(&mut command);
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { folder, watch: Some(watch), child, stdin, stdout }
    }

    /// One command; an empty answer means that it died.
    pub(crate) fn ask(&mut self, command: &str) -> String {
        self.tell(command);
        self.hear()
    }

    /// The first half of [`Scribe::ask`].
    pub(crate) fn tell(&mut self, command: &str) {
        writeln!(self.stdin, "{command}").unwrap();
    }

    /// The second half.
    pub(crate) fn hear(&mut self) -> String {
        let mut answer = String::new();
        self.stdout.read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }

    /// Commands that all have to succeed.
    pub(crate) fn all_ok(&mut self, commands: &[&str]) {
        for command in commands {
            assert_eq!(self.ask(command), "ok", "{command}");
        }
    }

    /// What goes wrong.
    pub(crate) fn control(&self) -> &Control {
        self.watch.as_ref().unwrap().control()
    }

    /// Where the watched folder is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The text of a file, as anybody sees it.
    pub(crate) fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.path().join("data").join(name)).ok()
    }

    /// Waits for its end, and says which signal it died of.
    pub(crate) fn signal(&mut self) -> Option<i32> {
        self.child.wait().unwrap().signal()
    }

    /// Kills it, and takes away what it had not synced.
    pub(crate) fn kill_and_lose_power(mut self, keep: Keep) -> (Self, Loss) {
        self.child.kill().unwrap();
        assert_eq!(self.signal(), Some(9));
        let loss = self.watch.take().unwrap().lose_power(keep).unwrap();
        (self, loss)
    }
}

impl Drop for Scribe {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
