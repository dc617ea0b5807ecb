//! The pair dialect: what is said between two strangers reaches both, and nobody else.

mod actor;
mod check;
mod log;
mod session;
mod stays;

use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Verdict;
use super::findings::Finding;
use crate::cli::{Verified, Verify};
use crate::clock;
use crate::error::Error;
use crate::target::Target;
use actor::{Actor, Shared};
use check::Checked;
use log::{End, Log, Record};

/// Lets the clients live, then looks at what they heard.
///
/// # Errors
/// If the server cannot be reached.
pub(super) async fn run(options: &Verify, seed: u64) -> Result<Verdict, Error> {
    let clients = usize::try_from(options.clients).unwrap_or(usize::MAX);
    let shared = Rc::new(Shared {
        options: options.clone(),
        target: Rc::new(Target::parse(&options.url)?),
        run: clock::now_ns() ^ seed.rotate_left(32),
        seed,
        deadline: Instant::now() + Duration::from_secs(options.seconds),
        barrier: Barrier::new(clients),
        ids: Rc::default(),
        logs: RefCell::default(),
        sockets: Cell::new(0),
        records: Cell::new(0),
        ended_early: Cell::new(false),
    });
    let mut actors = JoinSet::new();
    for client in 0..options.clients {
        actors.spawn_local(Actor::new(Rc::clone(&shared), client).run());
    }
    let progress = tokio::task::spawn_local(show(Rc::clone(&shared)));
    while let Some(ended) = actors.join_next().await {
        ended.map_err(io::Error::from)??;
    }
    progress.abort();
    Ok(verdict(&shared, shared.logs.take()))
}

/// One line a second on standard error, while it runs.
async fn show(shared: Rc<Shared>) {
    let mut every_second = tokio::time::interval(Duration::from_secs(1));
    for second in 0_u64.. {
        every_second.tick().await;
        let (sockets, seconds) = (shared.sockets.get(), shared.options.seconds);
        // Nobody has to look.
        let _ = writeln!(io::stderr(), "{second:>4} of {seconds} s  {sockets} sockets so far");
    }
}

fn verdict(shared: &Shared, mut logs: Vec<Log>) -> Verdict {
    logs.sort_by_key(|log| log.socket);
    let Checked { findings, deliveries, conversations } = check::check(&logs);
    let count = |is_one: fn(&Record) -> bool| {
        logs.iter().flat_map(|log| &log.records).filter(|record| is_one(record)).count() as u64
    };
    let sent = count(|record| matches!(record, Record::Sent { is_torn: false, .. }));
    let accepted = count(|record| matches!(record, Record::Accepted { .. }));
    let refused = count(|record| matches!(record, Record::Refused { .. }));
    Verdict {
        dialect: Verified::Pair,
        seed: shared.seed,
        clients: shared.options.clients,
        sockets: logs.len(),
        cut: logs.iter().filter(|log| log.end == End::Cut).count(),
        conversations,
        sent,
        accepted,
        refused,
        unanswered: sent.saturating_sub(accepted + refused),
        deliveries,
        read: 0,
        moves: 0,
        writings: 0,
        lists: 0,
        shown: 0,
        failures: 0,
        restarts: 0,
        foreign: count(|record| *record == Record::Foreign),
        findings,
        dropped: dropped(&logs),
        ended_early: shared.ended_early.get(),
    }
}

/// The sockets that the server ended without a reason of ours.
fn dropped(logs: &[Log]) -> Finding {
    let mut dropped = Finding::default();
    for log in logs {
        if let End::Dropped { why, provoked: false } = &log.end {
            dropped.add(|| format!("socket {} of client {}: {why}", log.socket.0, log.client));
        }
    }
    dropped
}
