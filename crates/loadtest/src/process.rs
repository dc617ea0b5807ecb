//! What a process uses, from /proc.

use std::io;

use serde::Serialize;

use crate::error::Error;

/// Which process: another's id, or this one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(Option<u32>);

/// Memory in KB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Memory {
    /// Its own pages, and its share of those that it shares.
    pub(crate) pss_kb: u64,
    /// All pages that it has mapped.
    pub(crate) rss_kb: u64,
}

/// CPU time since the process began, of all its threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cpu {
    /// In its own code.
    pub(crate) user_ns: u64,
    /// In the kernel.
    pub(crate) kernel_ns: u64,
}

impl Cpu {
    /// What was used since `earlier`.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            user_ns: self.user_ns.saturating_sub(earlier.user_ns),
            kernel_ns: self.kernel_ns.saturating_sub(earlier.kernel_ns),
        }
    }

    /// User and kernel together.
    pub(crate) fn total_ns(self) -> u64 {
        self.user_ns + self.kernel_ns
    }
}

impl Process {
    /// This one.
    pub(crate) const SELF: Self = Self(None);

    /// Another.
    pub(crate) fn of(pid: u32) -> Self {
        Self(Some(pid))
    }

    /// What it holds at this moment.
    ///
    /// # Errors
    /// [`Error::Process`].
    pub(crate) fn memory(self) -> Result<Memory, Error> {
        let text = self.read("smaps_rollup")?;
        let field = |name| field_kb(&text, name).ok_or_else(|| self.unreadable("smaps_rollup"));
        Ok(Memory { pss_kb: field("Pss:")?, rss_kb: field("Rss:")? })
    }

    /// What it has used so far, in steps of the kernel's clock tick (10 ms).
    ///
    /// # Errors
    /// [`Error::Process`].
    pub(crate) fn cpu(self) -> Result<Cpu, Error> {
        let ticks = rustix::param::clock_ticks_per_second();
        parse_stat(&self.read("stat")?, ticks).ok_or_else(|| self.unreadable("stat"))
    }

    fn path(self, file: &str) -> String {
        self.0.map_or_else(|| format!("/proc/self/{file}"), |pid| format!("/proc/{pid}/{file}"))
    }

    fn read(self, file: &str) -> Result<String, Error> {
        let path = self.path(file);
        std::fs::read_to_string(&path).map_err(|error| Error::Process { path, error })
    }

    fn unreadable(self, file: &str) -> Error {
        Error::Process { path: self.path(file), error: io::ErrorKind::InvalidData.into() }
    }
}

/// The value of a line of `smaps_rollup`.
fn field_kb(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// `utime` and `stime`, the 14th and 15th field of `stat`; the 2nd, the name, may hold anything.
fn parse_stat(text: &str, ticks_per_second: u64) -> Option<Cpu> {
    let mut fields = text[text.rfind(')')? + 1..].split_ascii_whitespace().skip(11);
    let mut next_ns =
        || Some(fields.next()?.parse::<u64>().ok()? * 1_000_000_000 / ticks_per_second);
    Some(Cpu { user_ns: next_ns()?, kernel_ns: next_ns()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_line_is_read_whatever_the_program_is_called() {
        let line = "7 (a) b (c) S 1 7 7 0 -1 4194304 100 0 0 0 250 31 0 0 20 0 1 0 5 0 0";
        let expected = Cpu { user_ns: 2_500_000_000, kernel_ns: 310_000_000 };
        assert_eq!(parse_stat(line, 100), Some(expected));
        assert_eq!(parse_stat("7 (a", 100), None);
    }

    #[test]
    fn a_rollup_is_read() {
        let text = "55d0-7ffd ---p 00000000 00:00 0 [rollup]\nRss:     3104 kB\nPss:   1200 kB\n";
        assert_eq!(field_kb(text, "Pss:"), Some(1_200));
        assert_eq!(field_kb(text, "Rss:"), Some(3_104));
        assert_eq!(field_kb(text, "Swap:"), None);
    }

    #[test]
    fn this_process_can_be_looked_at_and_none_that_is_not_there() {
        let memory = Process::SELF.memory().unwrap();
        assert!(memory.pss_kb > 0 && memory.rss_kb >= memory.pss_kb);
        assert!(Process::SELF.cpu().is_ok());
        let error = Process::of(u32::MAX).cpu().unwrap_err().to_string();
        assert!(error.contains("--pid"), "{error}");
    }
}
