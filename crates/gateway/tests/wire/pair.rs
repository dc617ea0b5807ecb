//! The pair dialect over a real connection: what only shows once the parts are together.

use std::time::Duration;

use crate::support::{Client, Server, Setup};
use gateway::Limits;
use serde_json::{Value, json};

fn code(answer: &Value) -> &str {
    assert_eq!(answer["success"], false, "{answer}");
    answer["error"]["code"].as_str().expect("a code")
}

/// Two who talk to each other.
async fn pair(server: &Server) -> (Client, Client) {
    let (mut ann, mut bob) = (server.stranger().await, server.stranger().await);
    assert_eq!(ann.call("start_chat", "\"Ann\"").await["status"], "waiting");
    ann.event("user_joined").await;
    assert_eq!(bob.call("start_chat", "{\"username\":\"Bob\"}").await["status"], "active");
    for client in [&mut ann, &mut bob] {
        assert_eq!(client.event("user_joined").await["username"], "Bob");
        assert_eq!(client.event("chat_history").await, json!([]));
    }
    (ann, bob)
}

#[tokio::test]
async fn a_token_of_any_kind_is_refused_and_its_absence_is_not() {
    let server = Server::start(Setup::default()).await;
    for auth in [
        r#"{"token":null}"#,
        r#"{"token":""}"#,
        r#"{"token":"eyJ"}"#,
        r#"{"token":[{}]}"#,
        r#"{"x":1,"t\u006fken":0}"#,
    ] {
        let mut client = Client::open(server.address, &[]).await;
        let refusal = client.connect(auth).await;
        assert_eq!(refusal["message"], "unauthenticated", "{auth}");
        assert_eq!(refusal["data"]["code"], "unauthenticated", "{auth}");
        assert_eq!(refusal["data"]["retryable"], false, "{auth}");
        assert!(refusal["data"]["message"].as_str().unwrap().ends_with('.'));
    }
    let mut client = Client::open(server.address, &[("authorization", "Bearer x")]).await;
    assert_eq!(client.connect("").await["message"], "unauthenticated");
    for auth in ["", "{}", r#"{"name":"Ann"}"#] {
        let mut client = Client::open(server.address, &[]).await;
        assert_eq!(client.connect(auth).await["sid"].as_str().unwrap().len(), 20, "{auth}");
    }
    let mut client = Client::open(server.address, &[]).await;
    assert_eq!(client.connect(r#"{"\ud800":1}"#).await["message"], "invalid_payload");
}

#[tokio::test]
async fn only_the_scheme_bearer_is_a_token_so_that_a_site_behind_basic_auth_works() {
    let server = Server::start(Setup::default()).await;
    let open = async |value: &'static [u8]| {
        let value = http::HeaderValue::from_bytes(value).expect("a header's value");
        Client::open_with(server.address, [("authorization", value)]).await
    };
    for value in
        [b"Basic YW5uOng=".as_slice(), b"Digest username=\"Bearer\"", b"Bearers x", b"", b"\xff"]
    {
        for auth in ["", "{}"] {
            let answer = open(value).await.connect(auth).await;
            assert!(answer["sid"].is_string(), "{value:?}: {answer}");
        }
    }
    for value in [b"Bearer x".as_slice(), b"bearer x", b"BEARER\tx", b"Bearer", b"Bearer \xff\xfe"]
    {
        for auth in ["", "{}"] {
            let answer = open(value).await.connect(auth).await;
            assert_eq!(answer["message"], "unauthenticated", "{value:?}: {answer}");
        }
    }
}

#[tokio::test]
async fn an_address_holds_so_many_sockets_and_gets_their_places_back() {
    let limits = Limits { sockets_per_address: 2, ..Limits::default() };
    let trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let server = Server::start(Setup { limits, trusted_proxies, ..Setup::default() }).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut client = Client::open(server.address, &[("x-forwarded-for", "192.0.2.1")]).await;
        assert!(client.connect("").await["sid"].is_string());
        held.push(client);
    }
    let mut third = Client::open(server.address, &[("x-forwarded-for", "192.0.2.1")]).await;
    assert_eq!(third.connect("").await["message"], "rate_limited");
    let mut other = Client::open(server.address, &[("x-forwarded-for", "192.0.2.2")]).await;
    assert!(other.connect("").await["sid"].is_string());
    drop(held.pop());
    server.metric_becomes("parlour_address_permits 2").await;
    let mut again = Client::open(server.address, &[("x-forwarded-for", "192.0.2.1")]).await;
    assert!(again.connect("").await["sid"].is_string());
}

#[tokio::test]
async fn what_cannot_be_done_is_answered_and_never_closes() {
    let server = Server::start(Setup::default()).await;
    let mut client = server.stranger().await;
    let deep = format!("{}{}", "[".repeat(40_000), "]".repeat(40_000));
    for (name, args, expected) in [
        ("dance", "", "invalid_payload"),
        ("receive_message", "{}", "invalid_payload"),
        ("send_message", "\"hi\"", "not_in_room"),
        ("send_message", "\"\\ud800\"", "invalid_payload"),
        ("send_message", &deep, "invalid_payload"),
        ("start_chat", &format!("{{\"username\":{deep}}}"), "invalid_payload"),
        ("start_chat", "7,8,9", "invalid_payload"),
        ("join_room", "{\"roomId\":\"r\"}", "unauthenticated"),
        ("NEW_MESSAGE", "[]", "unauthenticated"),
        ("sync", "", "unauthenticated"),
        ("refresh_token", "{\"token\":\"x\"}", "unauthenticated"),
        ("typing", "", "not_in_room"),
        ("block_partner", "", "not_in_room"),
        ("report_partner", "\"spam\"", "unavailable"),
    ] {
        assert_eq!(code(&client.call(name, args).await), expected, "{name}");
    }
    client.send(r#"451-99["send_message",{"_placeholder":true,"num":0}]"#).await;
    client.send_binary(b"\x01\x02").await;
    assert_eq!(code(&client.answer(99).await), "invalid_payload");
    assert_eq!(client.call("leave_chat", "").await, json!({ "success": true }));
}

#[tokio::test]
async fn without_a_callback_a_failure_is_an_event() {
    let server = Server::start(Setup::default()).await;
    let mut client = server.stranger().await;
    client.emit("send_message", r#"{"text":"hi","clientId":"c1","roomId":5}"#).await;
    let error = client.event("chat_error").await;
    assert_eq!(error["event"], "send_message");
    assert_eq!(error["error"]["code"], "not_in_room");
    assert_eq!((&error["clientId"], &error["roomId"]), (&json!("c1"), &json!(5)));
    client.emit(&"x".repeat(1_000), "").await;
    let error = client.event("chat_error").await;
    assert_eq!(error["event"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn two_strangers_talk_and_hear_when_the_other_goes() {
    let server = Server::start(Setup::default()).await;
    let (mut ann, mut bob) = pair(&server).await;
    let answer = ann.call("send_message", r#"{"text":"hello","clientId":"c1"}"#).await;
    let message = &answer["message"];
    assert_eq!(message["socketId"], json!(ann.id));
    assert_eq!(&ann.event("receive_message").await, message);
    let heard = bob.event("receive_message").await;
    assert_eq!((&heard["text"], &heard["id"]), (&json!("hello"), &message["id"]));
    assert_ne!(heard["socketId"], json!(ann.id));

    let again = ann.call("send_message", r#"{"text":"hello","clientId":"c1"}"#).await;
    assert_eq!(&again["message"], message);
    let other = ann.call("send_message", r#"{"text":"other","clientId":"c1"}"#).await;
    assert_eq!(code(&other), "conflict");
    let stale = ann.call("send_message", r#"{"text":"hi","roomId":"pair_x"}"#).await;
    assert_eq!(code(&stale), "not_found");

    bob.emit("typing", "").await;
    assert_eq!(ann.event("typing").await["roomId"], message["roomId"]);
    drop(bob);
    let left = ann.event("user_left").await;
    assert_eq!((&left["username"], &left["userCount"]), (&json!("Bob"), &json!(1)));
    assert_ne!(left["roomId"], message["roomId"]);
    assert_eq!(code(&ann.call("send_message", "\"still there?\"").await), "not_in_room");
    drop(ann);
    for line in [
        "parlour_sockets 0",
        "parlour_connections 0",
        "parlour_sessions{transport=\"websocket\"} 0",
        "parlour_pair_rooms{status=\"waiting\"} 0",
        "parlour_pair_rooms{status=\"active\"} 0",
        "parlour_pair_seats 0",
        "parlour_pair_sockets 0",
        "parlour_pair_bars 0",
        "parlour_address_permits 0",
    ] {
        server.metric_becomes(line).await;
    }
}

#[tokio::test]
async fn two_who_wait_are_joined_when_their_bar_lapses_by_itself() {
    let server = Server::start(Setup { bar: Duration::from_millis(50), ..Setup::default() }).await;
    let (mut ann, mut bob) = pair(&server).await;
    assert_eq!(bob.call("new_chat", "").await["status"], "waiting");
    bob.event("user_joined").await;
    let waiting = ann.event("user_left").await;
    for client in [&mut ann, &mut bob] {
        let joined = client.event("user_joined").await;
        assert_eq!(joined["status"], "active");
        assert_eq!(joined["username"], "Bob");
        assert_eq!(joined["roomId"], waiting["roomId"]);
        assert_eq!(client.event("chat_history").await, json!([]));
    }
}

#[tokio::test]
async fn rates_are_refused_with_a_time_and_typing_never_is() {
    let server = Server::start(Setup::default()).await;
    let (mut ann, _bob) = pair(&server).await;
    let mut refused = None;
    for _ in 0..300 {
        ann.emit("typing", "").await;
    }
    for _ in 0..1_000 {
        ann.emit("send_message", r#"{"text":5}"#).await;
        let error = ann.event("chat_error").await["error"].clone();
        if error["code"] == "rate_limited" {
            refused = Some(error);
            break;
        }
    }
    let refused = refused.expect("1,000 messages as fast as it goes are too many");
    assert_eq!(refused["retryable"], true);
    let wait_ms = refused["retryAfterMs"].as_u64().unwrap();
    assert!((1..=100).contains(&wait_ms), "{wait_ms}");
}

#[tokio::test]
async fn rates_can_be_lifted_and_order_holds() {
    let server = Server::start(Setup { limits: Limits::disabled(), ..Setup::default() }).await;
    let (mut ann, mut bob) = pair(&server).await;
    for number in 0..1_000 {
        ann.emit("send_message", &format!("\"{number}\"")).await;
    }
    for client in [&mut ann, &mut bob] {
        for number in 0..1_000 {
            assert_eq!(client.event("receive_message").await["text"], json!(number.to_string()));
        }
    }
}
