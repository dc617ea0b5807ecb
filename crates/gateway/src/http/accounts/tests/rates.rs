//! How often one may try.

use chat::limits::Rate;
use http::StatusCode;
use serde_json::json;

use super::*;
use crate::http::world::{Answer, Setup, Standing, World};
use crate::limits::Limits;

fn limited() -> World {
    World::new(Setup { limits: Limits::default(), clock: Standing::clock(), ..Setup::default() })
}

async fn login(world: &World, username: &str) -> Answer {
    let body = json!({ "username": username, "password": "wrong horse" });
    world.json("POST /api/auth/login", body).await
}

/// Whether it says when to come back, in both places, alike.
fn assert_limited(answer: &Answer, most_ms: u64) {
    assert_eq!((answer.status, answer.code()), (StatusCode::TOO_MANY_REQUESTS, "rate_limited"));
    let wait_ms = answer.body["error"]["retryAfterMs"].as_u64().expect("a number");
    assert!((1..=most_ms).contains(&wait_ms), "{wait_ms}");
    assert_eq!(answer.header("retry-after"), wait_ms.div_ceil(1_000).to_string());
}

#[tokio::test]
async fn ten_logins_a_minute_for_a_name_in_any_spelling() {
    let world = limited();
    for _ in 0..5 {
        for username in ["ann", "ＡＮＮ"] {
            assert_eq!(login(&world, username).await.code(), "unauthenticated");
        }
    }
    assert_limited(&login(&world, "Ann").await, 6_000);
    assert_eq!(login(&world, "bob").await.code(), "unauthenticated");
}

#[tokio::test]
async fn sixty_logins_a_minute_from_an_address() {
    let world = limited();
    for number in 0..60 {
        let answer = login(&world, &format!("name {number}")).await;
        assert_eq!(answer.code(), "unauthenticated", "{number}");
    }
    assert_limited(&login(&world, "another").await, 1_000);
}

#[tokio::test]
async fn thirty_registrations_and_guests_an_hour_from_an_address() {
    let world = limited();
    for number in 0..15 {
        world.register(&format!("account {number}")).await;
        let guest = json!({ "username": format!("guest {number}") });
        let guest = world.json("POST /api/auth/guest", guest).await;
        assert_eq!(guest.status, StatusCode::CREATED);
    }
    let body = json!({ "username": "another", "password": "correct horse" });
    for route in ["register", "guest"] {
        let answer = world.json(&format!("POST /api/auth/{route}"), body.clone()).await;
        assert_limited(&answer, 120_000);
    }
    let short = json!({ "username": "another", "password": "short" });
    let wrong = world.json("POST /api/auth/register", short).await;
    assert_eq!(wrong.code(), "invalid_payload", "what is wrong is said first");
}

#[tokio::test]
async fn what_was_not_made_uses_up_no_registration() {
    let requests = Rate::new(1_000, std::time::Duration::from_secs(1));
    let limits = Limits { logins_per_address: requests, ..Limits::default() };
    let world = World::new(Setup { limits, ..Setup::default() });
    world.register("ann").await;
    let body = json!({ "username": "Ann", "password": "correct horse" });
    for (is_away, code) in [(false, "conflict"), (true, "unavailable")] {
        world.store.set_away(is_away);
        for _ in 0..40 {
            for route in ["register", "guest"] {
                let answer = world.json(&format!("POST /api/auth/{route}"), body.clone()).await;
                assert_eq!(answer.code(), code, "{route}");
            }
        }
    }
    world.store.set_away(false);
    for number in 0..29 {
        world.register(&format!("account {number}")).await;
    }
    let body = json!({ "username": "another", "password": "correct horse" });
    assert_limited(&world.json("POST /api/auth/register", body).await, 120_000);
}

#[tokio::test]
async fn tries_at_names_that_are_taken_count_as_logins_from_the_address() {
    let world = limited();
    world.register("ann").await;
    let body = json!({ "username": "Ann", "password": "correct horse" });
    for _ in 0..59 {
        assert_eq!(world.json("POST /api/auth/register", body.clone()).await.code(), "conflict");
    }
    assert_limited(&world.json("POST /api/auth/register", body).await, 1_000);
}

#[tokio::test]
async fn guesses_at_ones_own_password_count_as_logins() {
    let world = limited();
    let token = world.register("ann").await.token();
    let guess = json!({ "current": "wrong horse", "next": "battery staple" });
    let head = bearer("POST /api/auth/password", &token);
    for _ in 0..10 {
        assert_eq!(world.json(&head, guess.clone()).await.code(), "forbidden");
    }
    assert_limited(&world.json(&head, guess).await, 6_000);
}

#[tokio::test]
async fn requests_are_counted_for_the_account() {
    let requests = Rate::new(2, std::time::Duration::from_mins(1));
    let limits = Limits { requests, ..Limits::default() };
    let world = World::new(Setup { limits, ..Setup::default() });
    let (ann, bob) = (world.register("ann").await.token(), world.register("bob").await.token());
    for _ in 0..2 {
        assert_eq!(world.ask(&bearer("GET /api/auth/me", &ann)).await.status, StatusCode::OK);
    }
    assert_limited(&world.ask(&bearer("GET /api/auth/me", &ann)).await, 30_000);
    assert_eq!(world.ask(&bearer("GET /api/auth/me", &bob)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_limits_nothing_is_counted() {
    let world = world();
    for _ in 0..70 {
        assert_eq!(login(&world, "ann").await.code(), "unauthenticated");
    }
}
