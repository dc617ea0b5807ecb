//! What is stored in a room, a channel or a direct conversation reaches everyone who listens to it, and nobody
//! else, whether it was sent over a socket or by REST, while sockets and the server come and go.

mod actor;
mod acts;
mod book;
mod channels;
mod check;
mod form;
mod history;
mod lists;
mod log;
mod memory;
mod pages;
mod private;
mod recount;
mod rows;
mod session;
mod shared;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::Verdict;
use super::findings::Finding;
use super::served::Served;
use crate::cli::{Verified, Verify};
use crate::clock;
use crate::connection::rest::{Request, Rest};
use crate::error::Error;
use crate::target::Target;
use crate::token::Signer;
use actor::Actor;
use book::Expected;
use check::{Direct, Run};
use form::Form;
use log::{End, Fate, Log, Record, RoomNumber};
use shared::{Cast, Shared, is_for, is_private, user_of};

/// Clients to a room, about: each means to listen to three rooms at first.
const CLIENTS_PER_ROOM: usize = 4;
/// Each user has direct conversations with so many next ones, and as many before.
const NEIGHBOURS: usize = 3;

/// Lets the clients live, then looks at what they heard.
///
/// # Errors
/// If the server cannot be reached, or does not start.
pub(super) async fn run(options: &Verify, seed: u64) -> Result<Verdict, Error> {
    let served = match &options.serve {
        Some(program) => Some(Served::start(program).await?),
        None => None,
    };
    let secret = served.as_ref().map(|served| &served.secret).or(options.jwt_secret.as_ref());
    let Some(secret) = secret else {
        return Err(Error::Usage(
            "accounts are needed: give --jwt-secret, as the server has it, or --serve".to_owned(),
        ));
    };
    let url = served.as_ref().map(|served| format!("http://{}", served.address));
    let target = Rc::new(Target::parse(url.as_ref().unwrap_or(&options.url))?);
    let shared = Rc::new(prepare(options, seed, &target, &Signer::new(secret)).await?);
    let mut actors = JoinSet::new();
    for client in 0..options.clients {
        actors.spawn_local(Actor::new(Rc::clone(&shared), client).run());
    }
    let progress = tokio::task::spawn_local(show(Rc::clone(&shared)));
    let restarts = tokio::task::spawn_local(restart(Rc::clone(&shared), served));
    let lived = all(actors).await;
    progress.abort();
    // If the server did not start again, that is why the others have failed.
    let mut served = match lived {
        Err(error) if !restarts.is_finished() => return Err(error),
        lived => {
            let served = restarts.await.map_err(io::Error::from)??;
            lived.map(|()| served)?
        }
    };
    if let Some(served) = &mut served {
        // What was acknowledged is there after that, too.
        served.kill().await?;
        served.again().await?;
    }
    let histories = history::read(&shared).await?;
    if shared.form() == Form::Direct {
        lists::check(&shared, &histories).await?;
    }
    if let Some(served) = &mut served
        && let Some(wrong) = served.stop().await?
    {
        shared.failed(|| wrong);
    }
    Ok(verdict(&shared, &histories))
}

/// Waits for all, or for the first that fails.
async fn all(mut actors: JoinSet<Result<(), Error>>) -> Result<(), Error> {
    while let Some(ended) = actors.join_next().await {
        ended.map_err(io::Error::from)??;
    }
    Ok(())
}

/// Makes the rooms; their ids.
async fn rooms(
    target: &Rc<Target>,
    form: Form,
    run: u64,
    tokens: &[Rc<str>],
) -> Result<Vec<String>, Error> {
    let mut rest = Rest::new(Rc::clone(target), 0);
    let mut ids = Vec::new();
    for number in 0..(tokens.len() / CLIENTS_PER_ROOM).max(2) {
        let is_private = form == Form::Channels && is_private(RoomNumber(number));
        let (path, body, made) = form.made(&format!("Verify {run:016x} {number}"), is_private);
        let (method, token, body) = ("POST", &*tokens[0], body.to_string());
        let answer = rest.demand(&Request { method, path, token, body: &body }).await?;
        match &answer[made]["_id"] {
            Value::String(id) => ids.push(id.clone()),
            _ => return Err(Error::Protocol("a room without an _id")),
        }
    }
    Ok(ids)
}

/// The channels: into the private ones their members are invited by the first, who is user 0. They are
/// there as soon as they have been seen.
async fn channels(
    target: &Rc<Target>,
    run: u64,
    (people, tokens): (&[(String, String)], &[Rc<str>]),
) -> Result<Vec<String>, Error> {
    let ids = rooms(target, Form::Channels, run, tokens).await?;
    let mut rest = Rest::new(Rc::clone(target), 0);
    for (client, token) in tokens.iter().enumerate() {
        let (method, path) = ("GET", "/api/auth/me");
        rest.demand(&Request { method, path, token, body: "" }).await?;
        let private = ids.iter().zip(0..).filter(|(_, room)| is_private(RoomNumber(*room)));
        let is_theirs = |room: usize| is_for(user_of(client), RoomNumber(room));
        for (id, _) in private.filter(|(_, room)| is_theirs(*room)) {
            // Of two tabs the second changes nothing.
            let body = json!({ "userId": people[client].0 }).to_string();
            let (method, path, token) =
                ("POST", format!("/api/channels/{id}/members"), &*tokens[0]);
            rest.demand(&Request { method, path: &path, token, body: &body }).await?;
        }
    }
    Ok(ids)
}

/// The direct conversations of each user with the next ones. They are there as soon as the accounts
/// are, which are made when they are first seen.
async fn pairs(target: &Rc<Target>, tokens: &[Rc<str>]) -> Result<Vec<[usize; 2]>, Error> {
    let mut rest = Rest::new(Rc::clone(target), 0);
    for token in tokens {
        let (method, path) = ("GET", "/api/auth/me");
        rest.demand(&Request { method, path, token, body: "" }).await?;
    }
    let users = user_of(tokens.len().saturating_sub(1)) + 1;
    let mut pairs = BTreeSet::new();
    for (user, next) in (0..users).flat_map(|user| (1..=NEIGHBOURS).map(move |next| (user, next))) {
        let other = (user + next) % users;
        if user != other {
            pairs.insert([user.min(other), user.max(other)]);
        }
    }
    Ok(pairs.into_iter().collect())
}

/// Makes the conversations, and says who is who.
async fn prepare(
    options: &Verify,
    seed: u64,
    target: &Rc<Target>,
    signer: &Signer,
) -> Result<Shared, Error> {
    let clients = usize::try_from(options.clients).unwrap_or(usize::MAX);
    let run = clock::now_ns() ^ seed.rotate_left(32);
    let form = match options.dialect {
        Verified::Direct => Form::Direct,
        Verified::Channels => Form::Channels,
        Verified::Rooms | Verified::Pair => Form::Rooms,
    };
    // One id is not the beginning of another, and their order is that of the numbers.
    let sub = |user: usize| format!("verify-{run:016x}-{user:05}");
    let person = |client: usize| {
        let user = user_of(client);
        (sub(user), format!("Verify {user}"))
    };
    let people: Vec<_> = (0..clients).map(person).collect();
    let tokens: Vec<_> = people.iter().map(|(sub, name)| signer.token(sub, name)).collect();
    let (pairs, room_ids) = match form {
        Form::Rooms => (Vec::new(), rooms(target, form, run, &tokens).await?),
        Form::Channels => (Vec::new(), channels(target, run, (&people, &tokens)).await?),
        Form::Direct => {
            let pairs = pairs(target, &tokens).await?;
            let id = |[one, other]: &[usize; 2]| format!("conv_{}_{}", sub(*one), sub(*other));
            let ids = pairs.iter().map(id).collect();
            (pairs, ids)
        }
    };
    let subs = pairs.iter().map(|pair| pair.map(sub)).collect();
    let numbers = (0..).map(RoomNumber);
    let rooms = room_ids.iter().cloned().zip(numbers).collect();
    let expected = Expected { form, run, rooms, people, pairs: subs };
    let cast = Cast { expected, room_ids, pairs, tokens };
    Ok(Shared::new(options.clone(), Rc::clone(target), seed, cast))
}

/// Ends the server and starts it again until the deadline; then it is left alone.
async fn restart(shared: Rc<Shared>, mut served: Option<Served>) -> Result<Option<Served>, Error> {
    let mut rng = Rng::with_seed(shared.seed ^ 0x5e54_a47f);
    let every_ms = u64::try_from(shared.options.restart_every.as_millis()).unwrap_or(u64::MAX);
    if let Some(served) = served.as_mut().filter(|_| every_ms > 0) {
        loop {
            let pause_ms = rng.u64(every_ms / 2..=every_ms + every_ms / 2);
            let next = Instant::now() + Duration::from_millis(pause_ms);
            if next >= shared.deadline {
                break;
            }
            sleep_until(next).await;
            shared.is_ending.set(true);
            if rng.u8(0..3) > 0 {
                served.kill().await?;
            } else if let Some(wrong) = served.stop().await? {
                shared.failed(|| wrong);
            }
            shared.restarts.set(shared.restarts.get() + 1);
            shared.is_ending.set(false);
            served.again().await?;
        }
    }
    Ok(served)
}

/// One line a second on standard error, while it runs.
async fn show(shared: Rc<Shared>) {
    let mut every_second = tokio::time::interval(Duration::from_secs(1));
    for second in 0_u64.. {
        every_second.tick().await;
        let (sockets, restarts) = (shared.sockets.get(), shared.restarts.get());
        let seconds = shared.options.seconds;
        let line = format!("{second:>4} of {seconds} s  {sockets} sockets, {restarts} restarts");
        // Nobody has to look.
        let _ = writeln!(io::stderr(), "{line}");
    }
}

fn verdict(shared: &Shared, histories: &[Vec<Option<log::LineId>>]) -> Verdict {
    let (mut logs, lines) = (shared.logs.take(), shared.lines.take());
    logs.sort_by_key(|log| log.socket);
    let mut findings = shared.findings.take();
    let is_first = |client: u32, room: RoomNumber| shared.pairs[room.0][0] == shared.user(client);
    let direct = Direct { recount: shared.recount(histories), is_first: &is_first };
    let direct = (shared.form() == Form::Direct).then_some(&direct);
    let own_by_answer = shared.form() != Form::Rooms;
    let run = Run { logs: &logs, lines: &lines, histories, direct, own_by_answer };
    check::check(&run, &mut findings);
    for what in shared.book.borrow().failed_and_stored() {
        findings.ends.add(|| what);
    }
    let records = |is_one: fn(&Record) -> bool| {
        logs.iter().flat_map(|log| &log.records).filter(|record| is_one(record)).count() as u64
    };
    let fates =
        |is_one: fn(Fate) -> bool| lines.values().filter(|line| is_one(line.fate)).count() as u64;
    let torn = fates(|fate| fate == Fate::Torn);
    Verdict {
        dialect: shared.options.dialect,
        seed: shared.seed,
        clients: shared.options.clients,
        sockets: logs.len(),
        cut: logs.iter().filter(|log| log.end == End::Cut).count(),
        conversations: histories.iter().filter(|history| !history.is_empty()).count(),
        sent: lines.len() as u64 - torn,
        accepted: fates(|fate| matches!(fate, Fate::Stored(_))),
        refused: fates(|fate| fate == Fate::Refused),
        unanswered: fates(|fate| matches!(fate, Fate::Unknown | Fate::Open)),
        deliveries: records(|record| matches!(record, Record::Heard(..))),
        read: records(|record| matches!(record, Record::Found(..))),
        moves: records(|record| *record == Record::Moved),
        writings: records(|record| *record == Record::Writing),
        lists: records(|record| matches!(record, Record::Shown { .. })),
        shown: shared.optimistic.get().shown,
        failures: shared.optimistic.get().failed,
        restarts: shared.restarts.get(),
        foreign: 0,
        findings,
        dropped: dropped(&logs),
        ended_early: shared.ended_early.get(),
    }
}

/// The sockets that the server ended without a reason of ours.
fn dropped(logs: &[Log]) -> Finding {
    let mut dropped = Finding::default();
    for log in logs {
        if let End::Dropped { why, provoked: false } = &log.end {
            dropped.add(|| format!("socket {} of client {}: {why}", log.socket, log.client));
        }
    }
    dropped
}
