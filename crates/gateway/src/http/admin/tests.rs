//! The operator's routes, from outside.

use http::StatusCode;
use serde_json::json;

use crate::http::world::{ADMIN_TOKEN, Setup, World, bearer};

/// Brings about every answer that these routes are described with, but for those that all routes have.
pub(in crate::http) async fn everything(world: &World) {
    let ann = world.signed_in("ann").await;
    let body = json!({ "name": "Tea" });
    let room = world.json(&bearer("POST /api/chat/rooms", &ann), body).await;
    let id = room.body["room"]["_id"].as_str().expect("an id").to_owned();
    let path = format!("POST /api/chat/rooms/{id}/messages");
    world.json(&bearer(&path, &ann), json!({ "content": "hush", "clientId": "key" })).await;
    for (name, token) in [("key", ADMIN_TOKEN), ("nothing", ADMIN_TOKEN), ("key", &*ann)] {
        world.ask(&bearer(&format!("GET /api/admin/messages/{name}/timeline"), token)).await;
    }
}

#[tokio::test]
async fn a_messages_way_is_told_to_the_operator_alone_and_without_its_text() {
    let world = World::new(Setup::default());
    everything(&world).await;
    let ask = async |name: &str, token: &str| {
        world.ask(&bearer(&format!("GET /api/admin/messages/{name}/timeline"), token)).await
    };
    let found = ask("key", ADMIN_TOKEN).await;
    assert_eq!(found.status, StatusCode::OK);
    let message = &found.body["messages"][0];
    assert_eq!((&message["tempId"], &message["senderId"]), (&json!("key"), &json!("1")));
    assert_eq!(message["seq"], 1);
    let moments = message["moments"].as_array().expect("moments");
    let named: Vec<_> = moments.iter().map(|moment| moment["what"].as_str().unwrap()).collect();
    // Nobody listens: nobody is told.
    assert_eq!(named, ["received", "queued", "committed"]);
    assert!(moments.is_sorted_by_key(|moment| moment["afterMs"].as_f64().unwrap().to_bits()));
    assert!(!found.body.to_string().contains("hush"));
    let by_id = ask(message["_id"].as_str().expect("an id"), ADMIN_TOKEN).await;
    assert_eq!(by_id.body, found.body);
    for token in ["", "other", &world.signed_in("bob").await] {
        let refused = ask("key", token).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::UNAUTHORIZED, "unauthenticated"));
        assert_eq!(refused.header("www-authenticate"), "Bearer");
    }
    let missing = ask("nothing", ADMIN_TOKEN).await;
    assert_eq!((missing.status, missing.code()), (StatusCode::NOT_FOUND, "not_found"));
}
