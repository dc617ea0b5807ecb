//! The secret that signs tokens, where none is configured: made once, and kept.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use chat::random::Random;
use gateway::SystemRandom;

use super::{DataDir, DataDirError, FILE_MODE, unusable};

const SECRET_FILE: &str = "jwt-secret";
/// Written in full before it gets its name; what a start that was cut off has left is overwritten.
const UNFINISHED_FILE: &str = "jwt-secret.new";
/// 256 bits: what HS256 needs at least (RFC 7518 §3.2).
const SECRET_BYTES: usize = 32;
/// In the file it is hexadecimal, so that it survives copying by hand.
const SECRET_DIGITS: usize = 2 * SECRET_BYTES;
/// Everybody but the owner.
const OTHERS: u32 = 0o077;

impl DataDir {
    /// The secret: the one that is kept, else a new one that is on the disk when this returns. The
    /// lock on the directory keeps two starts from making two.
    ///
    /// # Errors
    /// [`DataDirError`] if it can be neither read nor made, or is not one.
    pub(crate) fn secret(&self) -> Result<String, DataDirError> {
        let path = self.file(SECRET_FILE);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let secret = text.trim_end();
                if secret.len() != SECRET_DIGITS || !secret.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Err(DataDirError::SecretDamaged { path });
                }
                self.close_to_others(&path)?;
                Ok(secret.to_owned())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = make();
                self.keep(&secret)
                    .map_err(unusable(&self.path, "a secret cannot be kept in it"))?;
                tracing::info!(path = %path.display(), "made the secret that signs tokens");
                Ok(secret)
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(DataDirError::SecretDamaged { path })
            }
            Err(error) => Err(unusable(&self.path, "its jwt-secret cannot be read")(error)),
        }
    }

    /// Whole or not at all: written and synced under another name, renamed, and the name synced.
    fn keep(&self, secret: &str) -> io::Result<()> {
        let unfinished = self.file(UNFINISHED_FILE);
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&unfinished)?;
        writeln!(file, "{secret}")?;
        file.sync_all()?;
        fs::rename(&unfinished, self.file(SECRET_FILE))?;
        File::open(&self.path)?.sync_all()
    }

    /// Whoever else could read it may have; from now on nobody can.
    fn close_to_others(&self, path: &Path) -> Result<(), DataDirError> {
        let what = "its jwt-secret cannot be closed to others";
        let mode = fs::metadata(path).map_err(unusable(&self.path, what))?.permissions().mode();
        if mode & OTHERS != 0 {
            fs::set_permissions(path, Permissions::from_mode(FILE_MODE))
                .map_err(unusable(&self.path, what))?;
            tracing::warn!(
                path = %path.display(),
                mode = format!("{:04o}", mode & 0o7777),
                "the secret that signs tokens was open to other users of this machine; it is closed \
                 now: remove the file for a new secret if one of them may have read it"
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
        let (_folder, data) = open();
        // What a start that was cut off has left is in nobody's way.
        fs::write(data.file(UNFINISHED_FILE), "half").unwrap();
        let secret = data.secret().unwrap();
        assert_eq!(secret.len(), SECRET_DIGITS);
        assert_eq!(data.secret().unwrap(), secret);
        assert_eq!(mode(&data.file(SECRET_FILE)), FILE_MODE);
        assert!(!data.file(UNFINISHED_FILE).exists());
        let (_other_folder, other) = open();
        assert_ne!(other.secret().unwrap(), secret);
    }

    #[test]
    fn a_mode_that_is_too_open_is_corrected() {
        let (_folder, data) = open();
        let secret = data.secret().unwrap();
        fs::set_permissions(data.file(SECRET_FILE), Permissions::from_mode(0o644)).unwrap();
        assert_eq!(data.secret().unwrap(), secret);
        assert_eq!(mode(&data.file(SECRET_FILE)), FILE_MODE);
    }

    #[test]
    fn a_damaged_one_is_not_replaced_in_silence() {
        let (_folder, data) = open();
        let damaged: [&[u8]; 4] = [b"", b"short\n", &[b'x'; SECRET_DIGITS], &[0xff; SECRET_DIGITS]];
        for text in damaged {
            fs::write(data.file(SECRET_FILE), text).unwrap();
            let error = data.secret().unwrap_err();
            assert!(matches!(error, DataDirError::SecretDamaged { .. }), "{text:?}: {error}");
            assert_eq!(fs::read(data.file(SECRET_FILE)).unwrap(), text);
        }
    }
}
