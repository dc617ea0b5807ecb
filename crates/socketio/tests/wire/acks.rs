//! Acknowledgements, both ways.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use socketio::{AckError, Config};

use crate::common::Server;
use crate::common::http::Polling;
use crate::common::ws::Ws;

#[tokio::test]
async fn a_client_that_asks_is_answered() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    ws.send("4212[\"echo\",\"a\",{\"b\":[1]}]").await;
    assert_eq!(ws.text().await, "4312[\"a\",{\"b\":[1]}]");
    ws.send("4213[\"echo\"]").await;
    assert_eq!(ws.text().await, "4313[]");
    // The answer of a wait, later than that of the next event.
    ws.send("4214[\"wait\"]").await;
    ws.send("4215[\"echo\"]").await;
    assert_eq!(ws.text().await, "4315[]");
    server.app.gate.add_permits(1);
    assert_eq!(ws.text().await, "4314[\"waited\"]");
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_client_that_is_asked_answers_in_time_too_late_or_never() {
    let config = Config { ping_timeout: Duration::from_millis(200), ..Config::default() };
    let server = Server::start(config).await;
    let (mut ws, _) = Ws::connect(&server).await;
    ws.send("42[\"ask\",60000]").await;
    assert_eq!(ws.text().await, "420[\"ask\",\"?\"]");
    ws.send("430[\"fine\",2]").await;
    server.app.saw("answer [\"fine\",2] []", 1).await;
    // Twice, unknown, never asked: ignored.
    ws.send("430[\"again\"]").await;
    ws.send("4399[]").await;

    ws.send("42[\"ask\",20]").await;
    assert_eq!(ws.text().await, "421[\"ask\",\"?\"]");
    server.app.saw("no answer: the client did not acknowledge in time", 1).await;
    ws.send("431[\"late\"]").await;

    ws.send("42[\"ask\",60000]").await;
    ws.send("42[\"ask\",60000]").await;
    assert_eq!(ws.text().await, "422[\"ask\",\"?\"]");
    assert_eq!(ws.text().await, "423[\"ask\",\"?\"]");
    ws.send("461-3[{\"_placeholder\":true,\"num\":0}]").await;
    ws.send_binary(&[1]).await;
    server.app.saw("answer [{\"_placeholder\":true,\"num\":0}] [b\"\\x01\"]", 1).await;
    ws.close().await;
    server.app.saw("no answer: the socket disconnected before it acknowledged", 1).await;
    let lines = server.app.lines();
    assert_eq!(lines.iter().filter(|line| line.contains("answer")).count(), 4, "{lines:?}");
    server.finish().await;
}

#[tokio::test]
async fn an_answer_that_never_comes_times_out_on_long_polling_too() {
    let config = Config { ping_timeout: Duration::from_millis(200), ..Config::default() };
    let server = Server::start(config).await;
    let (mut client, _) = Polling::connect(&server).await;
    assert_eq!(client.post("42[\"ask\",20]").await.status, 200);
    assert_eq!(client.poll().await, ["420[\"ask\",\"?\"]"]);
    server.app.saw("no answer: the client did not acknowledge in time", 1).await;
    // A shorter wait than one that is under way is kept too.
    assert_eq!(client.post("42[\"ask\",60000]\x1e42[\"ask\",20]").await.status, 200);
    server.app.saw("no answer: the client did not acknowledge in time", 2).await;
    assert_eq!(client.poll().await.len(), 2);
    assert_eq!(client.post("431[\"fine\"]").await.status, 200);
    server.app.saw("answer [\"fine\"] []", 1).await;
    client.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_socket_that_was_taken_out_answers_nothing_and_is_asked_nothing() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    let socket = server.app.socket();
    ws.send("421[\"wait\"]").await;
    server.app.saw("event wait []", 1).await;
    ws.send("42[\"ask\",60000]").await;
    assert_eq!(ws.text().await, "420[\"ask\",\"?\"]");
    socket.disconnect();
    socket.disconnect();
    assert_eq!(ws.text().await, "41");
    server.app.saw("no answer: the socket disconnected before it acknowledged", 1).await;
    // The wait runs to its end, and its answer goes nowhere.
    server.app.gate.add_permits(1);
    server.app.saw("waited", 1).await;
    socket.emit("nobody", "hears");
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    socket.emit_with_ack("ask", "?", Duration::from_mins(1), move |answer| {
        assert_eq!(answer.map(drop).unwrap_err(), AckError::Disconnected);
        count.fetch_add(1, Ordering::Relaxed);
    });
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    ws.send("40").await;
    assert!(ws.text().await.starts_with("40{"));
    drop(socket);
    ws.close().await;
    server.finish().await;
}

#[tokio::test]
async fn what_a_socket_may_owe_is_bounded() {
    let server = Server::start(Config::default()).await;
    let (mut ws, _) = Ws::connect(&server).await;
    let socket = server.app.socket();
    let counts: Arc<[AtomicUsize; 3]> = Arc::default();
    for _ in 0..1_100 {
        let counts = counts.clone();
        socket.emit_with_ack("ask", "?", Duration::from_mins(1), move |answer| {
            let i = match answer {
                Ok(_) => 0,
                Err(AckError::TooMany) => 1,
                Err(_) => 2,
            };
            counts[i].fetch_add(1, Ordering::Relaxed);
        });
    }
    let count = |i: usize| counts[i].load(Ordering::Relaxed);
    assert_eq!((count(0), count(1), count(2)), (0, 76, 0));
    ws.send("430[]").await;
    ws.send("421[\"echo\"]").await;
    while ws.text().await != "431[]" {}
    assert_eq!(count(0), 1);
    ws.close().await;
    server.all_gone().await;
    assert_eq!((count(0), count(1), count(2)), (1, 76, 1023));
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_question_is_settled_once_whatever_races() {
    let config = Config { ping_timeout: Duration::from_millis(100), ..Config::default() };
    let server = Server::start(config).await;
    let settled = Arc::new(AtomicUsize::new(0));
    let mut asked = 0;
    for round in 0..50 {
        let (mut ws, _) = Ws::connect(&server).await;
        let socket = server.app.socket();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let (socket, settled) = (socket.clone(), settled.clone());
                std::thread::spawn(move || {
                    for i in 0..20 {
                        let settled = settled.clone();
                        let timeout = Duration::from_millis(i % 7);
                        socket.emit_with_ack("ask", "?", timeout, move |_| {
                            settled.fetch_add(1, Ordering::Relaxed);
                        });
                    }
                })
            })
            .collect();
        asked += 40;
        for i in 0..10 {
            ws.send(&format!("43{i}[]")).await;
        }
        if round % 2 == 0 {
            socket.close();
        }
        for thread in threads {
            thread.join().unwrap();
        }
        drop((ws, socket));
        server.all_gone().await;
        assert_eq!(settled.load(Ordering::Relaxed), asked, "round {round}");
    }
    server.finish().await;
}

/// The first and the last of those who wait must hear of it too, however the wait ends.
#[tokio::test]
async fn a_callback_that_panics_keeps_no_other_from_being_called() {
    let config = Config { ping_timeout: Duration::from_millis(200), ..Config::default() };
    for (timeout, why) in [
        (Duration::from_millis(20), AckError::Timeout),
        (Duration::from_mins(1), AckError::Disconnected),
    ] {
        let server = Server::start(config.clone()).await;
        let (mut ws, _) = Ws::connect(&server).await;
        let socket = server.app.socket();
        let called: Arc<[AtomicUsize; 5]> = Arc::default();
        for i in 0..5 {
            let called = called.clone();
            socket.emit_with_ack("ask", &i, timeout, move |answer| {
                assert_eq!(answer.map(drop).unwrap_err(), why);
                called[i].fetch_add(1, Ordering::Relaxed);
                assert!(i % 2 == 0, "a callback that was asked to panic");
            });
        }
        if why == AckError::Disconnected {
            ws.send("41").await;
        }
        assert_eq!(ws.end().await.0, Some(1011), "{why}");
        drop(ws);
        server.all_gone().await;
        assert!(called.iter().all(|n| n.load(Ordering::Relaxed) == 1), "{why}: {called:?}");
        server.finish().await;
    }
}
