//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::connection::Transport;
use crate::load::stamp::MIN_TEXT;

/// Loads a Socket.IO server and measures it, or checks that it delivers.
#[derive(Debug, Parser)]
#[command(name = "parlour-loadtest", version, about)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Connections that only stay: what does one cost?
    Idle(Idle),
    /// Rooms, a message now and then to each: everyone in it gets it.
    Rooms(Rooms),
    /// Two strangers a conversation (`start_chat`, `send_message`).
    Pairs(Pairs),
    /// One room that everyone is in.
    OneRoom(OneRoom),
    /// Direct conversations of two accounts with some devices each: messages, marks and writing; and
    /// what it costs them that very many people come.
    Direct(Direct),
    /// Channels, a message now and then to each: everyone in it is shown it before it is stored, and told
    /// when it is.
    Channels(Channels),
    /// Connections as fast as they are taken, each up to its first event.
    Storm(Storm),
    /// Checks that every message arrives once, in order, and nowhere else, while connections are cut
    /// and made anew. Exits with 0 only if so.
    Verify(Verify),
}

/// What every run needs.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// The server; a path behind it is the engine's, `/socket.io/` without.
    #[arg(long, default_value = "http://127.0.0.1:5000")]
    pub(crate) url: String,
    /// How many connections.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) connections: u32,
    /// Connections opened a second; 0: as fast as they are taken [default: 2000; in a storm 0]
    #[arg(long)]
    pub(crate) ramp: Option<u32>,
    /// Connections that may be under way at a time.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) in_flight: u32,
    /// How packets travel.
    #[arg(long, value_enum, default_value_t = Transport::Websocket)]
    pub(crate) transport: Transport,
    /// Seconds to wait, once all are connected, before the memory is read.
    #[arg(long, default_value = "2", value_parser = seconds)]
    pub(crate) settle: Duration,
    /// Seconds to measure.
    #[arg(long, default_value = "5", value_parser = seconds)]
    pub(crate) seconds: Duration,
    /// The secret that Parlour was given (`PARLOUR_JWT_SECRET`): then every connection is an account
    /// of its own, the rooms are made by REST, and a message is one of Parlour's rooms. Its rates have
    /// to be off.
    #[arg(long)]
    pub(crate) jwt_secret: Option<String>,
    /// The server's process, for its memory and CPU time.
    #[arg(long)]
    pub(crate) pid: Option<u32>,
    /// Where to write the result as JSON.
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
    /// What the result is called.
    #[arg(long, default_value = "")]
    pub(crate) label: String,
}

/// What every run that sends needs.
#[derive(Debug, Clone, Args)]
pub(crate) struct Sending {
    /// Seconds of sending before it is measured.
    #[arg(long, default_value = "2", value_parser = seconds)]
    pub(crate) warmup: Duration,
    /// Seconds to wait, after the last send, for what is still under way.
    #[arg(long, default_value = "5", value_parser = seconds)]
    pub(crate) drain: Duration,
    /// The size of a text.
    #[arg(long, default_value_t = 64, value_parser = text_bytes)]
    pub(crate) text_bytes: usize,
    /// Has every message acknowledged, and measures how long that takes.
    #[arg(long)]
    pub(crate) acks: bool,
    /// Sends each message at a random moment of its interval, the same in every run, so that nothing
    /// that looks at the server by a clock is in step with the load.
    #[arg(long)]
    pub(crate) jitter: bool,
    /// The share of connections (0 to 0.9) that stop reading once they have joined.
    #[arg(long, default_value = "0", value_parser = share)]
    pub(crate) stalled: Permille,
}

/// A share in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Permille(pub(crate) usize);

/// See [`Command::Idle`].
#[derive(Debug, Clone, Args)]
pub(crate) struct Idle {
    /// See there.
    #[command(flatten)]
    pub(crate) common: Common,
    /// What each connection does after it was made.
    #[arg(long, value_enum, default_value_t = Dialect::Rooms)]
    pub(crate) dialect: Dialect,
    /// Connections in a room.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) room_size: u32,
}

/// See [`Command::Rooms`].
#[derive(Debug, Clone, Args)]
pub(crate) struct Rooms {
    /// See there.
    #[command(flatten)]
    pub(crate) common: Common,
    /// See there.
    #[command(flatten)]
    pub(crate) sending: Sending,
    /// Connections in a room.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) room_size: u32,
    /// Connections beside the others that are in no room and send to one each; without them, those in
    /// a room send by turns. For Parlour: any account may send.
    #[arg(long, default_value_t = 0, requires = "jwt_secret", value_parser = clap::value_parser!(u32).range(..=100_000))]
    pub(crate) senders: u32,
    /// Messages a second, in all rooms together; each is delivered to everyone in its room.
    #[arg(long, default_value_t = 800, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) rate: u32,
}

/// See [`Command::Pairs`].
#[derive(Debug, Clone, Args)]
pub(crate) struct Pairs {
    /// See there.
    #[command(flatten)]
    pub(crate) common: Common,
    /// See there.
    #[command(flatten)]
    pub(crate) sending: Sending,
    /// Messages a second and pair; each is delivered to both.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) rate: u32,
}

/// See [`Command::OneRoom`].
#[derive(Debug, Clone, Args)]
pub(crate) struct OneRoom {
    /// See there.
    #[command(flatten)]
    pub(crate) common: Common,
    /// See there.
    #[command(flatten)]
    pub(crate) sending: Sending,
    /// Messages a second.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) rate: u32,
}

/// See [`Command::Direct`].
#[derive(Debug, Clone, Args)]
pub(crate) struct Direct {
    /// See there.
    #[command(flatten)]
    pub(crate) common: Common,
    /// See there.
    #[command(flatten)]
    pub(crate) sending: Sending,
    /// Sockets of each account, all of which join.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10))]
    pub(crate) devices: u32,
    /// Messages a second, in all conversations together; each is delivered to the other one's sockets,
    /// and to the sender's others.
    #[arg(long, default_value_t = 800, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) rate: u32,
    /// One device of each account marks what it receives, and all of the other one hear of it.
    #[arg(long)]
    pub(crate) reads: bool,
    /// Whoever sends has written before, at most once in 3 s; the message ends it.
    #[arg(long)]
    pub(crate) typing: bool,
    /// See there.
    #[command(flatten)]
    pub(crate) crowd: Crowd,
}

/// People who come while it is measured. Who hears of it is known beforehand, and counted.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Crowd {
    /// How many people; every fourth has two sockets.
    #[arg(long = "crowd", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=100_000))]
    pub(crate) people: u32,
    /// With how many others each has a direct conversation; an even number.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub(crate) friends: u32,
    /// They have their conversations, but do not come: what to compare with.
    #[arg(long = "crowd-away")]
    pub(crate) is_away: bool,
    /// Half of them go in the end: how long to wait, at most, until that is told. Above the server's
    /// grace.
    #[arg(long = "crowd-grace", default_value = "15", value_parser = seconds)]
    pub(crate) grace: Duration,
}

/// See [`Command::Channels`].
#[derive(Debug, Clone, Args)]
pub(crate) struct Channels {
    /// See there.
    #[command(flatten)]
    pub(crate) common: Common,
    /// See there.
    #[command(flatten)]
    pub(crate) sending: Sending,
    /// Connections in a channel.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(2..))]
    pub(crate) room_size: u32,
    /// Messages a second, in all channels together; each is shown to all others in its channel, and
    /// confirmed to them and to its sender.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) rate: u32,
}

/// See [`Command::Storm`].
#[derive(Debug, Clone, Args)]
pub(crate) struct Storm {
    /// See there.
    #[command(flatten)]
    pub(crate) common: Common,
    /// For Parlour: all accounts are known and members of their rooms beforehand, as after a restart.
    #[arg(long, requires = "jwt_secret")]
    pub(crate) members: bool,
    /// What the first event is: the answer to `join_room`, or to `start_chat`.
    #[arg(long, value_enum, default_value_t = Dialect::Rooms)]
    pub(crate) dialect: Dialect,
    /// Connections in a room.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) room_size: u32,
}

/// What a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Dialect {
    /// Nothing: it only joins the namespace.
    None,
    /// `join_room {roomId}`.
    Rooms,
    /// `start_chat`.
    Pair,
    /// `join_conversation`.
    #[value(skip)]
    Direct,
    /// `joinChannel`.
    #[value(skip)]
    Channels,
}

/// See [`Command::Verify`].
#[derive(Debug, Clone, Args)]
pub(crate) struct Verify {
    /// The server.
    #[arg(long, default_value = "http://127.0.0.1:5000")]
    pub(crate) url: String,
    /// Which dialect's rules hold.
    #[arg(long, value_enum, default_value_t = Verified::Pair)]
    pub(crate) dialect: Verified,
    /// What decides about everything that is done at random; without it, one is made up and printed.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// How long to go on, 1 to 3,600 s.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) seconds: u64,
    /// How many clients there are at a time. The even ones are never cut.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(2..=5_000))]
    pub(crate) clients: u32,
    /// Lines that each client sends a second, about. Beyond the server's limit they are refused: start
    /// it with `PARLOUR_LIMITS_ENABLED=false`.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) rate: u32,
    /// The secret that the server was given (`PARLOUR_JWT_SECRET`), to speak for accounts; for
    /// all but pair.
    #[arg(long, conflicts_with = "serve")]
    pub(crate) jwt_secret: Option<String>,
    /// For all but pair: starts this server itself, with a data directory of its own, and ends it again and
    /// again, by SIGKILL or SIGTERM.
    #[arg(long, value_name = "PROGRAM", conflicts_with = "url")]
    pub(crate) serve: Option<PathBuf>,
    /// With `--serve`: seconds from one end of the server to the next, about; 0: only at the end.
    #[arg(long, default_value = "4", value_parser = seconds)]
    pub(crate) restart_every: Duration,
    /// How packets travel; without it every third socket polls.
    #[arg(long, value_enum)]
    pub(crate) transport: Option<Transport>,
    /// Where to write the result as JSON.
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
}

/// The dialects whose delivery can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verified {
    /// Two strangers.
    Pair,
    /// Public rooms, over sockets and REST.
    Rooms,
    /// Direct conversations, over sockets and REST, with marks, writing and lists.
    Direct,
    /// Channels, over sockets and REST, with what is shown before it is stored.
    Channels,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "give a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| *duration <= Duration::from_hours(24))
        .ok_or_else(|| "give 0 to 86,400 seconds".to_owned())
}

fn text_bytes(text: &str) -> Result<usize, String> {
    let size = text.parse().ok().filter(|size| (MIN_TEXT..=4_000).contains(size));
    size.ok_or_else(|| format!("give {MIN_TEXT} to 4000 bytes: a text carries its own moment"))
}

fn share(text: &str) -> Result<Permille, String> {
    let share: f64 = text.parse().map_err(|_| "give a share, as 0.2".to_owned())?;
    let permille = (0..=900_u16).find(|permille| f64::from(*permille) / 1_000.0 >= share);
    let permille = permille.filter(|_| share >= 0.0).ok_or("give a share from 0 to 0.9")?;
    Ok(Permille(usize::from(permille)))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn shares_and_sizes_are_checked() {
        assert_eq!(share("0.2"), Ok(Permille(200)));
        assert_eq!(share("0"), Ok(Permille(0)));
        for text in ["-0.1", "0.95", "x", "NaN"] {
            assert!(share(text).is_err(), "{text}");
        }
        assert_eq!(text_bytes("18"), Ok(18));
        assert!(text_bytes("17").is_err());
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert!(seconds("-1").is_err());
    }
}
