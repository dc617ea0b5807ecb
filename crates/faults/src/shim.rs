//! Building the shim, and putting a program under it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::control::Control;
use crate::power::{self, Keep, Loss};

/// The shim, built.
#[derive(Debug, Clone)]
pub struct Shim {
    library: PathBuf,
}

/// Why there is no shim.
#[derive(Debug, thiserror::Error)]
pub enum ShimError {
    /// Files could not be read, written or started.
    #[error("the shim cannot be built: {0}")]
    Io(#[from] io::Error),
    /// The C compiler refused it.
    #[error("the shim cannot be built, says cc:\n{0}")]
    Compiler(String),
}

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/shim");
const SOURCES: [&str; 4] = ["calls.c", "control.c", "files.c", "journal.c"];
const OPTIONS: &str = "-shared -fPIC -O2 -std=gnu11 -Wall -Wextra -Werror -pthread";

impl Shim {
    /// Compiles the shim with `cc`, beside the running program, unless the same one is there.
    ///
    /// # Errors
    /// [`ShimError`], if there is no C compiler, or nowhere to write.
    pub fn build() -> Result<Self, ShimError> {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let mut hash = DefaultHasher::new();
        OPTIONS.hash(&mut hash);
        for source in SOURCES.into_iter().chain(["shim.h"]) {
            std::fs::read(Path::new(FOLDER).join(source))?.hash(&mut hash);
        }
        let program = std::env::current_exe()?;
        let library = program.with_file_name(format!("faults-{:016x}.so", hash.finish()));
        if !library.exists() {
            // Another process may do the same: each makes its own, and the last one stays.
            let own = library.with_extension(std::process::id().to_string());
            let sources = SOURCES.map(|source| Path::new(FOLDER).join(source));
            let mut cc = Command::new("cc");
            cc.args(OPTIONS.split(' ')).arg("-o").arg(&own).args(sources);
            let output = cc.output()?;
            if !output.status.success() {
                return Err(ShimError::Compiler(String::from_utf8_lossy(&output.stderr).into()));
            }
            std::fs::rename(&own, &library)?;
        }
        Ok(Self { library })
    }

    /// Prepares for one process that keeps its files in the folder `data`. In `scratch`, a folder of
    /// this process alone, outside `data` and on the same file system, the shim keeps what it needs.
    ///
    /// # Errors
    /// Those of making files there.
    pub fn watch(&self, data: &Path, scratch: &Path, seed: u64) -> io::Result<Watch> {
        let (data, scratch) = (data.canonicalize()?, scratch.canonicalize()?);
        let undo = scratch.join("undo");
        std::fs::create_dir(&undo)?;
        let control = Control::create(&scratch.join("control"), seed)?;
        let is_undoable = true;
        Ok(Watch { library: self.library.clone(), data, scratch, control, is_undoable })
    }
}

/// One process under the shim, once [`Watch::put_over`] was called and it was started.
#[derive(Debug)]
pub struct Watch {
    library: PathBuf,
    data: PathBuf,
    scratch: PathBuf,
    control: Control,
    is_undoable: bool,
}

impl Watch {
    /// Keeps no journal: writing costs what it does without the shim, and `data` may be on another
    /// file system; [`Watch::lose_power`] is not possible then.
    #[must_use]
    pub fn without_undo(mut self) -> Self {
        self.is_undoable = false;
        self
    }

    /// Lets the command start under the shim; one process at most. What that process starts is not
    /// under it.
    pub fn put_over(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library);
        command.env("FAULTS_PREFIX", &self.data);
        command.env("FAULTS_CONTROL", self.scratch.join("control"));
        if self.is_undoable {
            command.env("FAULTS_JOURNAL", self.scratch.join("undo"));
        }
    }

    /// What is to go wrong.
    pub const fn control(&self) -> &Control {
        &self.control
    }

    /// Takes away what was not synced, as a loss of power at the moment of the process's end would
    /// have. The process must have ended, however it did, and no other may use the files.
    ///
    /// # Errors
    /// Those of reading the journal and writing the files.
    pub fn lose_power(self, keep: Keep) -> io::Result<Loss> {
        power::lose(&self.data, &self.scratch.join("undo"), keep)
    }
}
