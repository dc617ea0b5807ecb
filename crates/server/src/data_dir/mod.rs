//! The data directory: made at the first start, for one server at a time.

mod secret;

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// For the owner alone: it holds everybody's messages, and the secret that signs tokens.
const DIRECTORY_MODE: u32 = 0o700;
/// The same for a file in it.
const FILE_MODE: u32 = 0o600;
/// Locked for as long as a server uses the directory; holds its process id. The lock goes with the
/// process, however it ends; the file stays.
const LOCK_FILE: &str = "parlour.lock";

pub(crate) use secret::{Kept, admin_token};

/// Why the directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataDirError {
    #[error(
        "another server{} uses the data directory {}: stop it first, or give this one a data_dir \
         of its own", pid.map(|pid| format!(" (process {pid})")).unwrap_or_default(), path.display()
    )]
    InUse { path: PathBuf, pid: Option<u32> },
    #[error("the data directory {} cannot be used: {what}: {} (data_dir says where it is)", path.display(), reason(.error))]
    Unusable { path: PathBuf, what: String, error: io::Error },
    #[error(
        "{} is damaged: put it back from a backup, or remove it; then a new one is made{}",
        path.display(), if *is_for_tokens { ", and everybody has to sign in again" } else { "" }
    )]
    SecretDamaged { path: PathBuf, is_for_tokens: bool },
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "this user may not do that".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "there is a file where a directory should be".to_owned()
        }
        _ => error.to_string(),
    }
}

/// The directory, ours alone until this is dropped.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    /// Held open for its lock.
    _lock: File,
}

impl DataDir {
    /// Makes the directory, mode 0700, unless it is there, and locks it.
    ///
    /// # Errors
    /// [`DataDirError`] if it cannot be made or written to, or another server has locked it.
    pub(crate) fn open(path: &Path) -> Result<Self, DataDirError> {
        make(path).map_err(unusable(path, "it cannot be made"))?;
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(path.join(LOCK_FILE))
            .map_err(unusable(path, "its lock file cannot be opened"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DataDirError::InUse { path: path.to_owned(), pid: holder(&lock) });
            }
            Err(TryLockError::Error(error)) => {
                return Err(unusable(path, "it cannot be locked")(error));
            }
        }
        sign(&lock).map_err(unusable(path, "its lock file cannot be written"))?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where a file of this name is.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

fn unusable(path: &Path, what: &str) -> impl FnOnce(io::Error) -> DataDirError {
    move |error| DataDirError::Unusable { path: path.to_owned(), what: what.to_owned(), error }
}

/// What is above the directory is made as everywhere; only the directory itself is nobody else's.
fn make(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().mode(DIRECTORY_MODE).create(path) {
        // Another start was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made,
    }
}

/// Which process holds the lock, as far as it has said so already.
fn holder(lock: &File) -> Option<u32> {
    let mut text = String::new();
    lock.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn sign(mut lock: &File) -> io::Result<()> {
    lock.set_len(0)?;
    writeln!(lock, "{}", std::process::id())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_is_made_for_its_owner_alone_and_lent_to_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some/where");
        let first = DataDir::open(&path).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), DIRECTORY_MODE);
        assert_eq!(mode(&path.join(LOCK_FILE)), FILE_MODE);
        let DataDirError::InUse { pid, .. } = DataDir::open(&path).unwrap_err() else {
            panic!("in use");
        };
        assert_eq!(pid, Some(std::process::id()));
        drop(first);
        DataDir::open(&path).unwrap();
    }

    #[test]
    fn what_cannot_be_a_directory_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "x").unwrap();
        for path in [path.clone(), path.join("below")] {
            let error = DataDir::open(&path).unwrap_err().to_string();
            assert!(error.contains("there is a file where a directory should be"), "{error}");
        }
    }
}
