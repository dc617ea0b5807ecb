//! The end of a client's life, at a server that says some things only then.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::{Value, json};
use tokio::runtime::{Builder, LocalOptions};

use super::*;
use crate::cli::{Verified, Verify};
use crate::target::Target;
use crate::verify::findings::Findings;
use crate::verify::stored::book::Expected;
use crate::verify::stored::form::Form;
use crate::verify::stored::log;
use crate::verify::stored::shared::Cast;

/// The conversation of `a`, who has two clients, and `b`.
const ROOM: RoomNumber = RoomNumber(0);
const ID: &str = "conv_a_b";
const RUN: u64 = 7;

/// What is said before the answer to the last question, and behind it.
type Late = [Vec<Value>; 2];

/// Everything of a run whose time is over.
fn shared(address: &str) -> Shared {
    let options = Verify {
        url: format!("http://{address}"),
        dialect: Verified::Direct,
        seed: Some(1),
        seconds: 0,
        clients: 1,
        rate: 1,
        jwt_secret: None,
        serve: None,
        restart_every: Duration::ZERO,
        transport: Some(Transport::Websocket),
        json: None,
    };
    let of = |name: &str| (name.to_owned(), name.to_uppercase());
    let expected = Expected {
        form: Form::Direct,
        run: RUN,
        rooms: HashMap::from([(ID.to_owned(), ROOM)]),
        people: vec![of("a"), of("a"), of("b")],
        pairs: vec![["a", "b"].map(str::to_owned)],
    };
    let cast = Cast {
        expected,
        room_ids: vec![ID.to_owned()],
        pairs: vec![[0, 1]],
        tokens: vec!["token".into(); 3],
    };
    let target = Rc::new(Target::parse(&options.url).unwrap());
    Shared::new(options, target, 1, cast)
}

/// What a client has found when it has ended.
fn found(late: Late) -> Findings {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let shared = Rc::new(shared(&listener.local_addr().unwrap().to_string()));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let late = late.clone();
            thread::spawn(move || speak(stream.unwrap(), &late));
        }
    });
    let actor = Actor::new(Rc::clone(&shared), 0);
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default());
    runtime.unwrap().block_on(actor.run()).unwrap();
    assert!(shared.logs.borrow().iter().all(|log| log.end == End::Stayed));
    shared.findings.take()
}

/// A server as far as it is needed, on one connection.
fn speak(mut stream: TcpStream, late: &Late) {
    loop {
        let Some(head) = read_to(&mut stream, b"\r\n\r\n") else { return };
        if head.contains("Upgrade: websocket") {
            break;
        }
        let body = json!({ "messages": [], "hasMore": false }).to_string();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).unwrap();
    }
    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    stream.write_all(&[head.as_bytes(), &frame("0{}")].concat()).unwrap();
    let mut late = Some(late);
    while let Some(packet) = read_frame(&mut stream) {
        if packet.starts_with("40") {
            stream.write_all(&frame("40{\"sid\":\"x\"}")).unwrap();
            continue;
        }
        let Some((id, args)) = packet.strip_prefix("42").and_then(|asked| asked.split_once('['))
        else {
            continue;
        };
        let is_last = args.starts_with("\"mark_read\"");
        let answer = json!([{ "success": true, "updated": false, "lastReadSeq": 0 }]);
        let [before, behind] = late.take_if(|_| is_last).cloned().unwrap_or_default();
        let mut packets: Vec<_> = before.iter().map(|event| format!("42{event}")).collect();
        packets.push(format!("43{id}{answer}"));
        packets.extend(behind.iter().map(|event| format!("42{event}")));
        let frames: Vec<_> = packets.iter().flat_map(|packet| frame(packet)).collect();
        stream.write_all(&frames).unwrap();
    }
}

/// Reads up to and including `end`; `None` at the end of the connection.
fn read_to(stream: &mut TcpStream, end: &[u8]) -> Option<String> {
    let mut read = Vec::new();
    while !read.ends_with(end) {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        read.extend(byte);
    }
    String::from_utf8(read).ok()
}

fn frame(payload: &str) -> Vec<u8> {
    let size = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[0x81, 126], &size[..], payload.as_bytes()].concat()
}

/// A client's frame, unmasked; they are short.
fn read_frame(stream: &mut TcpStream) -> Option<String> {
    let mut head = [0; 6];
    stream.read_exact(&mut head).ok()?;
    let mut payload = vec![0; usize::from(head[1] & 0x7f)];
    assert!(payload.len() < 126);
    stream.read_exact(&mut payload).ok()?;
    let unmasked = payload.iter().zip(head[2..].iter().cycle()).map(|(byte, mask)| byte ^ mask);
    String::from_utf8(unmasked.collect()).ok()
}

/// Writing by the other one, and its end.
fn writing(event: &str) -> Value {
    json!([event, { "conversationId": ID, "userId": "b", "userName": "B" }])
}

/// A message of the other one, and the list with it.
fn message() -> [Value; 2] {
    let text = log::write(RUN, ROOM, LineId { client: 2, number: 0 }, 0);
    let message = json!({
        "message_id": "01a1ff8a-a988-78cd-8516-bcba98a42004", "conversation_id": ID, "seq": 1,
        "sender_id": "b", "receiver_id": "a", "message_text": text,
    });
    let shown = json!({
        "conversation_id": ID, "last_message": message, "lastReadSeq": 0, "unread_count": 1,
    });
    [
        json!(["new_message", { "message": message, "conversationId": ID }]),
        json!(["conversation_updated", { "conversation": shown }]),
    ]
}

#[track_caller]
fn is_clean(late: Late) {
    let findings = found(late);
    assert!(findings.kinds().iter().all(|(_, finding)| finding.count == 0), "{findings:?}");
}

#[test]
fn writing_that_was_heard_behind_the_last_look_was_called_lost() {
    is_clean([vec![writing("typing")], vec![writing("stop_typing")]]);
}

#[test]
fn a_message_that_was_heard_behind_the_last_look_had_no_time_to_be_listed() {
    let [heard, listed] = message();
    is_clean([vec![heard], vec![listed]]);
}

#[test]
fn what_ends_in_time_is_no_finding() {
    is_clean([vec![], vec![]]);
    let [heard, listed] = message();
    is_clean([vec![writing("typing"), heard, listed, writing("stop_typing")], vec![]]);
}
