//! `parlour`: a chat backend in one binary. This crate reads the configuration, wires the parts
//! together and starts and stops them.

mod cli;
mod config;
mod data_dir;
mod logging;
mod message;
mod metrics;
mod nofile;
mod serve;
mod store_metrics;
mod web;
mod wiring;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::config::Config;

/// Chosen by measurement: an idle connection among 9,000 holds 2.2 KiB with it, 2.4 KiB with glibc's
/// allocator and 2.5 KiB with mimalloc. It serves what is written in C too: the pages that SQLite gives
/// back go to the system, which they did not with glibc's (10 MB at 18,000 accounts).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The exit code for a command line or a configuration that cannot be used.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (config, entries) = match Config::load(cli.flags) {
        Ok(loaded) => loaded,
        Err(problems) => return fail(&problems, USAGE),
    };
    match cli.command.unwrap_or_default() {
        Command::Config => match write!(io::stdout(), "{}", config::print(&entries)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error, 1),
        },
        Command::Message { id } => match message::run(&config, &id) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error, 1),
        },
        Command::Serve => match config.check_supported() {
            Err(problems) => fail(&problems, USAGE),
            Ok(()) => match serve::run(&config) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => fail(&error, 1),
            },
        },
    }
}

/// Says why on standard error. Nothing can be done if even that fails.
fn fail(why: &dyn std::error::Error, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "{why}");
    ExitCode::from(code)
}
