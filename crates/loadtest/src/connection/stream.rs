//! A TCP stream in two halves: one that is read by its own task into a buffer that all share, and
//! one that anybody may write to.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpSocket, TcpStream};

use crate::clock;
use crate::error::Error;
use crate::target::Target;

/// One for the whole thread; grows only if a message is larger.
const SHARED_SIZE: usize = 256 << 10;
/// What may wait to be written on one connection: a server that does not read costs 1 MiB each.
const MAX_PENDING: usize = 1 << 20;
/// The receive buffer of a connection that will stop reading: so that its window closes soon.
const STALLED_RECEIVE_BUFFER: u32 = 4 << 10;

thread_local! {
    static SHARED: RefCell<Vec<u8>> = RefCell::new(vec![0; SHARED_SIZE]);
}

/// Connects, from an address of its own.
///
/// # Errors
/// [`Error::Connect`].
pub(crate) async fn connect(
    target: &Target,
    index: usize,
    will_stall: bool,
) -> Result<(Incoming, Rc<Outgoing>), Error> {
    let stream = open(target, index, will_stall)
        .await
        .map_err(|error| Error::Connect { address: target.address, error })?;
    let (read, write) = stream.into_split();
    let outgoing = Outgoing {
        half: RefCell::new(Some(write)),
        pending: RefCell::new(Vec::new()),
        is_flushing: Cell::new(false),
    };
    Ok((Incoming { half: read, held: Vec::new(), is_unseen: false }, Rc::new(outgoing)))
}

async fn open(target: &Target, index: usize, will_stall: bool) -> io::Result<TcpStream> {
    let ipv4 = target.address.is_ipv4();
    let socket = if ipv4 { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if let Some(source) = target.source(index) {
        socket.bind((source, 0).into())?;
    }
    if will_stall {
        socket.set_recv_buffer_size(STALLED_RECEIVE_BUFFER)?;
    }
    socket.set_nodelay(true)?;
    socket.connect(target.address).await
}

/// The half that is read. It owns a buffer only while a message is incomplete.
#[derive(Debug)]
pub(crate) struct Incoming {
    half: OwnedReadHalf,
    /// The start of an incomplete message, or what the last taker left.
    held: Vec<u8>,
    /// Whether `held` has not been offered since it was left.
    is_unseen: bool,
}

/// What a taker made of the bytes it was shown: how many it used, and its result, if it has one.
pub(crate) type Taken<T> = Result<(usize, Option<T>), Error>;

impl Incoming {
    /// Reads until `take` has a result. It is shown all bytes that were not used yet, and the moment
    /// at which the newest of them came. May be dropped at any await without losing bytes.
    ///
    /// # Errors
    /// What `take` finds wrong, and the end of the stream.
    pub(crate) async fn pump<T>(
        &mut self,
        mut take: impl FnMut(&[u8], u64) -> Taken<T>,
    ) -> Result<T, Error> {
        poll_fn(|cx| self.poll_pump(cx, &mut take)).await
    }

    fn poll_pump<T>(
        &mut self,
        cx: &mut Context<'_>,
        take: &mut impl FnMut(&[u8], u64) -> Taken<T>,
    ) -> Poll<Result<T, Error>> {
        if self.is_unseen {
            self.is_unseen = false;
            let (used, result) = take(&self.held, clock::now_ns())?;
            self.held.drain(..used);
            if let Some(result) = self.finish(result) {
                return Poll::Ready(Ok(result));
            }
        }
        SHARED.with_borrow_mut(|shared| {
            loop {
                let held = self.held.len();
                if shared.len() < held * 2 {
                    shared.resize(held * 2, 0);
                }
                let mut buffer = ReadBuf::new(&mut shared[held..]);
                ready!(Pin::new(&mut self.half).poll_read(cx, &mut buffer))?;
                let read = buffer.filled().len();
                if read == 0 {
                    return Poll::Ready(Err(Error::Closed("")));
                }
                shared[..held].copy_from_slice(&self.held);
                let bytes = &shared[..held + read];
                let (used, result) = take(bytes, clock::now_ns())?;
                self.hold(&bytes[used..]);
                if let Some(result) = self.finish(result) {
                    return Poll::Ready(Ok(result));
                }
            }
        })
    }

    fn hold(&mut self, rest: &[u8]) {
        if rest.is_empty() {
            self.held = Vec::new();
        } else {
            self.held.clear();
            self.held.extend_from_slice(rest);
        }
    }

    /// What is left over when a taker is done may hold whole messages, for the next one.
    fn finish<T>(&mut self, result: Option<T>) -> Option<T> {
        self.is_unseen = result.is_some() && !self.held.is_empty();
        result
    }
}

/// The half that is written: at once if the kernel takes it, else by a task of its own.
#[derive(Debug)]
pub(crate) struct Outgoing {
    /// `None` once it was cut.
    half: RefCell<Option<OwnedWriteHalf>>,
    pending: RefCell<Vec<u8>>,
    is_flushing: Cell<bool>,
}

impl Outgoing {
    /// Writes, or has it written in order.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Closed`] after a cut, and what the system answers.
    pub(crate) fn write(self: &Rc<Self>, bytes: &[u8]) -> Result<(), Error> {
        let mut pending = self.pending.borrow_mut();
        let written = if pending.is_empty() { self.try_write(bytes)? } else { 0 };
        if written == bytes.len() {
            return Ok(());
        }
        if pending.len() + bytes.len() > MAX_PENDING {
            return Err(Error::Full(MAX_PENDING));
        }
        pending.extend_from_slice(&bytes[written..]);
        if !self.is_flushing.replace(true) {
            tokio::task::spawn_local(flush(Rc::clone(self)));
        }
        Ok(())
    }

    /// Ends the connection with a reset, as a crash of the network's does. What the reading half
    /// still holds open ends when that is dropped.
    pub(crate) fn reset(&self) {
        if let Some(half) = self.half.borrow_mut().take() {
            // A connection that is gone already needs no reset.
            let _ = half.as_ref().set_zero_linger();
            half.forget();
        }
    }

    /// Ends the writing direction in an orderly way.
    pub(crate) fn close(&self) {
        drop(self.half.borrow_mut().take());
    }

    fn try_write(&self, bytes: &[u8]) -> Result<usize, Error> {
        let half = self.half.borrow();
        let half = half.as_ref().ok_or(Error::Closed(" before"))?;
        match half.try_write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            written => Ok(written?),
        }
    }

    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let mut pending = self.pending.borrow_mut();
        while !pending.is_empty() {
            let half = self.half.borrow();
            let half = half.as_ref().ok_or(Error::Closed(" before"))?;
            ready!(half.as_ref().poll_write_ready(cx))?;
            match half.try_write(&pending) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => drop(pending.drain(..written?)),
            }
        }
        *pending = Vec::new();
        Poll::Ready(Ok(()))
    }
}

async fn flush(outgoing: Rc<Outgoing>) {
    // A failure is found by whoever reads this connection.
    let _ = poll_fn(|cx| outgoing.poll_flush(cx)).await;
    outgoing.is_flushing.set(false);
}
