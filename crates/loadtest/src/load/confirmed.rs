//! Confirmations of what was shown before it was stored, as its sender hears them: the name that it
//! gave its message says when that was due, so nothing is kept of those that are outstanding.

use std::ops::Range;

use memchr::memmem;

use super::tally::Latencies;

/// What the sending socket is told in the end.
const CONFIRMED: &[u8] = b"[\"channelMessageConfirmed\",";
const FAILED: &[u8] = b"[\"channelMessageFailed\",";
const TEMP_ID: &[u8] = b"\"tempId\":\"";
/// Others' messages have an id of the server's.
const UUID_BYTES: usize = 36;

/// Every own confirmation so far.
#[derive(Debug)]
pub(crate) struct Confirmed {
    window: Range<u64>,
    /// Of the messages that were due within the window.
    pub(crate) latency: Latencies,
    received: u64,
    /// Those that came within the window.
    pub(crate) in_window: u64,
    /// Messages that have failed.
    pub(crate) failed: u64,
}

impl Confirmed {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        let latency = Latencies::new();
        Self { window: 0..0, latency, received: 0, in_window: 0, failed: 0 }
    }

    /// From now on, these moments are measured.
    pub(super) fn measure(&mut self, window: Range<u64>) {
        self.window = window;
    }

    /// Confirmations of the messages that were due within the window.
    pub(crate) fn count(&self) -> u64 {
        self.received
    }

    /// Counts an event, if it is one of those.
    pub(super) fn event(&mut self, payload: &[u8], at_ns: u64) {
        let is_confirmed = payload.starts_with(CONFIRMED);
        if !is_confirmed && !payload.starts_with(FAILED) {
            return;
        }
        let Some(due_ns) = due(payload) else { return };
        if !is_confirmed {
            self.failed += 1;
            return;
        }
        if self.window.contains(&at_ns) {
            self.in_window += 1;
        }
        if self.window.contains(&due_ns) {
            self.received += 1;
            self.latency.record(at_ns.saturating_sub(due_ns));
        }
    }
}

/// The moment in an own message's name; `None` for others' messages.
fn due(payload: &[u8]) -> Option<u64> {
    let start = memmem::find(payload, TEMP_ID)? + TEMP_ID.len();
    let rest = &payload[start..];
    let name = &rest[..memchr::memchr(b'"', rest)?];
    let name = std::str::from_utf8(name).ok().filter(|name| name.len() != UUID_BYTES)?;
    u64::from_str_radix(name, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_own_confirmation_counts_from_when_its_message_was_due() {
        let mut confirmed = Confirmed::new();
        confirmed.measure(2_000_000..5_000_000);
        let own = |event: &str, due_ns: u64| {
            format!("[\"channelMessage{event}\",{{\"tempId\":\"{due_ns:x}\",\"seq\":1}}]")
        };
        for (due_ns, at_ns) in
            [(1_000_000, 2_500_000), (2_500_000, 4_000_000), (4_000_000, 9_000_000)]
        {
            confirmed.event(own("Confirmed", due_ns).as_bytes(), at_ns);
        }
        confirmed.event(own("Failed", 2_600_000).as_bytes(), 3_000_000);
        confirmed.event(own("Sent", 2_600_000).as_bytes(), 3_000_000);
        let other = "[\"channelMessageConfirmed\",\
                     {\"tempId\":\"01890000-0000-7000-8000-000000000001\",\"seq\":1}]";
        confirmed.event(other.as_bytes(), 3_000_000);
        assert_eq!((confirmed.count(), confirmed.in_window, confirmed.failed), (2, 2, 1));
        let max = confirmed.latency.percentiles().unwrap().max;
        assert!((max - 5.0).abs() < 0.01, "{max}");
    }
}
