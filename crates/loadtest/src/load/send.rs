//! Sending on time, whatever the server does.

use std::io::Write;

use super::plan::Load;
use super::private::WRITING_EVERY_NS;
use super::schedule::Schedule;
use super::stamp;
use super::tally::{Latencies, Percentiles};
use super::world::World;
use crate::cli::Dialect;
use crate::clock::{self, Timer, nanos};
use crate::connection::Link;
use crate::error::Error;
use crate::process::{Cpu, Process};
use crate::wire::packet;

/// Messages sent in a row before connections are read again, if the schedule is behind.
const BURST: usize = 64;

/// What was sent, and what it used.
#[derive(Debug)]
pub(crate) struct Sent {
    /// Messages that were due in the measured window.
    pub(crate) messages: u64,
    /// Those that could not be sent.
    pub(crate) unsent: u64,
    /// How many deliveries they should come to.
    pub(crate) expected: u64,
    /// How many acknowledgements.
    pub(crate) acks_expected: u64,
    /// How many confirmations to those who sent, where there are any.
    pub(crate) confirmed_expected: u64,
    /// How late they went out.
    pub(crate) lateness: Option<Percentiles>,
    /// What the server used in the window.
    pub(crate) server: Option<Cpu>,
    /// What this process used in it.
    pub(crate) generator: Cpu,
}

/// Sends the whole schedule and returns at its end.
///
/// # Errors
/// If /proc cannot be read. A message that cannot be sent is counted, not an error.
pub(crate) async fn run(world: &World, load: &Load) -> Result<Sent, Error> {
    let schedule = Schedule {
        start_ns: clock::now_ns() + 1_000_000,
        per_second: load.per_second.max(1),
        jitter: load.options.jitter,
        warmup_ns: nanos(load.options.warmup),
        measured_ns: nanos(world.plan.common.seconds),
    };
    let window = schedule.window();
    world.tally.borrow_mut().measure(schedule.start_ns, window.clone());
    let server = world.plan.common.pid.map(Process::of);
    let mut sender = Sender::new(world, load, schedule.start_ns);
    let mut timer = Timer::new()?;

    sender.send_until(window.start, &schedule, &mut timer).await?;
    timer.until(window.start).await?;
    let server_before = server.map(Process::cpu).transpose()?;
    let generator_before = Process::SELF.cpu()?;
    sender.begin();
    sender.send_until(window.end, &schedule, &mut timer).await?;
    timer.until(window.end).await?;
    let generator = Process::SELF.cpu()?.since(generator_before);
    let server = match server.zip(server_before) {
        Some((server, before)) => Some(server.cpu()?.since(before)),
        None => None,
    };
    Ok(sender.finish(server, generator))
}

struct Sender<'a> {
    world: &'a World,
    load: &'a Load,
    start_ns: u64,
    /// The readers of each group: who sends, and how many get it.
    readers: Vec<Vec<usize>>,
    /// When each account of direct conversations wrote last.
    wrote_ns: Vec<u64>,
    next: u64,
    packet: Vec<u8>,
    messages: u64,
    unsent: u64,
    expected: u64,
    lateness: Latencies,
}

impl<'a> Sender<'a> {
    fn new(world: &'a World, load: &'a Load, start_ns: u64) -> Self {
        let groups = world.plan.groups;
        let links = world.links.borrow();
        let here = |reader: &usize| links[*reader].is_some();
        Self {
            world,
            load,
            start_ns,
            readers: (0..groups.count())
                .map(|group| groups.readers(group).filter(here).collect())
                .collect(),
            wrote_ns: vec![0; groups.count() * 2],
            next: 0,
            packet: Vec::new(),
            messages: 0,
            unsent: 0,
            expected: 0,
            lateness: Latencies::new(),
        }
    }

    /// What was sent so far was only to warm up.
    fn begin(&mut self) {
        (self.messages, self.unsent, self.expected) = (0, 0, 0);
        self.lateness.clear();
    }

    async fn send_until(
        &mut self,
        end_ns: u64,
        schedule: &Schedule,
        timer: &mut Timer,
    ) -> Result<(), Error> {
        loop {
            for _ in 0..BURST {
                let due_ns = schedule.at_ns(self.next);
                let now_ns = clock::now_ns();
                if due_ns >= end_ns || due_ns > now_ns {
                    break;
                }
                self.lateness.record(now_ns - due_ns);
                self.send(due_ns);
            }
            let due_ns = schedule.at_ns(self.next);
            if due_ns >= end_ns {
                return Ok(());
            }
            timer.until(due_ns).await?;
        }
    }

    fn send(&mut self, due_ns: u64) {
        let (group, turn) = share_out(self.next, self.readers.len());
        self.next += 1;
        self.messages += 1;
        // Who sends in a direct conversation or channel hears of it otherwise than the others do.
        let is_apart = self.world.plan.is_told_apart();
        self.expected += self.readers[group].len() as u64 - u64::from(is_apart);
        let sender = self.sender(group, turn);
        let links = self.world.links.borrow();
        let Some(link) = sender.and_then(|sender| links[sender].as_ref()) else {
            self.unsent += 1;
            return;
        };
        if let Some(sender) = sender {
            self.write_before(sender, due_ns, link);
        }
        let options = &self.load.options;
        let ack = options.acks.then(|| due_ns - self.start_ns);
        let form = form(self.world, group);
        write(&mut self.packet, ack, &form, due_ns, options.text_bytes);
        match link.send(&self.packet) {
            Ok(()) => self.world.sent.set(self.world.sent.get() + 1),
            Err(error) => {
                self.unsent += 1;
                self.world.note(&error);
            }
        }
    }

    /// Says that somebody writes who sends a message at once, if that is part of the plan.
    fn write_before(&mut self, sender: usize, due_ns: u64, link: &Link) {
        let Some(talk) = self.world.plan.direct.filter(|talk| talk.typing) else { return };
        let last_ns = &mut self.wrote_ns[sender / talk.devices];
        if due_ns < *last_ns + WRITING_EVERY_NS {
            return;
        }
        *last_ns = due_ns;
        let room = &self.world.places.rooms[self.world.plan.groups.of(sender)];
        let mut typing = Vec::new();
        packet::event(&mut typing, None, "typing", &format!("{{\"conversationId\":\"{room}\"}}"));
        match link.send(&typing) {
            Ok(()) => {
                self.world.private.borrow_mut().typing_expected += talk.devices as u64;
            }
            Err(error) => self.world.note(&error),
        }
    }

    /// Who sends to a group: its own, or those that only send, by turns.
    fn sender(&self, group: usize, turn: u64) -> Option<usize> {
        let (plan, groups) = (&self.world.plan, self.readers.len());
        let turn = usize::try_from(turn).unwrap_or_default();
        if plan.senders > 0 {
            let apart = group + turn % (plan.senders / groups) * groups;
            return Some(plan.groups.connections() + apart);
        }
        let readers = &self.readers[group];
        turn.checked_rem(readers.len()).map(|turn| readers[turn])
    }

    fn finish(self, server: Option<Cpu>, generator: Cpu) -> Sent {
        let Self { messages, unsent, expected, lateness, .. } = self;
        let acks_expected = if self.load.options.acks { messages - unsent } else { 0 };
        let is_confirmed = self.world.plan.is_confirmed();
        let confirmed_expected = if is_confirmed { messages - unsent } else { 0 };
        Sent {
            messages,
            unsent,
            expected,
            acks_expected,
            confirmed_expected,
            lateness: lateness.percentiles(),
            server,
            generator,
        }
    }
}

/// What stands before a text.
enum Form<'a> {
    /// To a room of anybody's.
    Room(&'a str),
    /// To one of Parlour's.
    Parlour(&'a str),
    /// To a partner.
    Pair,
    /// In a direct conversation.
    Direct(&'a str),
    /// In a channel.
    Channel(&'a str),
}

fn form(world: &World, group: usize) -> Form<'_> {
    match world.plan.dialect {
        Dialect::Rooms if world.plan.is_parlour() => Form::Parlour(&world.places.rooms[group]),
        Dialect::Rooms => Form::Room(&world.places.rooms[group]),
        Dialect::Direct => Form::Direct(&world.places.rooms[group]),
        Dialect::Channels => Form::Channel(&world.places.rooms[group]),
        Dialect::Pair | Dialect::None => Form::Pair,
    }
}

/// Message by message, all groups by turns; within a group, all its members by turns.
fn share_out(number: u64, groups: usize) -> (usize, u64) {
    let groups = groups as u64;
    (usize::try_from(number % groups).unwrap_or_default(), number / groups)
}

/// A message in its form, with the moment at which it is due in its text.
fn write(out: &mut Vec<u8>, ack: Option<u64>, form: &Form<'_>, due_ns: u64, text_bytes: usize) {
    out.clear();
    out.extend_from_slice(b"42");
    // Writing into a `Vec` cannot fail.
    let _ = ack.map_or(Ok(()), |id| write!(out, "{id}"));
    let _ = match form {
        Form::Room(room) => write!(out, "[\"send_message\",{{\"roomId\":\"{room}\",\"text\":\""),
        // With a key, as a client has that sends again what was not acknowledged.
        Form::Parlour(room) => write!(
            out,
            "[\"send_message\",{{\"roomId\":\"{room}\",\"clientId\":\"{due_ns:x}\",\"content\":\""
        ),
        Form::Direct(id) => write!(
            out,
            "[\"send_message\",{{\"conversationId\":\"{id}\",\"clientId\":\"{due_ns:x}\",\
             \"messageText\":\""
        ),
        // Its confirmation comes back under this name.
        Form::Channel(id) => write!(
            out,
            "[\"NEW_MESSAGE\",{{\"channelId\":\"{id}\",\"tempId\":\"{due_ns:x}\",\"body\":\""
        ),
        Form::Pair => write!(out, "[\"send_message\",{{\"text\":\""),
    };
    stamp::write(out, due_ns, text_bytes);
    out.extend_from_slice(b"\"}]");
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn everyone_has_a_turn() {
        let turns: HashSet<_> = (0..12).map(|number| share_out(number, 4)).collect();
        assert_eq!(turns.len(), 12);
        assert!(turns.iter().all(|(group, turn)| *group < 4 && *turn < 3));
    }

    #[test]
    fn a_message_is_what_its_form_says() {
        for (form, ack, expected) in [
            (Form::Room("room-3"), None, "42[\"send_message\",{\"roomId\":\"room-3\",\"text\":\""),
            (Form::Pair, None, "42[\"send_message\",{\"text\":\""),
            (
                Form::Parlour("a1"),
                Some(7),
                "427[\"send_message\",{\"roomId\":\"a1\",\"clientId\":\"ff\",\"content\":\"",
            ),
            (
                Form::Direct("conv_a_b"),
                Some(8),
                "428[\"send_message\",{\"conversationId\":\"conv_a_b\",\"clientId\":\"ff\",\
                 \"messageText\":\"",
            ),
            (
                Form::Channel("c1"),
                Some(9),
                "429[\"NEW_MESSAGE\",{\"channelId\":\"c1\",\"tempId\":\"ff\",\"body\":\"",
            ),
        ] {
            let mut out = b"old".to_vec();
            write(&mut out, ack, &form, 255, 18);
            let expected = format!("{expected}~~00000000000000ff\"}}]");
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
