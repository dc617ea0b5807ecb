//! `parlour-loadtest`: an independent Socket.IO client that loads a server and measures it, or
//! checks that it delivers. Everything runs on one thread.

mod cli;
mod clock;
mod connection;
mod error;
mod load;
mod nofile;
mod process;
mod target;
mod token;
mod verify;
mod wire;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use serde::Serialize;
use tokio::runtime::{Builder, LocalOptions};

use crate::cli::{Cli, Command};
use crate::error::Error;
use crate::load::Plan;

/// The delivery check found something.
const FOUND: u8 = 1;
/// It could not be run as it was asked for.
const UNUSABLE: u8 = 2;

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            // Nothing can be done if even that fails.
            let _ = writeln!(io::stderr(), "parlour-loadtest: {error}");
            ExitCode::from(UNUSABLE)
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Error> {
    let plan = match command {
        Command::Idle(options) => Plan::idle(options)?,
        Command::Rooms(options) => Plan::rooms(options)?,
        Command::Pairs(options) => Plan::pairs(options)?,
        Command::OneRoom(options) => Plan::one_room(options)?,
        Command::Direct(options) => Plan::direct(options)?,
        Command::Channels(options) => Plan::channels(options)?,
        Command::Storm(options) => Plan::storm(options)?,
        Command::Verify(options) => return check(&options),
    };
    let json = plan.common.json.clone();
    let report = runtime()?.block_on(load::run(plan))?;
    load::print(&mut io::stdout().lock(), &report)?;
    write_json(json.as_deref(), &report)?;
    Ok(ExitCode::SUCCESS)
}

fn check(options: &cli::Verify) -> Result<ExitCode, Error> {
    let verdict = runtime()?.block_on(verify::run(options))?;
    verify::print(&mut io::stdout().lock(), &verdict)?;
    write_json(options.json.as_deref(), &verdict)?;
    Ok(if verdict.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
}

fn runtime() -> Result<tokio::runtime::LocalRuntime, Error> {
    Ok(Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?)
}

fn write_json(path: Option<&Path>, result: &impl Serialize) -> Result<(), Error> {
    let Some(path) = path else { return Ok(()) };
    let text = serde_json::to_string_pretty(result).map_err(io::Error::from)?;
    std::fs::write(path, text + "\n")
        .map_err(|error| Error::Write { path: path.display().to_string(), error })
}
