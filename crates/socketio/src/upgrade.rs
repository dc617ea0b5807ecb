//! From an HTTP request to a WebSocket: a session of its own, or the probe of one that is on
//! long-polling (Engine.IO protocol v4, "Upgrade").

use std::io;
use std::sync::Arc;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use crate::driver::{Driver, Task};
use crate::endpoint::open_frame;
use crate::engine::Engine;
use crate::frame::Frame;
use crate::message::Endpoint;
use crate::namespace::Handshake;
use crate::session::Session;
use crate::stream::{AddressPlace, Stream};
use crate::websocket::{Found, Message, assemble, read_frame};

/// What a probing client sends at the most before it has upgraded.
const PROBE_BYTES: usize = 1024;

/// Takes the raw stream back from hyper, with what it had read too far.
async fn take_stream(engine: &Engine, upgrading: OnUpgrade) -> Option<(Arc<Stream>, Vec<u8>)> {
    let upgraded =
        tokio::time::timeout(engine.config.upgrade_timeout, upgrading).await.ok()?.ok()?;
    let parts = upgraded.downcast::<TokioIo<Stream>>().ok()?;
    Some((Arc::new(parts.io.into_inner()), parts.read_buf.to_vec()))
}

/// A session that is to be opened.
pub(crate) struct Opening {
    pub(crate) handshake: Handshake,
    pub(crate) place: Option<AddressPlace>,
    pub(crate) endpoint: Option<Arc<dyn Endpoint>>,
}

/// Opens a session on a WebSocket.
pub(crate) async fn open(engine: Arc<Engine>, opening: Opening, upgrading: OnUpgrade) {
    let Some((stream, unread)) = take_stream(&engine, upgrading).await else { return };
    let Opening { handshake, place, endpoint } = opening;
    let session = Session::open(engine, handshake, Some(stream.clone()), place);
    session.push(&open_frame(&session, &[]));
    // A task of its own: this one's future is larger than a session's.
    tokio::spawn(Task::Driving(Driver::new(session, Some(stream), unread, endpoint)));
}

/// Lets a session's client try a WebSocket, and move to it.
pub(crate) async fn probe(session: Arc<Session>, upgrading: OnUpgrade) {
    let engine = session.engine.clone();
    let Some((stream, unread)) = take_stream(&engine, upgrading).await else { return };
    // The client speaks first.
    if stream.send_held().is_err() || !session.accepts_posts() {
        return;
    }
    let conversation = converse(&session, &stream, unread);
    let result = tokio::select! {
        result = tokio::time::timeout(engine.config.upgrade_timeout, conversation) => result,
        // Somebody who has said nothing yet must not hold up a shutdown.
        () = engine.stopped() => return,
    };
    if let Ok(Ok((_probing, rest))) = result {
        session.complete_probe(stream, rest);
    }
}

/// A session that is being probed: gives long-polling back however the probe ends.
struct Probing<'a>(&'a Session);

impl Drop for Probing<'_> {
    fn drop(&mut self) {
        self.0.abandon_probe();
    }
}

/// `2probe`, `3probe`, `5`; what came behind the `5`.
async fn converse<'a>(
    session: &'a Session,
    stream: &Stream,
    mut unread: Vec<u8>,
) -> io::Result<(Probing<'a>, Vec<u8>)> {
    expect_packet(b"2probe", stream, &mut unread).await?;
    // An error while another WebSocket is being tried, or has taken over.
    let ended = session.begin_probe().ok_or(io::ErrorKind::InvalidData)?;
    let probing = Probing(session);
    stream.tcp.try_write(Frame::copied(b"3probe").wire())?;
    // A POST that is not read any further for now is answered, behind that: a client that has heard it
    // posts no more.
    session.wake_task();
    tokio::select! {
        upgraded = expect_packet(b"5", stream, &mut unread) => upgraded?,
        _ = ended => return Err(io::ErrorKind::BrokenPipe.into()),
    }
    Ok((probing, unread))
}

/// Takes this packet from the stream; any other is an error.
async fn expect_packet(packet: &[u8], stream: &Stream, unread: &mut Vec<u8>) -> io::Result<()> {
    let (found, len) = next_packet(stream, unread).await?;
    unread.drain(..len);
    if found == packet { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}

/// The next text of at most [`PROBE_BYTES`], and how many bytes of `unread` it took.
async fn next_packet(stream: &Stream, unread: &mut Vec<u8>) -> io::Result<(Vec<u8>, usize)> {
    loop {
        match read_frame(unread, PROBE_BYTES) {
            Ok(Found::Frame(frame)) => {
                return match assemble(&frame, &mut None, PROBE_BYTES) {
                    Ok(Some(Message::Text(text))) => Ok((text.as_bytes().to_vec(), frame.len)),
                    _ => Err(io::ErrorKind::InvalidData.into()),
                };
            }
            Err(_) => return Err(io::ErrorKind::InvalidData.into()),
            Ok(Found::Partial(_)) => {}
        }
        stream.tcp.readable().await?;
        match stream.try_read_buf(unread) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}
