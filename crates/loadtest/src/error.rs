//! What can go wrong, said so that one knows what to do.

use std::io;
use std::net::SocketAddr;

/// Why a connection, or the whole run, failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The URL cannot be used.
    #[error("the URL {url:?} cannot be used: {why}; give it as http://127.0.0.1:5000")]
    Url {
        /// As it was given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// No TCP connection.
    #[error("cannot connect to {address}: {error}; is the server running there?")]
    Connect {
        /// The server's.
        address: SocketAddr,
        /// The system's reason.
        error: io::Error,
    },
    /// An established connection broke.
    #[error("the connection broke: {0}")]
    Io(#[from] io::Error),
    /// The server ended it.
    #[error("the server closed the connection{0}")]
    Closed(&'static str),
    /// What came is not what the protocol allows.
    #[error("the server broke the protocol: {0}")]
    Protocol(&'static str),
    /// An HTTP answer that is not the one that was hoped for.
    #[error("the server answered HTTP {status}: {body}")]
    Status {
        /// Of the answer.
        status: u16,
        /// Its first 200 bytes.
        body: String,
    },
    /// CONNECT was refused.
    #[error("the server refused the connection: {0}")]
    Refused(String),
    /// An event was answered with a failure.
    #[error("`{event}` failed: {answer}")]
    Failed {
        /// Its name.
        event: &'static str,
        /// The first 200 bytes of the answer.
        answer: String,
    },
    /// More waits to be sent than a connection may hold.
    #[error("the server reads too slowly: more than {0} bytes wait to be sent")]
    Full(usize),
    /// Something took too long.
    #[error("{0} took longer than {1} s")]
    Timeout(&'static str, u64),
    /// The run cannot be started as it was asked for.
    #[error("{0}")]
    Usage(String),
    /// The server's process cannot be looked at.
    #[error("cannot read {path}: {error}; is --pid the server's, and does it run as this user?")]
    Process {
        /// Below /proc.
        path: String,
        /// The system's reason.
        error: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {error}")]
    Write {
        /// As it was given.
        path: String,
        /// The system's reason.
        error: io::Error,
    },
}

/// The first 200 bytes of something, for an error message.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned()
}
