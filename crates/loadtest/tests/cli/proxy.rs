//! A proxy that passes everything on, but makes one mistake with one message.

mod dialect;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

pub(crate) use dialect::Dialect;
use dialect::{Line, Seen};

/// How long a message is held back for the next one of the same sender to come.
const HOLD: Duration = Duration::from_millis(100);

/// A UUID as text.
const UUID_BYTES: usize = 36;

/// What is done to one message, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It never arrives.
    Drop,
    /// It arrives twice.
    Double,
    /// It arrives after the next one.
    Swap,
    /// It arrives at somebody else's.
    Misdirect,
    /// It arrives with another text.
    Retext,
    /// It arrives with another's name.
    Rename,
    /// The next one arrives with its id.
    Reuse,
    /// It is told of as confirmed, and as failed after that.
    EndTwice,
    /// It is told of as failed, though it was confirmed.
    Fail,
}

/// A running proxy.
pub(crate) struct Proxy {
    pub(crate) address: String,
    state: Arc<Mutex<State>>,
    accepting: tokio::task::JoinHandle<()>,
}

struct State {
    dialect: Dialect,
    fault: Option<Fault>,
    /// Whether a connection holds a message back.
    is_claimed: bool,
    connections: Vec<Arc<Connection>>,
}

/// One client of the server.
struct Connection {
    to_client: tokio::sync::Mutex<OwnedWriteHalf>,
    seen: Mutex<Seen>,
}

impl Proxy {
    /// Listens, and makes `fault` as soon as there is a message that has to arrive.
    pub(crate) async fn start(server: String, dialect: Dialect, fault: Option<Fault>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let state = State { dialect, fault, is_claimed: false, connections: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server.clone(), Arc::clone(&shared)));
            }
        });
        Self { address, state, accepting }
    }

    /// Whether the mistake was made.
    pub(crate) fn is_done(&self) -> bool {
        lock(&self.state).fault.is_none()
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().expect("nobody panics who holds it")
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass(client: TcpStream, server: String, state: Arc<Mutex<State>>) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    client.set_nodelay(true).expect("it can be set");
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let (to_client, seen) = (tokio::sync::Mutex::new(to_client), Mutex::default());
    let connection = Arc::new(Connection { to_client, seen });
    lock(&state).connections.push(Arc::clone(&connection));
    // A connection that ends, in whichever way, ends at both sides.
    let up = async { drop(tokio::io::copy(&mut from_client, &mut to_server).await) };
    tokio::select! {
        () = up => {}
        _ = down(from_server, &connection, &state) => {}
    }
    lock(&state).connections.retain(|other| !Arc::ptr_eq(other, &connection));
}

/// From the server to the client: the handshake's answer, then frame by frame.
async fn down(
    mut from: OwnedReadHalf,
    connection: &Arc<Connection>,
    state: &Mutex<State>,
) -> std::io::Result<()> {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(from.read_u8().await?);
    }
    connection.write(&[&answer]).await?;
    if !answer.starts_with(b"HTTP/1.1 101") {
        // The API: it is not tampered with.
        let mut bytes = [0; 16 << 10];
        loop {
            let size = from.read(&mut bytes).await?;
            if size == 0 {
                return Ok(());
            }
            connection.write(&[&bytes[..size]]).await?;
        }
    }
    let dialect = lock(state).dialect;
    let mut buffer = Vec::new();
    let mut held: Option<(Vec<u8>, Line)> = None;
    loop {
        while let Some(size) = frame_size(&buffer) {
            let frame: Vec<u8> = buffer.drain(..size).collect();
            let line = lock(&connection.seen).look(dialect, payload(&frame));
            match (held.take(), line) {
                (Some((first, line)), Some(next)) if line.is_followed_by(&next) => {
                    make(connection, state, &first, &frame, &line).await?;
                }
                (None, Some(line)) if claim(state, connection, &line) => held = Some((frame, line)),
                (None, _) => connection.write(&[&frame]).await?,
                // Acknowledgements and the like may overtake: nobody minds.
                (Some(first), None) if dialect.may_overtake(payload(&frame)) => {
                    connection.write(&[&frame]).await?;
                    held = Some(first);
                }
                (Some((first, _)), _) => {
                    lock(state).is_claimed = false;
                    connection.write(&[&first, &frame]).await?;
                }
            }
        }
        let read = async { from.read_buf(&mut buffer).await };
        let read =
            if held.is_some() { tokio::time::timeout(HOLD, read).await } else { Ok(read.await) };
        match (read, held.take()) {
            (Ok(Ok(1..)), before) => held = before,
            (Ok(_), _) => {
                // It ends here; what was held back may stay so, as for anything that was cut.
                lock(state).is_claimed = false;
                return Ok(());
            }
            (Err(_), Some((first, _))) => {
                lock(state).is_claimed = false;
                connection.write(&[&first]).await?;
            }
            (Err(_), None) => {}
        }
    }
}

/// Whether this message may be tampered with: nothing excuses what happens to it.
fn claim(state: &Mutex<State>, connection: &Connection, line: &Line) -> bool {
    // In this order everywhere: the state, then what one connection has seen.
    let mut state = lock(state);
    let seen = lock(&connection.seen);
    let is_wanted = match state.fault {
        None => false,
        Some(Fault::Misdirect) => !seen.is_own(line),
        Some(_) => true,
    };
    let claims = is_wanted && seen.has_to_get(state.dialect, line) && !state.is_claimed;
    state.is_claimed |= claims;
    claims
}

/// Makes the mistake with `first`, which is followed by `next`.
async fn make(
    connection: &Arc<Connection>,
    state: &Mutex<State>,
    first: &[u8],
    next: &[u8],
    line: &Line,
) -> std::io::Result<()> {
    let (dialect, fault, other) = {
        let mut state = lock(state);
        state.is_claimed = false;
        let astray = |other: &&Arc<Connection>| lock(&other.seen).is_astray(state.dialect, line);
        let other = state.connections.iter().find(astray).cloned();
        let is_possible = state.fault != Some(Fault::Misdirect) || other.is_some();
        (state.dialect, if is_possible { state.fault.take() } else { None }, other)
    };
    let names = dialect.names();
    match (fault, other) {
        (Some(Fault::Drop), _) => connection.write(&[next]).await,
        (Some(Fault::Double), _) => connection.write(&[first, first, next]).await,
        (Some(Fault::Swap), _) => connection.write(&[next, first]).await,
        (Some(Fault::Retext), _) => {
            let mut first = first.to_vec();
            let start = find(&first, names.text);
            let end = start + first[start..].iter().position(|byte| *byte == b'"').expect("an end");
            first[end - 1] = b'x';
            connection.write(&[&first, next]).await
        }
        (Some(Fault::Rename), _) => {
            let mut first = first.to_vec();
            let name = find(&first, names.name);
            first[name] = b'X';
            connection.write(&[&first, next]).await
        }
        (Some(Fault::Reuse), _) => {
            let (from, to) = (find(first, names.id), find(next, names.id));
            let mut next = next.to_vec();
            next[to..to + UUID_BYTES].copy_from_slice(&first[from..from + UUID_BYTES]);
            connection.write(&[first, &next]).await
        }
        (Some(Fault::EndTwice), _) => connection.write(&[first, &failed(first), next]).await,
        (Some(Fault::Fail), _) => connection.write(&[&failed(first), next]).await,
        (Some(Fault::Misdirect), Some(other)) => {
            other.write(&[first]).await?;
            connection.write(&[next]).await
        }
        _ => connection.write(&[first, next]).await,
    }
}

impl Connection {
    /// Writes whole frames, between whole frames.
    async fn write(&self, frames: &[&[u8]]) -> std::io::Result<()> {
        let mut to_client = self.to_client.lock().await;
        to_client.write_all(&frames.concat()).await
    }
}

/// A confirmation made a failure.
fn failed(frame: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(payload(frame)).replace("MessageConfirmed", "MessageFailed");
    let error = r#""error":{"code":"unavailable","message":"x","retryable":true},"seq":"#;
    let text = text.replace("\"seq\":", error);
    let size = u16::try_from(text.len()).expect("it is short").to_be_bytes();
    [&[frame[0], 126], &size[..], text.as_bytes()].concat()
}

/// Where what follows `text` begins.
fn find(frame: &[u8], text: &str) -> usize {
    let text = text.as_bytes();
    let at = frame.windows(text.len()).position(|window| window == text);
    at.expect("a message has it") + text.len()
}

/// How long the first frame is, header and all, once it is whole.
fn frame_size(buffer: &[u8]) -> Option<usize> {
    let size = header_size(buffer)? + payload_size(buffer)?;
    (buffer.len() >= size).then_some(size)
}

fn header_size(frame: &[u8]) -> Option<usize> {
    Some(match frame.get(1)? {
        126 => 4,
        127 => 10,
        _ => 2,
    })
}

fn payload_size(frame: &[u8]) -> Option<usize> {
    match frame.get(1)? {
        126 => Some(usize::from(u16::from_be_bytes(*frame.get(2..)?.first_chunk()?))),
        127 => usize::try_from(u64::from_be_bytes(*frame.get(2..)?.first_chunk()?)).ok(),
        short => Some(usize::from(*short)),
    }
}

fn payload(frame: &[u8]) -> &[u8] {
    header_size(frame).and_then(|size| frame.get(size..)).unwrap_or_default()
}
