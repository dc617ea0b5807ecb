//! What is to go wrong: a file of 64-bit words, which the shim maps and looks at in every call.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

/// The calls that can be made to go wrong. The numbers are those of `enum kind` in shim.h.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// `write`, `pwrite`, `writev`, `pwritev`.
    Write,
    /// `fsync` and `fdatasync`, of files and folders.
    Sync,
    /// `ftruncate` and `fallocate`.
    Truncate,
    /// `open` for writing.
    Open,
    /// `rename`.
    Rename,
    /// `unlink`.
    Unlink,
}

impl Call {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Write, Self::Sync, Self::Truncate, Self::Open, Self::Rename, Self::Unlink];
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errno {
    /// `EIO`: the disk is broken.
    Io = 5,
    /// `ENOSPC`: the disk is full.
    NoSpace = 28,
    /// `EROFS`: the file system is read-only.
    ReadOnly = 30,
}

/// When a process dies, seen from the call that it dies at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kill {
    /// Instead of making the call.
    Before = 1,
    /// When it has been made, before its caller hears of it.
    After = 2,
}

/// What goes wrong with one kind of call. The default is nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fault {
    delay: Duration,
    is_held: bool,
    errno: Option<Errno>,
    skip: u64,
    times: u64,
    probability: f64,
    kill: Option<(Kill, u64)>,
}

impl Default for Fault {
    fn default() -> Self {
        let never = Duration::ZERO;
        Self {
            delay: never,
            is_held: false,
            errno: None,
            skip: 0,
            times: u64::MAX,
            probability: 1.0,
            kill: None,
        }
    }
}

impl Fault {
    /// Every call takes this much longer (whole microseconds), whatever else becomes of it.
    #[must_use]
    pub fn slow(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Every call waits until something else is set for its kind; then it is made, or fails, as it
    /// would have.
    #[must_use]
    pub fn hold(mut self) -> Self {
        self.is_held = true;
        self
    }

    /// Every call fails; [`Fault::after`], [`Fault::times`] and [`Fault::chance`] make it fewer.
    #[must_use]
    pub fn fail(mut self, errno: Errno) -> Self {
        self.errno = Some(errno);
        self
    }

    /// The next `calls` calls do not fail.
    #[must_use]
    pub fn after(mut self, calls: u64) -> Self {
        self.skip = calls;
        self
    }

    /// Of the calls after those, no more than this many fail.
    #[must_use]
    pub fn times(mut self, calls: u64) -> Self {
        self.times = calls;
        self
    }

    /// Each of those fails with this probability (0 to 1), by the control's seed and its number.
    #[must_use]
    pub fn chance(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// The process dies of `SIGKILL` at the `nth` call from now, 1 being the next.
    #[must_use]
    pub fn kill(mut self, when: Kill, nth: u64) -> Self {
        self.kill = Some((when, nth));
        self
    }
}

const MAGIC: u64 = 0x7374_7561_6c66;
const HEAD_WORDS: usize = 8;
const SLOT_WORDS: usize = 16;
/// The words that the shim writes, at the beginning of each slot.
const COUNTER_WORDS: usize = 2;
/// One more that it writes.
const HOLDING_WORD: usize = 10;
const WORDS: usize = HEAD_WORDS + Call::ALL.len() * SLOT_WORDS;

/// The switchboard of one process under the shim. Changes take effect with the next call.
#[derive(Debug)]
pub struct Control {
    file: File,
}

impl Control {
    /// Makes the file, with nothing set to go wrong. `seed` decides for [`Fault::chance`].
    pub(crate) fn create(path: &Path, seed: u64) -> io::Result<Self> {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(path)?;
        let control = Self { file };
        let mut words = [0; WORDS];
        (words[0], words[2]) = (MAGIC, seed);
        control.write(0, &words)?;
        Ok(control)
    }

    /// From the next call of this kind on, this goes wrong, and nothing that was set before.
    ///
    /// # Errors
    /// Those of writing the file.
    pub fn set(&self, call: Call, fault: Fault) -> io::Result<()> {
        let calls = self.calls(call)?;
        let (kill, nth) = fault.kill.map_or((0, 0), |(when, nth)| (when as u64, nth));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is between 0 and 1,000,000"
        )]
        let ppm = (fault.probability.clamp(0.0, 1.0) * 1e6).round() as u64;
        let words = [
            u64::try_from(fault.delay.as_micros()).unwrap_or(u64::MAX),
            fault.errno.map_or(0, |errno| errno as u64),
            calls.saturating_add(fault.skip).saturating_add(1),
            fault.times,
            ppm,
            kill,
            calls.saturating_add(nth),
            u64::from(fault.is_held),
        ];
        let version = self.read(1)?;
        self.write(1, &[version + 1])?;
        self.write(Self::slot(call) + COUNTER_WORDS, &words)?;
        self.write(1, &[version + 2])
    }

    /// As [`Control::set`], for every kind of call.
    ///
    /// # Errors
    /// Those of writing the file.
    pub fn set_all(&self, fault: Fault) -> io::Result<()> {
        Call::ALL.into_iter().try_for_each(|call| self.set(call, fault))
    }

    /// From now on nothing goes wrong.
    ///
    /// # Errors
    /// Those of writing the file.
    pub fn clear(&self) -> io::Result<()> {
        self.set_all(Fault::default())
    }

    /// How many calls of this kind there were.
    ///
    /// # Errors
    /// Those of reading the file.
    pub fn calls(&self, call: Call) -> io::Result<u64> {
        self.read(Self::slot(call))
    }

    /// How many calls of this kind wait now, as [`Fault::hold`] has them.
    ///
    /// # Errors
    /// Those of reading the file.
    pub fn holding(&self, call: Call) -> io::Result<u64> {
        self.read(Self::slot(call) + HOLDING_WORD)
    }

    /// How many calls of this kind the shim has made fail.
    ///
    /// # Errors
    /// Those of reading the file.
    pub fn failed(&self, call: Call) -> io::Result<u64> {
        self.read(Self::slot(call) + 1)
    }

    const fn slot(call: Call) -> usize {
        HEAD_WORDS + call as usize * SLOT_WORDS
    }

    fn read(&self, word: usize) -> io::Result<u64> {
        let mut bytes = [0; 8];
        self.file.read_exact_at(&mut bytes, word as u64 * 8)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn write(&self, word: usize, words: &[u64]) -> io::Result<()> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        self.file.write_all_at(&bytes, word as u64 * 8)
    }
}
