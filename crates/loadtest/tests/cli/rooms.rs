//! The delivery check in rooms: nothing where there is nothing, also while the server is killed, and
//! each mistake where there is one.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::check::{Check, found, number};
use crate::proxy::{Dialect, Fault};
use crate::server::{binary, run};

const ROOMS: Check = Check {
    dialect: Dialect::Rooms,
    seconds: "3",
    clients: "12",
    rate: "30",
    proxy_seed: "5",
    conversations: 1,
};

#[test]
fn rooms_that_deliver_are_clean_on_every_transport() {
    ROOMS.verify_each_transport().iter().for_each(|run| ROOMS.is_clean(run));
}

#[test]
fn rooms_lose_nothing_when_the_server_is_killed_and_started_again() {
    ROOMS.is_clean(&ROOMS.verify_killed());
}

/// A server whose disk goes back to what it held before, once: at its third start it has what it had
/// at its second.
const FORGETFUL: &str = "#!/bin/sh
if [ -e data.second ]; then
    [ -e gone ] || { rm -rf data; cp -r data.second data; touch gone; }
elif [ -e data ]; then
    cp -r data data.second
fi
exec \"$PARLOUR_UNDER_TEST\"
";

#[test]
fn a_server_that_forgets_what_it_acknowledged_is_found_out() {
    let binary = binary().canonicalize().expect("it is there");
    let script =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("forgetful-{}.sh", std::process::id()));
    let text = FORGETFUL.replace("$PARLOUR_UNDER_TEST", binary.to_str().expect("text"));
    std::fs::write(&script, text).expect("it can be written");
    std::fs::set_permissions(&script, Permissions::from_mode(0o700)).expect("it can be run");
    let fixed = ["verify", "--dialect", "rooms", "--serve", script.to_str().expect("text")];
    let load = ["--restart-every", "1", "--seed", "6", "--seconds", "5", "--clients", "8"];
    let run = run(&[&fixed[..], &load].concat());
    // What is left behind is in the folder of what was built.
    let _ = std::fs::remove_file(&script);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stdout.contains("is not stored at"), "{}", run.stdout);
    assert!(number(&run, "restarts") >= 2 && found(&run)[0] > 0, "{}", run.stdout);
}

#[test]
fn a_proxy_without_a_fault_is_not_noticed_in_rooms() {
    ROOMS.is_clean(&ROOMS.through_proxy(None));
}

#[test]
fn one_message_of_a_room_dropped_is_found_out() {
    ROOMS.is_found_out(Fault::Drop, [1, 0, 0, 0, 0, 0, 0], "never heard");
}

#[test]
fn one_message_of_a_room_doubled_is_found_out() {
    ROOMS.is_found_out(Fault::Double, [0, 1, 0, 0, 0, 0, 0], "came again");
}

#[test]
fn two_messages_of_a_room_swapped_are_found_out() {
    ROOMS.is_found_out(Fault::Swap, [0, 0, 1, 0, 0, 0, 0], "came after");
}

#[test]
fn one_message_of_a_room_misdirected_is_found_out() {
    ROOMS.is_found_out(Fault::Misdirect, [1, 0, 0, 1, 0, 0, 0], "without listening");
}

#[test]
fn one_message_of_a_room_with_another_text_is_found_out() {
    ROOMS.is_found_out(Fault::Retext, [1, 0, 0, 0, 1, 0, 0], "has another text");
}

#[test]
fn one_message_of_a_room_with_another_sender_is_found_out() {
    ROOMS.is_found_out(Fault::Rename, [1, 0, 0, 0, 1, 0, 0], "has another sender");
}

#[test]
fn one_id_for_two_messages_of_a_room_is_found_out() {
    ROOMS.is_found_out(Fault::Reuse, [1, 0, 0, 0, 1, 0, 0], "another");
}

#[test]
fn what_speaks_for_nobody_is_refused() {
    let run = run(&["verify", "--dialect", "rooms", "--seconds", "1"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("--jwt-secret"), "{}", run.stderr);
}
