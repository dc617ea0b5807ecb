//! argon2id that keeps its memory from one password to the next.
//!
//! Taking 19 MiB from the system for each password and giving them back costs a third of the time,
//! and holds the whole process up while its pages are unmapped.

use std::cell::RefCell;
use std::fmt;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{CustomizedPasswordHasher, Error, PasswordHasher, Result};
use argon2::{Algorithm, Argon2, Block, Params, Version};

/// Hashes passwords one after the other, and compares them with hashes of any cost.
pub(super) struct Hasher {
    cost: Params,
    memory: RefCell<Vec<Block>>,
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").field("cost", &self.cost).finish_non_exhaustive()
    }
}

impl Hasher {
    /// Holds no memory yet.
    pub(super) fn new(cost: Params) -> Self {
        Self { cost, memory: RefCell::default() }
    }

    /// Whether there is anything to give back.
    pub(super) fn holds_memory(&self) -> bool {
        self.memory.borrow().capacity() > 0
    }

    /// Gives its memory back.
    pub(super) fn release(&self) {
        self.memory.take();
    }

    fn run(&self, argon2: &Argon2<'_>, password: &[u8], salt: &[u8]) -> Result<Output> {
        let params = argon2.params();
        let mut memory = self.memory.borrow_mut();
        if memory.len() < params.block_count() {
            memory.resize(params.block_count(), Block::new());
        }
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let mut buffer = [0; Output::MAX_LENGTH];
        let out = buffer.get_mut(..length).ok_or(Error::OutputSize)?;
        argon2.hash_password_into_with_memory(password, salt, out, memory.as_mut_slice())?;
        Ok(Output::new(out)?)
    }
}

impl PasswordHasher<PasswordHash> for Hasher {
    fn hash_password_with_salt(&self, password: &[u8], salt: &[u8]) -> Result<PasswordHash> {
        self.hash_password_customized(password, salt, None, None, self.cost.clone())
    }
}

impl CustomizedPasswordHasher<PasswordHash> for Hasher {
    type Params = Params;

    /// Without an algorithm and a version: argon2id, 0x13 (RFC 9106 §3.1).
    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> Result<PasswordHash> {
        let algorithm = algorithm.map_or(Ok(Algorithm::Argon2id), Algorithm::try_from)?;
        let version = version.map_or(Ok(Version::V0x13), Version::try_from)?;
        let salt = Salt::new(salt)?;
        let shown = ParamsString::try_from(&params)?;
        let hash = self.run(&Argon2::new(algorithm, version, params), password, &salt)?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: shown,
            salt: Some(salt),
            hash: Some(hash),
        })
    }
}

#[cfg(test)]
mod tests {
    use argon2::PasswordVerifier;

    use super::*;

    fn cost(memory_kib: u32, passes: u32) -> Params {
        Params::new(memory_kib, passes, 1, None).unwrap()
    }

    #[test]
    fn what_it_makes_is_what_the_library_makes_whatever_the_memory_held_before() {
        let hasher = Hasher::new(cost(64, 2));
        let big = cost(256, 1);
        for (password, params) in
            [("first", None), ("other", Some(&big)), ("first", None), ("", Some(&big))]
        {
            let salt = b"sixteen bytes ok";
            let params = params.cloned().unwrap_or_else(|| cost(64, 2));
            let theirs = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
            let theirs = theirs.hash_password_with_salt(password.as_bytes(), salt).unwrap();
            let ours = hasher
                .hash_password_customized(password.as_bytes(), salt, None, None, params)
                .unwrap();
            assert_eq!(ours.to_string(), theirs.to_string());
            assert_eq!(hasher.verify_password(password.as_bytes(), &theirs), Ok(()));
            assert_eq!(hasher.verify_password(b"wrong", &theirs), Err(Error::PasswordInvalid));
            assert!(Argon2::default().verify_password(password.as_bytes(), &ours).is_ok());
        }
    }

    #[test]
    fn memory_is_held_from_the_first_password_until_it_is_given_back() {
        let hasher = Hasher::new(cost(8, 1));
        assert!(!hasher.holds_memory());
        let hash = hasher.hash_password(b"secret").unwrap();
        assert!(hasher.holds_memory());
        hasher.release();
        assert!(!hasher.holds_memory());
        assert_eq!(hasher.verify_password(b"secret", &hash), Ok(()));
    }

    #[test]
    fn the_reference_implementations_hash_is_understood() {
        // `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1`
        let hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$\
                    CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let hash = PasswordHash::new(hash).unwrap();
        assert_eq!(Hasher::new(cost(8, 1)).verify_password(b"password", &hash), Ok(()));
    }
}
