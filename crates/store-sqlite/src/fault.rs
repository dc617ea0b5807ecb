//! What SQLite's errors mean for whoever asked.

use chat::store::StoreError;
use rusqlite::{Error, ErrorCode};

/// An error before the commit: whether it is the world's (the disk, a lock, the memory), which passes,
/// or this call's own, which comes again each time.
pub(crate) fn of_statement(error: &Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::OperationInterrupted
            | ErrorCode::OutOfMemory
            | ErrorCode::PermissionDenied
            | ErrorCode::ReadOnly
            | ErrorCode::SystemIoFailure,
        ) => StoreError::Unavailable,
        _ => StoreError::Broken,
    }
}

/// An error of COMMIT itself.
///
/// Certain are the two that come before the log is synced: somebody else's lock, and a full disk,
/// which leaves the transaction's last frame, the one with the commit mark, incomplete. Anything else
/// may have left the whole transaction in the log's file.
pub(crate) fn of_commit(error: &Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull) => {
            StoreError::Unavailable
        }
        Some(ErrorCode::ConstraintViolation) => StoreError::Broken,
        _ => StoreError::Unknown,
    }
}

/// A stored value that cannot be what its column says.
pub(crate) fn corrupt(what: &'static str) -> Error {
    Error::FromSqlConversionFailure(0, rusqlite::types::Type::Null, what.into())
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn only_what_passes_is_unavailable_and_only_what_is_certain_is_not_unknown() {
        for (code, statement, commit) in [
            (ffi::SQLITE_FULL, StoreError::Unavailable, StoreError::Unavailable),
            (ffi::SQLITE_BUSY, StoreError::Unavailable, StoreError::Unavailable),
            (ffi::SQLITE_IOERR_WRITE, StoreError::Unavailable, StoreError::Unknown),
            (ffi::SQLITE_IOERR_FSYNC, StoreError::Unavailable, StoreError::Unknown),
            (ffi::SQLITE_IOERR_READ, StoreError::Unavailable, StoreError::Unknown),
            (ffi::SQLITE_READONLY, StoreError::Unavailable, StoreError::Unknown),
            (ffi::SQLITE_CORRUPT, StoreError::Broken, StoreError::Unknown),
            (ffi::SQLITE_CONSTRAINT, StoreError::Broken, StoreError::Broken),
            (ffi::SQLITE_TOOBIG, StoreError::Broken, StoreError::Unknown),
        ] {
            let error = Error::SqliteFailure(ffi::Error::new(code), None);
            assert_eq!(of_statement(&error), statement, "{error}");
            assert_eq!(of_commit(&error), commit, "{error}");
        }
        assert_eq!(of_statement(&corrupt("x")), StoreError::Broken);
    }
}
