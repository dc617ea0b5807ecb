//! The delivery check in direct conversations: nothing where there is nothing, also while the server
//! is killed, and each mistake where there is one.

use crate::check::{Check, count, number};
use crate::proxy::{Dialect, Fault};
use crate::server::Run;

const DIRECT: Check = Check {
    dialect: Dialect::Direct,
    seconds: "3",
    clients: "9",
    rate: "60",
    proxy_seed: "5",
    conversations: 8,
};

#[track_caller]
fn is_clean(run: &Run) {
    DIRECT.is_clean(run);
    assert_eq!(count(run, "marks"), 0);
    for (name, least) in [("moves", 10), ("writings", 5), ("lists", 300)] {
        assert!(number(run, name) > least, "{name}: {}", run.stdout);
    }
}

#[track_caller]
fn is_found_out(fault: Fault, expected: [u64; 7], example: &str) {
    let run = DIRECT.is_found_out(fault, expected, example);
    assert_eq!(count(&run, "marks"), 0, "{}", run.stdout);
}

#[test]
fn direct_conversations_that_deliver_are_clean_on_every_transport() {
    DIRECT.verify_each_transport().iter().for_each(is_clean);
}

#[test]
fn direct_conversations_lose_nothing_when_the_server_is_killed_and_started_again() {
    is_clean(&DIRECT.verify_killed());
}

#[test]
fn a_proxy_without_a_fault_is_not_noticed_in_direct_conversations() {
    is_clean(&DIRECT.through_proxy(None));
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
