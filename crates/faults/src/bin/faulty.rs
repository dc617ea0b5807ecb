//! Puts a program under the shim, for whoever is not a test in Rust: `faulty DATA SCRATCH PROGRAM
//! [ARGUMENT …]` becomes that program. `DATA` is the folder whose files can go wrong, `SCRATCH` a folder
//! of this run alone, outside of it; both are there. What goes wrong is set in `SCRATCH/control`, whose
//! layout is that of `crates/faults/src/control.rs`; nothing does at first.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use faults::Shim;

fn main() -> ExitCode {
    let error = run(&std::env::args_os().skip(1).collect::<Vec<_>>());
    // Nothing can be done if even that fails.
    let _ = io::Write::write_fmt(&mut io::stderr(), format_args!("faulty: {error}\n"));
    ExitCode::FAILURE
}

/// Returns only with the reason why it did not become the program.
fn run(arguments: &[OsString]) -> io::Error {
    let [data, scratch, program, rest @ ..] = arguments else {
        return io::Error::other("DATA SCRATCH PROGRAM [ARGUMENT …] are wanted");
    };
    let watch = Shim::build()
        .map_err(io::Error::other)
        .and_then(|shim| shim.watch(Path::new(data), Path::new(scratch), 0));
    match watch {
        Ok(watch) => {
            let watch = watch.without_undo();
            let mut command = Command::new(program);
            command.args(rest);
            watch.put_over(&mut command);
            command.exec()
        }
        Err(error) => error,
    }
}
