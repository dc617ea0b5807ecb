//! The connections: how they are made, what they say first, and that they go on reading.

use std::convert::Infallible;
use std::future::pending;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

use memchr::memmem;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::private::Eyes;
use super::world::World;
use crate::cli::Dialect;
use crate::clock::{self, SECOND_NS, Timer};
use crate::connection::{self, Call, Connection};
use crate::error::{Error, excerpt};
use crate::wire::packet::{self, Packet};

/// A connection that has no first event after this long has failed.
const FIRST_EVENT_LIMIT: Duration = Duration::from_secs(30);

/// Opens all connections at the pace of the plan; returns when the last one is under way.
///
/// # Errors
/// If the system has no timer to spare.
pub(crate) async fn launch(world: &Rc<World>) -> Result<(), Error> {
    let permits = usize::try_from(world.plan.common.in_flight).unwrap_or(1);
    let in_flight = Arc::new(Semaphore::new(permits));
    let mut timer = Timer::new()?;
    let start_ns = clock::now_ns();
    for (index, number) in (0..world.plan.connections()).zip(0_u64..) {
        if let Some(due_ns) = (number * SECOND_NS).checked_div(world.plan.ramp.into())
            && start_ns + due_ns > clock::now_ns()
        {
            timer.until(start_ns + due_ns).await?;
        }
        let permit = Arc::clone(&in_flight).acquire_owned().await.expect("it is never closed");
        tokio::task::spawn_local(live(Rc::clone(world), index, permit));
    }
    Ok(())
}

/// One connection, from its first byte to its last.
async fn live(world: Rc<World>, index: usize, permit: OwnedSemaphorePermit) {
    let start_ns = clock::now_ns();
    let joining = Box::pin(tokio::time::timeout(FIRST_EVENT_LIMIT, join(&world, index))).await;
    let joined =
        joining.unwrap_or(Err(Error::Timeout("the first event", FIRST_EVENT_LIMIT.as_secs())));
    drop(permit);
    let (mut connection, is_ready) = match joined {
        Ok(joined) => joined,
        Err(error) => {
            world.note(&error);
            return world.count(&world.failed);
        }
    };
    let now_ns = clock::now_ns();
    world.first_event.borrow_mut().record(now_ns - start_ns);
    world.last_first_event_ns.set(now_ns);
    world.links.borrow_mut()[index] = Some(connection.link().clone());
    world.count(&world.joined);
    let Err(error) = stay(&world, index, &mut connection, is_ready).await;
    world.links.borrow_mut()[index] = None;
    world.note(&error);
    world.count(&world.lost);
}

/// Connects and says what the dialect says first. Also tells whether that is all there is to do.
async fn join(world: &World, index: usize) -> Result<(Connection, bool), Error> {
    let call = Call {
        target: Rc::clone(&world.target),
        index,
        transport: world.plan.common.transport,
        will_stall: world.plan.is_stalled(index),
        token: world.places.token(index),
    };
    let mut connection = connection::open(&call).await?;
    if world.plan.is_sender(index) {
        return Ok((connection, true));
    }
    let (event, argument) = match world.plan.dialect {
        Dialect::None => return Ok((connection, true)),
        Dialect::Rooms => {
            let room = &world.places.rooms[world.plan.groups.of(index)];
            ("join_room", format!("{{\"roomId\":\"{room}\"}}"))
        }
        Dialect::Direct => {
            let id = &world.places.rooms[world.plan.groups.of(index)];
            ("join_conversation", format!("\"{id}\""))
        }
        Dialect::Channels => {
            let channel = &world.places.rooms[world.plan.groups.of(index)];
            ("joinChannel", format!("{{\"channelId\":\"{channel}\"}}"))
        }
        Dialect::Pair => ("start_chat", "\"Load\"".to_owned()),
    };
    let mut packet = Vec::new();
    packet::event(&mut packet, Some(0), event, &argument);
    connection.link().send(&packet)?;
    let answer = |packet: Packet<'_>, _| match packet {
        Packet::Ack { id: 0, args } if memmem::find(args, b"\"success\":false").is_some() => {
            ControlFlow::Break(Err(Error::Failed { event, answer: excerpt(args) }))
        }
        Packet::Ack { id: 0, args } => ControlFlow::Break(Ok(is_active(args))),
        Packet::Disconnected => ControlFlow::Break(Err(Error::Closed("'s namespace"))),
        _ => ControlFlow::Continue(()),
    };
    let is_active = connection.until(answer).await??;
    Ok((connection, is_active || world.plan.dialect != Dialect::Pair))
}

/// Whether a pair is complete.
fn is_active(json: &[u8]) -> bool {
    memmem::find(json, b"\"status\":\"active\"").is_some()
}

/// Reads for ever, or not at all. Returns only with the reason of its end.
async fn stay(
    world: &World,
    index: usize,
    connection: &mut Connection,
    is_ready: bool,
) -> Result<Infallible, Error> {
    if !is_ready {
        let partner = |packet: Packet<'_>, _| match packet {
            Packet::Event(event) if is_active(event) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        };
        connection.until(partner).await?;
    }
    world.count(&world.ready);
    if world.plan.is_stalled(index) {
        return pending().await;
    }
    let mut eyes = Eyes::new(world, index, connection.link().clone());
    let each = |packet: Packet<'_>, at_ns| match packet {
        Packet::Event(event) => {
            world.tally.borrow_mut().event(event, at_ns);
            if let Some(eyes) = &mut eyes {
                eyes.event(world, event);
            }
            ControlFlow::Continue(())
        }
        Packet::Ack { id, args } => {
            if eyes.as_mut().is_some_and(|eyes| eyes.answer(world, (id, args), at_ns)) {
                return ControlFlow::Continue(());
            }
            if let Err(answer) = world.tally.borrow_mut().acks.answer(id, args, at_ns) {
                world.note(&Error::Failed { event: "a message", answer });
            }
            ControlFlow::Continue(())
        }
        Packet::Disconnected => ControlFlow::Break(Error::Closed("'s namespace")),
        _ => ControlFlow::Continue(()),
    };
    Err(connection.until(each).await?)
}
