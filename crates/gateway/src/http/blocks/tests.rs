//! Blocks, from outside.

use http::StatusCode;
use serde_json::{Value, json};

use crate::http::world::{Answer, Setup, World, bearer};

fn world() -> World {
    World::new(Setup::default())
}

async fn ask(world: &World, token: &str, (method, rest): (&str, &str)) -> Answer {
    world.ask(&bearer(&format!("{method} /api/users/{rest}"), token)).await
}

/// Brings about every answer that these routes are described with, but for those that all routes have.
pub(in crate::http) async fn everything(world: &World) {
    let ann = world.signed_in("ann").await;
    world.signed_in("bob").await;
    for rest in ["2/block", "1/block", "99/block"] {
        ask(world, &ann, ("POST", rest)).await;
        ask(world, &ann, ("DELETE", rest)).await;
    }
    ask(world, &ann, ("GET", "blocked")).await;
    ask(world, &ann, ("GET", "blocked?limit=0")).await;
}

fn names(answer: &Answer) -> Vec<&str> {
    let users = answer.body["users"].as_array().expect("a list");
    users.iter().map(|user| user["username"].as_str().expect("a name")).collect()
}

#[tokio::test]
async fn a_block_is_listed_until_it_is_ended() {
    let world = world();
    let ann = world.signed_in("ann").await;
    for name in ["bob", "cleo", "dan"] {
        world.signed_in(name).await;
    }
    assert_eq!(names(&ask(&world, &ann, ("GET", "blocked")).await), [] as [&str; 0]);
    for id in ["4", "2", "4"] {
        let answer = ask(&world, &ann, ("POST", &format!("{id}/block"))).await;
        assert_eq!((answer.status, answer.body), (StatusCode::OK, json!({ "success": true })));
    }
    assert_eq!(names(&ask(&world, &ann, ("GET", "blocked")).await), ["bob", "dan"]);
    let page = ask(&world, &ann, ("GET", "blocked?limit=1")).await;
    let cursor = page.body["nextCursor"].as_str().expect("there are more");
    let rest = ask(&world, &ann, ("GET", &format!("blocked?limit=1&cursor={cursor}"))).await;
    assert_eq!((names(&page), names(&rest)), (vec!["bob"], vec!["dan"]));
    assert_eq!(rest.body.get("nextCursor"), None);
    for _ in 0..2 {
        let answer = ask(&world, &ann, ("DELETE", "4/block")).await;
        assert_eq!((answer.status, answer.body), (StatusCode::OK, json!({ "success": true })));
    }
    assert_eq!(names(&ask(&world, &ann, ("GET", "blocked")).await), ["bob"]);
}

#[tokio::test]
async fn nobody_blocks_themselves_or_somebody_who_is_not_there() {
    let world = world();
    let ann = world.signed_in("ann").await;
    let oneself = ask(&world, &ann, ("POST", "1/block")).await;
    assert_eq!((oneself.status, oneself.code()), (StatusCode::BAD_REQUEST, "invalid_payload"));
    let mut answers: Vec<Value> = Vec::new();
    for id in ["2", "nobody", "%ff", "%20", &"x".repeat(65)] {
        let answer = ask(&world, &ann, ("POST", &format!("{id}/block"))).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::NOT_FOUND, "not_found"), "{id}");
        answers.push(answer.body);
        let answer = ask(&world, &ann, ("DELETE", &format!("{id}/block"))).await;
        assert_eq!(answer.status, StatusCode::OK, "{id}");
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[tokio::test]
async fn guests_block_too() {
    let world = world();
    world.signed_in("ann").await;
    let guest = world.json("POST /api/auth/guest", json!({ "username": "visitor" })).await.token();
    assert_eq!(ask(&world, &guest, ("POST", "1/block")).await.status, StatusCode::OK);
    assert_eq!(names(&ask(&world, &guest, ("GET", "blocked")).await), ["ann"]);
}
