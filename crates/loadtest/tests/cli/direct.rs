//! The delivery check in direct conversations: nothing where there is nothing, also while the server
//! is killed, and each mistake where there is one.

use crate::proxy::{Dialect, Fault, Proxy};
use crate::server::{Run, SECRET, Server, binary, run};
use crate::verify::found;

fn verify(address: &str, seed: &str, more: &[&str]) -> Run {
    let url = format!("http://{address}");
    let fixed = ["verify", "--dialect", "direct", "--url", &url, "--jwt-secret", SECRET];
    let load = ["--seed", seed, "--seconds", "3", "--clients", "9", "--rate", "60"];
    run(&[&fixed[..], &load, more].concat())
}

fn number(run: &Run, name: &str) -> u64 {
    run.json[name].as_u64().expect("a number")
}

fn marks(run: &Run) -> u64 {
    run.json["findings"]["marks"]["count"].as_u64().expect("a count")
}

#[track_caller]
fn is_clean(run: &Run) {
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!((found(run), marks(run)), ([0; 7], 0));
    assert!(run.stdout.contains("CLEAN"), "{}", run.stdout);
    assert!(number(run, "deliveries") > 200 && number(run, "accepted") > 100, "{}", run.stdout);
    assert!(number(run, "cut") > 0 && number(run, "conversations") > 8, "{}", run.stdout);
    for (name, least) in [("moves", 10), ("writings", 5), ("lists", 300)] {
        assert!(number(run, name) > least, "{name}: {}", run.stdout);
    }
    let known = number(run, "accepted") + number(run, "refused") + number(run, "unanswered");
    assert_eq!(number(run, "sent"), known, "{}", run.stdout);
}

#[test]
fn direct_conversations_that_deliver_are_clean_on_every_transport() {
    let server = Server::start();
    for (seed, more) in
        [("1", &[][..]), ("2", &["--transport", "websocket"]), ("3", &["--transport", "polling"])]
    {
        is_clean(&verify(&server.address, seed, more));
    }
}

#[test]
fn direct_conversations_lose_nothing_when_the_server_is_killed_and_started_again() {
    let binary = binary();
    let binary = binary.to_str().expect("a path that is text");
    let fixed = ["verify", "--dialect", "direct", "--serve", binary, "--restart-every", "1.5"];
    let load = ["--seed", "4", "--seconds", "8", "--clients", "16", "--rate", "20"];
    let run = run(&[&fixed[..], &load].concat());
    is_clean(&run);
    assert!(number(&run, "restarts") >= 3, "{}", run.stdout);
}

/// Runs the check through a proxy with this fault.
fn through_proxy(fault: Option<Fault>) -> Run {
    let server = Server::start();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let proxy = Proxy::start(server.address.clone(), Dialect::Direct, fault);
    let proxy = runtime.block_on(proxy);
    let run = verify(&proxy.address, "5", &["--transport", "websocket"]);
    assert!(proxy.is_done(), "no message was fit for {fault:?}: {run:?}");
    run
}

#[track_caller]
fn is_found_out(fault: Fault, expected: [u64; 7], example: &str) {
    let run = through_proxy(Some(fault));
    assert_eq!((found(&run), marks(&run)), (expected, 0), "{}", run.stdout);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stdout.contains("FAILED") && run.stdout.contains(example), "{}", run.stdout);
}

#[test]
fn a_proxy_without_a_fault_is_not_noticed_in_direct_conversations() {
    is_clean(&through_proxy(None));
}

#[test]
fn one_direct_message_dropped_is_found_out() {
    is_found_out(Fault::Drop, [1, 0, 0, 0, 0, 0, 0], "never heard");
}

#[test]
fn one_direct_message_doubled_is_found_out() {
    is_found_out(Fault::Double, [0, 1, 0, 0, 0, 0, 0], "came again");
}

#[test]
fn two_direct_messages_swapped_are_found_out() {
    is_found_out(Fault::Swap, [0, 0, 1, 0, 0, 0, 0], "came after");
}

#[test]
fn one_direct_message_misdirected_is_found_out() {
    is_found_out(Fault::Misdirect, [1, 0, 0, 1, 0, 0, 0], "without listening");
}

#[test]
fn one_direct_message_with_another_text_is_found_out() {
    is_found_out(Fault::Retext, [1, 0, 0, 0, 1, 0, 0], "has another text");
}

#[test]
fn one_direct_message_with_another_sender_is_found_out() {
    is_found_out(Fault::Rename, [1, 0, 0, 0, 1, 0, 0], "has another sender");
}

#[test]
fn one_id_for_two_direct_messages_is_found_out() {
    is_found_out(Fault::Reuse, [1, 0, 0, 0, 1, 0, 0], "another");
}
