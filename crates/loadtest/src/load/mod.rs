//! Load: many connections, messages on a schedule, and what came of it.

mod acks;
mod confirmed;
mod crowd;
mod fleet;
mod places;
mod plan;
mod private;
mod progress;
pub(crate) mod report;
mod schedule;
mod send;
pub(crate) mod stamp;
mod table;
mod tally;
mod world;

use std::rc::Rc;
use std::time::Duration;

use crowd::{Crowd, CrowdReport, Ring};
use places::Places;
pub(crate) use plan::Plan;
use report::Report;
use send::Sent;
pub(crate) use table::print;
use world::World;

use crate::clock;
use crate::connection::Transport;
use crate::error::Error;
use crate::nofile;
use crate::process::{Memory, Process};
use crate::target::Target;

/// What connecting may take, beside what the ramp makes of it.
const CONNECT_LIMIT: Duration = Duration::from_mins(1);
/// Between two looks at whether everything has come.
const DRAIN_STEP: Duration = Duration::from_millis(10);

/// Runs a plan to its end.
///
/// # Errors
/// What keeps it from being run at all; single connections that fail are counted.
pub(crate) async fn run(plan: Plan) -> Result<Report, Error> {
    let target = Rc::new(Target::parse(&plan.common.url)?);
    // A connection that polls has a second one to post on.
    let files = match plan.common.transport {
        Transport::Websocket => plan.connections(),
        Transport::Polling => plan.connections() * 2,
    };
    let people = plan.direct.and_then(|talk| Ring::of(&talk.crowd)).map_or(0, Ring::all_sockets);
    nofile::raise(files + 2 * people)?;
    let server = plan.common.pid.map(Process::of);
    let memory = || server.map(Process::memory).transpose();
    let places = Places::prepare(&plan, &target).await?;
    let world = World::new(target, plan, places);
    let crowd = Crowd::prepare(&world).await?;
    let before = memory()?;
    let progress = tokio::task::spawn_local(progress::show(Rc::clone(&world)));

    let start_ns = clock::now_ns();
    fleet::launch(&world).await?;
    world.all_ready(CONNECT_LIMIT).await?;
    tokio::time::sleep(world.plan.common.settle).await;
    let idle = memory()?;
    let ready = world.ready.get();
    let mut sent = None;
    if let Some(load) = &world.plan.sending {
        let coming = crowd.clone().map(|crowd| crowd.come(load.options.warmup));
        let coming = coming.map(tokio::task::spawn_local);
        let sent = sent.insert(send::run(&world, load).await?);
        drain(&world, sent, load.options.drain).await;
        if let Some(coming) = coming {
            coming.await.map_err(std::io::Error::from)??;
        }
    } else {
        tokio::time::sleep(world.plan.common.seconds).await;
    }
    let end = memory()?;
    let crowd = match &crowd {
        Some(crowd) => crowd.finish().await,
        None => None,
    };
    progress.abort();
    Ok(Report::new(&world, sent.as_ref(), &Observed { start_ns, ready, before, idle, end, crowd }))
}

/// What was seen from outside of the connections.
#[derive(Debug)]
pub(crate) struct Observed {
    /// When the first connection was begun.
    start_ns: u64,
    /// How many connections were ready when all that could be were.
    ready: usize,
    /// The server's memory before the first connection.
    before: Option<Memory>,
    /// With all connections, before the first message.
    idle: Option<Memory>,
    /// After the last message.
    end: Option<Memory>,
    /// Who came meanwhile.
    crowd: Option<CrowdReport>,
}

/// Waits for what is still under way.
async fn drain(world: &World, sent: &Sent, limit: Duration) {
    let is_outstanding = || {
        let tally = world.tally.borrow();
        tally.received < sent.expected
            || tally.acks.count() < sent.acks_expected
            || tally.confirmed.count() < sent.confirmed_expected
            || world.private.borrow().is_outstanding()
    };
    let everything = async {
        while is_outstanding() {
            tokio::time::sleep(DRAIN_STEP).await;
        }
    };
    // What has not come by then is missing, and reported as such.
    let _ = tokio::time::timeout(limit, everything).await;
}
