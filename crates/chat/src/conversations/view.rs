//! How a conversation looks to somebody, and lists of them.

use std::fmt;

use super::conversation::{
    Conversation, ConversationId, Description, Kind, Member, Role, Seq, Visibility,
};
use crate::cursor::{CursorError, parse_number};
use crate::identity::Profile;
use crate::ids::AccountId;
use crate::time::Timestamp;

/// The other one in a direct conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Who it is.
    pub profile: Profile,
    /// Everything up to here they have read.
    pub last_read: Seq,
    /// Whether the viewer blocks them.
    pub is_blocked: bool,
}

/// A conversation as one viewer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// What it is to everybody.
    pub conversation: Conversation,
    /// Whose the newest message is; deleted ones keep their name. `None` before the first message.
    pub last_sender: Option<Profile>,
    /// The viewer's membership.
    pub member: Option<Member>,
    /// Messages of others after the viewer's mark; 0 for whoever is not a member.
    pub unread: u64,
    /// In a direct conversation, the other one.
    pub other: Option<Partner>,
}

impl View {
    /// A direct conversation that nobody has made yet: empty, of the year 1970. The two may write to
    /// each other.
    pub fn unmade(id: ConversationId, viewer: AccountId, other: Profile) -> Self {
        let never = Timestamp::from_millis(0);
        let conversation = Conversation {
            id,
            kind: Kind::Direct,
            visibility: Visibility::Private,
            title: None,
            description: Description::default(),
            owner: None,
            member_count: 2,
            last_seq: Seq(0),
            last_message: None,
            created_at: never,
            updated_at: never,
        };
        let member =
            Member { account: viewer, role: Role::Member, joined_at: never, last_read: Seq(0) };
        let other = Partner { profile: other, last_read: Seq(0), is_blocked: false };
        Self {
            conversation,
            last_sender: None,
            member: Some(member),
            unread: 0,
            other: Some(other),
        }
    }
}

/// A conversation as several of its members see it: what differs is said of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Views {
    /// What it is to everybody.
    pub conversation: Conversation,
    /// Whose the newest message is; see [`View::last_sender`].
    pub last_sender: Option<Profile>,
    /// Those of the accounts asked for who are members, in the order in which they were asked for.
    pub members: Vec<MemberView>,
}

/// What a conversation is to one of its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    /// The membership.
    pub member: Member,
    /// Messages of others after their mark.
    pub unread: u64,
    /// In a direct conversation, the other one.
    pub other: Option<Partner>,
}

/// Which conversations are wanted, and how many.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Rooms: all of them. Channels: the public ones, and the viewer's private ones. Direct ones: the
    /// viewer's, if the viewer has opened them or they hold a message, and the other one does not
    /// block the viewer.
    pub kind: Kind,
    /// Who looks.
    pub viewer: AccountId,
    /// Only those whose title has a word that begins with this, without regard to case; several words
    /// must follow one another in the title. `None`, or nothing but whitespace: all. Direct
    /// conversations have no title: none of them is found.
    pub query: Option<String>,
    /// Where the last page ended; `None` begins.
    pub cursor: Option<ListCursor>,
    /// At most so many; a store gives at least 1 and at most [`MAX_LISTED`].
    pub limit: usize,
}

/// The most entries in a page of conversations or people, whatever is asked for: with a last message
/// of the longest in each, 1.6 MiB.
pub const MAX_LISTED: usize = 100;

/// Conversations, the most recently active first; of those active at one moment, the greater id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// As the viewer sees them.
    pub items: Vec<View>,
    /// Where to go on; `None` if this is the end.
    pub next: Option<ListCursor>,
}

/// The last place of a page of conversations. What is active meanwhile moves to the front, before the
/// cursor; nothing else moves: so whoever pages on meets no conversation twice, and misses none that
/// was quiet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListCursor {
    /// [`Conversation::updated_at`] of the last one shown.
    pub updated_at: Timestamp,
    /// Its id.
    pub id: ConversationId,
}

impl ListCursor {
    /// Takes what [`ListCursor`]'s `Display` wrote.
    ///
    /// # Errors
    /// [`CursorError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, CursorError> {
        let (millis, id) = text.split_once('-').ok_or(CursorError)?;
        let millis = parse_number(millis)?;
        let updated_at = Timestamp::from_millis(millis);
        let id = parse_hex(id).ok_or(CursorError)?;
        let id = ConversationId::parse(&id).map_err(|_| CursorError)?;
        if updated_at.as_millis() == millis {
            Ok(Self { updated_at, id })
        } else {
            Err(CursorError)
        }
    }
}

/// As text that means nothing to a client and fits into an address: the id's bytes in hexadecimal.
impl fmt::Display for ListCursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-", self.updated_at.as_millis())?;
        self.id.as_str().bytes().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

fn parse_hex(text: &str) -> Option<String> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    let bytes = pairs.iter().map(byte).collect::<Option<Vec<u8>>>()?;
    if rest.is_empty() { String::from_utf8(bytes).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for (millis, id) in [(0, "room_x"), (1_800_000_000_123, "conv_a|b:c_d@e#2")] {
            let id = ConversationId::parse(id).unwrap();
            let cursor = ListCursor { updated_at: Timestamp::from_millis(millis), id };
            let text = cursor.to_string();
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
            assert_eq!(ListCursor::parse(&text), Ok(cursor), "{text}");
        }
    }

    #[test]
    fn what_no_page_gave_is_no_cursor() {
        for text in [
            "",
            "-",
            "1",
            "1-",
            "-61",
            "01-61",
            "+1-61",
            "1-6",
            "1-6G",
            "1-6A",
            "1-20",
            "1-ff",
            "1-c3a9",
            "1-61-61",
            "1- 61",
            "99999999999999999999-61",
            "253402300800000-61",
            &format!("1-{}", "61".repeat(200)),
        ] {
            assert_eq!(ListCursor::parse(text), Err(CursorError), "{text}");
        }
    }
}
