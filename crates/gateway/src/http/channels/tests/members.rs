//! Inviting and removing, and who learns what of a private channel.

use super::*;

/// A request to one channel, with a body or without.
async fn request(world: &World, token: Option<&str>, (head, body): (&str, &Value)) -> Answer {
    let head = token.map_or_else(|| head.to_owned(), |token| bearer(head, token));
    if body.is_null() { world.ask(&head).await } else { world.json(&head, body.clone()).await }
}

/// Every route of one channel, each with a body that fits. The first removes nobody.
fn routes(channel: &str) -> [(String, Value); 8] {
    let route = |method: &str, rest: &str| format!("{method} /api/channels/{channel}/{rest}");
    [
        (route("DELETE", "members/77"), Value::Null),
        (route("POST", "members"), json!({ "userId": "2" })),
        (route("GET", "members"), Value::Null),
        (route("GET", "messages"), Value::Null),
        (route("GET", "messages?before=9"), Value::Null),
        (route("POST", "messages"), json!({ "body": "hello" })),
        (route("POST", "join"), Value::Null),
        (route("DELETE", "leave"), Value::Null),
    ]
}

/// To whoever is not in a private channel it is not there, on any route: what they read is, to the
/// letter, what is read of an id that was never given.
#[tokio::test]
async fn a_private_channel_is_there_for_its_members_alone() {
    let world = world();
    let (owner, member) = (world.signed_in("ann").await, world.signed_in("bob").await);
    let (stranger, visitor) = (world.signed_in("cleo").await, guest(&world, "visitor").await);
    let removed = world.signed_in("dan").await;
    let secret = channel(&world, &owner, "private").await;
    for id in ["2", "5"] {
        let invited = post(&world, &owner, (&secret, "members"), json!({ "userId": id })).await;
        assert_eq!(invited.status, StatusCode::OK, "{invited:?}");
    }
    post(&world, &removed, (&secret, "messages"), json!({ "body": "kept" })).await;
    let ended = ask(&world, &owner, ("DELETE", &secret, "members/5")).await;
    assert_eq!(ended.status, StatusCode::OK);
    let nowhere = "channel_AAAAAAAAAAAAAAAAAAAA";
    // In the order of the routes; the owner and the member leave with the last.
    for (name, token, expected) in [
        ("no token", None, [401; 8]),
        ("a stranger", Some(&stranger), [404; 8]),
        ("a guest", Some(&visitor), [404; 8]),
        ("one who was removed", Some(&removed), [404; 8]),
        ("a member", Some(&member), [403, 200, 200, 200, 200, 201, 200, 200]),
        ("one who has left", Some(&member), [404; 8]),
        ("the owner", Some(&owner), [200, 200, 200, 200, 200, 201, 200, 200]),
    ] {
        let elsewhere = routes(nowhere);
        for (at, (head, body)) in routes(&secret).iter().enumerate() {
            let token = token.map(String::as_str);
            let here = request(&world, token, (head, body)).await;
            assert_eq!(here.status.as_u16(), expected[at], "{name}: {head}: {:?}", here.body);
            let (head, body) = &elsewhere[at];
            let there = request(&world, token, (head, body)).await;
            let nobodys = if token.is_some() { StatusCode::NOT_FOUND } else { here.status };
            assert_eq!(there.status, nobodys, "{name}: {head}");
            if expected[at] == 404 || token.is_none() {
                assert_eq!(here.body, there.body, "{name}: {head}");
                assert_eq!(here.headers, there.headers, "{name}: {head}");
            }
        }
        if expected[0] == 404 {
            let token = token.expect("a token");
            let list = world.ask(&bearer("GET /api/channels?query=kit", token)).await;
            assert_eq!(list.body, json!({ "channels": [] }), "{name}");
        }
    }
}

#[tokio::test]
async fn any_member_of_a_private_channel_invites_whoever_may_be_approached() {
    let world = world();
    let mut tokens = Vec::new();
    for name in ["ann", "bob", "cleo", "dan", "eve"] {
        tokens.push(world.signed_in(name).await);
    }
    let [ann, bob, cleo, dan, _] = &tokens[..] else { panic!("five people") };
    guest(&world, "visitor").await;
    let secret = channel(&world, ann, "private").await;
    post(&world, ann, (&secret, "messages"), json!({ "body": "before" })).await;
    let invite = async |token: &str, id: Value| {
        post(&world, token, (&secret, "members"), json!({ "userId": id })).await
    };
    for id in [json!("2"), json!(2), json!(" 2 ".trim())] {
        let invited = invite(ann, id).await;
        assert_eq!(invited.status, StatusCode::OK);
        let user = &invited.body["member"];
        assert_eq!((&user["id"], &user["username"]), (&json!("2"), &json!("bob")));
    }
    let list = world.ask(&bearer("GET /api/channels", bob)).await;
    let shown = &list.body["channels"][0];
    assert_eq!((&shown["memberCount"], &shown["unreadCount"]), (&json!(2), &json!(0)));
    assert_eq!((&shown["isMember"], &shown["ownerId"]), (&json!(true), &json!("1")));
    // Neither the blocked nor whoever they block learns why.
    for (blocker, id) in [(cleo, "2"), (bob, "4")] {
        world.ask(&bearer(&format!("POST /api/users/{id}/block"), blocker)).await;
    }
    let nobody = invite(bob, json!("99")).await;
    assert_eq!((nobody.status, nobody.code()), (StatusCode::NOT_FOUND, "not_found"));
    for id in ["3", "4", "no such id", ""] {
        let refused = invite(bob, json!(id)).await;
        assert_eq!((refused.status, refused.body), (nobody.status, nobody.body.clone()), "{id}");
    }
    let guests = invite(bob, json!("6")).await;
    assert_eq!((guests.status, guests.code()), (StatusCode::FORBIDDEN, "forbidden"));
    for body in [json!({}), json!({ "userId": null }), json!({ "userId": {} })] {
        let answer = post(&world, bob, (&secret, "members"), body).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "invalid_payload"));
    }
    assert_eq!(invite(bob, json!("5")).await.status, StatusCode::OK);
    assert_eq!(invite(dan, json!("5")).await.status, StatusCode::NOT_FOUND, "dan is not in it");
    let members = ask(&world, bob, ("GET", &secret, "members")).await;
    let names = members.body["members"].as_array().expect("members").iter();
    let names: Vec<_> = names.map(|member| member["username"].as_str().expect("a name")).collect();
    assert_eq!(names, ["ann", "bob", "eve"]);
}

#[tokio::test]
async fn nobody_is_invited_into_a_public_channel() {
    let world = world();
    let (ann, bob) = (world.signed_in("ann").await, world.signed_in("bob").await);
    let kitchen = channel(&world, &ann, "public").await;
    for (token, id) in [(&ann, "2"), (&bob, "2"), (&bob, "99")] {
        let answer = post(&world, token, (&kitchen, "members"), json!({ "userId": id })).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, "forbidden"));
    }
}

#[tokio::test]
async fn the_owner_removes_and_everybody_removes_themselves() {
    let world = world();
    let (ann, bob) = (world.signed_in("ann").await, world.signed_in("bob").await);
    let (cleo, visitor) = (world.signed_in("cleo").await, guest(&world, "visitor").await);
    let kitchen = channel(&world, &ann, "public").await;
    for token in [&bob, &cleo, &visitor] {
        ask(&world, token, ("POST", &kitchen, "join")).await;
    }
    let remove = async |token: &str, id: &str| {
        let answer = ask(&world, token, ("DELETE", &kitchen, &format!("members/{id}"))).await;
        let members = ask(&world, &ann, ("GET", &kitchen, "members")).await;
        let members = members.body["members"].as_array().map_or(0, Vec::len);
        (answer.status.as_u16(), members)
    };
    assert_eq!(remove(&bob, "3").await, (403, 4), "a member");
    assert_eq!(remove(&visitor, "3").await, (403, 4), "a guest");
    assert_eq!(remove(&ann, "4").await, (200, 3), "the guest goes");
    assert_eq!(remove(&ann, "4").await, (200, 3), "again");
    assert_eq!(remove(&ann, "99").await, (200, 3), "nobody");
    assert_eq!(remove(&ann, "%20").await, (404, 3), "what cannot be an id");
    assert_eq!(remove(&visitor, "2").await, (403, 3), "somebody who is not in it");
    assert_eq!(remove(&cleo, "3").await, (200, 2), "oneself");
    assert_eq!(remove(&ann, "1").await, (200, 1), "the owner");
    let list = world.ask(&bearer("GET /api/channels", &bob)).await;
    assert_eq!(list.body["channels"][0]["ownerId"], "2", "who was there longest inherits");
    assert_eq!(remove(&ann, "2").await, (403, 1), "the owner that was");
}
