//! A process to be killed: it opens the store in a folder, sends what standard input says through the
//! sequencers, and says on standard output what became of it. A command a line:
//!
//! ```text
//! account NAME                  account NAME ID
//! room MAKER                    room ID
//! follow ROOM                   following ROOM SEQ, then heard ROOM SEQ ID for each message
//! send ROOM SENDER KEY TEXT     ack KEY SEQ ID, or no KEY CODE certain|unknown
//! show ROOM SENDER KEY TEXT     the same, and before it shown ROOM ID KEY unless KEY is known; an ID that
//!                               was shown is heard later, or there is failed ID CODE
//! page ROOM AFTER               message ROOM SEQ ID SENDER KEY TEXT …, then page ROOM more|end
//! ```
//!
//! Every line is handed to the system at once. At the end of the input it ends in order; what it
//! cannot do at all ends it with a sentence on standard error.
//!
//! `ledger FOLDER [MOST-IN-COMMIT PATIENCE-MS CHECKPOINT-PAGES]`

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use chat::conversations::{ConversationId, Seq};
use chat::error::Coded;
use chat::identity::Profile;
use chat::ids::{AccountId, ClientId};
use chat::messages::PageCursor;
use chat::sequencer::{Answer, Committed, Delivery, Failed, Resent, SendError, Shown};
use chat::text::Text;
use durability::{Core, Failure, Options, Sending};
use gateway::{FanOut, Following};

/// Longer than any wait that a test sets up.
const SHUTDOWN: Duration = Duration::from_secs(10);
/// The most messages that `page` asks for at once.
const PAGE: usize = 500;

type Lines = mpsc::Sender<String>;

/// Says what those who listen hear.
struct Heard(Lines);

impl FanOut for Heard {
    fn shown(&self, shown: &Shown) {
        let message = &shown.message;
        let key = message.client_id.as_ref().map_or("-", ClientId::as_str);
        say(&self.0, format!("shown {} {} {key}", message.conversation, message.id));
    }

    fn resent(&self, _: &Resent) {}

    fn committed(&self, _: &Committed) {}

    fn deliver(&self, delivery: &Delivery) {
        let message = &delivery.message;
        say(&self.0, format!("heard {} {} {}", message.conversation, message.seq, message.id));
    }

    fn failed(&self, failed: &Failed) {
        say(&self.0, format!("failed {} {}", failed.id, failed.error.code().as_str()));
    }
}

fn say(lines: &Lines, line: String) {
    // The receiver goes only with the process.
    let _ = lines.send(line);
}

fn main() -> Result<(), Failure> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let (lines, written) = mpsc::channel::<String>();
    let writer = std::thread::spawn(move || {
        let mut out = std::io::stdout().lock();
        written.iter().try_for_each(|line| out.write_all(format!("{line}\n").as_bytes()))
    });
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(work(lines))?;
    drop(runtime);
    writer.join().map_err(|_| "the writer panicked")??;
    Ok(())
}

async fn work(lines: Lines) -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("a folder is wanted")?);
    let mut number = || arguments.next().map(|text| text.parse::<u32>()).transpose();
    let options = Options {
        most_in_commit: number()?.map(|most| most as usize),
        patience: number()?.map(|ms| Duration::from_millis(ms.into())),
        checkpoint_pages: number()?,
    };
    let fanout: Arc<dyn FanOut> = Arc::new(Heard(lines.clone()));
    let core = Core::open(&folder, &options, &fanout)?;
    say(&lines, "ready".into());
    let mut ledger = Ledger { core, lines, profiles: HashMap::new(), following: Vec::new() };
    let mut commands = commands();
    while let Some(line) = commands.recv().await {
        ledger.obey(&line).await?;
    }
    drop(ledger.following);
    if ledger.core.shut_down(SHUTDOWN).await { Ok(()) } else { Err("something was left".into()) }
}

/// Standard input's lines. A thread reads them: it may wait for ever.
fn commands() -> tokio::sync::mpsc::Receiver<String> {
    let (sender, commands) = tokio::sync::mpsc::channel(64);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    commands
}

struct Ledger {
    core: Core,
    lines: Lines,
    profiles: HashMap<String, Arc<Profile>>,
    following: Vec<Following>,
}

impl Ledger {
    async fn obey(&mut self, line: &str) -> Result<(), Failure> {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["account", name] => {
                let account = self.core.make_account(name).await?;
                say(&self.lines, format!("account {name} {}", account.profile.id));
            }
            ["room", maker] => {
                let room = self.core.make_room(AccountId::parse(maker)?).await?;
                say(&self.lines, format!("room {}", room.id));
            }
            ["follow", room] => {
                let following = self.core.sequencing().follow(ConversationId::parse(room)?).await?;
                say(&self.lines, format!("following {room} {}", following.from()));
                self.following.push(following);
            }
            [verb @ ("send" | "show"), room, sender, key, text] => {
                let sending = Sending {
                    conversation: ConversationId::parse(room)?,
                    sender: self.profile(sender).await?,
                    client_id: ClientId::parse(key)?,
                    text: Text::parse(text)?,
                };
                if verb == "send" {
                    let answer = self.core.send(sending);
                    self.answer(key, answer);
                } else {
                    self.show(key, sending);
                }
            }
            ["page", room, after] => self.page(room, after).await?,
            _ => return Err(format!("no command: {line}").into()),
        }
        Ok(())
    }

    async fn profile(&mut self, id: &str) -> Result<Arc<Profile>, Failure> {
        if !self.profiles.contains_key(id) {
            let account = self.core.store().account(AccountId::parse(id)?).await?;
            let profile = account.ok_or("there is no such account")?.profile;
            self.profiles.insert(id.into(), profile);
        }
        Ok(Arc::clone(&self.profiles[id]))
    }

    /// What is refused at once is answered at once.
    fn show(&self, key: &str, sending: Sending) {
        match self.core.show(sending) {
            Ok(sent) => self.answer(key, sent.outcome),
            Err(error) => self.answer(key, std::future::ready(Err(error))),
        }
    }

    fn answer(
        &self,
        key: &str,
        answer: impl Future<Output = Result<Answer, SendError>> + Send + 'static,
    ) {
        let (lines, key) = (self.lines.clone(), key.to_owned());
        tokio::spawn(async move {
            let line = match answer.await {
                Ok(answer) => format!("ack {key} {} {}", answer.message.seq, answer.message.id),
                Err(error) => {
                    let how = if error == SendError::Unknown { "unknown" } else { "certain" };
                    format!("no {key} {} {how}", error.code().as_str())
                }
            };
            say(&lines, line);
        });
    }

    async fn page(&self, room: &str, after: &str) -> Result<(), Failure> {
        let conversation = ConversationId::parse(room)?;
        let cursor = PageCursor::After(Seq(after.parse()?));
        let page = self.core.store().page(conversation, cursor, PAGE).await?;
        for message in page.messages {
            let key = message.client_id.as_ref().map_or("-", ClientId::as_str);
            let text = message.text.as_ref().map_or("-", Text::as_str);
            let (seq, id, sender) = (message.seq, message.id, message.sender);
            say(&self.lines, format!("message {room} {seq} {id} {sender} {key} {text}"));
        }
        say(&self.lines, format!("page {room} {}", if page.has_more { "more" } else { "end" }));
        Ok(())
    }
}
