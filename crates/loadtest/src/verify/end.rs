//! The ends of sockets.

/// How a socket ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// It was there to the last, and everything was answered.
    Stayed,
    /// It was cut on purpose.
    Cut,
    /// The server ended it; `provoked` if it had been made to wait before.
    Dropped { why: String, provoked: bool },
    /// It was there to the last, and something was never answered.
    Silent,
}
