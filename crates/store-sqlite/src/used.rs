//! Whether a database has been here before: so that one that lost its contents is not taken for a new
//! one, and a server that lost everything does not start as if nothing were wrong.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use crate::open::OpenError;

/// What the lock's file holds once there is a database; before, and in a start that was broken off, it
/// is empty.
const MADE: &[u8] = b"The database beside this file has been made.\n";

/// What it holds besides when the log is to be copied whole by the next start.
const KEPT: &[u8] = b"Its write-ahead log is to be copied whole.\n";

/// Refuses a database that is empty and was not. One that is not there at all begins anew, with a
/// warning: somebody has taken it away; but not if its log is left, which would be lost.
pub(crate) fn refuse_emptied(path: &Path, lock: &File) -> Result<(), OpenError> {
    let of_io = |error| OpenError::of_io(path, error);
    let was_made = lock.metadata().map_err(of_io)?.len() > 0;
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let has_log = length(log.as_ref()).map_err(of_io)?.is_some_and(|bytes| bytes > 0);
    match length(path).map_err(of_io)? {
        Some(0) if was_made || has_log => Err(OpenError::Emptied { path: path.into() }),
        None if has_log => Err(OpenError::Emptied { path: path.into() }),
        None if was_made => {
            tracing::warn!(
                database = %path.display(),
                "the database that was here is gone: a new one is made, without any accounts and messages"
            );
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Notes that the database is made, if that is not noted yet.
pub(crate) fn note_made(mut lock: &File) -> io::Result<()> {
    if lock.metadata()?.len() > 0 {
        return Ok(());
    }
    lock.write_all(MADE)?;
    lock.sync_all()
}

/// Notes that what counts as copied of the log may not be on the disk.
pub(crate) fn note_kept_log(mut lock: &File) -> io::Result<()> {
    lock.seek(SeekFrom::Start(MADE.len() as u64))?;
    lock.write_all(KEPT)?;
    lock.sync_all()
}

/// Whether that is noted.
pub(crate) fn has_kept_log(lock: &File) -> io::Result<bool> {
    Ok(lock.metadata()?.len() > MADE.len() as u64)
}

/// It is copied.
pub(crate) fn forget_kept_log(lock: &File) -> io::Result<()> {
    lock.set_len(MADE.len() as u64)?;
    lock.sync_all()
}

/// `None` if there is no such file.
fn length(path: &Path) -> io::Result<Option<u64>> {
    match std::fs::metadata(path) {
        Ok(found) => Ok(Some(found.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
