//! What the server keeps, and what it refuses to start with.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Run, Setup, get};
use rustix::process::Signal;

fn local() -> Setup {
    Setup::new().variable("PARLOUR_LISTEN", "127.0.0.1:0")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

/// Asserts that the start failed, and what the one line on standard error says.
fn failed(run: &Run, says: &[&str]) {
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.stdout, "");
    for words in says {
        assert!(run.stderr.contains(words), "{words:?} is missing in {:?}", run.stderr);
    }
}

#[test]
fn the_data_directory_is_made_for_its_owner_alone_and_kept() {
    let setup = local();
    let data = setup.folder.path().join("parlour-data");
    let mut first = setup.start(&[]);
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("jwt-secret")), 0o600);
    assert!(data.join("parlour.db").exists());
    let secret = fs::read_to_string(data.join("jwt-secret")).expect("text");
    assert_eq!(secret.trim_end().len(), 64);
    first.signal(Signal::TERM);
    assert_eq!(first.wait().code(), Some(0), "{}", first.log);
    assert!(!first.log.contains(secret.trim_end()));

    let _second = setup.start(&[]);
    assert_eq!(fs::read_to_string(data.join("jwt-secret")).expect("text"), secret);
}

#[test]
fn a_configured_secret_and_database_are_used_instead() {
    let setup = local()
        .variable("PARLOUR_JWT_SECRET", "a secret of 32 bytes and a bit more")
        .variable("PARLOUR_DATABASE_URL", "sqlite://elsewhere.db");
    let server = setup.start(&[]);
    assert_eq!(get(server.address, "/readyz").status, 200);
    let folder = setup.folder.path();
    assert!(folder.join("elsewhere.db").exists());
    assert!(!folder.join("parlour-data/jwt-secret").exists());
    assert!(!folder.join("parlour-data/parlour.db").exists());
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let setup = local();
    let server = setup.start(&[]);
    let run = setup.run(&[]);
    failed(&run, &["another server", "uses the data directory ./parlour-data"]);
    assert_eq!(get(server.address, "/readyz").status, 200);

    // The same database from another data directory.
    let path = setup.folder.path().join("parlour-data/parlour.db");
    let other = local().variable("PARLOUR_DATABASE_URL", &format!("sqlite://{}", path.display()));
    failed(&other.run(&[]), &["parlour.db"]);
    assert_eq!(get(server.address, "/readyz").status, 200);
}

#[test]
fn what_cannot_be_used_is_said_in_a_sentence() {
    let file = local().file_called("data", "x").variable("PARLOUR_DATA_DIR", "data");
    failed(&file.run(&[]), &["the data directory data cannot be used"]);

    let damaged = local();
    let data = damaged.folder.path().join("parlour-data");
    fs::create_dir(&data).expect("a folder");
    fs::write(data.join("jwt-secret"), "too short").expect("a file");
    failed(&damaged.run(&[]), &["jwt-secret is damaged"]);

    let foreign = local().file_called("notes.txt", "these are notes, and no database at all");
    let foreign = foreign.variable("PARLOUR_DATABASE_URL", "sqlite://notes.txt");
    failed(&foreign.run(&[]), &["notes.txt"]);
    let text = fs::read_to_string(foreign.folder.path().join("notes.txt")).expect("text");
    assert_eq!(text, "these are notes, and no database at all");

    let nowhere = local().variable("PARLOUR_DATABASE_URL", "sqlite://no/such/folder/chat.db");
    failed(&nowhere.run(&[]), &["no/such/folder"]);
}

#[test]
fn a_short_secret_is_warned_about() {
    let mut short = local().variable("PARLOUR_JWT_SECRET", "hunter2hunter2").start(&[]);
    let line = short.wait_for_log("jwt_secret is shorter than 32 bytes");
    assert!(line.contains("WARN"), "{line}");
    assert!(!short.log.contains("hunter2"));
}
