//! What a scenario comes to: who connects, who is with whom, who sends, and how fast.

use std::time::Duration;

use crate::cli::{
    Channels, Common, Crowd, Dialect, Direct, Idle, OneRoom, Pairs, Permille, Rooms, Sending, Storm,
};
use crate::error::Error;

/// Connections opened a second, unless it is given.
const RAMP: u32 = 2_000;

/// A scenario, ready to be run.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Its name.
    pub(crate) scenario: &'static str,
    /// What every run has.
    pub(crate) common: Common,
    /// Connections opened a second, 0 for no limit.
    pub(crate) ramp: u32,
    /// What each connection says first.
    pub(crate) dialect: Dialect,
    /// Who is with whom.
    pub(crate) groups: Groups,
    /// Connections beyond those in groups, which only send.
    pub(crate) senders: usize,
    /// Whether the server knows everybody beforehand.
    pub(crate) are_members: bool,
    /// What is sent, if anything.
    pub(crate) sending: Option<Load>,
    /// What there is beside messages, in direct conversations.
    pub(crate) direct: Option<Talk>,
}

/// What there is in direct conversations beside messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Talk {
    /// Sockets of each of the two.
    pub(crate) devices: usize,
    /// Whether what is received is marked.
    pub(crate) reads: bool,
    /// Whether whoever sends has written before.
    pub(crate) typing: bool,
    /// Who comes meanwhile.
    pub(crate) crowd: Crowd,
}

/// What is sent.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    /// As it was asked for.
    pub(crate) options: Sending,
    /// Messages a second, all together.
    pub(crate) per_second: u64,
}

/// Connections in groups of one size; the last one may be smaller.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Groups {
    connections: usize,
    size: usize,
    stalled: Permille,
}

impl Groups {
    /// How many there are.
    pub(crate) fn count(self) -> usize {
        self.connections.div_ceil(self.size)
    }

    /// How many connections there are.
    pub(crate) fn connections(self) -> usize {
        self.connections
    }

    /// The first connection of a group.
    pub(crate) fn first(self, group: usize) -> usize {
        group * self.size
    }

    /// The group of a connection.
    pub(crate) fn of(self, connection: usize) -> usize {
        connection / self.size
    }

    /// Whether a connection stops reading: evenly spread over each group.
    pub(crate) fn is_stalled(self, connection: usize) -> bool {
        let (member, share) = (connection % self.size, self.stalled.0);
        (member + 1) * share / 1_000 > member * share / 1_000
    }

    /// The connections of a group that go on reading.
    pub(crate) fn readers(self, group: usize) -> impl Iterator<Item = usize> {
        let end = ((group + 1) * self.size).min(self.connections);
        (group * self.size..end).filter(move |connection| !self.is_stalled(*connection))
    }
}

impl Plan {
    pub(crate) fn idle(options: Idle) -> Result<Self, Error> {
        let Idle { common, dialect, room_size } = options;
        Self { dialect, ..Self::new("idle", common, room_size) }.checked()
    }

    pub(crate) fn storm(options: Storm) -> Result<Self, Error> {
        let Storm { common, dialect, room_size, members: are_members } = options;
        let ramp = common.ramp.unwrap_or(0);
        Self { ramp, dialect, are_members, ..Self::new("storm", common, room_size) }.checked()
    }

    pub(crate) fn rooms(options: Rooms) -> Result<Self, Error> {
        let Rooms { common, sending, room_size, senders, rate } = options;
        let senders = size(senders);
        let plan = Self { senders, ..Self::new("rooms", common, room_size) };
        plan.sending(sending, rate.into()).checked()
    }

    pub(crate) fn one_room(options: OneRoom) -> Result<Self, Error> {
        let OneRoom { common, sending, rate } = options;
        let room_size = common.connections;
        Self::new("one-room", common, room_size).sending(sending, rate.into()).checked()
    }

    pub(crate) fn pairs(options: Pairs) -> Result<Self, Error> {
        let Pairs { common, sending, rate } = options;
        let per_second = u64::from(common.connections / 2) * u64::from(rate);
        let plan = Self { dialect: Dialect::Pair, ..Self::new("pairs", common, 2) };
        plan.sending(sending, per_second).checked()
    }

    pub(crate) fn direct(options: Direct) -> Result<Self, Error> {
        let Direct { common, sending, devices, rate, reads, typing, crowd } = options;
        let talk = Talk { devices: size(devices), reads, typing, crowd };
        let group = devices * 2;
        if !common.connections.is_multiple_of(group) {
            let why = format!("two accounts of {devices} sockets: give a multiple of {group}");
            return Err(Error::Usage(format!("{why} to --connections")));
        }
        let plan = Self { direct: Some(talk), ..Self::new("direct", common, group) };
        Self { dialect: Dialect::Direct, ..plan }.sending(sending, rate.into()).checked()
    }

    pub(crate) fn channels(options: Channels) -> Result<Self, Error> {
        let Channels { common, sending, room_size, rate } = options;
        let plan = Self { dialect: Dialect::Channels, ..Self::new("channels", common, room_size) };
        plan.sending(sending, rate.into()).checked()
    }

    fn new(scenario: &'static str, common: Common, room_size: u32) -> Self {
        let (connections, size) = (size(common.connections), size(room_size));
        let groups = Groups { connections, size, stalled: Permille(0) };
        let ramp = common.ramp.unwrap_or(RAMP);
        Self {
            scenario,
            common,
            ramp,
            dialect: Dialect::Rooms,
            groups,
            senders: 0,
            are_members: false,
            sending: None,
            direct: None,
        }
    }

    /// All connections: those in groups first.
    pub(crate) fn connections(&self) -> usize {
        self.groups.connections + self.senders
    }

    /// Whether this connection is one that only sends.
    pub(crate) fn is_sender(&self, connection: usize) -> bool {
        connection >= self.groups.connections
    }

    /// Whether a connection stops reading.
    pub(crate) fn is_stalled(&self, connection: usize) -> bool {
        !self.is_sender(connection) && self.groups.is_stalled(connection)
    }

    /// Whether it is Parlour's own rooms that are measured.
    pub(crate) fn is_parlour(&self) -> bool {
        self.dialect == Dialect::Rooms && self.common.jwt_secret.is_some()
    }

    /// Whether whoever sends hears of it otherwise than all the others.
    pub(crate) fn is_told_apart(&self) -> bool {
        matches!(self.dialect, Dialect::Direct | Dialect::Channels)
    }

    /// Whether what is sent is confirmed later.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.dialect == Dialect::Channels
    }

    fn sending(mut self, options: Sending, per_second: u64) -> Self {
        self.groups.stalled = options.stalled;
        self.sending = Some(Load { options, per_second });
        self
    }

    fn checked(self) -> Result<Self, Error> {
        let usage = |why: &str| Err(Error::Usage(why.to_owned()));
        let is_pair = self.dialect == Dialect::Pair;
        if self.is_confirmed() && self.common.jwt_secret.is_none() {
            return usage("channels are of accounts: give --jwt-secret");
        }
        if self.direct.is_some() && self.common.jwt_secret.is_none() {
            return usage("direct conversations are of accounts: give --jwt-secret");
        }
        if self.direct.is_some_and(|talk| !talk.crowd.friends.is_multiple_of(2)) {
            return usage("half of the friends are before one, half behind: give --friends evenly");
        }
        if self.direct.is_some_and(|talk| (1..=talk.crowd.friends).contains(&talk.crowd.people)) {
            return usage("nobody is their own friend: give more to --crowd than to --friends");
        }
        if is_pair && !self.groups.connections.is_multiple_of(2) {
            return usage("strangers are paired: give an even number of --connections");
        }
        if !self.senders.is_multiple_of(self.groups.count()) {
            return usage(
                "each room has as many senders: give a multiple of the rooms to --senders",
            );
        }
        if (is_pair || self.direct.is_some()) && self.groups.stalled != Permille(0) {
            return usage(
                "--stalled is for rooms: of two strangers nobody knows who they will be, and of two \
                 accounts none would be left",
            );
        }
        if self.sending.is_some() && self.common.seconds < Duration::from_millis(100) {
            return usage("--seconds is the time that is measured: give 0.1 or more");
        }
        if (0..self.groups.count()).any(|group| self.groups.readers(group).next().is_none()) {
            return usage("there is a room in which nobody reads: lower --stalled");
        }
        Ok(self)
    }
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_cover_everyone_once_and_stall_their_share() {
        for (connections, size, share) in
            [(18_000, 100, 200), (250, 100, 0), (7, 2, 500), (5, 5, 900)]
        {
            let groups = Groups { connections, size, stalled: Permille(share) };
            let readers: Vec<_> =
                (0..groups.count()).flat_map(|group| groups.readers(group)).collect();
            let expected: Vec<_> =
                (0..connections).filter(|one| !groups.is_stalled(*one)).collect();
            assert_eq!(readers, expected);
            assert!(readers.iter().all(|one| groups.of(*one) < groups.count()));
            let whole = connections / size * size;
            let stalled = (0..whole).filter(|one| groups.is_stalled(*one)).count();
            assert_eq!(stalled, whole / size * (size * share / 1_000));
        }
    }
}
