//! Over a real socket: what the runtime knows of it after a read, and that nothing is missed by it.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::{Place, Stream};
use crate::config::Config;
use crate::engine::Engine;

/// Longer than a wake-up takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// Wake-ups for nothing that a read may have.
const MAX_IDLE_TURNS: u32 = 16;

/// Both ends of a connection of which the runtime knows that it has nothing to read.
async fn pair() -> (TcpStream, Stream) {
    let engine = Engine::new(Config::default(), HashMap::new(), Vec::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    client.set_nodelay(true).unwrap();
    let (server, peer) = listener.accept().await.unwrap();
    let place = Place::take(&engine.into(), peer.ip()).expect("there are places");
    let stream = Stream::new(server, place);
    let nothing = stream.try_read_buf(&mut Vec::new());
    assert_eq!(nothing.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    assert!(!is_readable(&stream));
    (client, stream)
}

/// Whether the runtime takes it for readable without having been told anything new.
fn is_readable(stream: &Stream) -> bool {
    stream.tcp.poll_read_ready(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// Waits as a session does until there is something, and reads once.
async fn read(stream: &Stream, buffer: &mut Vec<u8>) -> io::Result<usize> {
    for _ in 0..MAX_IDLE_TURNS {
        let ready = poll_fn(|cx| stream.tcp.poll_read_ready(cx));
        timeout(PATIENCE, ready).await.expect("nobody is woken")?;
        match stream.try_read_buf(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return result,
        }
    }
    panic!("it counts as readable, but there is nothing to read");
}

#[tokio::test]
async fn nothing_is_asked_for_again_behind_a_read_that_took_all() {
    let (mut client, stream) = pair().await;
    let mut buffer = Vec::with_capacity(64);
    for text in [b"first", b"later"] {
        client.write_all(text).await.unwrap();
        assert_eq!(read(&stream, &mut buffer).await.unwrap(), 5);
        assert!(buffer.ends_with(text));
        assert!(!is_readable(&stream), "it would be read once more, for nothing");
    }
}

#[tokio::test]
async fn what_had_no_room_is_still_there() {
    let (mut client, stream) = pair().await;
    let mut buffer = Vec::with_capacity(4);
    let room = buffer.capacity();
    let text: Vec<u8> = (0..room + 2).map(|n| n.to_le_bytes()[0]).collect();
    client.write_all(&text).await.unwrap();
    assert_eq!(read(&stream, &mut buffer).await.unwrap(), room);
    assert!(is_readable(&stream));
    // A full buffer grows, and what is in it stays.
    assert_eq!(stream.try_read_buf(&mut buffer).unwrap(), 2);
    assert_eq!(buffer, text);
}

#[tokio::test]
async fn a_probe_is_read_at_once_without_room_for_it() {
    let (mut client, stream) = pair().await;
    client.write_all(&[0; 12]).await.unwrap();
    assert_eq!(read(&stream, &mut Vec::new()).await.unwrap(), 12);
}

#[tokio::test]
async fn an_end_that_comes_together_with_the_last_words_is_heard_behind_them() {
    let (mut client, stream) = pair().await;
    client.write_all(b"bye").await.unwrap();
    client.shutdown().await.unwrap();
    let mut buffer = Vec::with_capacity(64);
    assert_eq!(read(&stream, &mut buffer).await.unwrap(), 3);
    assert_eq!(read(&stream, &mut buffer).await.unwrap(), 0);
}

#[tokio::test]
async fn an_end_that_comes_later_wakes_whoever_waits() {
    for is_reset in [false, true] {
        let (mut client, stream) = pair().await;
        client.write_all(b"well").await.unwrap();
        let mut buffer = Vec::with_capacity(64);
        assert_eq!(read(&stream, &mut buffer).await.unwrap(), 4);
        let mut waiting = Box::pin(read(&stream, &mut buffer));
        assert!(poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx))).await.is_pending());
        if is_reset {
            SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
        }
        drop(client);
        match waiting.await {
            Ok(read) => assert!(read == 0 && !is_reset),
            Err(error) => assert!(error.kind() == io::ErrorKind::ConnectionReset && is_reset),
        }
    }
}
