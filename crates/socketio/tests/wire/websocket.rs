//! WebSocket framing as clients do it, and as they must not.

use socketio::{Config, DisconnectReason};

use crate::common::ws::{Got, Ws, frame};
use crate::common::{Dice, Server};

/// It may be two where the machine stands still meanwhile, but not mostly: the kernel holds back what
/// announces the WebSocket for some 200 ms.
#[tokio::test]
async fn what_announces_a_websocket_and_the_first_packet_are_one_segment() {
    let server = Server::start(Config::default()).await;
    let mut in_one = 0;
    for _attempt in 0..20 {
        let (ws, _) = Ws::open(&server).await;
        in_one += u32::from(ws.segments() == 1);
        ws.close().await;
    }
    assert!(in_one > 10, "{in_one} of 20");
    server.finish().await;
}

#[tokio::test]
async fn fragments_with_control_frames_between_are_one_message() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    let mut bytes = frame(0x01, b"42[\"ec");
    bytes.extend(frame(0x89, b"are you there"));
    bytes.extend(frame(0x00, "ho\",\"\u{20ac}".as_bytes()));
    bytes.extend(frame(0x8A, b"nobody asked"));
    bytes.extend(frame(0x00, b""));
    bytes.extend(frame(0x80, b"\"]"));
    ws.write(&bytes).await;
    assert_eq!(ws.next().await, Got::Pong(b"are you there".to_vec()));
    assert_eq!(ws.text().await, "42[\"echo\",\"\u{20ac}\"]");
    // Text whose fragments end within a character, and binary in fragments.
    let euro = "42[\"echo\",\"\u{20ac}\"]".as_bytes();
    ws.write(&frame(0x01, &euro[..12])).await;
    ws.write(&frame(0x80, &euro[12..])).await;
    assert_eq!(ws.text().await.as_bytes(), euro);
    ws.send("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]").await;
    ws.write(&frame(0x02, &[1, 2])).await;
    ws.write(&frame(0x80, &[0xFF])).await;
    assert!(ws.text().await.starts_with("451-"));
    assert_eq!(ws.next().await, Got::Binary(vec![1, 2, 0xFF]));
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_stream_may_be_split_at_every_byte() {
    let server = Server::start(Config::default()).await;
    let mut bytes = frame(0x81, b"42[\"echo\",1]");
    bytes.extend(frame(0x89, b"p"));
    bytes.extend(frame(0x01, b"42[\"echo\","));
    bytes.extend(frame(0x80, b"2]"));
    let long = format!("42[\"echo\",\"{}\"]", "x".repeat(200));
    bytes.extend(frame(0x81, long.as_bytes()));
    let (mut ws, _) = Ws::connect(&server).await;
    for at in 1..bytes.len() {
        ws.write(&bytes[..at]).await;
        // Lets the server see the first part alone.
        tokio::task::yield_now().await;
        ws.write(&bytes[at..]).await;
        assert_eq!(ws.text().await, "42[\"echo\",1]", "split at {at}");
        assert_eq!(ws.next().await, Got::Pong(b"p".to_vec()));
        assert_eq!(ws.text().await, "42[\"echo\",2]");
        assert_eq!(ws.text().await, long);
    }
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_message_may_come_byte_by_byte_or_in_fragments_of_one() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    let long = format!("42[\"echo\",\"{}\"]", "y".repeat(1000));
    for byte in frame(0x81, long.as_bytes()) {
        ws.write(&[byte]).await;
    }
    assert_eq!(ws.text().await, long);
    for (i, byte) in long.bytes().enumerate() {
        let first = u8::from(i == 0);
        ws.write(&frame(first, &[byte])).await;
    }
    ws.write(&frame(0x80, b"")).await;
    assert_eq!(ws.text().await, long);
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn large_messages_arrive_whole_in_random_pieces() {
    const SEED: u64 = 20_261;
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    let mut dice = Dice::new(SEED);
    for round in 0..30 {
        let size = usize::try_from(dice.below(100_000)).unwrap();
        let text = format!("42[\"echo\",\"{}\"]", "z".repeat(size));
        let bytes = frame(0x81, text.as_bytes());
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let len = usize::try_from(dice.below(40_000)).unwrap().clamp(1, rest.len());
            ws.write(&rest[..len]).await;
            tokio::task::yield_now().await;
            rest = &rest[len..];
        }
        assert!(ws.text().await == text, "seed {SEED}, round {round}, size {size}");
    }
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_close_is_answered_with_a_close_and_the_end() {
    let server = Server::start(Config::default()).await;
    for payload in [&b""[..], &[0x03, 0xE8], &[0x03, 0xE9, b'b', b'y', b'e']] {
        let (mut ws, _) = Ws::connect(&server).await;
        ws.write(&frame(0x88, payload)).await;
        ws.closed(1000).await;
    }
    server.app.saw("disconnected transport close", 3).await;
    // The Engine.IO close packet, and no goodbye at all.
    let (mut ws, _) = Ws::connect(&server).await;
    ws.send("1").await;
    ws.closed(1000).await;
    let (ws, _) = Ws::connect(&server).await;
    drop(ws);
    let (ws, _) = Ws::connect(&server).await;
    ws.reset();
    server.app.saw("disconnected transport close", 6).await;
    server.finish().await;
}

#[tokio::test]
async fn what_no_client_may_send_closes_the_connection_with_its_code() {
    let server = Server::start(Config { max_payload_bytes: 1000, ..Config::default() }).await;
    let too_long = frame(0x81, &[b'x'; 1002]);
    let not_utf8 = [frame(0x01, b"42[\"\xC0"), frame(0x80, b"\xAF\"]")].concat();
    let in_pieces = [frame(0x01, &[b'x'; 600]), frame(0x80, &[b'x'; 600])].concat();
    let cases: [(&str, &[u8], u16); 21] = [
        ("unmasked", &[0x81, 0x01, b'3'], 1002),
        ("a reserved bit", &[0xC1, 0x80, 0, 0, 0, 0], 1002),
        ("all reserved bits", &[0xF1, 0x80, 0, 0, 0, 0], 1002),
        ("an opcode of nothing", &[0x83, 0x80, 0, 0, 0, 0], 1002),
        ("a control opcode of nothing", &[0x8F, 0x80, 0, 0, 0, 0], 1002),
        ("a ping in fragments", &[0x09, 0x80, 0, 0, 0, 0], 1002),
        ("a long ping", &[0x89, 0xFE, 0, 126], 1002),
        ("a continuation of nothing", &frame(0x80, b"x"), 1002),
        ("a text within a text", &[frame(0x01, b"4"), frame(0x81, b"3")].concat(), 1002),
        ("16 bits of length too many", &[0x81, 0xFE, 0x03, 0xEA], 1009),
        ("64 bits of length", &[0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], 1009),
        ("a length with its highest bit", &[0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], 1002),
        ("a length of 1 in two bytes", &[0x82, 0xFE, 0, 1, 0, 0, 0, 0, 7], 1002),
        ("a length of 65,535 in eight", &[0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], 1002),
        ("a frame too long", &too_long, 1009),
        ("a message too long", &in_pieces, 1009),
        ("text that is not UTF-8", &frame(0x81, b"42[\"\xC3\x28\"]"), 1007),
        ("fragments that are not UTF-8", &not_utf8, 1007),
        ("binary that nobody announced", &frame(0x82, &[1]), 1002),
        ("an empty text", &frame(0x81, b""), 1002),
        ("a ping of the protocol", &frame(0x81, b"2"), 1002),
    ];
    for (what, bytes, code) in cases {
        let (mut ws, _) = Ws::connect(&server).await;
        ws.write(bytes).await;
        let (told, texts) = ws.end().await;
        assert_eq!((told, texts.len()), (Some(code), 0), "{what}");
    }
    assert_eq!(server.closed_for(DisconnectReason::ParseError), 17);
    assert_eq!(server.closed_for(DisconnectReason::PayloadTooLarge), 4);
    server.finish().await;
}

#[tokio::test]
async fn a_close_frame_says_nothing_or_what_an_endpoint_may_say() {
    let server = Server::start(Config::default()).await;
    for code in [1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4999_u16] {
        for reason in ["", "bye \u{20ac}"] {
            let (mut ws, _) = Ws::connect(&server).await;
            ws.write(&frame(0x88, &[&code.to_be_bytes(), reason.as_bytes()].concat())).await;
            assert_eq!(ws.end().await.0, Some(1000), "{code} {reason}");
        }
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535_u16] {
        let (mut ws, _) = Ws::connect(&server).await;
        ws.write(&frame(0x88, &code.to_be_bytes())).await;
        assert_eq!(ws.end().await.0, Some(1002), "{code}");
    }
    for payload in [&[0x03][..], &[0x03, 0xE8, 0xFF], &[0x03, 0xE8, b'x', 0xC3]] {
        let (mut ws, _) = Ws::connect(&server).await;
        ws.write(&frame(0x88, payload)).await;
        assert_eq!(ws.end().await.0, Some(1002), "{payload:?}");
    }
    assert_eq!(server.closed_for(DisconnectReason::TransportClose), 18);
    assert_eq!(server.closed_for(DisconnectReason::ParseError), 13);
    server.finish().await;
}

#[tokio::test]
async fn exactly_as_much_as_allowed_is_allowed() {
    let server = Server::start(Config { max_payload_bytes: 1000, ..Config::default() }).await;
    let (mut ws, _) = Ws::connect(&server).await;
    let text = format!("42[\"echo\",\"{}\"]", "x".repeat(1000 - 12));
    ws.send(&text).await;
    assert_eq!(ws.text().await, text);
    ws.write(&frame(0x01, &text.as_bytes()[..500])).await;
    ws.write(&frame(0x80, &text.as_bytes()[500..])).await;
    assert_eq!(ws.text().await, text);
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn half_a_frame_and_a_goodbye_leave_nothing() {
    let server = Server::start(Config::default()).await;
    let whole = frame(0x81, &[b'x'; 300]);
    for end in [1, 3, 6, 100, whole.len() - 1] {
        let (mut ws, _) = Ws::connect(&server).await;
        ws.write(&whole[..end]).await;
        drop(ws);
    }
    server.app.saw("disconnected transport close", 5).await;
    server.finish().await;
}

#[tokio::test]
async fn random_bytes_end_the_connection_and_nothing_else() {
    const SEED: u64 = 77;
    let server = Server::start(Config::default()).await;
    let (mut witness, _) = Ws::connect(&server).await;
    let mut dice = Dice::new(SEED);
    for _ in 0..200 {
        let (mut ws, _) = Ws::connect(&server).await;
        let size = dice.below(200);
        let bytes: Vec<u8> = (0..size).map(|_| u8::try_from(dice.below(256)).unwrap()).collect();
        // The server may have closed it before all was written.
        let _ = tokio::io::AsyncWriteExt::write_all(&mut ws.http.stream, &bytes).await;
    }
    witness.send("42[\"echo\",1]").await;
    assert_eq!(witness.text().await, "42[\"echo\",1]", "seed {SEED}");
    witness.close().await;
    server.finish().await;
}
