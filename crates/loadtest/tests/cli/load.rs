//! The scenarios count right: against a server that loses nothing, nothing is missing.

use serde_json::Value;

use crate::server::{Run, SECRET, Server, run};

fn measure(server: &Server, scenario: &str, more: &[&str]) -> Run {
    measure_all(server, scenario, more, 20)
}

/// Runs it with 20 connections and others; all that there are is `joined`.
fn measure_all(server: &Server, scenario: &str, more: &[&str], joined: u64) -> Run {
    let (url, pid) = (format!("http://{}", server.address), server.pid().to_string());
    let fixed = [scenario, "--url", &url, "--pid", &pid, "--settle", "0", "--connections", "20"];
    let run = run(&[&fixed[..], more].concat());
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.json["connections"]["joined"], joined, "{}", run.stdout);
    assert_eq!(run.json["connections"]["failed"], 0, "{}", run.stdout);
    run
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is a number"))
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is a count"))
}

#[test]
fn every_message_between_pairs_is_sent_and_counted_twice() {
    let server = Server::start();
    for transport in ["websocket", "polling"] {
        let options =
            ["--transport", transport, "--rate", "20", "--warmup", "0.2", "--seconds", "1"];
        let run = measure(&server, "pairs", &options);
        let messages = &run.json["messages"];
        assert_eq!(messages["sent"], 200, "10 pairs at 20 a second: {}", run.stdout);
        assert_eq!(messages["deliveries_expected"], 400);
        assert_eq!(messages["deliveries_received"], 400, "{}", run.stdout);
        assert_eq!(messages["deliveries_missing"], 0);
        let latency = &messages["latency_ms"];
        assert!(number(&latency["p50"]) > 0.0);
        assert!(number(&latency["p50"]) <= number(&latency["p99"]));
        assert!(number(&latency["p99"]) <= number(&latency["max"]));
        assert!(number(&run.json["server"]["memory_idle"]["pss_kb"]) > 0.0);
        assert!(run.stdout.contains("400 of 400, 0 missing"), "{}", run.stdout);
    }
}

#[test]
fn idle_connections_and_storms_are_counted_to_their_first_event() {
    let server = Server::start();
    for (scenario, dialect) in [("idle", "pair"), ("idle", "none"), ("storm", "pair")] {
        let run = measure(&server, scenario, &["--dialect", dialect, "--seconds", "0"]);
        assert!(number(&run.json["connections"]["first_event_ms"]["p50"]) > 0.0);
        assert!(number(&run.json["connections"]["per_second"]) > 0.0);
        assert_eq!(run.json["messages"], Value::Null);
    }
}

#[test]
fn every_message_to_a_room_is_acknowledged_and_heard_by_all_in_it() {
    let server = Server::start();
    let fixed = ["--jwt-secret", SECRET, "--room-size", "5", "--rate", "100", "--acks"];
    let times = ["--warmup", "0.2", "--seconds", "1"];
    for (transport, senders, listeners) in
        [("websocket", "0", 20), ("polling", "0", 20), ("websocket", "8", 28)]
    {
        let more = ["--transport", transport, "--senders", senders];
        let run = measure_all(&server, "rooms", &[&fixed[..], &times, &more].concat(), listeners);
        let messages = &run.json["messages"];
        assert_eq!(messages["sent"], 100, "{}", run.stdout);
        assert_eq!(messages["deliveries_received"], 500, "{}", run.stdout);
        assert_eq!(messages["deliveries_missing"], 0, "{}", run.stdout);
        let acks = &messages["acks"];
        assert_eq!([&acks["expected"], &acks["received"]], [100, 100], "{}", run.stdout);
        assert_eq!(acks["refused"], 0);
        assert!(number(&acks["latency_ms"]["p50"]) > 0.0);
        assert!(run.stdout.contains("100 of 100, 0 refused"), "{}", run.stdout);
    }
}

#[test]
fn every_direct_message_mark_and_writing_reaches_just_the_sockets_that_are_to_hear_it() {
    let server = Server::start();
    let fixed = ["--jwt-secret", SECRET, "--devices", "2", "--rate", "100", "--acks"];
    let more = ["--reads", "--typing", "--warmup", "0.2", "--seconds", "1"];
    for transport in ["websocket", "polling"] {
        let options = [&fixed[..], &more, &["--transport", transport]].concat();
        let run = measure(&server, "direct", &options);
        let messages = &run.json["messages"];
        assert_eq!(messages["sent"], 100, "{}", run.stdout);
        // Two sockets of the other one, and the other one of the sender.
        let deliveries = ["deliveries_expected", "deliveries_received", "deliveries_surplus"];
        assert_eq!(deliveries.map(|name| count(&messages[name])), [300, 300, 0]);
        let acks = &messages["acks"];
        assert_eq!([&acks["expected"], &acks["received"]], [100, 100], "{}", run.stdout);
        let private = |name: &str| count(&run.json["private"][name]);
        for (expected, received) in [
            ("marks", "marks_answered"),
            ("reads_expected", "reads_received"),
            ("typing_expected", "typing_received"),
            ("typing_expected", "stops_received"),
        ] {
            let counts = [private(expected), private(received)];
            assert!(counts[0] > 0 && counts[0] == counts[1], "{}", run.stdout);
        }
        // A list hears of each message, the other one's too, and of its own marks; what happens while
        // it is told may be told together.
        let most = 120 * 4 + private("marks") * 2;
        assert!(private("lists") > 0 && private("lists") <= most, "{}", run.stdout);
        assert!(number(&run.json["private"]["mark_ms"]["p50"]) > 0.0);
    }
}

#[test]
fn every_message_to_a_channel_is_shown_to_all_others_and_confirmed() {
    let server = Server::start();
    let fixed = ["--jwt-secret", SECRET, "--room-size", "5", "--rate", "100", "--acks"];
    let times = ["--warmup", "0.2", "--seconds", "1"];
    for transport in ["websocket", "polling"] {
        let more = ["--transport", transport];
        let run = measure(&server, "channels", &[&fixed[..], &times, &more].concat());
        let messages = &run.json["messages"];
        assert_eq!(messages["sent"], 100, "{}", run.stdout);
        let deliveries = ["deliveries_expected", "deliveries_received", "deliveries_surplus"];
        assert_eq!(deliveries.map(|name| count(&messages[name])), [400, 400, 0], "{}", run.stdout);
        for ends in [&messages["acks"], &messages["confirmed"]] {
            let counts = ["expected", "received", "refused"].map(|name| count(&ends[name]));
            assert_eq!(counts, [100, 100, 0], "{}", run.stdout);
            assert!(number(&ends["latency_ms"]["p50"]) > 0.0);
        }
        assert!(run.stdout.contains("100 of 100, 0 failed"), "{}", run.stdout);
    }
}

#[test]
fn of_a_crowd_just_those_are_told_whom_the_contract_names() {
    let server = Server::with(&[("PARLOUR_CONVERSATIONS_GRACE_MS", "300")]);
    let fixed = ["--jwt-secret", SECRET, "--rate", "50", "--crowd", "100", "--friends", "4"];
    let times = ["--warmup", "0.2", "--seconds", "2"];
    let away = measure(&server, "direct", &[&fixed[..], &times, &["--crowd-away"]].concat());
    assert_eq!(away.json["crowd"], Value::Null);
    let run = measure(&server, "direct", &[&fixed[..], &times].concat());
    assert_eq!(run.json["messages"]["deliveries_missing"], 0, "{}", run.stdout);
    let crowd = &run.json["crowd"];
    let counts = ["came", "sockets", "conversations"].map(|name| count(&crowd[name]));
    assert_eq!(counts, [100, 125, 200], "{}", run.stdout);
    for (name, expected) in [("online", 142), ("offline", 86)] {
        let told = &crowd[name];
        let counts = ["expected", "received", "missing", "surplus"].map(|name| count(&told[name]));
        assert_eq!(counts, [expected, expected, 0, 0], "{name}: {}", run.stdout);
    }
}

#[test]
fn a_storm_of_members_joins_rooms_that_know_them() {
    let server = Server::start();
    let more = ["--jwt-secret", SECRET, "--room-size", "10", "--members", "--seconds", "0"];
    let run = measure(&server, "storm", &more);
    assert_eq!(run.json["connections"]["groups"], 2);
    assert!(number(&run.json["connections"]["per_second"]) > 0.0);
}

#[test]
fn another_secret_than_the_servers_is_refused_with_a_reason() {
    let server = Server::start();
    let url = format!("http://{}", server.address);
    let run = run(&["rooms", "--url", &url, "--jwt-secret", "another secret, just as long as it"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("HTTP 401"), "{}", run.stderr);
}

#[test]
fn what_cannot_be_run_is_refused_with_a_reason() {
    for (arguments, reason) in [
        (&["pairs", "--connections", "7"][..], "even number"),
        (&["pairs", "--stalled", "0.2"], "--stalled is for rooms"),
        (&["rooms", "--seconds", "0"], "--seconds"),
        (&["rooms", "--url", "https://localhost"], "http://127.0.0.1:5000"),
        (&["rooms", "--text-bytes", "4"], "18 to 4000"),
        (&["rooms", "--senders", "4"], "--jwt-secret"),
        (&["rooms", "--senders", "30", "--jwt-secret", "x"], "a multiple of the rooms"),
        (&["idle", "--pid", "4294967295"], "--pid"),
        (&["direct"], "--jwt-secret"),
        (&["channels"], "--jwt-secret"),
        (&["direct", "--connections", "6", "--devices", "2"], "a multiple of 4"),
        (&["direct", "--jwt-secret", "x", "--stalled", "0.2"], "--stalled is for rooms"),
        (&["direct", "--jwt-secret", "x", "--crowd", "9", "--friends", "3"], "--friends"),
        (&["direct", "--jwt-secret", "x", "--crowd", "4", "--friends", "4"], "--crowd"),
    ] {
        let run = run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {run:?}");
        assert!(run.stderr.contains(reason), "{arguments:?}: {}", run.stderr);
    }
}
