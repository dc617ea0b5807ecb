//! The delivery check in channels: nothing where there is nothing, also while the server is killed,
//! and each mistake where there is one, in what is shown at once and in how that ends.

use crate::check::{Check, count, number};
use crate::proxy::{Dialect, Fault};
use crate::server::Run;

/// With mistakes in what is shown at once.
const CHANNELS: Check = Check {
    dialect: Dialect::Channels,
    seconds: "4",
    clients: "12",
    rate: "30",
    proxy_seed: "5",
    conversations: 1,
};

/// With mistakes in how that ends.
const ENDS: Check = Check { dialect: Dialect::Ends, ..CHANNELS };

#[track_caller]
fn is_clean(run: &Run) {
    CHANNELS.is_clean(run);
    assert_eq!(count(run, "ends"), 0);
    // What was sent by REST, and what was stored when somebody came, is not shown before.
    assert!(number(run, "shown") > number(run, "deliveries") / 2, "{}", run.stdout);
}

#[test]
fn channels_that_deliver_are_clean_on_every_transport() {
    CHANNELS.verify_each_transport().iter().for_each(is_clean);
}

#[test]
fn channels_keep_their_word_when_the_server_is_killed_and_started_again() {
    is_clean(&CHANNELS.verify_killed());
}

#[test]
fn a_proxy_without_a_fault_is_not_noticed_in_channels() {
    is_clean(&CHANNELS.through_proxy(None));
}

#[test]
fn one_message_that_is_not_shown_is_found_out() {
    CHANNELS.is_found_out(Fault::Drop, [1, 0, 0, 0, 0, 0, 0], "never heard");
}

#[test]
fn one_message_that_is_shown_twice_is_found_out() {
    CHANNELS.is_found_out(Fault::Double, [0, 1, 0, 0, 0, 0, 0], "came again");
}

#[test]
fn two_messages_that_are_shown_in_another_order_are_found_out() {
    let shown_later = "came after what was shown later";
    CHANNELS.is_found_out(Fault::Swap, [0, 0, 1, 0, 0, 0, 0], shown_later);
}

#[test]
fn one_message_that_is_shown_to_somebody_else_is_found_out() {
    CHANNELS.is_found_out(Fault::Misdirect, [1, 0, 0, 1, 0, 0, 0], "without listening");
}

#[test]
fn one_message_that_is_shown_with_another_text_is_found_out() {
    CHANNELS.is_found_out(Fault::Retext, [1, 0, 0, 0, 1, 0, 0], "has another text");
}

#[test]
fn one_message_that_is_shown_with_another_sender_is_found_out() {
    CHANNELS.is_found_out(Fault::Rename, [1, 0, 0, 0, 1, 0, 0], "has another sender");
}

#[test]
fn one_message_that_is_shown_with_anothers_id_is_found_out() {
    CHANNELS.is_found_out(Fault::Reuse, [1, 0, 0, 0, 1, 0, 0], "is not as it has to be");
}

#[test]
fn one_message_that_is_never_confirmed_is_found_out() {
    let run = ENDS.is_found_out(Fault::Drop, [1, 0, 0, 0, 0, 0, 0], "nothing became of it");
    assert_eq!(count(&run, "ends"), 1, "{}", run.stdout);
}

#[test]
fn one_message_that_is_confirmed_twice_is_found_out() {
    ENDS.is_found_out(Fault::Double, [0, 1, 0, 0, 0, 0, 0], "came again");
}

#[test]
fn two_messages_that_are_confirmed_in_another_order_are_found_out() {
    ENDS.is_found_out(Fault::Swap, [0, 0, 1, 0, 0, 0, 0], "came after");
}

#[test]
fn one_message_that_is_confirmed_and_has_failed_is_found_out() {
    let run = ENDS.is_found_out(Fault::EndTwice, [0; 7], "has ended in the other way");
    assert_eq!(count(&run, "ends"), 1, "{}", run.stdout);
}

/// One is told that it has failed, all others that it is stored, as it is.
#[test]
fn one_message_that_has_failed_to_one_and_not_to_others_is_found_out() {
    let run = ENDS.is_found_out(Fault::Fail, [1, 0, 0, 0, 0, 0, 0], "was told the contrary");
    assert_eq!(count(&run, "ends"), 1, "{}", run.stdout);
}
