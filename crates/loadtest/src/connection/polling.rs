//! A Socket.IO connection over HTTP long-polling: one TCP connection for the polls, and, from the
//! first packet sent on, a second one for the posts.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::rc::Rc;

use tokio::sync::Notify;

use super::stream::{self, Incoming, Outgoing};
use crate::error::{Error, excerpt};
use crate::target::Target;
use crate::wire::http;
use crate::wire::packet::{self, Packet, SEPARATOR};

/// What may wait to be posted: it goes out in one body, and servers take 100 KB or more.
const MAX_OUTBOX: usize = 64 << 10;

/// The reading side.
#[derive(Debug)]
pub(super) struct Reader {
    incoming: Incoming,
    outgoing: Rc<Outgoing>,
    link: Rc<Link>,
    /// Whether a poll waits for its answer.
    is_polling: bool,
    /// The last answer, as far as it was not taken: `body[taken..]`.
    body: Vec<u8>,
    taken: usize,
    at_ns: u64,
}

/// The writing side.
#[derive(Debug)]
pub(crate) struct Link {
    target: Rc<Target>,
    index: usize,
    sid: RefCell<String>,
    outbox: RefCell<Vec<u8>>,
    wake: Notify,
    is_posting: Cell<bool>,
    is_closed: Cell<bool>,
    /// The stream of the polls, and that of the posts once there is one: to be reset.
    streams: RefCell<Vec<Rc<Outgoing>>>,
}

/// Makes the session; the server's first packet is there, but not taken yet.
pub(super) async fn open(
    target: &Rc<Target>,
    index: usize,
    will_stall: bool,
) -> Result<(Reader, Rc<Link>), Error> {
    let (incoming, outgoing) = stream::connect(target, index, will_stall).await?;
    let link = Rc::new(Link {
        target: Rc::clone(target),
        index,
        sid: RefCell::default(),
        outbox: RefCell::default(),
        wake: Notify::new(),
        is_posting: Cell::new(false),
        is_closed: Cell::new(false),
        streams: RefCell::new(vec![Rc::clone(&outgoing)]),
    });
    let (body, taken, is_polling, at_ns) = (Vec::new(), 0, false, 0);
    let mut reader =
        Reader { incoming, outgoing, link: Rc::clone(&link), is_polling, body, taken, at_ns };
    reader.poll().await?;
    let Packet::Open(handshake) = packet::parse(&reader.body) else {
        return Err(Error::Protocol("a handshake without an open packet"));
    };
    let sid = serde_json::from_slice::<serde_json::Value>(handshake)
        .ok()
        .and_then(|handshake| handshake["sid"].as_str().map(str::to_owned));
    *link.sid.borrow_mut() = sid.ok_or(Error::Protocol("a handshake without `sid`"))?;
    Ok((reader, link))
}

impl Reader {
    pub(super) async fn until<T>(
        &mut self,
        mut each: impl FnMut(Packet<'_>, u64) -> ControlFlow<T>,
    ) -> Result<T, Error> {
        loop {
            while let Some(bytes) = next(&self.body, &mut self.taken) {
                match packet::parse(bytes) {
                    Packet::Ping => self.link.send(packet::PONG)?,
                    Packet::Close => return Err(Error::Closed(" with an Engine.IO close packet")),
                    packet => {
                        if let ControlFlow::Break(result) = each(packet, self.at_ns) {
                            return Ok(result);
                        }
                    }
                }
            }
            self.body = Vec::new();
            self.taken = 0;
            self.poll().await?;
        }
    }

    /// Fills `body` with the next answer.
    async fn poll(&mut self) -> Result<(), Error> {
        if !self.is_polling {
            let sid = self.link.sid.borrow();
            let Target { host, path, .. } = &*self.link.target;
            let request = http::poll(host, path, (!sid.is_empty()).then_some(&*sid));
            self.outgoing.write(request.as_bytes())?;
            self.is_polling = true;
        }
        let body = &mut self.body;
        let at_ns = &mut self.at_ns;
        answer(&mut self.incoming, |answer, now_ns| {
            body.extend_from_slice(answer);
            *at_ns = now_ns;
        })
        .await?;
        self.is_polling = false;
        Ok(())
    }

    /// Sends a packet on the polls' own connection, which must be free.
    pub(super) async fn post(&mut self, packet: &[u8]) -> Result<(), Error> {
        self.outgoing.write(&self.link.request(packet))?;
        answer(&mut self.incoming, |_, _| ()).await
    }
}

/// Waits for a 200 and hands its body over.
async fn answer(incoming: &mut Incoming, mut body: impl FnMut(&[u8], u64)) -> Result<(), Error> {
    let take = |bytes: &[u8], at_ns| match http::decode(bytes).map_err(Error::Protocol)? {
        None => Ok((0, None)),
        Some(response) if response.status == 200 => {
            body(response.body, at_ns);
            Ok((response.size, Some(())))
        }
        Some(http::Response { status, body, .. }) => {
            Err(Error::Status { status, body: excerpt(body) })
        }
    };
    incoming.pump(take).await
}

/// The next packet of a body that may hold many.
fn next<'a>(body: &'a [u8], taken: &mut usize) -> Option<&'a [u8]> {
    let rest = body.get(*taken..).filter(|rest| !rest.is_empty())?;
    let size = memchr::memchr(SEPARATOR, rest).unwrap_or(rest.len());
    *taken += size + 1;
    Some(&rest[..size])
}

impl Link {
    pub(super) fn send(self: &Rc<Self>, packet: &[u8]) -> Result<(), Error> {
        if self.is_closed.get() {
            return Err(Error::Closed(" before"));
        }
        let mut outbox = self.outbox.borrow_mut();
        if outbox.len() + packet.len() >= MAX_OUTBOX {
            return Err(Error::Full(MAX_OUTBOX));
        }
        if !outbox.is_empty() {
            outbox.push(SEPARATOR);
        }
        outbox.extend_from_slice(packet);
        self.wake.notify_one();
        if !self.is_posting.replace(true) {
            tokio::task::spawn_local(post_all(Rc::clone(self)));
        }
        Ok(())
    }

    /// Sends half a post on a connection of its own, and never the rest.
    pub(super) async fn tear(&self, packet: &[u8]) -> Result<(), Error> {
        let (_, outgoing) = stream::connect(&self.target, self.index, false).await?;
        let request = self.request(packet);
        outgoing.write(&request[..request.len() - packet.len() / 2])?;
        self.streams.borrow_mut().push(outgoing);
        Ok(())
    }

    pub(super) fn close(&self) {
        self.is_closed.set(true);
        self.wake.notify_one();
        self.streams.take().iter().for_each(|stream| stream.close());
    }

    pub(super) fn reset(&self) {
        self.is_closed.set(true);
        self.wake.notify_one();
        self.streams.take().iter().for_each(|stream| stream.reset());
    }

    fn request(&self, body: &[u8]) -> Vec<u8> {
        let Target { host, path, .. } = &*self.target;
        let mut request = http::post(host, path, &self.sid.borrow(), body.len()).into_bytes();
        request.extend_from_slice(body);
        request
    }
}

/// Posts what is to be sent, one body after the other, until the link is closed.
async fn post_all(link: Rc<Link>) {
    // A post that fails ends the session, which whoever reads it finds out.
    if post_each(&link).await.is_err() {
        link.reset();
    }
}

async fn post_each(link: &Rc<Link>) -> Result<(), Error> {
    let (mut incoming, outgoing) = stream::connect(&link.target, link.index, false).await?;
    link.streams.borrow_mut().push(Rc::clone(&outgoing));
    loop {
        link.wake.notified().await;
        if link.is_closed.get() {
            return Ok(());
        }
        let body = link.outbox.take();
        if !body.is_empty() {
            outgoing.write(&link.request(&body))?;
            answer(&mut incoming, |_, _| ()).await?;
        }
    }
}
