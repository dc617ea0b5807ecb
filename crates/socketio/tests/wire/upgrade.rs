//! From long-polling to a WebSocket.

use std::time::{Duration, Instant};

use socketio::{Config, DisconnectReason};

use crate::common::http::Polling;
use crate::common::ws::{Got, Ws, frame};
use crate::common::{Server, until};

/// Probes; long-polling goes on.
async fn probed(server: &Server, client: &Polling) -> Ws {
    let mut ws = Ws::probe(server, &client.sid).await;
    ws.send("2probe").await;
    assert_eq!(ws.text().await, "3probe");
    ws
}

/// The kernel would hold its answer back for some 200 ms: the client is the one who speaks next. A
/// machine that stands still may be as slow, but not each time.
#[tokio::test]
async fn a_probing_client_is_answered_at_once() {
    let server = Server::start(Config::default()).await;
    let mut soonest = Duration::MAX;
    for _attempt in 0..20 {
        let (client, _) = Polling::connect(&server).await;
        let begin = Instant::now();
        let ws = Ws::probe(&server, &client.sid).await;
        soonest = soonest.min(begin.elapsed());
        drop(ws);
        client.close().await;
        if soonest < Duration::from_millis(100) {
            break;
        }
    }
    assert!(soonest < Duration::from_millis(100), "{soonest:?}");
    server.finish().await;
}

/// A POST was not read to its end as long as the queue was long. But who tries a WebSocket polls no more,
/// so it stayed so, and moves only when their POST is answered: each waited for the other, for the whole
/// time that an upgrade may take.
#[tokio::test]
async fn bug_a_client_with_a_long_queue_could_not_upgrade_while_it_posted() {
    for (is_probed_before, is_abandoned) in [(true, false), (false, false), (false, true)] {
        let server = Server::start(Config { max_queue_bytes: 80_000, ..Config::default() }).await;
        let (mut client, _) = Polling::connect(&server).await;
        let mut ws = Ws::probe(&server, &client.sid).await;
        let probe = async |ws: &mut Ws| {
            ws.send("2probe").await;
            assert_eq!(ws.text().await, "3probe");
        };
        if is_probed_before {
            probe(&mut ws).await;
        }
        client.begin_post(b"42[\"flood\",20,1000]\x1e421[\"echo\",1]").await;
        server.app.saw("event flood [20,1000]", 1).await;
        if !is_probed_before {
            probe(&mut ws).await;
        }
        let posted = client.posts.response().await;
        assert_eq!((posted.status, posted.text()), (200, "ok"));
        // What is behind it still waits for the queue.
        assert_eq!(server.app.count("event echo [1]"), 0);
        let mut got = Vec::new();
        if is_abandoned {
            drop(ws);
            while got.len() < 21 {
                got.extend(client.poll().await);
            }
            client.close().await;
        } else {
            ws.send("5").await;
            while got.len() < 21 {
                got.push(ws.text().await);
            }
            ws.close().await;
            drop(client);
        }
        for (nth, text) in got[..20].iter().enumerate() {
            assert!(text.starts_with(&format!("42[\"flood\",[{nth},")), "{text}");
        }
        assert_eq!(got[20], "431[1]");
        server.finish().await;
    }
}

/// A POST that comes while nothing is read is answered as well, and read in its turn.
#[tokio::test]
async fn what_is_posted_behind_a_long_queue_comes_before_what_the_websocket_brings() {
    let server = Server::start(Config { max_queue_bytes: 80_000, ..Config::default() }).await;
    let (mut client, _) = Polling::connect(&server).await;
    assert_eq!(client.post("42[\"flood\",20,1000]").await.status, 200);
    let mut ws = probed(&server, &client).await;
    assert_eq!(client.post("421[\"echo\",1]\x1e422[\"echo\",2]").await.status, 200);
    assert_eq!(server.app.count("event echo [1]"), 0);
    ws.write(&[frame(0x81, b"5"), frame(0x81, b"423[\"echo\",3]")].concat()).await;
    for _ in 0..20 {
        assert!(ws.text().await.starts_with("42[\"flood\""));
    }
    for answer in ["431[1]", "432[2]", "433[3]"] {
        assert_eq!(ws.text().await, answer);
    }
    ws.close().await;
    drop(client);
    server.finish().await;
}

#[tokio::test]
async fn an_upgrade_keeps_the_order_and_loses_nothing() {
    let server = Server::start(Config::default()).await;
    for round in 0..20 {
        let (mut client, _) = Polling::connect(&server).await;
        let socket = server.app.socket();
        let mut got = Vec::new();
        socket.emit("n", &0);
        socket.emit("n", &1);
        got.extend(client.poll().await);
        client.begin_poll().await;
        let mut ws = Ws::probe(&server, &client.sid).await;
        ws.send("2probe").await;
        assert_eq!(ws.text().await, "3probe");
        // The poll that waited is ended.
        assert_eq!(client.polls.response().await.text(), "6");
        socket.emit("n", &2);
        if round % 2 == 0 {
            got.extend(client.poll().await);
        }
        assert_eq!(client.post("42[\"echo\",3]").await.status, 200);
        let emitter = tokio::spawn(async move {
            for i in 4..200 {
                socket.emit("n", &i);
                tokio::task::yield_now().await;
            }
        });
        // The first event over the WebSocket comes in the same segment as the upgrade.
        ws.write(&[frame(0x81, b"5"), frame(0x81, b"42[\"echo\",\"first\"]")].concat()).await;
        while got.len() < 201 {
            got.push(ws.text().await);
        }
        emitter.await.unwrap();
        let (echoes, numbers): (Vec<_>, Vec<_>) =
            got.into_iter().partition(|packet| packet.starts_with("42[\"echo\""));
        assert_eq!(echoes, ["42[\"echo\",3]", "42[\"echo\",\"first\"]"]);
        let expected = (0..200).filter(|i| *i != 3).map(|i| format!("42[\"n\",{i}]"));
        assert!(numbers.into_iter().eq(expected), "round {round}");
        assert_eq!(server.stats().sessions_websocket, 1);
        assert_eq!(client.poll_response().await.status, 400);
        assert_eq!(client.post("42[\"echo\",0]").await.status, 400);
        ws.send("42[\"echo\",4]").await;
        assert_eq!(ws.text().await, "42[\"echo\",4]");
        drop(client);
        ws.close().await;
        crate::common::app::empty(&server.app).await;
    }
    server.finish().await;
}

#[tokio::test]
async fn a_poll_during_an_upgrade_is_ended_at_once() {
    let server = Server::start(Config::default()).await;
    let (mut client, _) = Polling::connect(&server).await;
    let mut ws = probed(&server, &client).await;
    for _ in 0..3 {
        assert_eq!(client.poll().await, ["6"]);
    }
    assert_eq!(client.post("42[\"echo\",1]").await.status, 200);
    assert_eq!(client.poll().await, ["42[\"echo\",1]"]);
    ws.send("5").await;
    ws.send("42[\"echo\",2]").await;
    assert_eq!(ws.text().await, "42[\"echo\",2]");
    drop(client);
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_session_goes_on_polling_when_the_probe_fails() {
    let config = Config { upgrade_timeout: Duration::from_millis(100), ..Config::default() };
    let server = Server::start(config).await;
    let (mut client, _) = Polling::connect(&server).await;
    for (probe, abandon) in
        [("2probe", true), ("2", false), ("5", false), ("42[]", false), ("2probe", false)]
    {
        let mut ws = Ws::probe(&server, &client.sid).await;
        ws.send(probe).await;
        if abandon {
            assert_eq!(ws.text().await, "3probe");
            drop(ws);
        } else {
            // A wrong text, or none within the timeout.
            let (_, texts) = ws.end().await;
            assert_eq!(texts.len(), usize::from(probe == "2probe"));
        }
        server.app.socket().emit("still", probe);
        // The end of a probe may show as one more `6`.
        let mut packets = client.poll().await;
        while packets == ["6"] {
            packets = client.poll().await;
        }
        assert_eq!(packets, [format!("42[\"still\",\"{probe}\"]")]);
    }
    // Said twice, something after the probe, garbage, binary, silence.
    for bytes in [
        &[frame(0x81, b"2probe"), frame(0x81, b"2probe")].concat()[..],
        &[frame(0x81, b"2probe"), frame(0x81, b"42[\"x\"]")].concat(),
        &[0xFF, 0xFF],
        &frame(0x82, b"2probe"),
        &frame(0x81, &[b'2'; 2000]),
        b"",
    ] {
        let mut ws = Ws::probe(&server, &client.sid).await;
        ws.write(bytes).await;
        ws.end().await;
    }
    assert_eq!(client.post("42[\"echo\",\"polling\"]").await.status, 200);
    let mut packets = client.poll().await;
    while packets == ["6"] {
        packets = client.poll().await;
    }
    assert_eq!(packets, ["42[\"echo\",\"polling\"]"]);
    assert_eq!(server.app.count("event x []"), 0);
    // And the next try succeeds.
    let mut ws = probed(&server, &client).await;
    ws.send("5").await;
    ws.send("42[\"echo\",1]").await;
    assert_eq!(ws.text().await, "42[\"echo\",1]");
    drop(client);
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_second_websocket_is_closed_and_the_first_goes_on() {
    let server = Server::start(Config::default()).await;
    let (client, _) = Polling::connect(&server).await;
    let mut first = probed(&server, &client).await;
    // While the first one is being tried.
    let mut second = Ws::probe(&server, &client.sid).await;
    second.send("2probe").await;
    assert_eq!(second.next().await, Got::End);
    first.send("5").await;
    first.send("42[\"echo\",1]").await;
    assert_eq!(first.text().await, "42[\"echo\",1]");
    // And once it has taken over.
    let mut third = Ws::probe(&server, &client.sid).await;
    third.send("2probe").await;
    assert_eq!(third.next().await, Got::End);
    first.send("42[\"echo\",2]").await;
    assert_eq!(first.text().await, "42[\"echo\",2]");
    drop(client);
    first.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_session_that_ends_during_the_probe_takes_the_websocket_with_it() {
    let config = Config { upgrade_timeout: Duration::from_millis(300), ..Config::default() };
    let server = Server::start(config).await;
    let (mut client, _) = Polling::connect(&server).await;
    let mut ws = probed(&server, &client).await;
    assert_eq!(client.post("1").await.status, 200);
    ws.send("5").await;
    assert_eq!(ws.next().await, Got::End);
    assert_eq!(client.poll_response().await.text(), "6");
    drop(client);
    server.finish().await;
}

/// What waits behind an upgrade may be more than the session would read beside, and more than the
/// kernel takes at once.
#[tokio::test]
async fn a_long_queue_goes_out_over_the_new_websocket() {
    let config = Config { write_timeout: Duration::from_secs(1), ..Config::default() };
    let server = Server::start(config).await;
    let (client, _) = Polling::connect(&server).await;
    let mut ws = Ws::probe_narrow(&server, &client.sid).await;
    ws.send("2probe").await;
    assert_eq!(ws.text().await, "3probe");
    // 3.9 MB of the 4 MiB that a queue may hold.
    let filler = "x".repeat(65_000);
    for i in 0..60 {
        server.app.socket().emit("n", &(i, &filler));
    }
    ws.send("5").await;
    // Read only once the kernel has taken all that it takes.
    until("it is written to", || server.stats().bytes_out > 100_000).await;
    for i in 0..60 {
        assert!(ws.text().await.starts_with(&format!("42[\"n\",[{i},")));
    }
    ws.send("42[\"echo\",1]").await;
    assert_eq!(ws.text().await, "42[\"echo\",1]");
    assert_eq!(server.closed_for(DisconnectReason::WriteTimeout), 0);
    drop(client);
    ws.close().await;
    server.finish().await;
}

/// A session that is closed before its task has taken the WebSocket lets go of it all the same,
/// even while the application holds a handle on a socket.
#[tokio::test]
async fn a_websocket_that_nobody_took_is_closed_with_its_session() {
    let config = Config { connect_timeout: Duration::from_millis(300), ..Config::default() };
    let server = Server::start(config).await;
    let mut client = Polling::open(&server).await;
    assert_eq!(client.post("40{\"gate\":true}").await.status, 200);
    let mut ws = probed(&server, &client).await;
    ws.send("5").await;
    until("it has taken over", || server.stats().sessions_websocket == 1).await;
    assert_eq!(ws.end().await.0, Some(1008));
    assert_eq!(server.closed_for(DisconnectReason::ConnectTimeout), 1);
    drop(client);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upgrades_that_race_with_closes_leave_nothing() {
    let config = Config { upgrade_timeout: Duration::from_millis(300), ..Config::default() };
    let server = Server::start(config).await;
    for round in 0..60 {
        let (mut client, _) = Polling::connect(&server).await;
        let mut ws = probed(&server, &client).await;
        let socket = server.app.socket();
        let closing = tokio::spawn(async move {
            match round % 3 {
                0 => socket.close(),
                1 => socket.disconnect(),
                _ => {}
            }
        });
        ws.send("5").await;
        if round % 3 == 2 {
            // A POST and a poll that lost the race; either answer is right.
            client.begin_post(b"1").await;
            client.polls.send("GET", &client.target.clone(), "", b"").await;
        }
        closing.await.unwrap();
        if round % 3 == 2 {
            ws.reset();
        } else {
            // Until it is closed, or a poll brings what is left.
            drop(client.poll_response().await);
            drop(ws);
        }
        drop(client);
        crate::common::app::empty(&server.app).await;
    }
    server.all_gone().await;
    server.finish().await;
}
