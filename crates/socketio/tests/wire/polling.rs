//! HTTP long-polling: bodies, polls, and everything that ends a session.

use std::time::Duration;

use socketio::{Config, DisconnectReason};

use crate::common::app::open_gate;
use crate::common::http::{Http, Polling};
use crate::common::{Server, until};

/// The sockets' goodbye in the log.
fn gone(reason: DisconnectReason) -> String {
    format!("disconnected {}", reason.as_str())
}

#[tokio::test]
async fn a_body_may_hold_many_packets_binary_ones_too() {
    let server = Server::start(Config::default()).await;
    let (mut client, _) = Polling::connect(&server).await;
    let body = concat!(
        "42[\"echo\",\"\u{20ac} one\"]\u{1e}3\u{1e}451-[\"echo\",{\"_placeholder\":true,\"num\":0}]",
        "\u{1e}bAQIDBA==\u{1e}427[\"echo\",2,\"3\"]"
    );
    let answer = client.post(body).await;
    assert_eq!((answer.status, answer.text()), (200, "ok"));
    assert_eq!(
        client.poll_n(4).await,
        [
            "42[\"echo\",\"\u{20ac} one\"]",
            "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]",
            "bAQIDBA==",
            "437[2,\"3\"]"
        ]
    );
    client.close().await;
    server.app.saw("disconnected transport close", 1).await;
    server.finish().await;
}

#[tokio::test]
async fn a_poll_waits_for_the_next_packet() {
    let server = Server::start(Config::default()).await;
    let (mut client, _) = Polling::connect(&server).await;
    let before = server.stats();
    let mut bytes = 0;
    for i in 0..100 {
        client.begin_poll().await;
        server.app.socket().emit("n", &i);
        let expected = format!("42[\"n\",{i}]");
        assert_eq!(client.polls.response().await.text(), expected);
        bytes += expected.len() as u64;
    }
    let after = server.stats();
    assert_eq!(after.packets_out - before.packets_out, 100);
    assert_eq!(after.bytes_out - before.bytes_out, bytes);
    client.close().await;
    server.finish().await;
}

#[tokio::test]
async fn an_aborted_poll_closes_the_session() {
    let server = Server::start(Config::default()).await;
    let (mut client, _) = Polling::connect(&server).await;
    client.begin_poll().await;
    // Once this is answered, the poll that was sent before it is waiting.
    assert_eq!(client.post("3").await.status, 200);
    let Polling { polls, mut posts, target, .. } = client;
    drop(polls);
    server.app.saw(&gone(DisconnectReason::TransportError), 1).await;
    assert_eq!(posts.post(&target, b"42[\"x\"]").await.status, 400);
    assert_eq!(posts.get(&target).await.status, 400);
    drop(posts);
    server.finish().await;
}

#[tokio::test]
async fn a_second_poll_closes_the_session_and_the_first_hears_it() {
    let server = Server::start(Config::default()).await;
    let (mut client, _) = Polling::connect(&server).await;
    client.begin_poll().await;
    // The two come over two connections: which is the second is for the server to say.
    client.posts.send("GET", &client.target.clone(), "", b"").await;
    let answers = [client.polls.response().await, client.posts.response().await];
    let mut statuses = answers.each_ref().map(|answer| answer.status);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    assert!(answers.iter().any(|answer| answer.status == 200 && answer.text() == "1"));
    assert_eq!(client.poll_response().await.status, 400);
    server.app.saw(&gone(DisconnectReason::TransportError), 1).await;
    drop(client);
    server.finish().await;
}

#[tokio::test]
async fn a_close_packet_during_a_poll_ends_the_poll() {
    let server = Server::start(Config::default()).await;
    let (mut client, _) = Polling::connect(&server).await;
    client.begin_poll().await;
    assert_eq!(client.post("1").await.status, 200);
    assert_eq!(client.polls.response().await.text(), "6");
    assert_eq!(client.poll_response().await.status, 400);
    assert_eq!(client.post("42[\"x\"]").await.status, 400);
    drop(client);
    server.finish().await;
}

#[tokio::test]
async fn two_posts_at_a_time_close_the_session() {
    let server = Server::start(Config::default()).await;
    let (mut client, _) = Polling::connect(&server).await;
    // Half of the first one, so that it is surely under way.
    let head =
        format!("POST {} HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n42", client.target);
    let mut first = Http::connect(server.addr).await;
    first.write(head.as_bytes()).await;
    // The only sign that it is under way is that a second one is refused.
    let refused = loop {
        let answer = client.post("3").await;
        if answer.status != 200 {
            break answer;
        }
    };
    assert_eq!(refused.status, 400);
    server.app.saw(&gone(DisconnectReason::TransportError), 1).await;
    first.write(b"[\"late\"]").await;
    assert_eq!(first.response().await.status, 400);
    assert_eq!(server.app.count("event late []"), 0);
    drop((client, first));
    server.finish().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_closes_the_session() {
    let config = || Config { max_payload_bytes: 1000, ..Config::default() };
    let chunked = "Transfer-Encoding: chunked\r\n\r\n";
    let server = Server::start(config()).await;
    for head in
        ["Content-Length: 1002\r\n\r\n", "Content-Length: 99999999999999999999999\r\n\r\n", chunked]
    {
        let (client, _) = Polling::connect(&server).await;
        let mut http = Http::connect(server.addr).await;
        http.write(format!("POST {} HTTP/1.1\r\nHost: here\r\n{head}", client.target).as_bytes())
            .await;
        if head == chunked {
            let chunk = format!("1f6\r\n{}\r\n", "x".repeat(502));
            http.write(chunk.repeat(2).as_bytes()).await;
        }
        let status = http.response().await.status;
        // A length that is no number is hyper's to refuse; then the session is as it was.
        if head.contains("99999") {
            assert_eq!(status, 400);
            client.close().await;
        } else {
            assert_eq!(status, 413, "{head}");
        }
    }
    server.app.saw(&gone(DisconnectReason::PayloadTooLarge), 2).await;

    // Exactly as large as allowed, behind the type of the Engine.IO packet.
    let (mut client, _) = Polling::connect(&server).await;
    let body = format!("42[\"echo\",\"{}\"]", "x".repeat(1000 - 12));
    assert_eq!(body.len(), 1 + 1000);
    assert_eq!(client.post(&body).await.status, 200);
    assert_eq!(client.poll().await, [body]);
    client.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_or_breaks_off_closes_the_session() {
    let config = Config { body_timeout: Duration::from_millis(100), ..Config::default() };
    let server = Server::start(config).await;
    for (i, aborted) in [false, true].into_iter().enumerate() {
        let (client, _) = Polling::connect(&server).await;
        let mut http = Http::connect(server.addr).await;
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\n42[",
            client.target
        );
        http.write(head.as_bytes()).await;
        if aborted {
            drop(http);
        } else {
            assert_eq!(http.response().await.status, 400);
            assert!(http.rest().await.is_empty(), "the connection ends too");
        }
        server.app.saw(&gone(DisconnectReason::TransportError), i + 1).await;
    }
    server.finish().await;
}

#[tokio::test]
async fn a_malformed_body_closes_the_session() {
    let server = Server::start(Config::default()).await;
    let separators = vec![0x1E; 100_000];
    let bodies: [&[u8]; 14] = [
        b"",
        b"4",
        b"abc",
        b"0",
        b"2",
        b"5",
        b"7",
        &[b'4', b'2', 0xFF, 0xFE],
        b"42[\"\xC3\x28\"]",
        b"b%%%",
        b"bAQIDBA==",
        b"42[\"fine\"]\x1e",
        b"42[\"fine\"]\x1e\x1e42[\"x\"]",
        &separators,
    ];
    for (i, body) in bodies.iter().enumerate() {
        let (mut client, _) = Polling::connect(&server).await;
        let answer = client.posts.post(&client.target.clone(), body).await;
        assert_eq!(answer.status, 400, "{:?}", &body[..body.len().min(20)]);
        assert_eq!(client.poll_response().await.status, 400);
        server.app.saw(&gone(DisconnectReason::ParseError), i + 1).await;
    }
    // What came before the fault was handled; what came after it was not.
    assert_eq!(server.app.count("event fine []"), 2);
    assert_eq!(server.app.count("event x []"), 0);

    let (mut client, _) = Polling::connect(&server).await;
    let kind = "Content-Type: application/octet-stream\r\n";
    client.posts.send("POST", &client.target.clone(), kind, b"42[\"x\"]").await;
    assert_eq!(client.posts.response().await.status, 400);
    drop(client);
    server.finish().await;
}

#[tokio::test]
async fn a_hundred_thousand_empty_packets_stall_nobody() {
    let server = Server::start(Config { max_payload_bytes: 1 << 20, ..Config::default() }).await;
    let (mut other, _) = Polling::connect(&server).await;
    let (mut client, _) = Polling::connect(&server).await;
    // Pongs, so that the body is not refused at once.
    let body = vec!["3"; 100_000].join("\x1e");
    client.begin_post(body.as_bytes()).await;
    assert_eq!(other.post("42[\"echo\",1]").await.status, 200);
    assert_eq!(other.poll().await, ["42[\"echo\",1]"]);
    assert_eq!(client.posts.response().await.status, 200);
    other.close().await;
    client.close().await;
    server.finish().await;
}

#[tokio::test]
async fn a_post_is_answered_when_all_of_it_was_taken() {
    let server = Server::start(Config { max_waits: 2, ..Config::default() }).await;
    let (mut client, _) = Polling::connect(&server).await;
    let body = ["42[\"wait\",0]", "42[\"wait\",1]", "42[\"wait\",2]", "42[\"last\"]"].join("\x1e");
    client.begin_post(body.as_bytes()).await;
    server.app.saw("event wait [1]", 1).await;
    // Another session is served meanwhile; the third wait is not even begun.
    let (mut other, _) = Polling::connect(&server).await;
    assert_eq!(other.post("42[\"echo\",1]").await.status, 200);
    assert_eq!(other.poll().await, ["42[\"echo\",1]"]);
    assert_eq!(server.app.count("event wait [2]"), 0);
    assert!(client.posts.unread.is_empty());
    open_gate(&server.app, 1);
    server.app.saw("event wait [2]", 1).await;
    assert_eq!(server.app.count("event last []"), 0);
    open_gate(&server.app, 2);
    assert_eq!(client.posts.response().await.status, 200);
    assert_eq!(server.app.count("event last []"), 1);
    client.close().await;
    other.close().await;
    server.finish().await;
}

/// A POST that has been left for a task that is not reading must be answered when the session ends.
#[tokio::test]
async fn a_post_that_nobody_took_is_answered_when_the_session_ends() {
    let config = Config { connect_timeout: Duration::from_millis(200), ..Config::default() };
    let server = Server::start(config).await;
    let mut client = Polling::open(&server).await;
    // The decision never comes, so nothing more is read.
    assert_eq!(client.post("40{\"gate\":true}").await.status, 200);
    client.begin_post(b"42[\"x\"]").await;
    assert_eq!(client.posts.response().await.status, 400);
    assert_eq!(server.closed_for(DisconnectReason::ConnectTimeout), 1);
    drop(client);
    server.finish().await;
}

/// The session waits for its queue to shrink; taking the queue by a poll has to wake it.
#[tokio::test]
async fn a_poll_wakes_a_session_that_its_own_queue_had_stopped() {
    let server = Server::start(Config::default()).await;
    let (mut client, _) = Polling::connect(&server).await;
    // More than the share of the queue at which the session is not read any more.
    let body = "42[\"flood\",16,65536]\x1e42[\"echo\",\"after\"]";
    client.begin_post(body.as_bytes()).await;
    server.app.saw("event flood [16,65536]", 1).await;
    assert_eq!(client.poll_n(17).await.last().unwrap(), "42[\"echo\",\"after\"]");
    assert_eq!(client.posts.response().await.status, 200);
    client.close().await;
    server.finish().await;
}

/// What is queued goes out before the close, however much it is.
#[tokio::test]
async fn a_session_that_the_server_closes_delivers_its_whole_queue_first() {
    let server = Server::start(Config::default()).await;
    for waiting in [false, true] {
        let (mut client, _) = Polling::connect(&server).await;
        if waiting {
            client.begin_poll().await;
        }
        let socket = server.app.socket();
        for i in 0..40 {
            socket.emit("n", &(i, "x".repeat(65_536)));
        }
        socket.close();
        let mut packets = Vec::new();
        if waiting {
            packets.extend(client.polls.response().await.packets());
        }
        while packets.last().is_none_or(|last| last != "1") {
            packets.extend(client.poll().await);
        }
        assert_eq!(packets.len(), 41);
        assert!(packets[39].starts_with("42[\"n\",[39,"));
        drop(client);
    }
    server.finish().await;
}

/// The official client hears a close before an event that came in the same answer, and then not the
/// event.
#[tokio::test]
async fn a_last_event_and_the_close_come_in_answers_of_their_own() {
    let server = Server::start(Config::default()).await;
    for waiting in [false, true] {
        let (mut client, _) = Polling::connect(&server).await;
        if waiting {
            client.begin_poll().await;
        }
        let socket = server.app.socket();
        socket.emit("why", "because");
        socket.close();
        let first =
            if waiting { client.polls.response().await.packets() } else { client.poll().await };
        assert_eq!(first, ["42[\"why\",\"because\"]"]);
        assert_eq!(client.poll().await, ["1"]);
        drop(client);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_closed_session_that_nobody_asks_for_is_forgotten() {
    let server = Server::start(Config::default()).await;
    let (mut client, _) = Polling::connect(&server).await;
    server.app.socket().close();
    until("it is closed", || server.stats().sessions_polling == 0).await;
    assert_eq!(client.poll().await, ["1"]);
    assert_eq!(client.poll_response().await.status, 400);
    drop(client);
    let (client, _) = Polling::connect(&server).await;
    drop(client);
    server.app.socket().close();
    server.finish().await;
}

/// A client that makes the server talk and never polls must not be kept for ever.
#[tokio::test]
async fn a_client_that_fills_its_queue_and_falls_silent_is_let_go() {
    let config = Config {
        ping_interval: Duration::from_millis(100),
        ping_timeout: Duration::from_millis(100),
        ..Config::default()
    };
    let server = Server::start(config).await;
    let (mut client, _) = Polling::connect(&server).await;
    client.begin_post(b"42[\"flood\",16,65536]\x1e42[\"x\"]").await;
    server.app.saw("event flood [16,65536]", 1).await;
    drop(client);
    server.app.saw(&gone(DisconnectReason::PingTimeout), 1).await;
    server.finish().await;
}

/// HTTP does not look at its input while the start of another request lies in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_aborted_poll_with_half_a_request_behind_it_closes_the_session() {
    let server = Server::start(Config::default()).await;
    for (round, (at_once, reset)) in
        [(true, false), (true, true), (false, false), (false, true)].into_iter().enumerate()
    {
        let (mut client, _) = Polling::connect(&server).await;
        let poll = format!("GET {} HTTP/1.1\r\nHost: here\r\n\r\n", client.target);
        let half = "GET /socket.io/?EIO";
        let first = if at_once { poll + half } else { poll };
        client.polls.write(first.as_bytes()).await;
        if !at_once {
            client.polls.write(half.as_bytes()).await;
        }
        let socket = server.app.socket();
        // A poll that waits takes what is volatile.
        until("the poll waits", || socket.emit_volatile("n", &1)).await;
        assert_eq!(client.polls.response().await.packets(), ["42[\"n\",1]"]);
        // Again, as a client does: the half of before is whole now, and another lies behind it.
        let rest =
            format!("=4&transport=polling&sid={} HTTP/1.1\r\nHost: here\r\n\r\n", client.sid);
        client.polls.write((rest + half).as_bytes()).await;
        until("the poll waits", || socket.emit_volatile("n", &2)).await;
        assert_eq!(client.polls.response().await.packets(), ["42[\"n\",2]"]);
        let rest =
            format!("=4&transport=polling&sid={} HTTP/1.1\r\nHost: here\r\n\r\n", client.sid);
        client.polls.write((rest + half).as_bytes()).await;
        if reset {
            client.polls.stream.set_zero_linger().unwrap();
        }
        drop((client, socket));
        server.app.saw(&gone(DisconnectReason::TransportError), round + 1).await;
    }
    server.finish().await;
}
