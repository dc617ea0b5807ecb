//! Packets that were made to break a server, such as those that have ended other servers'
//! processes: CVE-2022-2421, CVE-2022-21676, CVE-2023-32695, CVE-2024-38355.

use socketio::{Config, DisconnectReason};

use crate::common::http::{Http, Polling};
use crate::common::until;
use crate::common::ws::{HANDSHAKE, Ws, frame};
use crate::witness::{closed_for, survive};

const MOST_BYTES: usize = 4 * 1024 * 1024;

/// CVE-2022-21676: a frame that is none, in the segment of the request for a WebSocket, arrives
/// before anybody listens for errors of that WebSocket.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_frame_in_the_segment_of_its_handshake() {
    let reserved = [0xC1, 0xA1, 0x91, 0xF1].map(|first| frame(first, b"3"));
    let frames = [&reserved[..], &[vec![0x83, 0x80], vec![0xFF; 14], vec![0x81, 0x01, b'x']]];
    let stats = survive(Config::default(), MOST_BYTES, async |server| {
        let (mut on_websocket, taken) = Ws::open(server).await;
        on_websocket.send("40").await;
        on_websocket.text().await;
        let (mut polling, _) = Polling::connect(server).await;
        let targets = [
            "EIO=4&transport=websocket".to_owned(),
            "EIO=3&transport=websocket".to_owned(),
            "EIO=4&transport=tesla".to_owned(),
            "EIO=4&transport=websocket&sid=0.AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
            format!("EIO=4&transport=websocket&sid={taken}"),
            format!("EIO=4&transport=websocket&sid={}", polling.sid),
        ];
        for query in &targets {
            for broken in frames.concat() {
                let mut http = Http::connect(server.addr).await;
                let head = format!("GET /socket.io/?{query} HTTP/1.1\r\nHost: here\r\n{HANDSHAKE}");
                http.write(&[head.as_bytes(), b"\r\n", &broken].concat()).await;
                let said = http.rest().await;
                assert!(said.starts_with(b"HTTP/1.1 "), "{query}: {said:?}");
            }
        }
        // Neither session has noticed.
        on_websocket.send("42[\"echo\",1]").await;
        assert_eq!(on_websocket.text().await, "42[\"echo\",1]");
        assert_eq!(polling.post("42[\"echo\",1]").await.status, 200);
        polling.close().await;
        on_websocket.close().await;
    })
    .await;
    // The frames of the one target that opened a session each.
    assert_eq!(closed_for(&stats, DisconnectReason::ParseError), 7);
}

/// CVE-2023-32695: events whose name is no name, and other packets of the wrong shape.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packets_of_the_wrong_shape() {
    let packets = [
        r#"42[{"toString":"foo"}]"#,
        r#"42[{"toString":1,"valueOf":null},1]"#,
        r#"42[["x"]]"#,
        r#"42[{"length":1}]"#,
        r#"42{"0":"x","length":1}"#,
        r#"42"x""#,
        r"42[]",
        r"42null",
        r"42",
        r#"431{"length":1}"#,
        r"431null",
        r"40[]",
        r#"40/custom,"x""#,
        r"40null",
        r"41{}",
        r#"44"x""#,
        r#"451-{"0":"x"}"#,
        r#"451-[{"_placeholder":true,"num":0}]"#,
        r#"451-["disconnect"]"#,
        r#"46["x"]"#,
        r#"461-[{"_placeholder":true,"num":0}]"#,
        "4\u{0}",
        "4\u{7f}\u{7f}",
    ];
    let stats = survive(Config::default(), MOST_BYTES, async |server| {
        for packet in packets {
            let (mut ws, _) = Ws::connect(server).await;
            ws.write(&[frame(0x81, packet.as_bytes()), frame(0x82, &[1])].concat()).await;
            assert_eq!(ws.end().await.0, Some(1002), "{packet}");
            let (mut client, _) = Polling::connect(server).await;
            let answer = client.post(&format!("{packet}\u{1e}bAQ==")).await;
            assert_eq!(answer.status, 400, "{packet}");
        }
        assert!(server.app.lines().iter().all(|line| !line.starts_with("event [")));
    })
    .await;
    assert_eq!(closed_for(&stats, DisconnectReason::ParseError), 2 * packets.len() as u64);
}

/// CVE-2024-38355: an event that has a meaning of its own where events are dispatched by name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_are_named_like_a_languages_own() {
    let names = [
        "error",
        "__proto__",
        "constructor",
        "prototype",
        "hasOwnProperty",
        "toString",
        "",
        "*",
        "\\u0000",
        "\u{202e}",
    ];
    survive(Config::default(), MOST_BYTES, async |server| {
        let (mut ws, _) = Ws::connect(server).await;
        for name in names {
            ws.send(&format!("42[\"{name}\",{{\"__proto__\":{{\"x\":1}}}}]")).await;
            ws.send(&format!("427[\"{name}\"]")).await;
        }
        ws.send("421[\"echo\",{\"__proto__\":1,\"constructor\":{}}]").await;
        assert_eq!(ws.text().await, "431[{\"__proto__\":1,\"constructor\":{}}]");
        server.app.saw("event error []", 1).await;
        ws.close().await;
    })
    .await;
}

/// CVE-2022-2421, and what clients would choke on if an application passed it on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_placeholder_without_its_attachment() {
    let nums = ["1", "-1", "0.5", "\"splice\"", "\"length\"", "null", "{}", "18446744073709551615"];
    let stats = survive(Config::default(), MOST_BYTES, async |server| {
        for num in nums {
            let (mut ws, _) = Ws::connect(server).await;
            ws.send(&format!("451-[\"echo\",{{\"_placeholder\":true,\"num\":{num}}}]")).await;
            ws.closed(1002).await;
        }
        let (mut ws, _) = Ws::connect(server).await;
        ws.send("461-0[{\"a\":[{\"_placeholder\":true}]}]").await;
        ws.closed(1002).await;
        assert!(server.app.lines().iter().all(|line| !line.starts_with("event echo [{")));
    })
    .await;
    assert_eq!(closed_for(&stats, DisconnectReason::ParseError), nums.len() as u64 + 1);
}

/// A hundred clients announce ten attachments, send nine of the greatest size, and never the last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attachments_that_never_come() {
    let config = || Config { max_payload_bytes: 10_000, ..Config::default() };
    // Of each: what it may send, twice over for growing buffers, and the connection itself.
    survive(config(), 100 * 2 * 30_000, async |server| {
        let mut clients = Vec::new();
        for i in 0..100 {
            let (mut ws, _) = Ws::connect(server).await;
            ws.send(&format!("4510-[\"x\",\"{}\"]", "x".repeat(9_000))).await;
            for _ in 0..9 {
                ws.send_binary(&[0; 1_111]).await;
            }
            ws.write(&frame(0x82, &[0; 9_999])[..9_000]).await;
            clients.push((i, ws));
        }
        until("it has read them", || server.stats().bytes_in > 100 * 18_900).await;
        for (i, ws) in clients {
            if i % 2 == 0 {
                ws.reset();
            }
        }
    })
    .await;
}
