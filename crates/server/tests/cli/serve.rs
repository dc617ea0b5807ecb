//! The running server: its start, what it answers beside Socket.IO, and its end.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use crate::support::{Answer, Server, Setup, get};
use rustix::process::Signal;

fn local() -> Setup {
    Setup::new().variable("PARLOUR_LISTEN", "127.0.0.1:0")
}

/// A WebSocket that never reads what the server sends, nor answers.
fn deaf_websocket(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("a connection");
    write!(
        stream,
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: {address}\r\n\
         connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .expect("the request is sent");
    let mut status = [0; 12];
    stream.read_exact(&mut status).expect("an answer");
    assert_eq!(&status, b"HTTP/1.1 101");
    stream
}

fn assert_secured(answer: &Answer, resource_policy: &str) {
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
    assert_eq!(answer.header("cross-origin-resource-policy"), Some(resource_policy));
}

#[test]
fn it_says_where_it_listens_and_answers_there() {
    let setup = local();
    let server = setup.start(&[]);
    assert!(server.address.ip().is_loopback());
    let alive = get(server.address, "/healthz");
    assert_eq!((alive.status, alive.body.as_str()), (200, r#"{"status":"ok"}"#));
    let ready = get(server.address, "/readyz");
    assert_eq!(ready.status, 200, "{}", ready.body);
    let page = get(server.address, "/");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Parlour"), "{}", page.body);
    assert_eq!(get(server.address, "/api/nothing").status, 404);
}

#[test]
fn every_answer_has_the_security_headers() {
    let mut server = local().variable("PARLOUR_METRICS_LISTEN", "127.0.0.1:0").start(&[]);
    for path in ["/", "/healthz", "/readyz", "/nothing", "/api/nothing", "/assets/nothing.js"] {
        assert_secured(&get(server.address, path), "same-origin");
    }
    for query in ["?EIO=4&transport=polling", "?EIO=4&transport=polling&sid=none", "?EIO=3"] {
        let answer = get(server.address, &format!("/socket.io/{query}"));
        assert_secured(&answer, "cross-origin");
    }
    assert_secured(&get(metrics_address(&mut server), "/metrics"), "same-origin");
}

#[test]
fn a_client_gets_a_session_with_the_configured_heartbeat() {
    let server =
        local().file("[socket]\nping_interval_ms = 1234\nping_timeout_ms = 567").start(&[]);
    let answer = get(server.address, "/socket.io/?EIO=4&transport=polling");
    let open: serde_json::Value =
        serde_json::from_str(answer.body.strip_prefix('0').expect("an open packet")).expect("JSON");
    assert_eq!(open["pingInterval"], 1234);
    assert_eq!(open["pingTimeout"], 567);
    assert_eq!(open["maxPayload"], 100 * 1024);
}

fn metrics_address(server: &mut Server) -> SocketAddr {
    let line = server.wait_for_log("metrics are at /metrics");
    let address = line.rsplit_once("address=").expect("an address").1;
    address.trim().parse().expect("an address")
}

#[test]
fn metrics_have_a_listener_of_their_own_if_they_are_wanted() {
    let mut server = local().variable("PARLOUR_METRICS_LISTEN", "127.0.0.1:0").start(&[]);
    let metrics = metrics_address(&mut server);
    assert_ne!(metrics, server.address);
    assert_eq!(get(server.address, "/metrics").status, 404);
    let before = get(metrics, "/metrics");
    assert_eq!(before.status, 200);
    assert!(before.body.contains("parlour_"), "{}", before.body);
    assert_eq!(get(metrics, "/").status, 404);

    let off = local().start(&[]);
    assert_eq!(get(off.address, "/metrics").status, 404);
}

#[test]
fn a_port_in_use_is_said_in_a_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let run = Setup::new().run(&["--listen", &address]);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.stdout, "");
    let sentence = format!("cannot listen on {address}: another program is using this port");
    assert!(run.stderr.contains(&sentence), "{}", run.stderr);
}

#[test]
fn a_signal_ends_it_with_0_though_clients_are_connected() {
    for signal in [Signal::TERM, Signal::INT] {
        // The WebSocket never answers the close frame: it is let go at the deadline.
        let mut server = local().variable("PARLOUR_SHUTDOWN_DEADLINE_MS", "200").start(&[]);
        let session = get(server.address, "/socket.io/?EIO=4&transport=polling");
        assert_eq!(session.status, 200);
        let mut websocket = deaf_websocket(server.address);
        server.signal(signal);
        assert_eq!(server.wait().code(), Some(0), "{}", server.log);
        let mut rest = Vec::new();
        let _ = websocket.read_to_end(&mut rest);
        // Close code 1001: going away.
        assert!(rest.ends_with(&[0x03, 0xe9]), "{rest:?}");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut server = local().variable("PARLOUR_SHUTDOWN_DEADLINE_MS", "9000").start(&[]);
    // A long-polling client that has gone without a word: it is waited for.
    assert_eq!(get(server.address, "/socket.io/?EIO=4&transport=polling").status, 200);
    server.signal(Signal::TERM);
    server.wait_for_log("stopping");
    server.signal(Signal::INT);
    assert_eq!(server.wait().code(), Some(130), "{}", server.log);
    assert!(server.log.contains("stopping at once"), "{}", server.log);
}

#[test]
fn lifted_limits_are_said_loudly() {
    let mut server = local().variable("PARLOUR_LIMITS_ENABLED", "false").start(&[]);
    server.wait_for_log("RATE LIMITS ARE OFF");
}

#[test]
fn log_lines_can_be_json() {
    let mut server = local().variable("PARLOUR_LOG_FORMAT", "json").start(&[]);
    let line = server.wait_for_log("started");
    let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(line["message"], "started");
    assert_eq!(line["level"], "INFO");
}
