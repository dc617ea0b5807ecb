use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use tokio::runtime::{Builder, LocalOptions};

use super::*;

/// Calls a server that is `serve`, and hands the connection to `check`.
fn connected(
    transport: Transport,
    serve: impl FnOnce(TcpListener) + Send + 'static,
    check: impl AsyncFnOnce(Connection),
) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || serve(listener));
    let target = Rc::new(Target::parse(&url).unwrap());
    let call = Call { target, index: 0, transport, will_stall: false, token: None };
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default());
    runtime.unwrap().block_on(async { check(open(&call).await.unwrap()).await });
    server.join().unwrap();
}

fn event(packet: Packet<'_>, _: u64) -> ControlFlow<String> {
    match packet {
        Packet::Event(json) => ControlFlow::Break(String::from_utf8(json.to_vec()).unwrap()),
        _ => ControlFlow::Continue(()),
    }
}

/// Reads up to and including `end`.
fn read_to(stream: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let mut read = Vec::new();
    while !read.ends_with(end) {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        read.extend(byte);
    }
    read
}

fn frame(payload: &str) -> Vec<u8> {
    let size = u8::try_from(payload.len()).unwrap();
    [&[0x81, size], payload.as_bytes()].concat()
}

/// A client's frame, unmasked.
fn read_frame(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = [0; 6];
    stream.read_exact(&mut head).unwrap();
    let mut payload = vec![0; usize::from(head[1] & 0x7f)];
    stream.read_exact(&mut payload).unwrap();
    payload.iter().zip(head[2..].iter().cycle()).map(|(byte, mask)| byte ^ mask).collect()
}

#[test]
fn frames_are_taken_one_by_one_however_they_are_split() {
    let serve = |listener: TcpListener| {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        read_to(&mut stream, b"\r\n\r\n");
        let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
        // One byte a packet, then several frames in one.
        for byte in [head.as_bytes(), &frame("0{}")].concat() {
            stream.write_all(&[byte]).unwrap();
        }
        assert_eq!(read_frame(&mut stream), b"40");
        let frames =
            [frame("40{\"sid\":\"x\"}"), frame("2"), frame("42[\"a\"]"), frame("42[\"b\"]")];
        stream.write_all(&frames.concat()).unwrap();
        assert_eq!(read_frame(&mut stream), b"3");
        assert_eq!(read_frame(&mut stream), b"42[\"c\"]");
    };
    connected(Transport::Websocket, serve, async |mut connection| {
        assert_eq!(connection.until(event).await.unwrap(), "[\"a\"]");
        assert_eq!(connection.until(event).await.unwrap(), "[\"b\"]");
        connection.link().send(b"42[\"c\"]").unwrap();
        let end = connection.until(event).await.unwrap_err();
        assert!(matches!(end, Error::Closed(_) | Error::Io(_)), "{end}");
    });
}

fn answer(stream: &mut TcpStream, body: &str) {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all((head + body).as_bytes()).unwrap();
}

#[test]
fn polls_bring_many_packets_and_posts_go_beside_them() {
    let serve = |listener: TcpListener| {
        let (mut polls, _) = listener.accept().unwrap();
        let first = read_to(&mut polls, b"\r\n\r\n");
        assert!(!String::from_utf8(first).unwrap().contains("sid="));
        answer(&mut polls, "0{\"sid\":\"S\"}");
        read_to(&mut polls, b"\r\n\r\n40");
        answer(&mut polls, "ok");
        let poll = read_to(&mut polls, b"\r\n\r\n");
        assert!(String::from_utf8(poll).unwrap().contains("&sid=S"));
        answer(&mut polls, "40{\"sid\":\"x\"}\x1e42[\"a\"]\x1e2\x1e42[\"b\"]");
        let (mut posts, _) = listener.accept().unwrap();
        read_to(&mut posts, b"\r\n\r\n3");
        answer(&mut posts, "ok");
        read_to(&mut polls, b"\r\n\r\n");
        answer(&mut polls, "1");
    };
    connected(Transport::Polling, serve, async |mut connection| {
        assert_eq!(connection.until(event).await.unwrap(), "[\"a\"]");
        assert_eq!(connection.until(event).await.unwrap(), "[\"b\"]");
        let end = connection.until(event).await.unwrap_err();
        assert!(matches!(end, Error::Closed(_)), "{end}");
    });
}
