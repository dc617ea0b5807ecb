//! Order, and waits that overlap up to a bound.

use std::time::Duration;

use socketio::{Config, DisconnectReason};

use crate::common::Server;
use crate::common::app::open_gate;
use crate::common::http::Polling;
use crate::common::ws::{Ws, frame};

const MANY: usize = 10_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_events_are_handled_in_order() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    // All at once; the client reads the echoes only then, so the server has to pause now and then.
    for chunk in 0..10 {
        let events = (chunk * MANY / 10..(chunk + 1) * MANY / 10)
            .flat_map(|i| frame(0x81, format!("42[\"echo\",{i}]").as_bytes()));
        ws.write(&events.collect::<Vec<_>>()).await;
    }
    for i in 0..MANY {
        assert_eq!(ws.text().await, format!("42[\"echo\",{i}]"));
    }
    ws.close().await;

    let (mut client, _) = Polling::connect(&server).await;
    for chunk in 0..10 {
        let events: Vec<_> = (chunk * MANY / 10..(chunk + 1) * MANY / 10)
            .map(|i| format!("42[\"count\",{i}]"))
            .collect();
        assert_eq!(client.post(&events.join("\x1e")).await.status, 200);
    }
    client.close().await;

    let lines = server.app.lines();
    for name in ["echo", "count"] {
        let head = format!("event {name} ");
        let seen = lines.iter().filter(|line| line.starts_with(&head));
        assert!(seen.eq(&(0..MANY).map(|i| format!("{head}[{i}]")).collect::<Vec<_>>()));
    }
    server.finish().await;
}

#[tokio::test]
async fn waits_overlap_up_to_the_bound_and_then_nothing_is_read() {
    let server = Server::start(Config { max_waits: 4, ..Config::default() }).await;
    let (mut ws, _) = Ws::connect(&server).await;
    let (mut other, _) = Ws::connect(&server).await;
    let mut bytes: Vec<u8> = (0..10).flat_map(|_| frame(0x81, b"42[\"wait\"]")).collect();
    bytes.extend(frame(0x81, b"42[\"echo\",\"last\"]"));
    ws.write(&bytes).await;
    for freed in 0..10 {
        let begun = (4 + freed).min(10);
        server.app.saw("event wait []", begun).await;
        // Whatever else the server does, it begins no more of them.
        for i in 0..3 {
            other.send(&format!("42[\"echo\",{i}]")).await;
            assert_eq!(other.text().await, format!("42[\"echo\",{i}]"));
        }
        assert_eq!(server.app.count("event wait []"), begun, "after {freed} had ended");
        assert_eq!(server.app.count("waited"), freed);
        open_gate(&server.app, 1);
        server.app.saw("waited", freed + 1).await;
    }
    assert_eq!(ws.text().await, "42[\"echo\",\"last\"]");
    ws.close().await;
    other.close().await;
    server.finish().await;
}

#[tokio::test]
async fn what_comes_after_a_hold_waits_for_its_end() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    let (mut polling, _) = Polling::connect(&server).await;
    let (mut other, _) = Ws::connect(&server).await;
    let events =
        ["421[\"wait\"]", "422[\"hold\"]", "423[\"echo\",1]", "424[\"hold\"]", "425[\"echo\",2]"];
    ws.write(&events.map(|event| frame(0x81, event.as_bytes())).concat()).await;
    server.app.saw("event hold []", 1).await;
    for i in 0..3 {
        other.send(&format!("42[\"echo\",{i}]")).await;
        assert_eq!(other.text().await, format!("42[\"echo\",{i}]"));
    }
    assert_eq!(server.app.count("event echo [1]"), 1, "the other's alone");
    // The wait that came before may end before it or after it.
    open_gate(&server.app, 2);
    let mut answers = vec![ws.text().await, ws.text().await];
    answers.sort();
    assert_eq!(answers, ["431[\"waited\"]", "432[\"waited\"]"]);
    assert_eq!(ws.text().await, "433[1]");
    server.app.saw("event hold []", 2).await;
    open_gate(&server.app, 1);
    assert_eq!(ws.text().await, "434[\"waited\"]");
    assert_eq!(ws.text().await, "435[2]");
    ws.close().await;

    // A body is answered when all of it is handled.
    open_gate(&server.app, 1);
    let answer = polling.post("421[\"hold\"]\x1e422[\"echo\",3]").await;
    assert_eq!(answer.status, 200);
    assert_eq!(polling.poll_n(2).await, ["431[\"waited\"]", "432[3]"]);
    polling.close().await;
    other.close().await;
    server.finish().await;
}

#[tokio::test]
async fn what_passes_a_hold_does_not_wait_and_overtakes_nothing_else() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    let (mut polling, _) = Polling::connect(&server).await;
    let events = [
        "421[\"hold_but_echo\"]",
        "422[\"echo\",1]",
        "423[\"echo\",2]",
        "424[\"hold_but_echo\"]",
        "425[\"echo\",3]",
        "426[\"wait\"]",
        "427[\"echo\",4]",
    ];
    ws.write(&events.map(|event| frame(0x81, event.as_bytes())).concat()).await;
    assert_eq!([ws.text().await, ws.text().await], ["432[1]", "433[2]"]);
    // The third passes the second hold, but not what waits for the first.
    let (mut other, _) = Ws::connect(&server).await;
    other.send("42[\"echo\",0]").await;
    assert_eq!(other.text().await, "42[\"echo\",0]");
    assert_eq!(server.app.count("event hold_but_echo []"), 1);
    assert_eq!(server.app.count("event echo [3]"), 0);
    open_gate(&server.app, 1);
    assert_eq!([ws.text().await, ws.text().await], ["431[\"waited\"]", "435[3]"]);
    assert_eq!(server.app.count("event wait []"), 0);
    open_gate(&server.app, 1);
    assert_eq!(ws.text().await, "434[\"waited\"]");
    assert_eq!(ws.text().await, "437[4]");
    open_gate(&server.app, 1);
    assert_eq!(ws.text().await, "436[\"waited\"]");
    ws.close().await;

    // Over polling, in one body and in a later one.
    let body = "421[\"hold_but_echo\"]\x1e422[\"echo\",5]";
    assert_eq!(polling.post(body).await.status, 200);
    assert_eq!(polling.poll_n(1).await, ["432[5]"]);
    assert_eq!(polling.post("423[\"echo\",6]").await.status, 200);
    assert_eq!(polling.poll_n(1).await, ["433[6]"]);
    open_gate(&server.app, 1);
    assert_eq!(polling.post("424[\"wait\"]\x1e425[\"echo\",7]").await.status, 200);
    let mut answers = polling.poll_n(2).await;
    answers.sort();
    assert_eq!(answers, ["431[\"waited\"]", "435[7]"]);
    open_gate(&server.app, 1);
    assert_eq!(polling.poll_n(1).await, ["434[\"waited\"]"]);
    polling.close().await;
    other.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_hold_runs_to_its_end_when_its_socket_is_gone() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    ws.send("421[\"hold\"]").await;
    server.app.saw("event hold []", 1).await;
    server.app.socket().close();
    server.app.saw("disconnected server namespace disconnect", 1).await;
    open_gate(&server.app, 1);
    server.app.saw("waited", 1).await;
    server.finish().await;
}

#[tokio::test]
async fn a_socket_that_is_not_read_is_not_taken_for_dead() {
    let config = Config {
        max_waits: 1,
        ping_interval: Duration::from_millis(60),
        ping_timeout: Duration::from_millis(60),
        ..Config::default()
    };
    let server = Server::start(config).await;
    let (mut ws, _) = Ws::connect(&server).await;
    ws.send("42[\"wait\"]").await;
    // The pong stays unread behind this.
    ws.send("42[\"wait\"]").await;
    assert_eq!(ws.text().await, "2");
    ws.send("3").await;
    // A silent witness tells when the ping timeout has passed, several times over.
    for _ in 0..3 {
        let (silent, _) = Ws::connect(&server).await;
        silent.closed(1008).await;
    }
    assert_eq!(server.app.count("event wait []"), 1);
    open_gate(&server.app, 2);
    server.app.saw("waited", 2).await;
    ws.send("42[\"echo\",1]").await;
    let answer = loop {
        let text = ws.text().await;
        if text != "2" {
            break text;
        }
        ws.send("3").await;
    };
    assert_eq!(answer, "42[\"echo\",1]");
    assert_eq!(server.app.count("disconnected ping timeout"), 3);
    ws.close().await;
    server.finish().await;
}

/// The pong is behind many events, each of which has to wait: the client is busy, not dead.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pong_that_is_behind_a_long_queue_comes_in_time() {
    const EVENTS: usize = 3_000;
    let config = Config {
        max_waits: 1,
        ping_interval: Duration::from_millis(20),
        ping_timeout: Duration::from_millis(20),
        ..Config::default()
    };
    let server = Server::start(config).await;
    let (mut ws, _) = Ws::connect(&server).await;
    ws.write(&frame(0x81, b"42[\"wait\"]").repeat(EVENTS)).await;
    assert_eq!(ws.text().await, "2");
    // It is answered at once; but the answer is last in the queue.
    ws.send("3").await;
    for i in 0..EVENTS {
        open_gate(&server.app, 1);
        server.app.saw_line(2 * i + 3).await;
        assert_eq!(server.closed_for(DisconnectReason::PingTimeout), 0, "after {i} waits");
    }
    // All that was sent has been read: from now on silence counts.
    let (code, _) = ws.end().await;
    assert_eq!(code, Some(1008));
    assert_eq!(server.app.count("waited"), EVENTS);
    server.finish().await;
}

/// The same where nothing waits and each event only takes its time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pong_that_is_behind_slow_events_comes_in_time() {
    let config = Config {
        ping_interval: Duration::from_millis(50),
        ping_timeout: Duration::from_millis(50),
        ..Config::default()
    };
    let server = Server::start(config).await;
    let (mut ws, _) = Ws::connect(&server).await;
    ws.write(&frame(0x81, b"42[\"spin\"]").repeat(400)).await;
    ws.send("3").await;
    server.app.saw("event spin []", 400).await;
    // All that was sent has been read: from now on silence counts.
    assert_eq!(ws.end().await.0, Some(1008));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_socket_that_floods_does_not_stall_another() {
    let server = Server::start(Config::default()).await;
    let (mut flooder, _) = Ws::connect(&server).await;
    let (mut other, _) = Ws::connect(&server).await;
    let flood = tokio::spawn(async move {
        let events: Vec<u8> = (0..2_000).flat_map(|_| frame(0x81, b"42[\"x\"]")).collect();
        for _ in 0..10 {
            flooder.write(&events).await;
        }
        flooder
    });
    for i in 0..200 {
        other.send(&format!("42[\"echo\",{i}]")).await;
        assert_eq!(other.text().await, format!("42[\"echo\",{i}]"));
    }
    flood.await.unwrap().close().await;
    assert_eq!(server.app.count("event x []"), 20_000);
    other.close().await;
    server.finish().await;
}
