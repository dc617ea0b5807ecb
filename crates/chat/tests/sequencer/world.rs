//! A sequencer, and a script of what is done to it: inputs and what comes out, as lines of text.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chat::conversations::{ConversationId, Seq};
use chat::error::Coded;
use chat::identity::Profile;
use chat::ids::{AccountId, ClientId, MessageId};
use chat::messages::{
    Appended, Echo, Message, MessageType, NewMessage, Page, PageError, Rejection,
};
use chat::name::Username;
use chat::sequencer::{
    Delivering, Delivery, Effect, Outcome, ReadId, Sequencer, SequencerConfig, Submission, Ticket,
    Work,
};
use chat::store::StoreError;
use chat::text::Text;
use chat::time::{Monotonic, Timestamp};

pub(crate) struct World {
    pub(crate) sequencer: Sequencer,
    millis: u64,
    tickets: u64,
    sent: Vec<NewMessage>,
    /// The messages of the last append or settle, in order.
    batch: Vec<NewMessage>,
    /// The latest read of each conversation.
    reads: HashMap<String, ReadId>,
}

pub(crate) fn conversation(name: &str) -> ConversationId {
    ConversationId::parse(&format!("room_{name}")).unwrap()
}

pub(crate) fn account(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

pub(crate) fn profile(id: &str) -> Arc<Profile> {
    Arc::new(Profile {
        id: account(id),
        username: Username::parse(id).unwrap(),
        display_name: None,
        avatar_url: None,
        is_guest: false,
    })
}

pub(crate) fn new_message(number: u64, place: &str, sender: &str, key: &str) -> NewMessage {
    NewMessage {
        id: MessageId::from_u128(u128::from(number)),
        conversation: conversation(place),
        sender: account(sender),
        client_id: (key != "-").then(|| ClientId::parse(key).unwrap()),
        message_type: MessageType::TEXT,
        text: Text::parse("?").unwrap(),
        created_at: Timestamp::from_millis(0),
        echo: Echo::None,
    }
}

pub(crate) fn stored(new: &NewMessage, seq: u64) -> Message {
    Message {
        id: new.id,
        conversation: new.conversation.clone(),
        seq: Seq(seq),
        sender: new.sender.clone(),
        client_id: new.client_id.clone(),
        message_type: new.message_type.clone(),
        text: Some(new.text.clone()),
        created_at: new.created_at,
    }
}

impl World {
    pub(crate) fn new(config: SequencerConfig) -> Self {
        Self {
            sequencer: Sequencer::new(config),
            millis: 1_000,
            tickets: 0,
            sent: Vec::new(),
            batch: Vec::new(),
            reads: HashMap::new(),
        }
    }

    /// Runs each input and compares what comes out; after ` ; ` the next input.
    #[track_caller]
    pub(crate) fn check(&mut self, script: &[(&str, &str)]) -> &mut Self {
        for (line, (input, expected)) in script.iter().enumerate() {
            let outcome = self.run(input);
            assert_eq!(outcome, *expected, "line {line}: {input}");
        }
        self
    }

    /// - `send r ann k hello`: Ann sends `hello` to room r with the key k (`-`: without one), under
    ///   the next ticket; `show …` the same optimistically, `emit …` as a possible echo.
    /// - `listen r`, `forget r`, `hear r 3` (observed), `wait 50ms`, `close`, `abandon`.
    /// - `work`: what is to be asked; `work all` until nothing is.
    /// - `appended 1 dup2 conflict`, `settled 1 - other2`, `anchored r 5`, `filled r 4 5`: answers, or
    ///   `unavailable`, `unknown`, `broken` instead. `anchored r' 5` answers the read before the last.
    ///
    /// What comes out: `m1` is the first message sent, `r3` is what is at place 3 of r, `t1` a ticket.
    fn run(&mut self, input: &str) -> String {
        let words: Vec<&str> = input.split(' ').collect();
        let now = Monotonic::from_millis(self.millis);
        let mut out = Vec::new();
        match words[..] {
            ["send" | "show" | "emit", place, sender, key, text] => {
                out.extend(self.send(words[0], new_message(0, place, sender, key), text));
            }
            ["listen", place] => {
                self.tickets += 1;
                let ticket = Ticket(self.tickets);
                let result = self.sequencer.listen(now, &conversation(place), ticket);
                out.extend(result.err().map(|error| format!("!{}", error.code().as_str())));
            }
            ["forget", place] => self.sequencer.forget(&conversation(place)),
            ["hear", place, seq] => {
                let message = elsewhere(place, seq);
                let sender = profile(message.sender.as_str());
                self.sequencer.observe(now, Delivery { message, sender });
            }
            ["wait", span] => {
                self.millis += span.strip_suffix("ms").unwrap().parse::<u64>().unwrap();
                self.sequencer.tick(Monotonic::from_millis(self.millis));
            }
            ["close"] => self.sequencer.close(),
            ["abandon"] => self.sequencer.abandon(),
            ["work"] => {
                let work = self.sequencer.next_work(now);
                out.push(work.map_or("-".into(), |work| self.work(work)));
            }
            ["work", "all"] => {
                while let Some(work) = self.sequencer.next_work(now) {
                    out.push(self.work(work));
                }
            }
            _ => {
                let outcome = self.outcome(&words);
                self.sequencer.done(now, outcome);
            }
        }
        let effects: Vec<_> = self.sequencer.drain_effects().collect();
        out.extend(effects.iter().map(|effect| self.effect(effect)));
        out.join(" | ")
    }

    fn send(&mut self, verb: &str, mut message: NewMessage, text: &str) -> Option<String> {
        self.tickets += 1;
        message.id = MessageId::from_u128(self.sent.len() as u128 + 1);
        message.text = Text::parse(text).unwrap();
        if verb == "emit" {
            message.echo = Echo::Emit { connected_at: Timestamp::from_millis(0) };
        }
        self.sent.push(message.clone());
        let submission = Submission {
            sender: profile(message.sender.as_str()),
            message,
            delivering: if verb == "show" { Delivering::Optimistic } else { Delivering::Stored },
            ticket: Ticket(self.tickets),
        };
        match self.sequencer.submit(Monotonic::from_millis(self.millis), submission) {
            Ok(accepted) if accepted.is_resend => {
                Some(format!("resend of m{}", accepted.id.as_u128()))
            }
            Ok(_) => None,
            Err(error) => Some(format!("!{}", error.code().as_str())),
        }
    }

    fn work(&mut self, work: Work) -> String {
        match work {
            Work::Append(messages) => {
                let ids: Vec<_> =
                    messages.iter().map(|new| format!(" m{}", new.id.as_u128())).collect();
                self.batch = messages;
                format!("append{}", ids.concat())
            }
            Work::Settle(keys) => {
                let ids: Vec<_> =
                    keys.iter().map(|key| format!(" m{}", key.id.as_u128())).collect();
                format!("settle{}", ids.concat())
            }
            Work::Anchor(read) => {
                let name = short(&read.conversation);
                self.remember(&name, read);
                format!("anchor {name}")
            }
            Work::Fill { read, after, limit } => {
                let name = short(&read.conversation);
                self.remember(&name, read);
                format!("fill {name} {limit} after {after}")
            }
        }
    }

    fn remember(&mut self, name: &str, read: ReadId) {
        if let Some(earlier) = self.reads.insert(name.to_owned(), read) {
            self.reads.insert(format!("{name}'"), earlier);
        }
    }

    fn outcome(&self, words: &[&str]) -> Outcome {
        let (verb, rest) = words.split_first().unwrap();
        let error = rest.iter().find_map(|word| store_error(word));
        let batch = self.batch.iter().zip(rest);
        match *verb {
            "appended" => {
                Outcome::Append(error.map_or_else(
                    || Ok(batch.map(|(new, word)| appended(new, word)).collect()),
                    Err,
                ))
            }
            "settled" => Outcome::Settle(
                error
                    .map_or_else(|| Ok(batch.map(|(new, word)| settled(new, word)).collect()), Err),
            ),
            "anchored" => {
                let seq = || Seq(rest[1].parse().unwrap());
                Outcome::Anchor(self.reads[rest[0]].clone(), error.map_or_else(|| Ok(seq()), Err))
            }
            "filled" => {
                let page = || {
                    let seqs = rest[1..].iter();
                    let messages: Vec<_> = seqs.map(|seq| elsewhere(rest[0], seq)).collect();
                    let senders = vec![(*profile("bob")).clone()];
                    Page { messages, senders, has_more: false }
                };
                let result = match error {
                    Some(error) => Err(PageError::Store(error)),
                    None if rest[1..] == ["gone"] => Err(PageError::NotFound),
                    None => Ok(page()),
                };
                Outcome::Fill(self.reads[rest[0]].clone(), result)
            }
            _ => panic!("no such input: {words:?}"),
        }
    }

    fn effect(&self, effect: &Effect) -> String {
        match effect {
            Effect::Shown(shown) => format!("shown m{}", shown.message.id.as_u128()),
            Effect::Resent(resent) => {
                let known = resent.stored.as_ref().map(|stored| format!(" is {}", at(stored)));
                let (id, first) = (resent.id.as_u128(), resent.first.0.as_u128());
                format!("resent m{id} for m{first}{}", known.unwrap_or_default())
            }
            Effect::Committed(committed) => {
                let joined = if committed.joined { " joined" } else { "" };
                format!("committed {}{joined}", at(&committed.delivery.message))
            }
            Effect::Deliver(delivery) => {
                assert_eq!(delivery.sender.id, delivery.message.sender);
                at(&delivery.message)
            }
            Effect::Failed(failed) => {
                let sent = &self.sent[failed.id.as_u128() as usize - 1];
                assert_eq!(
                    (&sent.conversation, &sent.sender),
                    (&failed.conversation, &failed.sender)
                );
                let first = failed.first.as_ref().map(|first| format!(" is {}", at(first)));
                let code = failed.error.code().as_str();
                format!("failed m{} {code}{}", failed.id.as_u128(), first.unwrap_or_default())
            }
            Effect::Reply { ticket: Ticket(ticket), result: Ok(answer) } => {
                let again = if answer.is_duplicate { " again" } else { "" };
                format!("t{ticket}={}{again}", at(&answer.message))
            }
            Effect::Reply { ticket: Ticket(ticket), result: Err(error) } => {
                format!("t{ticket}!{}", error.code().as_str())
            }
            Effect::Listening { ticket: Ticket(ticket), result } => match result {
                Ok(from) => format!("t{ticket} from {from}"),
                Err(error) => format!("t{ticket}!{}", error.code().as_str()),
            },
        }
    }
}

fn short(conversation: &ConversationId) -> String {
    conversation.as_str().trim_start_matches("room_").to_owned()
}

fn at(message: &Message) -> String {
    format!("{}{}", short(&message.conversation), message.seq)
}

/// A message that another node has stored.
fn elsewhere(place: &str, seq: &str) -> Message {
    let seq = seq.parse().unwrap();
    stored(&new_message(1_000 + seq, place, "bob", "-"), seq)
}

fn store_error(word: &str) -> Option<StoreError> {
    match word {
        "unavailable" => Some(StoreError::Unavailable),
        "unknown" => Some(StoreError::Unknown),
        "broken" => Some(StoreError::Broken),
        _ => None,
    }
}

/// What an earlier attempt with the same key left at this place.
fn first(new: &NewMessage, seq: &str, text: Option<Text>) -> Message {
    let earlier = NewMessage { id: MessageId::from_u128(99), ..new.clone() };
    Message { text, ..stored(&earlier, seq.parse().unwrap()) }
}

fn appended(new: &NewMessage, word: &str) -> Appended {
    if let Some(seq) = word.strip_prefix("dup") {
        return Appended::Duplicate(first(new, seq, Some(new.text.clone())));
    }
    match word {
        "conflict" => Appended::Rejected(Rejection::Conflict),
        "gone" => Appended::Rejected(Rejection::NotFound),
        _ => {
            let (seq, joined) = word.strip_suffix('j').map_or((word, false), |seq| (seq, true));
            Appended::Stored { message: stored(new, seq.parse().unwrap()), joined }
        }
    }
}

fn settled(new: &NewMessage, word: &str) -> Option<Message> {
    if let Some(seq) = word.strip_prefix("dup") {
        return Some(first(new, seq, Some(new.text.clone())));
    }
    if let Some(seq) = word.strip_prefix("other") {
        return Some(first(new, seq, Some(Text::parse("another text").unwrap())));
    }
    if let Some(seq) = word.strip_prefix("tombstone") {
        return Some(first(new, seq, None));
    }
    (word != "-").then(|| stored(new, word.parse().unwrap()))
}

/// The default's times, and little room.
pub(crate) fn small() -> SequencerConfig {
    SequencerConfig {
        max_batch_messages: 2,
        patience: Duration::from_secs(5),
        first_pause: Duration::from_millis(10),
        longest_pause: Duration::from_millis(500),
        fill_delay: Duration::from_millis(5),
        ..SequencerConfig::default()
    }
}
