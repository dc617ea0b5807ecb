//! Durable messages a second through the sequencers and the store, and how long one takes to its
//! acknowledgement: as the disk is, with every sync slowed to 5 ms by the shim, and the same with one
//! message a commit. One JSON object a line; `bench/durable.mjs` makes a section of `RESULTS.md` of it.
//!
//! `durable` measures in child processes, `durable child …` is one of them. `DURABLE_SECONDS` (10) is
//! how long each measurement takes, after a second to warm up.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use chat::conversations::ConversationId;
use chat::identity::Profile;
use chat::ids::ClientId;
use chat::sequencer::{Committed, Delivery, Failed, Resent, Shown};
use chat::text::Text;
use durability::{Core, Failure, Options, Sending};
use faults::{Call, Fault, Shim};
use gateway::FanOut;
use tokio::task::JoinSet;

/// Whoever sends.
const SENDERS: usize = 500;
/// Messages that each of them has under way at a time; a socket may have 64.
const WINDOW: usize = 4;
const CONVERSATIONS: usize = 100;
/// As long as the texts of `bench/`'s other measurements.
const TEXT_BYTES: usize = 64;
const WARM_UP: Duration = Duration::from_secs(1);
const SLOW: Duration = Duration::from_millis(5);
/// Longer than a message waits for its turn where each has a commit of its own.
const PATIENCE: Duration = Duration::from_mins(2);

/// What is measured: its name, what a sync takes more, and the most messages in a commit.
const CASES: [(&str, Duration, Option<usize>); 4] = [
    ("disk", Duration::ZERO, None),
    ("disk-single", Duration::ZERO, Some(1)),
    ("slow", SLOW, None),
    ("slow-single", SLOW, Some(1)),
];

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [child, name, folder, most] if child == "child" => {
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(measure(name, Path::new(folder), most.parse().ok()))
        }
        _ => CASES.into_iter().try_for_each(run),
    }
}

/// Starts a child under the shim, and makes its syncs slow once it is set up.
fn run((name, delay, most): (&str, Duration, Option<usize>)) -> Result<(), Failure> {
    let program = std::env::current_exe()?;
    // Beside the program: a folder for temporary files may be in memory.
    let folder = tempfile::tempdir_in(program.parent().ok_or("a program is in a folder")?)?;
    let (data, scratch) = (folder.path().join("data"), folder.path().join("scratch"));
    std::fs::create_dir(&data)?;
    std::fs::create_dir(&scratch)?;
    let watch = Shim::build()?.watch(&data, &scratch, 0)?.without_undo();
    let mut command = Command::new(program);
    command.args(["child", name]).arg(&data).arg(most.map_or("-".into(), |most| most.to_string()));
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    watch.put_over(&mut command);
    let mut child = command.spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("it is piped")?).lines();
    let ready = lines.next().ok_or("the child has ended")??;
    if ready != "ready" {
        return Err(format!("the child says {ready}").into());
    }
    watch.control().set(Call::Sync, Fault::default().slow(delay))?;
    writeln!(child.stdin.take().ok_or("it is piped")?, "go")?;
    let mut out = std::io::stdout().lock();
    for line in lines {
        writeln!(out, "{}", line?)?;
    }
    let status = child.wait()?;
    if status.success() { Ok(()) } else { Err(format!("the child has ended: {status}").into()) }
}

/// Somebody listens to every conversation.
#[derive(Default)]
struct Counting(AtomicU64);

impl FanOut for Counting {
    fn shown(&self, _: &Shown) {}

    fn resent(&self, _: &Resent) {}

    fn committed(&self, _: &Committed) {}

    fn deliver(&self, _: &Delivery) {
        self.0.fetch_add(1, Relaxed);
    }

    fn failed(&self, _: &Failed) {}
}

#[derive(Default)]
struct Phase {
    is_measuring: AtomicBool,
    is_over: AtomicBool,
}

async fn measure(name: &str, folder: &Path, most: Option<usize>) -> Result<(), Failure> {
    let seconds = std::env::var("DURABLE_SECONDS").map_or(Ok(10), |text| text.parse())?;
    let delivered = Arc::new(Counting::default());
    let fanout: Arc<dyn FanOut> = Arc::clone(&delivered) as _;
    let options = Options { most_in_commit: most, patience: Some(PATIENCE), ..Options::default() };
    let core = Arc::new(Core::open(folder, &options, &fanout)?);
    let (senders, rooms) = set_up(&core).await?;
    let mut following = Vec::new();
    for room in &rooms {
        following.push(core.sequencing().follow(room.clone()).await?);
    }
    say("ready")?;
    tokio::task::spawn_blocking(|| std::io::stdin().lock().lines().next()).await?;
    let phase = Arc::new(Phase::default());
    let mut working = JoinSet::new();
    for (n, sender) in senders.into_iter().enumerate() {
        for lane in 0..WINDOW {
            let conversation = rooms[n % rooms.len()].clone();
            let (core, phase, sender) = (Arc::clone(&core), Arc::clone(&phase), sender.clone());
            working.spawn(keep_sending(core, phase, conversation, (sender, lane)));
        }
    }
    tokio::time::sleep(WARM_UP).await;
    let (batches, start) = (core.commits(), Instant::now());
    phase.is_measuring.store(true, Relaxed);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    phase.is_over.store(true, Relaxed);
    let (took, commits) = (start.elapsed(), core.commits() - batches);
    let mut micros = Vec::new();
    while let Some(result) = working.join_next().await {
        micros.extend(result??);
    }
    drop(following);
    micros.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let rate = micros.len() as f64 / took.as_secs_f64();
    let (p50, p99) = (percentile(&micros, 50), percentile(&micros, 99));
    let messages = micros.len();
    say(&format!(
        r#"{{"name":"{name}","messages":{messages},"perSecond":{rate:.0},"p50Us":{p50},"p99Us":{p99},"commits":{commits}}}"#
    ))
}

fn percentile(sorted: &[u32], percent: usize) -> u32 {
    sorted.get(sorted.len() * percent / 100).copied().unwrap_or(0)
}

fn say(line: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

async fn set_up(core: &Arc<Core>) -> Result<(Vec<Arc<Profile>>, Vec<ConversationId>), Failure> {
    let mut making = JoinSet::new();
    for n in 0..SENDERS {
        let core = Arc::clone(core);
        making.spawn(async move { core.make_account(&format!("sender{n}")).await });
    }
    let mut senders = Vec::new();
    while let Some(account) = making.join_next().await {
        senders.push(account??.profile);
    }
    let mut rooms = Vec::new();
    for maker in senders.iter().take(CONVERSATIONS) {
        rooms.push(core.make_room(maker.id.clone()).await?.id);
    }
    Ok((senders, rooms))
}

/// Sends one message after the other until it is over; how many microseconds each took of those that
/// were acknowledged while it was measured.
async fn keep_sending(
    core: Arc<Core>,
    phase: Arc<Phase>,
    conversation: ConversationId,
    (sender, lane): (Arc<Profile>, usize),
) -> Result<Vec<u32>, Failure> {
    let text = Text::parse(&"x".repeat(TEXT_BYTES))?;
    let mut micros = Vec::new();
    for n in 0_u64.. {
        let client_id = ClientId::parse(&format!("{lane}-{n}"))?;
        let (conversation, sender) = (conversation.clone(), Arc::clone(&sender));
        let start = Instant::now();
        core.send(Sending { conversation, sender, client_id, text: text.clone() }).await?;
        if phase.is_over.load(Relaxed) {
            break;
        }
        if phase.is_measuring.load(Relaxed) {
            micros.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
    }
    Ok(micros)
}
