//! What can be wrong with a configuration, said so that it can be mended.

use std::fmt;

/// One thing that stops the start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("unknown key `{name}` in {place}{}", suggestion.as_deref().unwrap_or_default())]
    UnknownKey {
        name: String,
        place: String,
        /// A whole clause, such as `: did you mean …?`.
        suggestion: Option<String>,
    },
    #[error("bad value for `{name}` ({place}): {shown} is not {expected}")]
    BadValue {
        name: &'static str,
        place: String,
        /// The value as it may be shown: never a secret's.
        shown: String,
        expected: String,
    },
    #[error("{place} cannot be read: {error}")]
    Unreadable { place: String, error: std::io::Error },
    #[error("{place} is not valid TOML, line {line}: {message}")]
    NotToml {
        place: String,
        line: usize,
        /// The parser's sentence without the line itself, which may hold a secret.
        message: String,
    },
    #[error("the variable {name} is not valid UTF-8")]
    NotUnicode { name: String },
    #[error(
        "`socket.max_queue_bytes` ({queue_bytes}) cannot hold the lines that wait for a partner, \
         `pair.waiting_lines` ({waiting_lines}): set `socket.max_queue_bytes` to {least_bytes} or \
         more{}",
        most_lines.map(|most| format!(", or `pair.waiting_lines` to {most} or less")).unwrap_or_default()
    )]
    QueueTooSmall {
        queue_bytes: usize,
        waiting_lines: usize,
        /// What the queue would have to hold for so many lines.
        least_bytes: usize,
        /// How many lines the queue would hold, if it would hold none.
        most_lines: Option<usize>,
    },
    #[error(
        "bad value for `{name}`: what follows sqlite:// is the path of a file, without parameters"
    )]
    NotAPath { name: &'static str },
    #[error("bad value for `{name}` ({place}): {message}")]
    BadHost {
        name: &'static str,
        place: String,
        /// What is wrong, or would be right; never a secret.
        message: String,
    },
    #[error("`{name}`: {what} not in this version yet; remove the setting to start without")]
    NotYet { name: &'static str, what: &'static str },
}

/// Everything that is wrong, one line each. Never empty.
#[derive(Debug)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "configuration: {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
