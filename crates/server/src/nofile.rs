//! How many files, and so how many connections, the system lets this process have open.

use rustix::process::{Resource, getrlimit, setrlimit};

/// What is open beside clients' connections: listeners, epoll, standard streams, the runtime's own,
/// and connections that wait to be turned away.
const RESERVE: u64 = 128;

/// Raises the soft limit to the hard one, and warns if even so `max_connections` do not fit.
pub(crate) fn raise(max_connections: usize) {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let wanted = rustix::process::Rlimit { current: limit.maximum, ..limit };
        match setrlimit(Resource::Nofile, wanted) {
            Ok(()) => limit = wanted,
            Err(error) => tracing::warn!(%error, "the limit of open files cannot be raised"),
        }
    }
    let needed = u64::try_from(max_connections).unwrap_or(u64::MAX).saturating_add(RESERVE);
    if let Some(files) = limit.current.filter(|files| *files < needed) {
        tracing::warn!(
            files,
            needed,
            max_connections,
            "the limit of open files is below max_connections: raise it (LimitNOFILE= in a \
             systemd unit, ulimit -n in a shell) or lower max_connections"
        );
    }
}
