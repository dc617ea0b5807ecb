//! The secrets that are not configured: each made once, and kept.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use chat::random::Random;
use gateway::SystemRandom;

use super::{DataDir, DataDirError, FILE_MODE, unusable};

/// The secrets that are made and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// What signs tokens.
    Tokens,
    /// What makes an operator.
    Admin,
}

impl Kept {
    const fn file(self) -> &'static str {
        match self {
            Self::Tokens => "jwt-secret",
            Self::Admin => "admin-token",
        }
    }

    /// Written in full before it gets its name; what a start that was cut off has left is overwritten.
    fn unfinished(self) -> String {
        format!("{}.new", self.file())
    }

    fn damaged(self, path: PathBuf) -> DataDirError {
        DataDirError::SecretDamaged { path, is_for_tokens: self == Self::Tokens }
    }
}

/// The operator's token that a server keeps in a data directory, for a command beside it.
///
/// # Errors
/// The file's: that it is not there, or may not be read.
pub(crate) fn admin_token(data_dir: &Path) -> io::Result<String> {
    fs::read_to_string(data_dir.join(Kept::Admin.file())).map(|text| text.trim_end().to_owned())
}

/// 256 bits: what HS256 needs at least (RFC 7518 §3.2).
const SECRET_BYTES: usize = 32;
/// In the file it is hexadecimal, so that it survives copying by hand.
const SECRET_DIGITS: usize = 2 * SECRET_BYTES;
/// Everybody but the owner.
const OTHERS: u32 = 0o077;

impl DataDir {
    /// A secret: the one that is kept, else a new one that is on the disk when this returns. The
    /// lock on the directory keeps two starts from making two.
    ///
    /// # Errors
    /// [`DataDirError`] if it can be neither read nor made, or is not one.
    pub(crate) fn secret(&self, kept: Kept) -> Result<String, DataDirError> {
        let path = self.file(kept.file());
        match fs::read_to_string(&path) {
            Ok(text) => {
                let secret = text.trim_end();
                if secret.len() != SECRET_DIGITS || !secret.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Err(kept.damaged(path));
                }
                self.close_to_others(kept, &path)?;
                Ok(secret.to_owned())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = make();
                self.keep(kept, &secret)
                    .map_err(unusable(&self.path, "a secret cannot be kept in it"))?;
                tracing::info!(path = %path.display(), "made this file, which nobody else may read");
                Ok(secret)
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(kept.damaged(path)),
            Err(error) => {
                let what = format!("its {} cannot be read", kept.file());
                Err(unusable(&self.path, &what)(error))
            }
        }
    }

    /// Whole or not at all: written and synced under another name, renamed, and the name synced.
    fn keep(&self, kept: Kept, secret: &str) -> io::Result<()> {
        let unfinished = self.file(&kept.unfinished());
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&unfinished)?;
        writeln!(file, "{secret}")?;
        file.sync_all()?;
        fs::rename(&unfinished, self.file(kept.file()))?;
        File::open(&self.path)?.sync_all()
    }

    /// Whoever else could read it may have; from now on nobody can.
    fn close_to_others(&self, kept: Kept, path: &Path) -> Result<(), DataDirError> {
        let what = &format!("its {} cannot be closed to others", kept.file());
        let mode = fs::metadata(path).map_err(unusable(&self.path, what))?.permissions().mode();
        if mode & OTHERS != 0 {
            fs::set_permissions(path, Permissions::from_mode(FILE_MODE))
                .map_err(unusable(&self.path, what))?;
            tracing::warn!(
                path = %path.display(),
                mode = format!("{:04o}", mode & 0o7777),
                "this secret was open to other users of this machine; it is closed now: remove the \
                 file for a new one if one of them may have read it"
            );
        }
        Ok(())
    }
}

fn make() -> String {
    let mut bytes = [0; SECRET_BYTES];
    SystemRandom::new().fill(&mut bytes);
    bytes.iter().fold(String::with_capacity(SECRET_DIGITS), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> (tempfile::TempDir, DataDir) {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path()).unwrap();
        (folder, data)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn it_is_made_once_and_kept_for_its_owner_alone() {
        let (folder, data) = open();
        // What a start that was cut off has left is in nobody's way.
        fs::write(data.file(&Kept::Tokens.unfinished()), "half").unwrap();
        let secret = data.secret(Kept::Tokens).unwrap();
        assert_eq!(secret.len(), SECRET_DIGITS);
        assert_eq!(data.secret(Kept::Tokens).unwrap(), secret);
        assert_eq!(mode(&data.file(Kept::Tokens.file())), FILE_MODE);
        let admin = data.secret(Kept::Admin).unwrap();
        assert_ne!(admin, secret);
        assert_eq!(admin_token(folder.path()).unwrap(), admin);
        assert_eq!(mode(&data.file(Kept::Admin.file())), FILE_MODE);
        assert!(!data.file(&Kept::Tokens.unfinished()).exists());
        let (_other_folder, other) = open();
        assert_ne!(other.secret(Kept::Tokens).unwrap(), secret);
    }

    #[test]
    fn a_mode_that_is_too_open_is_corrected() {
        let (_folder, data) = open();
        let secret = data.secret(Kept::Tokens).unwrap();
        fs::set_permissions(data.file(Kept::Tokens.file()), Permissions::from_mode(0o644)).unwrap();
        assert_eq!(data.secret(Kept::Tokens).unwrap(), secret);
        assert_eq!(mode(&data.file(Kept::Tokens.file())), FILE_MODE);
    }

    #[test]
    fn a_damaged_one_is_not_replaced_in_silence() {
        let (_folder, data) = open();
        let damaged: [&[u8]; 4] = [b"", b"short\n", &[b'x'; SECRET_DIGITS], &[0xff; SECRET_DIGITS]];
        for text in damaged {
            fs::write(data.file(Kept::Tokens.file()), text).unwrap();
            let error = data.secret(Kept::Tokens).unwrap_err();
            assert!(matches!(error, DataDirError::SecretDamaged { .. }), "{text:?}: {error}");
            assert_eq!(fs::read(data.file(Kept::Tokens.file())).unwrap(), text);
        }
    }
}
