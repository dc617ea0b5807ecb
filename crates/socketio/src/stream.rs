//! A TCP connection together with its place in the limits.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::{IpAddr, Ipv6Addr, Shutdown};
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use parking_lot::Mutex;
use rustix::buffer::spare_capacity;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::engine::Engine;

/// How long a peer may go on talking to a connection that has said its last.
pub(crate) const LINGER: Duration = Duration::from_secs(5);

/// How much it may say meanwhile: reading so much takes some 5 ms, and it is held nowhere.
const DISCARDED_BYTES: usize = 16 * 1024 * 1024;

/// What a full buffer grows by, to be read into: more than a probe is long.
const GROWTH_BYTES: usize = 64;

/// A stream that gives its place back when it is dropped, whoever owns it then: HTTP or a session.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) tcp: TcpStream,
    /// HTTP has said its last.
    farewell: Option<Box<Farewell>>,
    _place: Place,
}

/// What is still allowed to a peer who has been told the end.
#[derive(Debug)]
struct Farewell {
    rest: Rest,
    until: Pin<Box<Sleep>>,
}

impl Stream {
    pub(crate) fn new(tcp: TcpStream, place: Place) -> Self {
        Self { tcp, farewell: None, _place: place }
    }

    /// Has the kernel send what it holds back for what comes next; see [`Stream::poll_announce`].
    ///
    /// # Errors
    /// The connection's own.
    pub(crate) fn send_held(&self) -> io::Result<()> {
        // To say again that nothing is to be held back sends what is (tcp(7), `TCP_NODELAY`).
        self.tcp.set_nodelay(true)
    }

    /// Reads once; 0 bytes are the end. A full buffer grows.
    ///
    /// Where less came than there was room for, that was all, and what comes next is told anew (epoll(7),
    /// on edge-triggered events): so the runtime is told at once that the stream is empty, in place of
    /// asking the kernel a second time to learn it. (It is not all where the client marked a byte as
    /// urgent: what it sent behind that is read with what it says next.)
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] where there is nothing; else the connection's own.
    pub(crate) fn try_read_buf(&self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        if buffer.len() == buffer.capacity() {
            buffer.reserve(GROWTH_BYTES);
        }
        let room = buffer.capacity() - buffer.len();
        let mut read = 0;
        let outcome = self.tcp.try_io(Interest::READABLE, || {
            (_, read) = rustix::net::recv(&self.tcp, spare_capacity(buffer), RecvFlags::empty())?;
            let is_drained = 0 < read && read < room;
            // By this error the runtime learns that it is empty.
            if is_drained { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
        });
        match outcome {
            Err(error) if read == 0 => Err(error),
            _ => Ok(read),
        }
    }

    /// Writes what announces a WebSocket, of which the first packet comes right behind: the kernel holds
    /// it back for that (`MSG_MORE`, send(2)), 200 ms or more if nothing comes (`TCP_CORK`, tcp(7)). One
    /// segment costs a connection less than two, on both sides.
    fn poll_announce(&self, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.tcp.poll_write_ready(cx))?;
            let sent = self.tcp.try_io(Interest::WRITABLE, || {
                let mut nothing_beside = SendAncillaryBuffer::default();
                let flags = SendFlags::NOSIGNAL | SendFlags::MORE;
                Ok(rustix::net::sendmsg(&self.tcp, bufs, &mut nothing_beside, flags)?)
            });
            match sent {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                sent => return Poll::Ready(sent),
            }
        }
    }
}

/// How the answer to an upgrade begins (RFC 9112 §4). Should anything else begin so, it is only a little
/// later than it could be.
const SWITCHING: &[u8] = b"HTTP/1.1 101 ";

/// A WebSocket's way out.
///
/// It writes without a look at the stream, or at what the runtime knows of it: of a client that has not
/// been written to for a while, those are two waits for the memory, as long as all the rest of a write
/// takes in user mode. Only where the kernel takes nothing is the runtime asked, which then waits for it.
pub(crate) struct Outlet {
    /// The stream's.
    fd: RawFd,
    stream: Arc<Stream>,
}

impl Outlet {
    pub(crate) fn new(stream: Arc<Stream>) -> Self {
        Self { fd: stream.tcp.as_raw_fd(), stream }
    }

    /// Writes once. [`io::ErrorKind::WouldBlock`]: [`TcpStream::poll_write_ready`] says when to go on.
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match rustix::net::send(self.fd(), bytes, SendFlags::NOSIGNAL) {
            Err(Errno::WOULDBLOCK) => self.stream.tcp.try_write(bytes),
            result => result.map_err(io::Error::from),
        }
    }

    /// As [`Outlet::write`], of several parts in a row.
    pub(crate) fn write_vectored(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut nothing_beside = SendAncillaryBuffer::default();
        match rustix::net::sendmsg(self.fd(), parts, &mut nothing_beside, SendFlags::NOSIGNAL) {
            // The runtime tries once more: only its own attempt has it know that the stream is full, and
            // only for as long as nothing has changed since. Without it, who waits would be woken at
            // once, again and again; and if that were merely noted, a change meanwhile would be missed.
            Err(Errno::WOULDBLOCK) => self.stream.tcp.try_write_vectored(parts),
            result => result.map_err(io::Error::from),
        }
    }

    #[expect(unsafe_code, reason = "a safe borrow of the descriptor has to look at the stream")]
    fn fd(&self) -> BorrowedFd<'_> {
        // SAFETY: it is that of `self.stream.tcp`. Only by value, or by `&mut`, can a `TcpStream` be closed
        // or changed, and as long as `self.stream` is held, longer than the borrow lives, nobody else
        // gets either out of the `Arc`.
        unsafe { BorrowedFd::borrow_raw(self.fd) }
    }
}

/// What a peer says after it has nothing more to say to us: it is read and forgotten. A kernel that
/// closes a socket with unread input, or gets more for it, answers with a reset, and a reset takes
/// what the peer has not received yet with it, the close frame first of all.
#[derive(Debug)]
pub(crate) struct Rest {
    left_bytes: usize,
    ended: bool,
}

impl Default for Rest {
    fn default() -> Self {
        Self { left_bytes: DISCARDED_BYTES, ended: false }
    }
}

impl Rest {
    /// Reads once. `Ready(true)`: that was all, or all that is read.
    fn poll(&mut self, tcp: &TcpStream, cx: &mut Context<'_>) -> Poll<bool> {
        let mut buffer = [0; 8 * 1024];
        while !self.ended {
            let ready = ready!(tcp.poll_read_ready(cx));
            match ready.and_then(|()| tcp.try_read(&mut buffer)) {
                Ok(n @ 1..) if n <= self.left_bytes => {
                    self.left_bytes -= n;
                    return Poll::Ready(false);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(_) | Err(_) => self.ended = true,
            }
        }
        Poll::Ready(true)
    }

    /// Reads what there is; ready at the end.
    pub(crate) fn poll_all(&mut self, tcp: &TcpStream, cx: &mut Context<'_>) -> Poll<()> {
        while !ready!(self.poll(tcp, cx)) {}
        Poll::Ready(())
    }

    /// Tells the peer that nothing more comes, and hears it out: until it ends its side too, has
    /// been silent for so long, or [`LINGER`] is over.
    pub(crate) async fn hear_out(mut self, tcp: &TcpStream, silence: Duration) {
        // An error: there is nobody to be told.
        if SockRef::from(tcp).shutdown(Shutdown::Write).is_err() {
            return;
        }
        let ended = async {
            while let Ok(false) =
                tokio::time::timeout(silence, poll_fn(|cx| self.poll(tcp, cx))).await
            {}
        };
        // Whoever is not through then is cut off.
        let _ = tokio::time::timeout(LINGER, ended).await;
    }
}

/// One of [`Config::max_connections`](crate::Config::max_connections).
#[derive(Debug)]
pub(crate) struct Place {
    engine: Arc<Engine>,
    /// What it counts against in [`Engine::connections_by_address`].
    address: Option<IpAddr>,
}

impl Place {
    /// `None` when the server, or the address, has no place left.
    pub(crate) fn take(engine: &Arc<Engine>, peer: IpAddr) -> Option<Self> {
        if engine.counters.connections.get() >= engine.config.max_connections as u64 {
            return None;
        }
        let limit = engine.config.per_address.as_ref();
        let address = match limit.filter(|limit| !(limit.exempt)(peer.to_canonical())) {
            Some(limit) => Some(engine.connections_by_address.enter(peer, limit.max_connections)?),
            None => None,
        };
        engine.counters.connections.add(1);
        Some(Self { engine: engine.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(address) = self.address {
            self.engine.connections_by_address.leave(address);
        }
        self.engine.counters.connections.sub(1);
        self.engine.gone.notify_waiters();
    }
}

/// Counts what each address holds open. Entries go with the last thing that they count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Addresses {
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Addresses {
    /// A place that is given back when it is dropped; `None` when the address holds `max` already.
    pub(crate) fn place(&self, address: IpAddr, max: usize) -> Option<AddressPlace> {
        let address = self.enter(address, max)?;
        Some(AddressPlace { address, addresses: self.clone() })
    }

    /// As what the address is counted, to be given to [`Addresses::leave`]; `None` when it holds
    /// `max` already.
    fn enter(&self, address: IpAddr, max: usize) -> Option<IpAddr> {
        let address = network(address.to_canonical());
        let mut held = self.held.lock();
        let count = held.entry(address).or_default();
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(address)
    }

    fn leave(&self, address: IpAddr) {
        let mut held = self.held.lock();
        if let Some(count) = held.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                held.remove(&address);
            }
        }
    }
}

/// An IPv6 customer has a /64 at least, so that is what counts as one address.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
    }
}

/// One of what an address may hold.
#[derive(Debug)]
pub(crate) struct AddressPlace {
    address: IpAddr,
    addresses: Addresses,
}

impl Drop for AddressPlace {
    fn drop(&mut self) {
        self.addresses.leave(self.address);
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if bufs.first().is_some_and(|first| first.starts_with(SWITCHING)) {
            return self.poll_announce(cx, bufs);
        }
        Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Nothing is buffered but what [`Stream::poll_announce`] left. But HTTP comes by here whenever it
    /// has nothing to do, and as long as it holds the start of another request it does not look at its
    /// input: whether a client has given up its poll, it would not hear.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut byte = [0];
        match self.tcp.poll_peek(cx, &mut ReadBuf::new(&mut byte)) {
            Poll::Ready(Ok(0)) => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(_)) | Poll::Pending => Poll::Ready(Ok(())),
        }
    }

    /// The end of an HTTP connection, whose peer may be in the middle of a body that was refused.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { tcp, farewell, .. } = &mut *self;
        if farewell.is_none() {
            ready!(Pin::new(&mut *tcp).poll_shutdown(cx))?;
        }
        let Farewell { rest, until } = &mut **farewell.get_or_insert_with(|| {
            let until = Box::pin(tokio::time::sleep(LINGER));
            Box::new(Farewell { rest: Rest::default(), until })
        });
        if until.as_mut().poll(cx).is_pending() {
            ready!(rest.poll_all(tcp, cx));
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests;
