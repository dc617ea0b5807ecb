//! Over a real socket: what the runtime knows of it after a read.

use std::collections::HashMap;
use std::io;
use std::task::{Context, Waker};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::{Place, Stream};
use crate::config::Config;
use crate::engine::Engine;

/// Both ends of a connection.
async fn pair() -> (TcpStream, Stream) {
    let engine = Engine::new(Config::default(), HashMap::new(), Vec::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    client.set_nodelay(true).unwrap();
    let (server, peer) = listener.accept().await.unwrap();
    let place = Place::take(&engine.into(), peer.ip()).expect("there are places");
    (client, Stream::new(server, place))
}

/// Whether the runtime takes it for readable without having been told anything new.
fn is_readable(stream: &Stream) -> bool {
    stream.tcp.poll_read_ready(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// Waits until there is something, and reads once.
async fn read(stream: &Stream, buffer: &mut Vec<u8>) -> io::Result<usize> {
    loop {
        stream.tcp.readable().await?;
        match stream.try_read_buf(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return result,
        }
    }
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
    client.write_all(b"abcdef").await.unwrap();
    let mut buffer = Vec::with_capacity(4);
    assert_eq!(read(&stream, &mut buffer).await.unwrap(), 4);
    assert!(is_readable(&stream));
    // A full buffer grows, and what is in it stays.
    assert_eq!(stream.try_read_buf(&mut buffer).unwrap(), 2);
    assert_eq!(buffer, b"abcdef");
}

#[tokio::test]
async fn the_end_is_heard_behind_what_was_said_last() {
    let (mut client, stream) = pair().await;
    client.write_all(b"bye").await.unwrap();
    client.shutdown().await.unwrap();
    let mut buffer = Vec::with_capacity(64);
    assert_eq!(read(&stream, &mut buffer).await.unwrap(), 3);
    assert_eq!(read(&stream, &mut buffer).await.unwrap(), 0);
}
