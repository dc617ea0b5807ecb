//! What a check found.

use serde::Serialize;

/// Examples kept of each kind.
const MAX_EXAMPLES: usize = 5;

/// Characters of each that are kept: an answer to `sync` may be 256 KiB.
const MAX_EXAMPLE_CHARS: usize = 2_000;

/// How often something was found, and the first few times.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Finding {
    /// How often.
    pub(crate) count: u64,
    /// The first few.
    pub(crate) examples: Vec<String>,
}

impl Finding {
    /// Counts one more.
    pub(crate) fn add(&mut self, example: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < MAX_EXAMPLES {
            let mut example = example();
            if let Some((end, _)) = example.char_indices().nth(MAX_EXAMPLE_CHARS) {
                example.truncate(end);
                example.push('…');
            }
            self.examples.push(example);
        }
    }
}

/// All that can be wrong with a delivery.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Findings {
    /// Did not reach somebody whom it had to reach; an event that was never answered, too.
    pub(crate) lost: Finding,
    /// Reached somebody twice.
    pub(crate) doubled: Finding,
    /// Reached somebody after what was sent later.
    pub(crate) reordered: Finding,
    /// Reached somebody whom it must not reach, or though it was refused.
    pub(crate) leaked: Finding,
    /// Arrived with another text, sender or id than it must have.
    pub(crate) altered: Finding,
    /// Was refused, for no reason that this run gives.
    pub(crate) failed: Finding,
    /// A mark went back, or a count of what is unread is not what a recount gives.
    pub(crate) marks: Finding,
    /// A message that was shown before it was stored ended in both ways, in none, or otherwise than it
    /// is stored.
    pub(crate) ends: Finding,
}

impl Findings {
    /// Each kind with its name.
    pub(crate) fn kinds(&self) -> [(&'static str, &Finding); 8] {
        [
            ("lost", &self.lost),
            ("doubled", &self.doubled),
            ("reordered", &self.reordered),
            ("leaked", &self.leaked),
            ("altered", &self.altered),
            ("failed", &self.failed),
            ("marks", &self.marks),
            ("ends", &self.ends),
        ]
    }
}
