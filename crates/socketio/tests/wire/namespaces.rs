//! CONNECT and DISCONNECT.

use std::time::Duration;

use socketio::{Config, DisconnectReason};

use crate::common::Server;
use crate::common::app::open_gate;
use crate::common::http::socket_id;
use crate::common::ws::{Ws, frame};

#[tokio::test]
async fn a_connect_carries_its_payload_to_the_handler() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::open(&server).await;
    ws.send("40{\"token\":\"\u{20ac}\",\"n\": [1, {}]}").await;
    let id = socket_id(&ws.text().await);
    assert_eq!(id.len(), 20);
    assert_eq!(ws.text().await, "42[\"auth\",{\"token\":\"\u{20ac}\",\"n\": [1, {}]}]");
    assert_eq!(server.app.socket().id().as_str(), id);
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_refusal_tells_its_message_and_data_and_leaves_the_connection() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::open(&server).await;
    ws.send("40{\"refuse\":\"no \\\"way\\\"\",\"data\":{\"code\":7}}").await;
    assert_eq!(ws.text().await, "44{\"message\":\"no \\\"way\\\"\",\"data\":{\"code\":7}}");
    ws.send("40/custom,{\"refuse\":\"neither\"}").await;
    assert_eq!(ws.text().await, "44/custom,{\"message\":\"neither\"}");
    ws.send("40/nope,").await;
    assert_eq!(ws.text().await, "44/nope,{\"message\":\"Invalid namespace\"}");
    assert_eq!(server.stats().sockets, 0);
    ws.send("40").await;
    socket_id(&ws.text().await);
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn two_namespaces_share_a_connection_and_nothing_else() {
    let server = Server::start(Config::default()).await;
    let (mut ws, id) = Ws::connect(&server).await;
    ws.send("40/custom,").await;
    let answer = ws.text().await;
    assert!(answer.starts_with("40/custom,{\"sid\":\"") && !answer.contains(&id), "{answer}");
    ws.send("42/custom,[\"echo\",1]").await;
    assert_eq!(ws.text().await, "42/custom,[\"echo\",1]");
    ws.send("42/custom,7[\"echo\",1]").await;
    assert_eq!(ws.text().await, "43/custom,7[1]");
    ws.send("41/custom,").await;
    server.app.saw("disconnected client namespace disconnect", 1).await;
    ws.send("42[\"echo\",2]").await;
    assert_eq!(ws.text().await, "42[\"echo\",2]");
    assert_eq!(server.stats().sockets, 1);
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_client_may_leave_and_come_back_over_the_same_connection() {
    let server = Server::start(Config::default()).await;
    let (mut ws, first) = Ws::connect(&server).await;
    ws.send("41").await;
    ws.send("40").await;
    let second = socket_id(&ws.text().await);
    assert_ne!(first, second);
    assert_eq!(server.app.count("disconnected client namespace disconnect"), 1);
    // The server takes it out; what it sends before it knows is ignored.
    ws.write(&[frame(0x81, b"42[\"leave\"]"), frame(0x81, b"42[\"ignored\"]")].concat()).await;
    assert_eq!(ws.text().await, "41");
    server.app.saw("disconnected server namespace disconnect", 1).await;
    ws.send("42[\"ignored\"]").await;
    ws.send("40").await;
    socket_id(&ws.text().await);
    ws.send("42[\"echo\",1]").await;
    assert_eq!(ws.text().await, "42[\"echo\",1]");
    assert_eq!(server.app.count("event ignored []"), 0);
    ws.close().await;
    server.finish().await;
}

/// A client that has read its `41` may come back while the server's task is still busy with what
/// came before.
#[tokio::test]
async fn a_client_may_come_back_before_its_leaving_was_noticed() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    ws.write(&[frame(0x81, b"42[\"leave\"]"), frame(0x81, b"40")].concat()).await;
    assert_eq!(ws.text().await, "41");
    socket_id(&ws.text().await);
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn events_in_the_segment_of_the_connect_come_after_it_and_in_order() {
    let server = Server::start(Config::default()).await;
    for round in 0..50 {
        let (mut ws, _) = Ws::open(&server).await;
        let mut bytes = frame(0x81, b"40");
        for i in 0..20 {
            bytes.extend(frame(0x81, format!("42[\"echo\",{i}]").as_bytes()));
        }
        ws.write(&bytes).await;
        socket_id(&ws.text().await);
        for i in 0..20 {
            assert_eq!(ws.text().await, format!("42[\"echo\",{i}]"));
        }
        let lines = server.app.lines();
        let lines = &lines[lines.len() - 21..];
        assert_eq!(lines[0], "connected", "round {round}");
        assert_eq!(lines[20], "event echo [19]");
        ws.close().await;
        server.app.saw("disconnected transport close", round + 1).await;
    }
    server.finish().await;
}

#[tokio::test]
async fn nothing_is_read_while_a_connect_is_decided() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::open(&server).await;
    let bytes = [
        frame(0x81, b"40{\"gate\":true}"),
        frame(0x81, b"42[\"echo\",1]"),
        frame(0x81, b"40/custom,{\"gate\":true}"),
        frame(0x81, b"42/custom,[\"echo\",2]"),
    ];
    ws.write(&bytes.concat()).await;
    let (mut other, _) = Ws::connect(&server).await;
    other.send("42[\"echo\",\"other\"]").await;
    assert_eq!(other.text().await, "42[\"echo\",\"other\"]");
    assert_eq!(server.app.lines(), ["connected", "event echo [\"other\"]"]);
    open_gate(&server.app, 1);
    socket_id(&ws.text().await);
    assert_eq!(ws.text().await, "42[\"auth\",{\"gate\":true}]");
    assert_eq!(ws.text().await, "42[\"echo\",1]");
    assert_eq!(server.app.count("connected"), 2);
    open_gate(&server.app, 1);
    assert!(ws.text().await.starts_with("40/custom,{"));
    assert!(ws.text().await.starts_with("42/custom,[\"auth\""));
    assert_eq!(ws.text().await, "42/custom,[\"echo\",2]");
    ws.close().await;
    other.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_client_that_goes_while_it_is_decided_was_never_connected() {
    let config = Config { connect_timeout: Duration::from_millis(200), ..Config::default() };
    let server = Server::start(config).await;
    let (mut ws, _) = Ws::open(&server).await;
    ws.send("40{\"gate\":true}").await;
    drop(ws);
    // It is not read, so its going shows at the deadline.
    server.all_gone().await;
    assert_eq!(server.closed_for(DisconnectReason::ConnectTimeout), 1);
    assert_eq!(server.app.lines(), [""; 0]);
    server.finish().await;
}

#[tokio::test]
async fn a_connect_that_panics_ends_its_own_session() {
    let server = Server::start(Config::default()).await;
    let (mut other, _) = Ws::connect(&server).await;
    let (mut ws, _) = Ws::open(&server).await;
    ws.send("40{\"panic\":true}").await;
    ws.closed(1011).await;
    other.send("42[\"echo\",1]").await;
    assert_eq!(other.text().await, "42[\"echo\",1]");
    other.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_wrong_connect_or_disconnect_closes_the_connection() {
    let server = Server::start(Config::default()).await;
    for before in ["42[\"x\"]", "421[\"x\"]", "430[]", "41", "41/custom,", "42/nope,[\"x\"]"] {
        let (mut ws, _) = Ws::open(&server).await;
        ws.send(before).await;
        ws.closed(1002).await;
    }
    for packet in ["40[]", "40\"x\"", "40{", "40null", "40/custom,7", "40{}{}"] {
        let (mut ws, _) = Ws::open(&server).await;
        ws.send(packet).await;
        ws.closed(1002).await;
    }
    for twice in ["40", "40{}", "41/custom,", "42/custom,[\"x\"]", "41x"] {
        let (mut ws, _) = Ws::connect(&server).await;
        ws.send(twice).await;
        ws.closed(1002).await;
    }
    assert_eq!(server.app.count("disconnected parse error"), 5);
    server.finish().await;
}

#[tokio::test]
async fn a_connection_that_is_in_no_namespace_is_closed_in_time() {
    let config = Config { connect_timeout: Duration::from_millis(150), ..Config::default() };
    let server = Server::start(config).await;
    let (never, _) = Ws::open(&server).await;
    never.closed(1008).await;
    let (mut left, _) = Ws::connect(&server).await;
    left.send("41").await;
    left.closed(1008).await;
    let (mut taken_out, _) = Ws::connect(&server).await;
    taken_out.send("42[\"leave\"]").await;
    assert_eq!(taken_out.end().await, (Some(1008), vec!["41".to_owned()]));
    let (mut refused, _) = Ws::open(&server).await;
    refused.send("40{\"refuse\":\"no\"}").await;
    assert_eq!(refused.end().await.0, Some(1008));
    assert_eq!(server.closed_for(DisconnectReason::ConnectTimeout), 4);
    server.finish().await;
}

/// Connection state recovery is not offered; what a client would recover it asks the application for.
#[tokio::test]
async fn a_client_that_would_recover_a_session_is_new() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::open(&server).await;
    ws.send("40{\"pid\":\"a-secret-of-before\",\"offset\":\"42\"}").await;
    let answer = ws.text().await;
    let answer: serde_json::Value = serde_json::from_str(&answer[2..]).unwrap();
    let keys: Vec<_> = answer.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["sid"]);
    // The application sees what it sent.
    assert!(ws.text().await.starts_with("42[\"auth\",{\"pid\":\"a-secret-of-before\""));
    assert_eq!(server.app.lines(), ["connected"]);
    server.app.socket().emit("n", &1);
    assert_eq!(ws.text().await, "42[\"n\",1]", "an event carries no offset");
    ws.close().await;
    server.finish().await;
}
