//! Opens a database, or says in a sentence why not.

use std::error::Error;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use refinery::Runner;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::checkpoint::{self, CopyError, Pass};
use crate::config::StoreConfig;
use crate::{migrate, used};

/// `Parl`: what the header of each of our databases holds, so that no other program's is taken for one.
const APPLICATION_ID: i32 = 0x5061_726c;

/// Statements that a connection keeps prepared: more than there are.
const CACHED_STATEMENTS: usize = 256;

/// Kept of the log's file when it is emptied: 64 MiB, so that a busy time leaves no huge file behind.
const WAL_KEPT_BYTES: u32 = 64 << 20;

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file, or one beside it, cannot be made or written.
    #[error(
        "The database {path} cannot be written: {error}. Its directory must exist, and this user \
         must be allowed to write there."
    )]
    NotWritable {
        /// The database.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Another process has it.
    #[error(
        "The database {path} is in use by another server or program: stop that one first, or give \
         this one another data directory."
    )]
    InUse {
        /// The database.
        path: PathBuf,
    },
    /// It is a database of something else, or no database.
    #[error(
        "The file {path} is not a database of Parlour: move it away, or name another \
         `database_url`."
    )]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// It was written by a later version.
    #[error(
        "The database {path} has the schema {found}, and this version knows up to {known}: start \
         the newer version that made it."
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema of this version.
        known: i64,
    },
    /// Its schema could not be brought up to date; the migration that failed has changed nothing.
    #[error("The schema of the database {path} could not be brought up to date: {message}")]
    Migration {
        /// The database.
        path: PathBuf,
        /// What failed.
        message: String,
    },
    /// The copy before a destructive migration failed; nothing has been changed.
    #[error("The database could not be copied to {path} before its schema is changed: {error}")]
    Backup {
        /// The copy.
        path: PathBuf,
        /// What failed.
        error: io::Error,
    },
    /// There is no room.
    #[error("The disk with the database {path} is full: make room and start again.")]
    DiskFull {
        /// The database.
        path: PathBuf,
    },
    /// It is damaged.
    #[error(
        "The database {path} is damaged ({error}): restore it from a backup, or see what \
         `sqlite3 … .recover` can save."
    )]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        error: rusqlite::Error,
    },
    /// Its file holds nothing any more, though what lies beside it shows that it did.
    #[error(
        "The database {path} was in use and is empty now: restore it from a backup, or, to begin \
         anew, move it and the files `…-wal` and `….lock` beside it away."
    )]
    Emptied {
        /// The database.
        path: PathBuf,
    },
    /// Anything else.
    #[error("The database {path} cannot be opened: {error}")]
    Other {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        error: rusqlite::Error,
    },
}

impl OpenError {
    pub(crate) fn of_io(path: &Path, error: io::Error) -> Self {
        let path = path.into();
        match error.kind() {
            io::ErrorKind::StorageFull => Self::DiskFull { path },
            _ => Self::NotWritable { path, error },
        }
    }

    /// Of a migration: what SQLite says of the disk or of damage tells more than that it failed.
    pub(crate) fn of_migration(path: &Path, error: &refinery::Error) -> Self {
        let failed = || Self::Migration { path: path.into(), message: error.to_string() };
        let mut cause: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(next) = cause {
            if let Some(rusqlite::Error::SqliteFailure(code, message)) = next.downcast_ref() {
                let found = rusqlite::Error::SqliteFailure(*code, message.clone());
                return match Self::of(path, found) {
                    Self::Other { .. } => failed(),
                    said => said,
                };
            }
            cause = next.source();
        }
        failed()
    }

    pub(crate) fn of(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.into();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotOurs { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt { path, error },
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::NotWritable { path, error: io::Error::other(error) }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse { path },
            _ => Self::Other { path, error },
        }
    }
}

/// What an open database is made of.
pub(crate) struct Opened {
    pub(crate) writer: Connection,
    /// Of the thread that copies the log.
    pub(crate) copier: Connection,
    pub(crate) readers: Vec<Connection>,
    /// Of the one thread that searches and lists.
    pub(crate) searcher: Connection,
    /// The database's own file. Closing it gives up SQLite's locks: it comes after the connections.
    pub(crate) file: File,
    /// The lock is held as long as this lives.
    pub(crate) lock: File,
}

/// Locks, checks, recovers and migrates the database, and opens its connections.
pub(crate) fn open(config: &StoreConfig, schema: &Runner) -> Result<Opened, OpenError> {
    let path = &config.path;
    let lock = lock(path)?;
    used::refuse_emptied(path, &lock)?;
    let file = make_private(path)?;
    write_log_again(path).map_err(|error| OpenError::of_io(path, error))?;
    let sqlite = |error| OpenError::of(path, error);
    if used::has_kept_log(&lock).map_err(|error| OpenError::of_io(path, error))? {
        copy_whole_log(config, &file).map_err(|error| of_copy(path, error))?;
        used::forget_kept_log(&lock).map_err(|error| OpenError::of_io(path, error))?;
    }
    let mut writer = connect(config, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(sqlite)?;
    refuse_others(&writer, path)?;
    set_up_writer(&writer, config).map_err(sqlite)?;
    migrate::run(&mut writer, schema, path)?;
    // Everything that a crash has left in the log is in the database's own file from here on, and on
    // the disk: so that what is answered about it is durable.
    match checkpoint::copy(&writer, &file, Pass::Last) {
        Ok(_) => {}
        // Another program copies it, or reads what it was: it is on the disk all the same.
        Err(CopyError::NotCopied(error)) if is_busy(&error) => {}
        Err(error) => {
            used::note_kept_log(&lock).map_err(|error| OpenError::of_io(path, error))?;
            return Err(of_copy(path, error));
        }
    }
    // That it can be written is found out now rather than by the first message; and it makes the log.
    writer
        .execute("UPDATE counters SET value = value + 1 WHERE name = 'settled'", [])
        .map_err(sqlite)?;
    let noted = used::note_made(&lock).and_then(|()| sync_directory(path));
    noted.map_err(|error| OpenError::of_io(path, error))?;
    let copier = connect(config, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(sqlite)?;
    copier.execute_batch("PRAGMA synchronous = FULL;").map_err(sqlite)?;
    let readers = (0..config.readers.max(1)).map(|_| reader(config)).collect::<Result<_, _>>();
    let readers = readers.map_err(sqlite)?;
    let searcher = reader(config).map_err(sqlite)?;
    Ok(Opened { writer, copier, readers, searcher, file, lock })
}

/// The lock on `….lock` beside the database: the kernel gives it up when the process ends.
fn lock(path: &Path) -> Result<File, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(name);
    let file = file.map_err(|error| OpenError::of_io(path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.into() }),
        Err(TryLockError::Error(error)) => Err(OpenError::of_io(path, error)),
    }
}

/// A new database is readable by its owner alone; SQLite gives the files beside it the same mode.
fn make_private(path: &Path) -> Result<File, OpenError> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
    file.map_err(|error| OpenError::of_io(path, error))
}

/// Writes the bytes of a left-over log over themselves, and syncs them.
///
/// A process that died after a failed sync leaves pages that the kernel shows and does not write any
/// more; recovery would believe them, a checkpoint would build on them, and a power cut could then
/// leave half of it. Written again they are what they seem, or this fails.
fn write_log_again(path: &Path) -> io::Result<()> {
    const CHUNK_BYTES: usize = 1 << 20;
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    let mut file = match OpenOptions::new().read(true).write(true).open(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut at = 0;
    loop {
        file.seek(SeekFrom::Start(at))?;
        let length = file.read(&mut chunk)?;
        if length == 0 {
            return file.sync_all();
        }
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&chunk[..length])?;
        at += length as u64;
    }
}

fn connect(config: &StoreConfig, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection =
        Connection::open_with_flags(&config.path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(config.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // Who closes a connection last copies the log, and removes it: also where it is to be kept.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // A plan does not depend on bound values. Without this, each statement that could use a partial
    // index is parsed again for each value: half of what a stored message costs.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // For statements that ask for many by their ids.
    rusqlite::vtab::array::load_module(&connection)?;
    // No memory map: a disk that fails under one ends the process instead of failing a call.
    connection.execute_batch("PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;")?;
    Ok(connection)
}

fn set_up_writer(connection: &Connection, config: &StoreConfig) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = {WAL_KEPT_BYTES};
         PRAGMA secure_delete = FAST;
         PRAGMA cache_size = -{};",
        config.writer_cache_bytes / 1_024,
    ))
}

fn reader(config: &StoreConfig) -> rusqlite::Result<Connection> {
    let connection = connect(config, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let cache = config.reader_cache_bytes / 1_024;
    connection.execute_batch(&format!("PRAGMA cache_size = -{cache};"))?;
    Ok(connection)
}

/// Copies a log of which nothing is to be believed copied: as the only one that has the database open,
/// SQLite reads it from its beginning.
fn copy_whole_log(config: &StoreConfig, file: &File) -> Result<(), CopyError> {
    let alone = connect(config, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    alone.execute_batch("PRAGMA locking_mode = EXCLUSIVE;")?;
    checkpoint::copy(&alone, file, Pass::Last).map(|_| ())
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

fn of_copy(path: &Path, error: CopyError) -> OpenError {
    match error {
        CopyError::NotCopied(error) => OpenError::of(path, error),
        CopyError::NotSynced(error) => OpenError::of_io(path, error),
    }
}

/// A database with tables must be ours; an empty one becomes it.
fn refuse_others(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let sqlite = |error| OpenError::of(path, error);
    let found = number("PRAGMA application_id").map_err(sqlite)?;
    if found == i64::from(APPLICATION_ID) {
        return Ok(());
    }
    let tables = number("SELECT count(*) FROM sqlite_schema").map_err(sqlite)?;
    if tables > 0 || found != 0 {
        return Err(OpenError::NotOurs { path: path.into() });
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(sqlite)
}

/// Makes the names of the files in the database's directory durable.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}
