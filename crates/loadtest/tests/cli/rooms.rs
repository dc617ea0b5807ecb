//! The delivery check in rooms: nothing where there is nothing, also while the server is killed, and
//! each mistake where there is one.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::proxy::{Dialect, Fault, Proxy};
use crate::server::{Run, SECRET, Server, binary, run};
use crate::verify::found;

fn verify(address: &str, seed: &str, more: &[&str]) -> Run {
    let url = format!("http://{address}");
    let fixed = ["verify", "--dialect", "rooms", "--url", &url, "--jwt-secret", SECRET];
    let load = ["--seed", seed, "--seconds", "3", "--clients", "12", "--rate", "30"];
    run(&[&fixed[..], &load, more].concat())
}

fn number(run: &Run, name: &str) -> u64 {
    run.json[name].as_u64().expect("a number")
}

#[track_caller]
fn is_clean(run: &Run) {
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(found(run), [0; 7]);
    assert!(run.stdout.contains("CLEAN"), "{}", run.stdout);
    assert!(number(run, "deliveries") > 200 && number(run, "accepted") > 100, "{}", run.stdout);
    assert!(number(run, "cut") > 0 && number(run, "conversations") > 1, "{}", run.stdout);
    let known = number(run, "accepted") + number(run, "refused") + number(run, "unanswered");
    assert_eq!(number(run, "sent"), known, "{}", run.stdout);
}

#[test]
fn rooms_that_deliver_are_clean_on_every_transport() {
    let server = Server::start();
    for (seed, more) in
        [("1", &[][..]), ("2", &["--transport", "websocket"]), ("3", &["--transport", "polling"])]
    {
        is_clean(&verify(&server.address, seed, more));
    }
}

#[test]
fn rooms_lose_nothing_when_the_server_is_killed_and_started_again() {
    let binary = binary();
    let binary = binary.to_str().expect("a path that is text");
    let fixed = ["verify", "--dialect", "rooms", "--serve", binary, "--restart-every", "1.5"];
    let load = ["--seed", "4", "--seconds", "8", "--clients", "16", "--rate", "20"];
    let run = run(&[&fixed[..], &load].concat());
    is_clean(&run);
    assert!(number(&run, "restarts") >= 3, "{}", run.stdout);
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

/// Runs the check through a proxy with this fault.
fn through_proxy(fault: Option<Fault>) -> Run {
    let server = Server::start();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let proxy = Proxy::start(server.address.clone(), Dialect::Rooms, fault);
    let proxy = runtime.block_on(proxy);
    let run = verify(&proxy.address, "5", &["--transport", "websocket"]);
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
fn a_proxy_without_a_fault_is_not_noticed_in_rooms() {
    is_clean(&through_proxy(None));
}

#[test]
fn one_message_of_a_room_dropped_is_found_out() {
    is_found_out(Fault::Drop, [1, 0, 0, 0, 0, 0, 0], "never heard");
}

#[test]
fn one_message_of_a_room_doubled_is_found_out() {
    is_found_out(Fault::Double, [0, 1, 0, 0, 0, 0, 0], "came again");
}

#[test]
fn two_messages_of_a_room_swapped_are_found_out() {
    is_found_out(Fault::Swap, [0, 0, 1, 0, 0, 0, 0], "came after");
}

#[test]
fn one_message_of_a_room_misdirected_is_found_out() {
    is_found_out(Fault::Misdirect, [1, 0, 0, 1, 0, 0, 0], "without listening");
}

#[test]
fn one_message_of_a_room_with_another_text_is_found_out() {
    is_found_out(Fault::Retext, [1, 0, 0, 0, 1, 0, 0], "has another text");
}

#[test]
fn one_message_of_a_room_with_another_sender_is_found_out() {
    is_found_out(Fault::Rename, [1, 0, 0, 0, 1, 0, 0], "has another sender");
}

#[test]
fn one_id_for_two_messages_of_a_room_is_found_out() {
    is_found_out(Fault::Reuse, [1, 0, 0, 0, 1, 0, 0], "another");
}

#[test]
fn what_speaks_for_nobody_is_refused() {
    let run = run(&["verify", "--dialect", "rooms", "--seconds", "1"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("--jwt-secret"), "{}", run.stderr);
}
