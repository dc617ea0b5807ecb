//! What 200 clients believe, each from what it was told alone, and who may meet whom, kept apart from
//! the machine: the two must never disagree.

use std::collections::{BTreeMap, HashMap, HashSet};

use chat::ids::{ClientId, MessageId, RoomId, SocketId};
use chat::name::Alias;
use chat::pairing::{Emit, Message, PairEvent, RoomStatus, RoomView, Seeker, UserLeft, UserView};
use chat::text::Text;

use crate::typing_model::TypingModel;

/// How long two who parted stay apart in the simulation.
pub(crate) const BAR_MILLIS: u64 = 60_000;

/// One client. Clients are known by their number, persons too: an account has one on all its sockets.
pub(crate) struct Client {
    pub(crate) seeker: Seeker,
    pub(crate) person: usize,
    pub(crate) alias: Alias,
    pub(crate) room: Option<RoomId>,
    pub(crate) users: Vec<UserView>,
    pub(crate) is_fresh: bool,
    /// When it began to wait, among all that wait.
    turn: Option<u64>,
    /// What it said while waiting, as numbers: each text is one.
    kept: Vec<u64>,
    pub(crate) left_by: Option<usize>,
    pub(crate) last_sent: Option<(ClientId, Text, MessageId)>,
    pub(crate) past_room: Option<RoomId>,
}

impl Client {
    pub(crate) fn new(seeker: Seeker, person: usize) -> Self {
        Self {
            seeker,
            person,
            alias: Alias::default(),
            room: None,
            users: Vec::new(),
            is_fresh: false,
            turn: None,
            kept: Vec::new(),
            left_by: None,
            last_sent: None,
            past_room: None,
        }
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.room.is_some() && self.users.len() == 1
    }

    pub(crate) fn kept(&self) -> usize {
        self.kept.len()
    }
}

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) millis: u64,
    pub(crate) clients: Vec<Client>,
    by_socket: HashMap<SocketId, usize>,
    members: HashMap<RoomId, Vec<usize>>,
    waiting: BTreeMap<u64, usize>,
    parted: HashMap<(usize, usize), u64>,
    blocked: HashSet<(usize, usize)>,
    masks: HashSet<SocketId>,
    turns: u64,
    /// When each text was said.
    said: Vec<u64>,
    touched: Vec<usize>,
    pub(crate) typing: TypingModel,
    pub(crate) paired: u64,
    pub(crate) moved: u64,
}

impl Model {
    pub(crate) fn add(&mut self, client: Client) {
        self.by_socket.insert(client.seeker.socket.clone(), self.clients.len());
        self.clients.push(client);
    }

    /// The socket is gone for ever; another takes the client's place.
    pub(crate) fn replace(&mut self, number: usize, client: Client) {
        self.by_socket.remove(&self.clients[number].seeker.socket);
        self.by_socket.insert(client.seeker.socket.clone(), number);
        self.clients[number] = client;
    }

    pub(crate) fn partner(&self, number: usize) -> Option<usize> {
        let room = self.clients[number].room.as_ref()?;
        self.members[room].iter().copied().find(|member| *member != number)
    }

    pub(crate) fn block(&mut self, by: usize, whom: usize) {
        self.blocked.insert((by, whom));
    }

    pub(crate) fn unblock(&mut self, by: usize, whom: usize) {
        self.blocked.remove(&(by, whom));
    }

    pub(crate) fn fits(&self, one: usize, other: usize) -> bool {
        let parted = self.parted.get(&(one.min(other), one.max(other)));
        one != other
            && parted.is_none_or(|at| self.millis - at >= BAR_MILLIS)
            && !self.blocked.contains(&(one, other))
            && !self.blocked.contains(&(other, one))
    }

    /// The one that has waited longest of those that a person may meet.
    pub(crate) fn expected_partner(&self, person: usize) -> Option<usize> {
        let mut waiting = self.waiting.values().copied();
        waiting.find(|number| self.fits(self.clients[*number].person, person))
    }

    /// The client is about to give up its seat. Returns the one who must be told.
    pub(crate) fn leave(&mut self, number: usize) -> Option<usize> {
        let partner = self.partner(number);
        if let Some(partner) = partner {
            self.part(number, partner);
            self.clients[partner].left_by = Some(self.clients[number].person);
        }
        self.sit(number, None);
        self.touched.push(number);
        partner
    }

    /// The two are not to meet for a while.
    pub(crate) fn part(&mut self, one: usize, other: usize) {
        let (one, other) = (self.clients[one].person, self.clients[other].person);
        self.parted.insert((one.min(other), one.max(other)), self.millis);
    }

    pub(crate) fn keep(&mut self, number: usize, text: u64) {
        self.clients[number].kept.push(text);
    }

    /// The next text to say, as a number.
    pub(crate) fn next_text(&mut self) -> u64 {
        self.said.push(self.millis);
        self.said.len() as u64 - 1
    }

    /// The client hears an event, and believes it if it agrees with what it may be told.
    pub(crate) fn hear(&mut self, emit: &Emit) -> usize {
        let number = *self.by_socket.get(&emit.to).expect("events go to living sockets only");
        self.touched.push(number);
        match &emit.event {
            PairEvent::UserJoined(view) => self.hear_joined(number, view),
            PairEvent::UserLeft(left) => self.hear_left(number, left),
            PairEvent::ChatHistory(lines) => self.hear_history(number, lines),
            PairEvent::ReceiveMessage(_) => {}
            PairEvent::Typing { room_id } => {
                assert_eq!(self.clients[number].room.as_ref(), Some(room_id));
                self.typing.show(self.partner(number).expect("somebody types"), self.millis);
            }
            PairEvent::StopTyping { room_id } => {
                assert_eq!(self.clients[number].room.as_ref(), Some(room_id));
                self.typing.show_end(self.partner(number).expect("somebody typed"));
            }
        }
        number
    }

    fn hear_joined(&mut self, number: usize, view: &RoomView) {
        assert!(view.room_id.is_pair());
        self.sit(number, Some(&view.room_id));
        let socket = self.clients[number].seeker.socket.clone();
        if view.status == RoomStatus::Waiting {
            assert_eq!(view.users.len(), 1);
            assert_eq!(view.username, self.clients[number].alias);
            self.clients[number].is_fresh = true;
            self.wait(number);
        } else {
            assert_eq!(view.users.len(), 2);
            assert_eq!(view.users[1].username, view.username, "the last of the users has come");
            let masked = view.users.iter().find(|user| user.socket_id != socket).unwrap();
            assert!(!self.by_socket.contains_key(&masked.socket_id), "a mask is nobody's id");
            assert_eq!(masked.socket_id.as_str().len(), 20);
            assert!(self.masks.insert(masked.socket_id.clone()), "a mask is for one room alone");
        }
        self.clients[number].users.clone_from(&view.users);
    }

    fn hear_left(&mut self, number: usize, left: &UserLeft) {
        let client = &self.clients[number];
        assert_eq!((left.user_count, left.status), (1, RoomStatus::Waiting));
        assert_ne!(client.room.as_ref(), Some(&left.room_id), "the room takes a new id");
        let own = |user: &UserView| user.socket_id == client.seeker.socket;
        let gone = client.users.iter().find(|user| !own(user)).expect("there was a partner");
        assert_eq!(left.username, gone.username);
        self.sit(number, Some(&left.room_id));
        let client = &mut self.clients[number];
        client.is_fresh = false;
        client.last_sent = None;
        client.users.retain(|user| user.socket_id == client.seeker.socket);
        self.wait(number);
    }

    fn hear_history(&self, number: usize, lines: &[Message]) {
        let partner = self.partner(number).expect("history comes with a partner");
        let (own, other) = (&self.clients[number], &self.clients[partner]);
        assert_eq!(lines.len(), own.kept.len() + other.kept.len(), "the kept lines of both");
        let mut previous = 0;
        for line in lines {
            let text: u64 = line.text.as_str().parse().unwrap();
            let author = if own.kept.contains(&text) { number } else { partner };
            assert!(self.clients[author].kept.contains(&text), "nothing else was kept");
            self.check_line(number, author, line);
            let said = self.said[usize::try_from(text).unwrap()];
            assert!(said >= previous, "the history is in order of time");
            previous = said;
        }
    }

    /// Whether a line is what the viewer may see of what the author, in the same room, said.
    pub(crate) fn check_line(&self, viewer: usize, author: usize, line: &Message) {
        let viewer_is_author = viewer == author;
        let (viewer, author) = (&self.clients[viewer], &self.clients[author]);
        assert_eq!(viewer.room, author.room, "a line stays in its room");
        assert_eq!(Some(&line.room_id), viewer.room.as_ref());
        let own = line.socket_id == viewer.seeker.socket;
        assert_eq!(own, viewer_is_author, "own lines, and only those, carry the real id");
        let shown = viewer.users.iter().any(|user| user.socket_id == line.socket_id);
        assert!(shown, "a line's author is one of the users shown");
    }

    fn sit(&mut self, number: usize, room: Option<&RoomId>) {
        self.typing.reset(number);
        let client = &mut self.clients[number];
        if let Some(turn) = client.turn {
            self.waiting.remove(&turn);
        }
        if let Some(before) = client.room.take() {
            let members = self.members.get_mut(&before).unwrap();
            members.retain(|member| *member != number);
            if members.is_empty() {
                self.members.remove(&before);
            }
            client.past_room = Some(before);
        }
        if let Some(room) = room {
            client.room = Some(room.clone());
            self.members.entry(room.clone()).or_default().push(number);
        } else {
            client.users.clear();
            client.kept.clear();
            client.turn = None;
            client.left_by = None;
            client.last_sent = None;
        }
    }

    fn wait(&mut self, number: usize) {
        self.turns += 1;
        self.clients[number].turn = Some(self.turns);
        self.waiting.insert(self.turns, number);
    }

    /// When everything that one input gave rise to has been heard: does it add up?
    pub(crate) fn settle(&mut self, look_at_all: bool) {
        for number in std::mem::take(&mut self.touched) {
            self.settle_client(number);
        }
        self.typing.check(self.millis);
        if look_at_all || self.waiting.len() <= 8 {
            let waiting: Vec<usize> =
                self.waiting.values().map(|number| self.clients[*number].person).collect();
            for (index, one) in waiting.iter().enumerate() {
                let fitting = waiting[index + 1..].iter().find(|other| self.fits(*one, **other));
                assert_eq!(fitting, None, "nobody waits while another waits who would fit");
            }
        }
    }

    fn settle_client(&mut self, number: usize) {
        let Some(room) = &self.clients[number].room else { return };
        let members = &self.members[room];
        assert!(members.len() <= 2, "never more than two");
        assert_eq!(members.len(), self.clients[number].users.len(), "the count shown is true");
        for member in members {
            let alias = &self.clients[*member].alias;
            assert!(self.clients[number].users.iter().any(|user| user.username == *alias));
        }
        let Some(partner) = self.partner(number) else { return };
        self.settle_pair(number, partner);
    }

    fn settle_pair(&mut self, number: usize, partner: usize) {
        let (own, other) = (&self.clients[number], &self.clients[partner]);
        if own.turn.is_none() && other.turn.is_none() {
            return; // They were paired before this input, or have been looked at.
        }
        assert!(self.fits(own.person, other.person), "the two may meet");
        let own_is_first = own.users[0].socket_id == own.seeker.socket;
        if let (Some(own), Some(other)) = (own.turn, other.turn) {
            assert_eq!(own_is_first, own < other, "the later one moves");
            self.moved += 1;
        }
        self.paired += 1;
        for number in [number, partner] {
            let client = &mut self.clients[number];
            client.turn = None;
            client.left_by = None;
            client.kept.clear();
        }
    }
}
