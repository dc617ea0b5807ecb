//! Properties of the way in, over a real socket: what a client sent means the same however the
//! network cuts it, and no more of it is held than the limit. Seeds as in [`crate::properties`].

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use http::HeaderMap;
use parking_lot::Mutex;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::{Driver, Task};
use crate::config::Config;
use crate::engine::Engine;
use crate::message::{Connection, Endpoint, MessageHandler};
use crate::namespace::{DisconnectReason, Handshake, Transport};
use crate::properties::{Dice, check, client_frame};
use crate::session::Session;
use crate::stream::{Place, Stream};

/// Larger than what is copied from buffer to buffer, and than a read of some kernels.
const MAX: usize = 20_000;

/// A frame with its head.
const MOST_UNREAD: usize = MAX + 1 + 14;

/// Writes down what it hears.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Vec<u8>>>>);

impl Endpoint for Recorder {
    fn open(&self, _: &Connection, _: &Handshake) -> Box<dyn MessageHandler> {
        Box::new(self.clone())
    }
}

impl MessageHandler for Recorder {
    fn text(&mut self, _: &Connection, text: &str) {
        self.0.lock().push([b"text ", text.as_bytes()].concat());
    }

    fn binary(&mut self, _: &Connection, bytes: &[u8]) {
        self.0.lock().push([b"binary ", bytes].concat());
    }

    fn closed(&mut self, _: DisconnectReason) {}
}

/// A session whose task is the test.
struct Reader {
    client: TcpStream,
    stream: Arc<Stream>,
    driver: Driver,
    heard: Recorder,
}

impl Reader {
    async fn open() -> Self {
        let config = Config { max_payload_bytes: MAX, ..Config::default() };
        let engine = Arc::new(Engine::new(config, HashMap::new(), Vec::new()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        client.set_nodelay(true).unwrap();
        let (server, peer) = listener.accept().await.unwrap();
        let place = Place::take(&engine, peer.ip()).expect("there are places");
        let stream = Arc::new(Stream::new(server, place));
        let handshake = Handshake::new(peer, Transport::WebSocket, "", &HeaderMap::new());
        let session = Session::open(engine, handshake, Some(stream.clone()), None);
        let heard = Recorder::default();
        let endpoint = Arc::new(heard.clone());
        let mut driver = Driver::new(session, Some(stream.clone()), Vec::new(), Some(endpoint));
        driver.open_endpoint();
        Self { client, stream, driver, heard }
    }

    /// Lets the task read what has come, and looks at what it keeps.
    async fn turn(&mut self) {
        self.stream.tcp.readable().await.unwrap();
        poll_fn(|cx| {
            let _ = self.driver.poll(cx);
            Poll::Ready(())
        })
        .await;
        let unread = self.driver.unread.capacity();
        assert!(unread <= MOST_UNREAD, "{unread} bytes are kept unread");
        let fragments = self.driver.fragments.as_ref().map_or(0, |open| open.bytes.capacity());
        assert!(fragments <= 2 * MAX + 2, "{fragments} bytes of fragments");
    }

    /// What is heard of parts that come one after the other, and why the session ended: because
    /// that was all, or for what was wrong with it.
    async fn read(parts: impl IntoIterator<Item = &[u8]>) -> (Vec<Vec<u8>>, DisconnectReason) {
        let mut reader = Self::open().await;
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            if reader.driver.session.reason().is_some() {
                break;
            }
            reader.client.write_all(part).await.unwrap();
            reader.turn().await;
        }
        // It may have read all and closed, and then there is nobody to hear this.
        let _ = reader.client.shutdown().await;
        let reason = loop {
            match reader.driver.session.reason() {
                Some(reason) => break reason,
                None => reader.turn().await,
            }
        };
        reader.driver.session.release();
        reader.driver.session.end_task();
        let heard = std::mem::take(&mut *reader.heard.0.lock());
        (heard, reason)
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}

/// A message in up to four frames, with control frames between them; and how it is heard.
fn message(dice: &mut Dice) -> (Vec<u8>, Vec<u8>) {
    let len = dice.pick(&[0, 1, 100, 125, 126, 4_000, 4_096, 4_200, 9_000, MAX]);
    let (opcode, mut payload, mut heard) = match dice.roll(2) {
        0 => (1, vec![b'4'], b"text ".to_vec()),
        _ => (2, Vec::new(), b"binary ".to_vec()),
    };
    let text = vec![dice.pick(b"ax{"); len];
    payload.extend_from_slice(&text);
    heard.extend_from_slice(&text);
    let mut bytes = Vec::new();
    let mut ends: Vec<usize> = (0..dice.roll(4)).map(|_| dice.roll(payload.len() + 1)).collect();
    ends.sort_unstable();
    ends.push(payload.len());
    let (mut start, last) = (0, ends.len() - 1);
    for (i, end) in ends.into_iter().enumerate() {
        let first = if i == 0 { opcode } else { 0 } | if i == last { 0x80 } else { 0 };
        bytes.extend(client_frame(dice, first, &payload[start..end]));
        if dice.roll(3) == 0 {
            let control = dice.pick(&[0x89, 0x8A]);
            bytes.extend(client_frame(dice, control, b"are you there"));
        }
        start = end;
    }
    (bytes, heard)
}

#[test]
fn messages_are_heard_however_the_network_cuts_them() {
    check(60, |dice| {
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        for _ in 0..=dice.roll(5) {
            let (message, heard) = message(dice);
            bytes.extend(message);
            expected.push(heard);
        }
        for round in 0..4 {
            let size = dice.pick(&[997, 4_096, 30_000]);
            let parts = if round == 0 { bytes.chunks(size).collect() } else { dice.cut(&bytes) };
            let lens: Vec<usize> = parts.iter().map(|part| part.len()).collect();
            let (heard, reason) = block_on(Reader::read(parts));
            assert!(heard == expected, "{} of {} in {lens:?}", heard.len(), expected.len());
            assert_eq!(reason, DisconnectReason::TransportClose, "{lens:?}");
        }
    });
}

#[test]
fn wrong_bytes_end_a_session_at_the_same_place_however_they_are_cut() {
    check(60, |dice| {
        let mut bytes = Vec::new();
        for _ in 0..=dice.roll(3) {
            bytes.extend(message(dice).0);
        }
        for _ in 0..=dice.roll(2) {
            let i = dice.roll(bytes.len());
            bytes[i] = u8::try_from(dice.roll(256)).unwrap();
        }
        let whole = block_on(Reader::read([&bytes[..]]));
        for _ in 0..3 {
            let parts = dice.cut(&bytes);
            let lens: Vec<usize> = parts.iter().map(|part| part.len()).collect();
            assert!(block_on(Reader::read(parts)) == whole, "in parts of {lens:?}");
        }
    });
}

#[test]
fn a_frame_byte_by_byte_is_held_once() {
    check(3, |dice| {
        let (bytes, heard) = message(dice);
        let (found, reason) = block_on(Reader::read(bytes[..bytes.len().min(6_000)].chunks(1)));
        let whole = bytes.len() <= 6_000;
        assert!(if whole { found == [heard] } else { found.len() <= 1 });
        assert_eq!(reason, DisconnectReason::TransportClose);
    });
}

/// What each session costs, also while it is idle. A task is aligned to 128 bytes, of which tokio takes
/// 104; a session has the counts of an `Arc`, and a place is held beside a stream in 80 bytes. An
/// allocator's next sizes would be 384, 320 and 96.
#[test]
fn an_idle_session_is_small() {
    let (task, session, place) = (size_of::<Task>(), size_of::<Session>(), size_of::<Place>());
    println!("task {task}, session {session}, place {place}");
    assert!(task <= 256 - 104 && session <= 256 - 16 && place <= 32);
}
