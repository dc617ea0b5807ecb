//! People who come while something else is measured: each has direct conversations with others, and
//! who has to hear of whom is known beforehand, to the event.
//!
//! They come in the order of their [`ring`], so that who is there already is known, and those who come
//! at a time are nobody's friends. In the end half of them go.

mod report;
mod ring;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::places::{self, Errand};
use super::world::World;
use crate::cli;
use crate::clock::{self, Timer, nanos};
use crate::connection::{self, Call, Connection, Link};
use crate::error::Error;
use crate::wire::packet::{self, Packet};
use report::Counted;
pub(crate) use report::CrowdReport;
pub(super) use ring::Ring;

/// People who come at a time: far fewer than lie between friends, of any crowd worth the name.
const AT_A_TIME: usize = 8;
/// How long it is listened for what did not have to come, after all that had to.
const AFTER_ALL: Duration = Duration::from_millis(200);
/// How long a connection may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);

/// See the module.
#[derive(Debug)]
pub(super) struct Crowd {
    world: Rc<World>,
    ring: Ring,
    options: cli::Crowd,
    /// Everything that was heard of others' coming, and of their going.
    online: RefCell<Counted>,
    offline: RefCell<Counted>,
    changed: Notify,
    links: RefCell<HashMap<(usize, usize), Link>>,
    came: Cell<usize>,
    took_ns: Cell<u64>,
}

impl Crowd {
    /// Makes the accounts and their conversations; `None` if there is to be no crowd.
    ///
    /// # Errors
    /// If Parlour does not make them.
    pub(super) async fn prepare(world: &Rc<World>) -> Result<Option<Rc<Self>>, Error> {
        let options = world.plan.direct.map(|talk| talk.crowd);
        let Some((options, ring)) = options.and_then(|one| Some((one, Ring::of(&one)?))) else {
            return Ok(None);
        };
        let all = Rc::clone(&world.places);
        places::by_many(ring.people, &world.target, move |person| {
            let token = all.person(person).1;
            vec![Errand { method: "GET", path: "/api/auth/me".into(), token, body: String::new() }]
        })
        .await?;
        let all = Rc::clone(&world.places);
        let meet = move |person| {
            (1..=ring.friends / 2).flat_map(|nth| ring.meet(&all, person, nth)).collect()
        };
        places::by_many(ring.people, &world.target, meet).await?;
        Ok(Some(Rc::new(Self {
            world: Rc::clone(world),
            ring,
            options,
            online: RefCell::new(Counted::of(ring.comings())),
            offline: RefCell::new(Counted::of(ring.goings())),
            changed: Notify::new(),
            links: RefCell::default(),
            came: Cell::new(0),
            took_ns: Cell::new(0),
        })))
    }

    /// All come, evenly spread over the time that is measured.
    ///
    /// # Errors
    /// If the system has no timer to spare. Who cannot come is counted.
    pub(super) async fn come(self: Rc<Self>, warmup: Duration) -> Result<(), Error> {
        if self.options.is_away {
            return Ok(());
        }
        let mut timer = Timer::new()?;
        let start_ns = clock::now_ns() + nanos(warmup);
        let span_ns = nanos(self.world.plan.common.seconds);
        let permits = Arc::new(Semaphore::new(AT_A_TIME.min(self.ring.step())));
        let mut coming = JoinSet::new();
        for (person, number) in (0..self.ring.people).zip(0_u64..) {
            timer.until(start_ns + span_ns * number / self.ring.people as u64).await?;
            let permit = Arc::clone(&permits).acquire_owned().await.expect("it is never closed");
            let crowd = Rc::clone(&self);
            coming.spawn_local(async move {
                if let Err(error) = crowd.enter(person).await {
                    crowd.world.note(&error);
                }
                drop(permit);
            });
        }
        while coming.join_next().await.is_some() {}
        self.took_ns.set(clock::now_ns() - start_ns);
        Ok(())
    }

    /// Somebody comes, socket after socket.
    async fn enter(self: &Rc<Self>, person: usize) -> Result<(), Error> {
        for nth in 0..Ring::sockets(person) {
            let call = Call {
                target: Rc::clone(&self.world.target),
                index: self.world.plan.connections() + person * ring::MOST_SOCKETS + nth,
                transport: self.world.plan.common.transport,
                will_stall: false,
                token: Some(self.world.places.person(person).1),
            };
            let late = Err(Error::Timeout("connecting", CONNECT_LIMIT.as_secs()));
            let opening = Box::pin(timeout(CONNECT_LIMIT, connection::open(&call)));
            let connection = opening.await.unwrap_or(late)?;
            self.links.borrow_mut().insert((person, nth), connection.link().clone());
            tokio::task::spawn_local(Rc::clone(self).listen((person, nth), connection));
        }
        self.came.set(self.came.get() + 1);
        Ok(())
    }

    /// Reads to the end of a connection.
    async fn listen(self: Rc<Self>, socket: (usize, usize), mut connection: Connection) {
        let each = |packet: Packet<'_>, _| {
            if let Packet::Event(event) = packet {
                self.hear(socket, event);
            }
            ControlFlow::<()>::Continue(())
        };
        // It ends when it is closed; before, what it should have heard is missing.
        let _ = connection.until(each).await;
    }

    fn hear(&self, socket: (usize, usize), event: &[u8]) {
        let counted = match event {
            event if event.starts_with(b"[\"user_online\"") => &self.online,
            event if event.starts_with(b"[\"user_offline\"") => &self.offline,
            _ => return,
        };
        let args = serde_json::from_slice::<Value>(event).unwrap_or_default();
        let who = args[1]["userId"].as_str().and_then(|id| self.world.places.number(id));
        counted.borrow_mut().hear(who, socket);
        self.changed.notify_waiters();
    }

    /// When all is heard that has to be, half go, and when that is heard it is over.
    pub(super) async fn finish(&self) -> Option<CrowdReport> {
        if self.options.is_away {
            return None;
        }
        self.heard(&self.online).await;
        let links = self.links.borrow().clone();
        for (_, link) in links.iter().filter(|((person, _), _)| self.ring.goes(*person)) {
            // One that is gone already is gone.
            let _ = link.send(packet::DISCONNECT);
            link.close();
        }
        self.heard(&self.offline).await;
        // What comes beyond that comes now.
        tokio::time::sleep(AFTER_ALL).await;
        Some(CrowdReport {
            people: self.ring.people,
            came: self.came.get(),
            sockets: links.len(),
            friends: self.ring.friends,
            conversations: self.ring.people * self.ring.friends / 2,
            seconds: super::tally::millis(self.took_ns.get()) / 1_000.0,
            online: self.online.borrow().sums(),
            offline: self.offline.borrow().sums(),
        })
    }

    /// Until everything has come that has to, or the time for that is over.
    async fn heard(&self, what: &RefCell<Counted>) {
        let everything = async {
            loop {
                let changed = self.changed.notified();
                if what.borrow().is_complete() {
                    return;
                }
                changed.await;
            }
        };
        // What has not come by then is missing, and reported as such.
        let _ = timeout(self.options.grace, everything).await;
    }
}
