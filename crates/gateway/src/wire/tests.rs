//! The shapes, as the contract writes them.

use chat::conversations::{
    Conversation, ConversationId, Description, Kind, Member, MemberView, Partner, Role, Seq, Title,
    View, Views, Visibility,
};
use chat::identity::{AvatarUrl, Profile};
use chat::ids::{AccountId, ClientId, MessageId, SocketId};
use chat::listening::Form;
use chat::messages::{Message, MessageType};
use chat::name::{DisplayName, Username};
use chat::text::Text;
use chat::time::Timestamp;
use serde_json::{Value, json, to_value};

use super::{
    ActiveUser, ChannelBody, ChannelMessageBody, DirectMessageBody, DirectView, MessageBody,
    Reader, RoomBody, Seen, UserBody,
};

const NOON: Timestamp = Timestamp::from_millis(1_767_268_800_123);

fn ann() -> Profile {
    Profile {
        id: AccountId::parse("7").unwrap(),
        username: Username::stored("ann"),
        display_name: Some(DisplayName::stored("Ann Lee")),
        avatar_url: Some(AvatarUrl::stored("https://example.org/a.png")),
        is_guest: false,
    }
}

fn guest() -> Profile {
    Profile {
        id: AccountId::parse("8").unwrap(),
        username: Username::stored("visitor"),
        display_name: None,
        avatar_url: None,
        is_guest: true,
    }
}

fn message(sender: &Profile, text: Option<&str>, client_id: Option<&str>) -> Message {
    Message {
        id: MessageId::parse("019b7a3c-0000-7000-8000-000000000001").unwrap(),
        conversation: ConversationId::parse("room_x").unwrap(),
        seq: Seq(3),
        sender: sender.id.clone(),
        client_id: client_id.map(|key| ClientId::parse(key).unwrap()),
        message_type: MessageType::TEXT,
        text: text.map(Text::stored),
        created_at: NOON,
    }
}

fn room(last_message: Option<Message>) -> Conversation {
    Conversation {
        id: ConversationId::parse("room_x").unwrap(),
        kind: Kind::Room,
        visibility: Visibility::Public,
        title: Some(Title::stored("Tea")),
        description: Description::stored("All of it."),
        owner: None,
        member_count: 2,
        last_seq: Seq(3),
        last_message,
        created_at: Timestamp::from_millis(0),
        updated_at: NOON,
    }
}

fn member(account: &Profile) -> Member {
    Member { account: account.id.clone(), role: Role::Member, joined_at: NOON, last_read: Seq(1) }
}

fn said() -> Value {
    json!({
        "_id": "019b7a3c-0000-7000-8000-000000000001", "roomId": "room_x", "seq": 3, "sender": "7",
        "senderName": "Ann Lee", "senderImage": "https://example.org/a.png",
        "content": "<b>Tea?</b>", "timestamp": "2026-01-01T12:00:00.123Z", "clientId": "key 1",
    })
}

#[test]
fn a_message_reads_as_the_contract_says() {
    let (ann, guest) = (ann(), guest());
    let full = message(&ann, Some("<b>Tea?</b>"), Some("key 1"));
    assert_eq!(to_value(MessageBody::new(&full, Some(&ann))).unwrap(), said());
    let mut short = said();
    short.as_object_mut().unwrap().remove("clientId");
    let keyless = message(&ann, Some("<b>Tea?</b>"), None);
    assert_eq!(to_value(MessageBody::new(&keyless, Some(&ann))).unwrap(), short);
    let guests = message(&guest, Some("Yes."), None);
    let shown = to_value(MessageBody::new(&guests, Some(&guest))).unwrap();
    assert_eq!(shown["senderName"], "visitor");
    assert_eq!((&shown["senderImage"], &shown["senderIsGuest"]), (&Value::Null, &json!(true)));
}

#[test]
fn a_deleted_message_keeps_its_place_and_says_so() {
    let ann = ann();
    let mut expected = said();
    expected["content"] = json!("");
    expected["deleted"] = json!(true);
    let tombstone = message(&ann, None, Some("key 1"));
    assert_eq!(to_value(MessageBody::new(&tombstone, Some(&ann))).unwrap(), expected);
    let lost = to_value(MessageBody::new(&tombstone, None)).unwrap();
    assert_eq!((&lost["senderName"], &lost["senderImage"]), (&json!("7"), &Value::Null));
}

#[test]
fn a_room_reads_as_the_contract_says_to_whoever_is_in_it_and_to_others() {
    let ann = ann();
    let last = message(&ann, Some("<b>Tea?</b>"), Some("key 1"));
    let mut expected = json!({
        "_id": "room_x", "name": "Tea", "description": "All of it.", "memberCount": 2,
        "activeCount": 1, "isMember": true, "unreadCount": 2, "lastMessage": said(),
        "createdAt": "1970-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T12:00:00.123Z",
    });
    let mut view = View {
        conversation: room(Some(last)),
        last_sender: Some(ann.clone()),
        member: Some(member(&ann)),
        unread: 2,
        other: None,
    };
    assert_eq!(to_value(RoomBody::of_view(&view, 1)).unwrap(), expected);
    let views = Views {
        conversation: view.conversation.clone(),
        last_sender: view.last_sender.clone(),
        members: vec![MemberView { member: member(&ann), unread: 2, other: None }],
    };
    assert_eq!(
        to_value(RoomBody::new(&Seen::of_member(&views, &views.members[0], 1))).unwrap(),
        expected
    );
    view = View { conversation: room(None), last_sender: None, member: None, unread: 0, ..view };
    expected["isMember"] = json!(false);
    expected["unreadCount"] = json!(0);
    expected["lastMessage"] = Value::Null;
    assert_eq!(to_value(RoomBody::of_view(&view, 1)).unwrap(), expected);
}

#[test]
fn people_read_as_the_contract_says() {
    let (ann, guest) = (ann(), guest());
    let expected = json!({
        "id": "7", "username": "ann", "displayName": "Ann Lee",
        "avatarUrl": "https://example.org/a.png", "isGuest": false,
    });
    assert_eq!(to_value(UserBody::from(&ann)).unwrap(), expected);
    let socket = SocketId::new("abc");
    let expected = json!({ "userId": "7", "userName": "Ann Lee", "socketId": "abc" });
    assert_eq!(to_value(ActiveUser::new((&ann.id, &socket), &ann)).unwrap(), expected);
    let socket = SocketId::new("def");
    let expected =
        json!({ "userId": "8", "userName": "visitor", "socketId": "def", "isGuest": true });
    assert_eq!(to_value(ActiveUser::new((&guest.id, &socket), &guest)).unwrap(), expected);
}

#[test]
fn a_direct_conversation_and_its_messages_read_as_the_contract_says() {
    let (ann, bob) = (ann(), Profile { id: AccountId::parse("12").unwrap(), ..guest() });
    let mut last = message(&ann, Some("<b>Tea?</b>"), Some("key 1"));
    last.conversation = ConversationId::parse("conv_7_12").unwrap();
    let mut said = json!({
        "message_id": "019b7a3c-0000-7000-8000-000000000001", "conversation_id": "conv_7_12",
        "seq": 3, "sender_id": "7", "receiver_id": "12", "message_text": "<b>Tea?</b>",
        "message_type": "text", "is_read": false, "created_at": "2026-01-01T12:00:00.123Z",
        "clientId": "key 1",
    });
    for (read, is_read) in [(2, false), (3, true), (4, true)] {
        let receiver = Reader { account: bob.id.clone(), last_read: Seq(read) };
        said["is_read"] = json!(is_read);
        assert_eq!(to_value(DirectMessageBody::new(&last, &receiver)).unwrap(), said);
    }
    let conversation = Conversation {
        id: last.conversation.clone(),
        kind: Kind::Direct,
        visibility: Visibility::Private,
        title: None,
        ..room(Some(last))
    };
    let other = Partner { profile: bob.clone(), last_read: Seq(3), is_blocked: false };
    let view = View {
        conversation,
        last_sender: Some(ann.clone()),
        member: Some(member(&ann)),
        unread: 0,
        other: Some(other),
    };
    let expected = json!({
        "conversation_id": "conv_7_12", "other_user": to_value(UserBody::from(&bob)).unwrap(),
        "is_online": true, "last_message": said, "unread_count": 0, "lastReadSeq": 1,
        "otherLastReadSeq": 3, "updated_at": "2026-01-01T12:00:00.123Z",
    });
    let shown = DirectView::of_view(&view).unwrap();
    assert_eq!(to_value(shown.body(true)).unwrap(), expected);
    let views = Views {
        conversation: view.conversation.clone(),
        last_sender: None,
        members: vec![MemberView { member: member(&ann), unread: 0, other: view.other.clone() }],
    };
    let shown = DirectView::of_member(&views.conversation, &views.members[0]).unwrap();
    assert_eq!(to_value(shown.body(true)).unwrap(), expected);
}

#[test]
fn a_deleted_direct_message_keeps_its_place_and_says_so() {
    let receiver = Reader { account: AccountId::parse("12").unwrap(), last_read: Seq(0) };
    let tombstone = message(&ann(), None, None);
    let shown = to_value(DirectMessageBody::new(&tombstone, &receiver)).unwrap();
    assert_eq!((&shown["message_text"], &shown["deleted"]), (&json!(""), &json!(true)));
    assert_eq!((&shown["seq"], shown.get("clientId")), (&json!(3), None));
}

/// A channel that holds one message, with its key.
fn channel(visibility: Visibility) -> Conversation {
    let mut last = message(&ann(), Some("<b>Tea?</b>"), Some("key 1"));
    last.conversation = ConversationId::parse("channel_x").unwrap();
    Conversation {
        id: last.conversation.clone(),
        kind: Kind::Channel,
        visibility,
        owner: Some(guest().id),
        ..room(Some(last))
    }
}

#[test]
fn a_channel_and_its_messages_read_as_the_contract_says() {
    let ann = ann();
    let conversation = channel(Visibility::Private);
    let mut said = json!({
        "_id": "019b7a3c-0000-7000-8000-000000000001", "isOptimistic": false, "roomId": "channel_x",
        "channelId": "channel_x", "seq": 3, "sender": to_value(UserBody::from(&ann)).unwrap(),
        "body": "<b>Tea?</b>", "createdAt": "2026-01-01T12:00:00.123Z",
    });
    let view = View {
        last_sender: Some(ann.clone()),
        member: Some(member(&ann)),
        unread: 2,
        other: None,
        conversation,
    };
    let expected = json!({
        "_id": "channel_x", "name": "Tea", "description": "All of it.", "visibility": "private",
        "ownerId": "8", "memberCount": 2, "activeCount": 1, "isMember": true, "unreadCount": 2,
        "lastMessage": said, "createdAt": "1970-01-01T00:00:00.000Z",
        "updatedAt": "2026-01-01T12:00:00.123Z",
    });
    assert_eq!(to_value(ChannelBody::of_view(&view, 1)).unwrap(), expected);
    // The key is its sender's own.
    let last = view.conversation.last_message.as_ref().unwrap();
    let shown = || ChannelMessageBody::new(last, Some(&ann));
    assert_eq!(to_value(shown().seen_by(&guest().id, last)).unwrap(), said);
    said["tempId"] = json!("key 1");
    assert_eq!(to_value(shown().seen_by(&ann.id, last)).unwrap(), said);
    for (form, gone) in [(Form::ChannelRooms, "channelId"), (Form::Channels, "roomId")] {
        let mut one = said.clone();
        one.as_object_mut().unwrap().remove(gone);
        assert_eq!(to_value(shown().seen_by(&ann.id, last).named(form)).unwrap(), one);
    }
    let nobodys = to_value(ChannelMessageBody::new(last, None)).unwrap();
    let nameless = json!({
        "id": "7", "username": "7", "displayName": null, "avatarUrl": null, "isGuest": false,
    });
    assert_eq!(nobodys["sender"], nameless);
}

#[test]
fn what_happens_in_a_private_channel_is_not_shown_to_whoever_is_not_in_it_any_more() {
    for (visibility, count, owner) in
        [(Visibility::Public, 2, json!("8")), (Visibility::Private, 0, Value::Null)]
    {
        let views = Views {
            conversation: channel(visibility),
            last_sender: Some(ann()),
            members: Vec::new(),
        };
        let shown = to_value(ChannelBody::new(&Seen::of_other(&views, 2))).unwrap();
        assert_eq!((&shown["name"], &shown["isMember"]), (&json!("Tea"), &json!(false)));
        for field in ["memberCount", "activeCount"] {
            assert_eq!(shown[field], count, "{visibility:?} {field}");
        }
        assert_eq!(shown["ownerId"], owner);
        let is_public = visibility == Visibility::Public;
        assert_eq!(shown["lastMessage"].is_object(), is_public, "{visibility:?}");
        assert_eq!(shown["updatedAt"] != shown["createdAt"], is_public, "{visibility:?}");
    }
}
