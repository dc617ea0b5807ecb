//! The scenarios count right: against a server that loses nothing, nothing is missing.

use serde_json::Value;

use crate::server::{Run, Server, run};

fn measure(server: &Server, scenario: &str, more: &[&str]) -> Run {
    let (url, pid) = (format!("http://{}", server.address), server.pid().to_string());
    let fixed = [scenario, "--url", &url, "--pid", &pid, "--settle", "0", "--connections", "20"];
    let run = run(&[&fixed[..], more].concat());
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.json["connections"]["joined"], 20, "{}", run.stdout);
    assert_eq!(run.json["connections"]["failed"], 0, "{}", run.stdout);
    run
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is a number"))
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
fn what_cannot_be_run_is_refused_with_a_reason() {
    for (arguments, reason) in [
        (&["pairs", "--connections", "7"][..], "even number"),
        (&["pairs", "--stalled", "0.2"], "--stalled is for rooms"),
        (&["rooms", "--seconds", "0"], "--seconds"),
        (&["rooms", "--url", "https://localhost"], "http://127.0.0.1:5000"),
        (&["rooms", "--text-bytes", "4"], "18 to 4000"),
        (&["idle", "--pid", "4294967295"], "--pid"),
    ] {
        let run = run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {run:?}");
        assert!(run.stderr.contains(reason), "{arguments:?}: {}", run.stderr);
    }
}
