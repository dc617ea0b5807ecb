//! A TCP connection together with its place in the limits.

use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::engine::Engine;

/// A stream that gives its place back when it is dropped, whoever owns it then: HTTP or a session.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) tcp: TcpStream,
    _place: Place,
}

impl Stream {
    pub(crate) fn new(tcp: TcpStream, place: Place) -> Self {
        Self { tcp, _place: place }
    }
}

/// One of [`Config::max_connections`](crate::Config::max_connections).
#[derive(Debug)]
pub(crate) struct Place {
    engine: Arc<Engine>,
    _address: Option<AddressPlace>,
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
        Some(Self { engine: engine.clone(), _address: address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
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
    /// `None` when the address holds `max` already.
    pub(crate) fn enter(&self, address: IpAddr, max: usize) -> Option<AddressPlace> {
        let address = network(address.to_canonical());
        let mut held = self.held.lock();
        let count = held.entry(address).or_default();
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(AddressPlace { address, addresses: self.clone() })
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
        let mut held = self.addresses.held.lock();
        if let Some(count) = held.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.address);
            }
        }
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
        Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
