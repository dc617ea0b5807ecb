//! The result of a run, as machines read it.

use serde::Serialize;

use super::Observed;
use super::crowd::CrowdReport;
use super::private::PrivateReport;
use super::send::Sent;
use super::tally::{Percentiles, millis};
use super::world::World;
use crate::cli::Dialect;
use crate::clock::nanos;
use crate::connection::Transport;
use crate::process::{Cpu, Memory};

/// Above this share of its core the generator may have been what was measured.
const SATURATED: f64 = 0.9;

/// Above this lateness, in milliseconds, the machine was busy with something else.
const LATE_MS: f64 = 5.0;

/// The result of a run. Times are in milliseconds unless a name says otherwise.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) label: String,
    pub(crate) scenario: &'static str,
    pub(crate) url: String,
    pub(crate) transport: Transport,
    pub(crate) dialect: Dialect,
    pub(crate) connections: Connections,
    /// Messages and deliveries, if any were sent.
    pub(crate) messages: Option<Messages>,
    /// Marks and writing, in direct conversations.
    pub(crate) private: Option<PrivateReport>,
    /// Who came meanwhile, and what was told of it.
    pub(crate) crowd: Option<CrowdReport>,
    /// The server's process, if its id was given.
    pub(crate) server: Option<Server>,
    /// What makes the result doubtful.
    pub(crate) warnings: Vec<String>,
}

/// How connecting went.
#[derive(Debug, Serialize)]
pub(crate) struct Connections {
    pub(crate) asked: usize,
    pub(crate) groups: usize,
    /// Had their first event.
    pub(crate) joined: usize,
    /// Never had it.
    pub(crate) failed: usize,
    /// Ended after it, before the run did.
    pub(crate) lost: usize,
    /// Stop reading by design.
    pub(crate) stalled: usize,
    /// From the first connect to the last first event.
    pub(crate) seconds: f64,
    /// Connections to their first event, a second.
    pub(crate) per_second: f64,
    /// From the connect to the first event.
    pub(crate) first_event_ms: Option<Percentiles>,
    /// Why some failed or were lost, the first few reasons.
    pub(crate) reasons: Vec<String>,
}

/// How sending went; all within the measured window.
#[derive(Debug, Serialize)]
pub(crate) struct Messages {
    pub(crate) text_bytes: usize,
    pub(crate) asked_per_second: u64,
    pub(crate) seconds: f64,
    pub(crate) sent: u64,
    /// Could not be sent: their connection was gone or full.
    pub(crate) unsent: u64,
    pub(crate) deliveries_expected: u64,
    /// Deliveries of the messages that were due in the window, whenever they came.
    pub(crate) deliveries_received: u64,
    pub(crate) deliveries_missing: u64,
    /// Deliveries beyond what was expected: somebody got something twice.
    pub(crate) deliveries_surplus: u64,
    /// Deliveries that came within the window, a second.
    pub(crate) deliveries_per_second: f64,
    /// From the moment a message was due to its receipt.
    pub(crate) latency_ms: Option<Percentiles>,
    /// From the moment a message was due to its being sent; counted in the latency.
    pub(crate) lateness_ms: Option<Percentiles>,
    /// Acknowledgements, if they were asked for.
    pub(crate) acks: Option<Acknowledged>,
    /// Confirmations to those who sent, where messages are shown before they are stored.
    pub(crate) confirmed: Option<Acknowledged>,
    /// This process's share of a core.
    pub(crate) generator_cpu: f64,
    /// Whether this process was at its limit, so that the result is not the server's.
    pub(crate) is_generator_saturated: bool,
}

/// How acknowledging went, or confirming.
#[derive(Debug, Serialize)]
pub(crate) struct Acknowledged {
    pub(crate) expected: u64,
    /// Of the messages that were due in the window, whenever they came.
    pub(crate) received: u64,
    /// Answers that said that it failed.
    pub(crate) refused: u64,
    /// Those that came within the window, a second.
    pub(crate) per_second: f64,
    /// From the moment a message was due to its acknowledgement.
    pub(crate) latency_ms: Option<Percentiles>,
}

/// What the server used.
#[derive(Debug, Serialize)]
pub(crate) struct Server {
    pub(crate) memory_before: Option<Memory>,
    pub(crate) memory_idle: Option<Memory>,
    pub(crate) memory_end: Option<Memory>,
    /// PSS at idle less PSS before, for each connection that was ready, in KB.
    pub(crate) idle_kb_per_connection: Option<f64>,
    /// Its share of a core, while messages were measured.
    pub(crate) cpu: Option<f64>,
    pub(crate) user_us_per_delivery: Option<f64>,
    pub(crate) kernel_us_per_delivery: Option<f64>,
}

impl Report {
    pub(super) fn new(world: &World, sent: Option<&Sent>, observed: &Observed) -> Self {
        let plan = &world.plan;
        let connections = connections(world, observed);
        let messages = sent.map(|sent| messages(world, sent));
        let warnings = warnings(&connections, messages.as_ref());
        Self {
            label: plan.common.label.clone(),
            scenario: plan.scenario,
            url: plan.common.url.clone(),
            transport: plan.common.transport,
            dialect: plan.dialect,
            connections,
            messages,
            private: plan.direct.map(|_| world.private.borrow().report()),
            crowd: observed.crowd,
            server: plan.common.pid.map(|_| server(world, sent, observed)),
            warnings,
        }
    }
}

fn connections(world: &World, observed: &Observed) -> Connections {
    let groups = world.plan.groups;
    let asked = world.plan.connections();
    let elapsed_ns = world.last_first_event_ns.get().saturating_sub(observed.start_ns);
    let joined = world.joined.get();
    let (seconds, all) = (millis(elapsed_ns) / 1_000.0, 0..groups.connections());
    Connections {
        asked,
        groups: groups.count(),
        joined,
        failed: world.failed.get(),
        lost: world.lost.get(),
        stalled: all.filter(|connection| groups.is_stalled(*connection)).count(),
        seconds,
        per_second: ratio(joined as u64, seconds),
        first_event_ms: world.first_event.borrow().percentiles(),
        reasons: world.reasons.borrow().clone(),
    }
}

fn messages(world: &World, sent: &Sent) -> Messages {
    let tally = world.tally.borrow();
    let load = world.plan.sending.as_ref();
    let seconds = world.plan.common.seconds.as_secs_f64();
    let generator_cpu = share(sent.generator, world);
    Messages {
        text_bytes: load.map_or(0, |load| load.options.text_bytes),
        asked_per_second: load.map_or(0, |load| load.per_second),
        seconds,
        sent: sent.messages - sent.unsent,
        unsent: sent.unsent,
        deliveries_expected: sent.expected,
        deliveries_received: tally.received,
        deliveries_missing: sent.expected.saturating_sub(tally.received),
        deliveries_surplus: tally.received.saturating_sub(sent.expected),
        deliveries_per_second: ratio(tally.in_window, seconds),
        latency_ms: tally.latency.percentiles(),
        lateness_ms: sent.lateness,
        acks: load.filter(|load| load.options.acks).map(|_| Acknowledged {
            expected: sent.acks_expected,
            received: tally.acks.count(),
            refused: tally.acks.refused,
            per_second: ratio(tally.acks.in_window, seconds),
            latency_ms: tally.acks.latency.percentiles(),
        }),
        confirmed: world.plan.is_confirmed().then(|| Acknowledged {
            expected: sent.confirmed_expected,
            received: tally.confirmed.count(),
            refused: tally.confirmed.failed,
            per_second: ratio(tally.confirmed.in_window, seconds),
            latency_ms: tally.confirmed.latency.percentiles(),
        }),
        generator_cpu,
        is_generator_saturated: generator_cpu > SATURATED,
    }
}

fn server(world: &World, sent: Option<&Sent>, observed: &Observed) -> Server {
    let Observed { before, idle, end, ready, .. } = *observed;
    let grown_kb = before.zip(idle).map(|(before, idle)| idle.pss_kb.saturating_sub(before.pss_kb));
    let cpu = sent.and_then(|sent| sent.server);
    let in_window = world.tally.borrow().in_window;
    let per_delivery =
        |ns: u64| (in_window > 0).then(|| ratio(ns, 1.0) / ratio(in_window, 1.0) / 1e3);
    Server {
        memory_before: before,
        memory_idle: idle,
        memory_end: end,
        idle_kb_per_connection: grown_kb
            .filter(|_| ready > 0)
            .map(|grown_kb| ratio(grown_kb, 1.0) / ratio(ready as u64, 1.0)),
        cpu: cpu.map(|cpu| share(cpu, world)),
        user_us_per_delivery: cpu.and_then(|cpu| per_delivery(cpu.user_ns)),
        kernel_us_per_delivery: cpu.and_then(|cpu| per_delivery(cpu.kernel_ns)),
    }
}

fn warnings(connections: &Connections, messages: Option<&Messages>) -> Vec<String> {
    let mut warnings = Vec::new();
    if connections.failed + connections.lost > 0 {
        let Connections { failed, lost, .. } = connections;
        warnings.push(format!("{failed} connections failed and {lost} were lost"));
    }
    if let Some(messages) = messages {
        if messages.is_generator_saturated {
            warnings.push(format!(
                "the generator used {:.0} % of its core: what was measured may be the generator. \
                 Lower --rate, or give it a core of its own",
                messages.generator_cpu * 100.0
            ));
        }
        if messages.lateness_ms.is_some_and(|lateness| lateness.p99 > LATE_MS) {
            warnings.push(format!(
                "one message in a hundred went out more than {LATE_MS} ms late: the generator did \
                 not get its turn. Give it a core of its own, with nothing else on it"
            ));
        }
        if messages.unsent > 0 {
            warnings.push(format!("{} messages could not be sent", messages.unsent));
        }
        if let Some(acks) = messages.acks.as_ref().filter(|acks| acks.refused > 0) {
            warnings.push(format!("{} messages were refused", acks.refused));
        }
        if let Some(confirmed) = messages.confirmed.as_ref().filter(|found| found.refused > 0) {
            warnings.push(format!("{} messages have failed", confirmed.refused));
        }
        if messages.deliveries_surplus > 0 {
            warnings.push("more came than was sent: see `parlour-loadtest verify`".to_owned());
        }
    }
    warnings
}

/// CPU time as a share of one core in the measured window.
fn share(cpu: Cpu, world: &World) -> f64 {
    millis(cpu.total_ns()) / millis(nanos(world.plan.common.seconds))
}

#[expect(clippy::cast_precision_loss, reason = "counts and nanoseconds of one run fit 53 bits")]
fn ratio(count: u64, of: f64) -> f64 {
    if of > 0.0 { count as f64 / of } else { 0.0 }
}
