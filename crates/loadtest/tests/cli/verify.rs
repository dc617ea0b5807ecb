//! The delivery check finds nothing where there is nothing, and each mistake where there is one.

use crate::check::{Check, found};
use crate::proxy::{Dialect, Fault};

const PAIRS: Check = Check {
    dialect: Dialect::Pair,
    seconds: "2",
    clients: "16",
    rate: "40",
    proxy_seed: "4",
    conversations: 8,
};

#[test]
fn a_server_that_delivers_is_clean_on_every_transport() {
    PAIRS.verify_each_transport().iter().for_each(|run| PAIRS.is_clean(run));
}

#[test]
fn a_proxy_without_a_fault_is_not_noticed() {
    let run = PAIRS.through_proxy(None);
    assert_eq!(found(&run), [0; 7], "{}", run.stdout);
    assert_eq!(run.code, Some(0));
}

#[test]
fn one_message_dropped_is_found_out() {
    PAIRS.is_found_out(Fault::Drop, [1, 0, 0, 0, 0, 0, 0], "never heard line");
}

#[test]
fn one_message_doubled_is_found_out() {
    PAIRS.is_found_out(Fault::Double, [0, 1, 0, 0, 0, 0, 0], "again");
}

#[test]
fn two_messages_swapped_are_found_out() {
    PAIRS.is_found_out(Fault::Swap, [0, 0, 1, 0, 0, 0, 0], "after line");
}

#[test]
fn one_message_misdirected_is_found_out() {
    PAIRS.is_found_out(Fault::Misdirect, [1, 0, 0, 1, 0, 0, 0], "of room");
}

#[test]
fn one_message_with_another_text_is_found_out() {
    PAIRS.is_found_out(Fault::Retext, [1, 0, 0, 0, 1, 0, 0], "has another text");
}

#[test]
fn one_message_with_another_name_is_found_out() {
    PAIRS.is_found_out(Fault::Rename, [1, 0, 0, 0, 1, 0, 0], "has another username");
}

#[test]
fn one_id_for_two_messages_is_found_out() {
    let run = PAIRS.through_proxy(Some(Fault::Reuse));
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
    let run = PAIRS.verify(&unused.to_string(), "5", &[]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("is the server running there?"), "{}", run.stderr);
}
