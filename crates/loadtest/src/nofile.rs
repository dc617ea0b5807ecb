//! How many connections the system lets this process have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::error::Error;

/// What is open beside the connections.
const RESERVE: u64 = 32;

/// Raises the soft limit of open files to the hard one.
///
/// # Errors
/// [`Error::Usage`] if even so `wanted` files do not fit.
pub(crate) fn raise(wanted: usize) -> Result<(), Error> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        // If it cannot be raised, what it is has to do.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    }
    let wanted = u64::try_from(wanted).unwrap_or(u64::MAX).saturating_add(RESERVE);
    match getrlimit(Resource::Nofile).current {
        Some(files) if files < wanted => Err(Error::Usage(format!(
            "{wanted} open files are needed and the system allows {files}: raise it with \
             `ulimit -n {wanted}`, or lower --connections"
        ))),
        _ => Ok(()),
    }
}
