//! The delivery check finds nothing where there is nothing, and each mistake where there is one.

use crate::proxy::{Dialect, Fault, Proxy};
use crate::server::{Run, Server, run};

/// Lost, doubled, reordered, leaked, altered, failed, and connections that were dropped.
pub(crate) fn found(run: &Run) -> [u64; 7] {
    let counted =
        |of: &serde_json::Value| of["count"].as_u64().unwrap_or_else(|| panic!("{run:?}"));
    let count = |kind: &str| counted(&run.json["findings"][kind]);
    let dropped = counted(&run.json["dropped"]);
    let of = |kinds: [&str; 6]| kinds.map(count);
    let [lost, doubled, reordered, leaked, altered, failed] =
        of(["lost", "doubled", "reordered", "leaked", "altered", "failed"]);
    [lost, doubled, reordered, leaked, altered, failed, dropped]
}

fn verify(address: &str, seed: &str, more: &[&str]) -> Run {
    let url = format!("http://{address}");
    let fixed = ["verify", "--url", &url, "--dialect", "pair", "--seed", seed, "--seconds", "2"];
    let load = ["--clients", "16", "--rate", "40"];
    run(&[&fixed[..], &load, more].concat())
}

#[test]
fn a_server_that_delivers_is_clean_on_every_transport() {
    let server = Server::start();
    for (seed, more) in
        [("1", &[][..]), ("2", &["--transport", "websocket"]), ("3", &["--transport", "polling"])]
    {
        let run = verify(&server.address, seed, more);
        assert_eq!(run.code, Some(0), "{run:?}");
        assert_eq!(found(&run), [0; 7]);
        assert!(run.stdout.contains("CLEAN") && run.stderr.contains(&format!("seed {seed}")));
        let number = |name: &str| run.json[name].as_u64().expect("a number");
        assert!(number("deliveries") > 200 && number("accepted") > 100, "{}", run.stdout);
        assert!(number("cut") > 0 && number("conversations") > 8, "{}", run.stdout);
        let answered = number("accepted") + number("refused") + number("unanswered");
        assert_eq!(number("sent"), answered);
    }
}

/// Runs the check through a proxy with this fault.
fn through_proxy(fault: Option<Fault>) -> Run {
    let server = Server::start();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let proxy = runtime.block_on(Proxy::start(server.address.clone(), Dialect::Pair, fault));
    let run = verify(&proxy.address, "4", &["--transport", "websocket"]);
    assert!(proxy.is_done(), "no message was fit for {fault:?}: {run:?}");
    run
}

#[track_caller]
fn is_found_out(fault: Fault, expected: [u64; 7], example: &str) {
    let run = through_proxy(Some(fault));
    assert_eq!(found(&run), expected, "{}", run.stdout);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stdout.contains("FAILED") && run.stdout.contains(example), "{}", run.stdout);
}

#[test]
fn a_proxy_without_a_fault_is_not_noticed() {
    let run = through_proxy(None);
    assert_eq!(found(&run), [0; 7], "{}", run.stdout);
    assert_eq!(run.code, Some(0));
}

#[test]
fn one_message_dropped_is_found_out() {
    is_found_out(Fault::Drop, [1, 0, 0, 0, 0, 0, 0], "never heard line");
}

#[test]
fn one_message_doubled_is_found_out() {
    is_found_out(Fault::Double, [0, 1, 0, 0, 0, 0, 0], "again");
}

#[test]
fn two_messages_swapped_are_found_out() {
    is_found_out(Fault::Swap, [0, 0, 1, 0, 0, 0, 0], "after line");
}

#[test]
fn one_message_misdirected_is_found_out() {
    is_found_out(Fault::Misdirect, [1, 0, 0, 1, 0, 0, 0], "of room");
}

#[test]
fn one_message_with_another_text_is_found_out() {
    is_found_out(Fault::Retext, [1, 0, 0, 0, 1, 0, 0], "has another text");
}

#[test]
fn one_message_with_another_name_is_found_out() {
    is_found_out(Fault::Rename, [1, 0, 0, 0, 1, 0, 0], "has another username");
}

#[test]
fn one_id_for_two_messages_is_found_out() {
    let run = through_proxy(Some(Fault::Reuse));
    // Whichever came first decides which of the deliveries, and whether an answer, counts as wrong.
    let [lost, 0, 0, 0, altered, 0, 0] = found(&run) else { panic!("{}", run.stdout) };
    assert!(altered >= 1 && lost <= altered, "{}", run.stdout);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stdout.contains("has another id, or another line's"), "{}", run.stdout);
}

#[test]
fn no_server_is_an_error_that_says_what_to_do() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("an address");
    let run = verify(&unused.to_string(), "5", &[]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("is the server running there?"), "{}", run.stderr);
}
