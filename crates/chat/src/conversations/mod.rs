//! Stored conversations: rooms, direct conversations and channels, and who is in them.

mod conversation;
mod store;
mod view;

pub use conversation::{
    Conversation, ConversationId, ConversationIdError, Description, DescriptionError, Direct,
    DirectError, Kind, MAX_CONVERSATION_ID_BYTES, MAX_DESCRIPTION_CHARS, MAX_TITLE_CHARS, Member,
    Role, Seq, Title, Visibility,
};
pub use store::{
    Conversations, Entry, Invited, MemberChange, MemberError, NewConversation, Partners, ReadMark,
};
pub use view::{ListCursor, ListPage, Listing, MAX_LISTED, MemberView, Partner, View, Views};
