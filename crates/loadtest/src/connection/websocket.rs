//! A Socket.IO connection over a WebSocket.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

use super::stream::{self, Incoming, Outgoing, Taken};
use crate::error::{Error, excerpt};
use crate::target::Target;
use crate::wire::http;
use crate::wire::packet::{self, Packet};
use crate::wire::websocket::{self, Opcode};

thread_local! {
    /// Where frames are made before they are written.
    static FRAME: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The reading side.
#[derive(Debug)]
pub(super) struct Reader {
    incoming: Incoming,
    link: Rc<Link>,
}

/// The writing side.
#[derive(Debug)]
pub(crate) struct Link {
    outgoing: Rc<Outgoing>,
}

/// Opens the WebSocket; the server's first packet has not been read yet.
pub(super) async fn open(
    target: &Target,
    index: usize,
    will_stall: bool,
) -> Result<(Reader, Rc<Link>), Error> {
    let (mut incoming, outgoing) = stream::connect(target, index, will_stall).await?;
    outgoing.write(http::upgrade(&target.host, &target.path).as_bytes())?;
    incoming.pump(|bytes, _| upgraded(bytes)).await?;
    let link = Rc::new(Link { outgoing });
    Ok((Reader { incoming, link: Rc::clone(&link) }, link))
}

fn upgraded(bytes: &[u8]) -> Taken<()> {
    let Some(response) = http::decode(bytes).map_err(Error::Protocol)? else {
        return Ok((0, None));
    };
    if response.is_websocket {
        return Ok((response.size, Some(())));
    }
    Err(Error::Status { status: response.status, body: excerpt(response.body) })
}

impl Reader {
    pub(super) async fn until<T>(
        &mut self,
        mut each: impl FnMut(Packet<'_>, u64) -> ControlFlow<T>,
    ) -> Result<T, Error> {
        let link = &self.link;
        self.incoming.pump(|bytes, at_ns| take(link, bytes, |packet| each(packet, at_ns))).await
    }
}

/// Goes through the whole frames in `bytes`.
fn take<T>(
    link: &Rc<Link>,
    bytes: &[u8],
    mut each: impl FnMut(Packet<'_>) -> ControlFlow<T>,
) -> Taken<T> {
    let mut used = 0;
    while let Some(frame) = websocket::decode(&bytes[used..]).map_err(Error::Protocol)? {
        used += frame.size;
        match frame.opcode {
            Opcode::Text => match packet::parse(frame.payload) {
                Packet::Ping => link.send(packet::PONG)?,
                Packet::Close => return Err(Error::Closed(" with an Engine.IO close packet")),
                packet => {
                    if let ControlFlow::Break(result) = each(packet) {
                        return Ok((used, Some(result)));
                    }
                }
            },
            Opcode::Ping => link.send_frame(Opcode::Pong, frame.payload)?,
            Opcode::Close => return Err(Error::Closed(" with a WebSocket close frame")),
            Opcode::Binary | Opcode::Pong => {}
        }
    }
    Ok((used, None))
}

impl Link {
    pub(super) fn send(&self, packet: &[u8]) -> Result<(), Error> {
        self.send_frame(Opcode::Text, packet)
    }

    fn send_frame(&self, opcode: Opcode, payload: &[u8]) -> Result<(), Error> {
        framed(opcode, payload, |frame| self.outgoing.write(frame))
    }

    /// Sends half a frame, and never the rest.
    pub(super) fn tear(&self, packet: &[u8]) -> Result<(), Error> {
        framed(Opcode::Text, packet, |frame| self.outgoing.write(&frame[..frame.len() / 2]))
    }

    /// Says goodbye with a close frame (1000) and ends the writing direction.
    pub(super) fn close(&self) {
        // If it cannot be said any more, the server has gone first.
        let _ = self.send_frame(Opcode::Close, &[0x03, 0xe8]);
        self.outgoing.close();
    }

    pub(super) fn reset(&self) {
        self.outgoing.reset();
    }
}

fn framed<T>(opcode: Opcode, payload: &[u8], write: impl FnOnce(&[u8]) -> T) -> T {
    FRAME.with_borrow_mut(|frame| {
        frame.clear();
        websocket::encode(frame, opcode, payload);
        write(frame)
    })
}
