//! The delivery check: numbered messages through many conversations, while connections are cut and
//! made anew; then, from what every client heard, whether all came once, in order, and nowhere else.
//!
//! Each dialect is a module with a `run` that returns a [`Verdict`]; what they share is here.

mod client;
mod end;
mod findings;
mod pair;
mod served;
mod stored;

use std::io::{self, Write};

use serde::Serialize;

use crate::cli::{Verified, Verify};
use crate::error::Error;
use crate::nofile;
use findings::{Finding, Findings};

/// The result of a check.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    /// Whose rules held.
    pub(crate) dialect: Verified,
    /// To do the same again, as far as the network does.
    pub(crate) seed: u64,
    /// How many clients there were at a time.
    pub(crate) clients: u32,
    /// How many sockets they had, one after the other.
    pub(crate) sockets: usize,
    /// How many of those were cut on purpose.
    pub(crate) cut: usize,
    /// How many conversations there were.
    pub(crate) conversations: usize,
    /// Messages sent.
    pub(crate) sent: u64,
    /// Messages that the server said it took.
    pub(crate) accepted: u64,
    /// Messages that it refused, for which there are good reasons.
    pub(crate) refused: u64,
    /// Messages whose answer a cut prevented: they may have arrived or not.
    pub(crate) unanswered: u64,
    /// Deliveries that were looked at.
    pub(crate) deliveries: u64,
    /// Messages that were looked at in pages and by `sync`.
    pub(crate) read: u64,
    /// Moves of marks that the other one heard of.
    pub(crate) moves: u64,
    /// Writings that the other one heard of.
    pub(crate) writings: u64,
    /// Conversations as lists were shown them, each counted again.
    pub(crate) lists: u64,
    /// Messages that were shown to somebody before they were stored.
    pub(crate) shown: u64,
    /// Those of which somebody was told that they had failed.
    pub(crate) failures: u64,
    /// How often the server was ended on purpose.
    pub(crate) restarts: u64,
    /// Messages of somebody else, who uses the same server.
    pub(crate) foreign: u64,
    /// What is wrong with the deliveries.
    pub(crate) findings: Findings,
    /// Connections that the server ended, though nothing had been done to them.
    pub(crate) dropped: Finding,
    /// Whether it ended before its time, because more was heard than can be kept.
    pub(crate) ended_early: bool,
}

impl Verdict {
    /// Whether the server took less than half of what it answered: then little was checked.
    fn is_mostly_refused(&self) -> bool {
        self.refused > self.accepted
    }

    /// Whether nothing is wrong, and something was looked at.
    pub(crate) fn is_clean(&self) -> bool {
        self.findings.kinds().iter().all(|(_, finding)| finding.count == 0)
            && self.dropped.count == 0
            && self.deliveries > 0
            && !self.is_mostly_refused()
    }
}

/// Runs the check.
///
/// # Errors
/// If it cannot be run: no server, say.
pub(crate) async fn run(options: &Verify) -> Result<Verdict, Error> {
    // Two streams where it polls, and a torn post.
    nofile::raise(usize::try_from(options.clients).unwrap_or(usize::MAX).saturating_mul(3))?;
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..1 << 32));
    // Said first, so that it is known even if this ends badly. Nobody has to read it.
    let _ = writeln!(io::stderr(), "seed {seed}");
    match options.dialect {
        Verified::Pair => pair::run(options, seed).await,
        Verified::Rooms | Verified::Direct | Verified::Channels => stored::run(options, seed).await,
    }
}

/// Writes the verdict for people.
///
/// # Errors
/// If `out` cannot be written.
pub(crate) fn print(out: &mut impl Write, verdict: &Verdict) -> io::Result<()> {
    let Verdict { dialect, seed, clients, sockets, cut, conversations, .. } = verdict;
    writeln!(out, "verify {dialect:?}, seed {seed}")?;
    writeln!(out, "  clients     {clients}, on {sockets} sockets, of which {cut} were cut")?;
    let Verdict { sent, accepted, refused, unanswered, .. } = verdict;
    writeln!(
        out,
        "  messages    {sent} sent, {accepted} accepted, {refused} refused, {unanswered} cut off"
    )?;
    let Verdict { deliveries, foreign, .. } = verdict;
    writeln!(out, "  deliveries  {deliveries} in {conversations} conversations")?;
    if *dialect != Verified::Pair {
        let Verdict { read, restarts, .. } = verdict;
        writeln!(out, "  read        {read} by pages and sync")?;
        writeln!(out, "  restarts    {restarts} of the server")?;
    }
    if *dialect == Verified::Direct {
        let Verdict { moves, writings, lists, .. } = verdict;
        writeln!(
            out,
            "  private     {moves} marks, {writings} writings and {lists} lists told of"
        )?;
    }
    if *dialect == Verified::Channels {
        let Verdict { shown, failures, .. } = verdict;
        writeln!(out, "  optimistic  {shown} shown at once, {failures} told of as failed")?;
    }
    if *foreign > 0 {
        writeln!(out, "  NOTE        {foreign} messages were of other users of this server")?;
    }
    if verdict.ended_early {
        writeln!(out, "  NOTE        ended early: lower --clients, --rate or --seconds")?;
    }
    for (name, finding) in verdict.findings.kinds() {
        print_finding(out, name, finding)?;
    }
    print_finding(out, "dropped", &verdict.dropped)?;
    if verdict.deliveries == 0 {
        writeln!(out, "FAILED: nothing was delivered, so nothing was checked")
    } else if verdict.is_mostly_refused() {
        writeln!(out, "FAILED: most was refused, so little was checked: are the server's rates on?")
    } else if verdict.is_clean() {
        writeln!(out, "CLEAN: every message came once, in order, and nowhere else")
    } else {
        writeln!(out, "FAILED")
    }
}

fn print_finding(out: &mut impl Write, name: &str, finding: &Finding) -> io::Result<()> {
    writeln!(out, "  {name:<11} {}", finding.count)?;
    finding.examples.iter().try_for_each(|example| writeln!(out, "    {example}"))
}
