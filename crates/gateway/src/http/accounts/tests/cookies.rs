//! Whom the cookie signs in, and which pages may call.

use http::StatusCode;
use serde_json::json;
use socketio::Cors;

use super::*;
use crate::http::world::{Setup, World};

const HERE: &str = "host: chat.example\norigin: http://chat.example";
const FOREIGN: &str = "host: chat.example\norigin: http://evil.example";

#[tokio::test]
async fn the_cookie_signs_the_own_page_in_and_no_other() {
    let world = world();
    let set = world.register("ann").await;
    let attributes: Vec<&str> = set.header("set-cookie").split("; ").skip(1).collect();
    let age = attributes[1].strip_prefix("Max-Age=").expect("an age");
    assert!((86_390..=86_400).contains(&age.parse::<u32>().unwrap()), "{age}");
    assert_eq!(attributes, ["Path=/", attributes[1], "HttpOnly", "SameSite=Strict"]);
    let cookie = set.cookie();
    for (page, expected) in [
        (HERE, StatusCode::OK),
        ("host: chat.example\nsec-fetch-site: same-origin", StatusCode::OK),
        ("host: chat.example\nreferer: http://chat.example/rooms", StatusCode::OK),
        ("host: chat.example\nreferer: http://evil.example/", StatusCode::UNAUTHORIZED),
        (FOREIGN, StatusCode::UNAUTHORIZED),
        ("host: chat.example", StatusCode::UNAUTHORIZED),
        ("host: chat.example\norigin: null", StatusCode::UNAUTHORIZED),
        ("host: chat.example\nsec-fetch-site: same-site", StatusCode::UNAUTHORIZED),
        ("host: chat.example\nsec-fetch-site: none", StatusCode::UNAUTHORIZED),
    ] {
        let answer = world.ask(&format!("GET /api/auth/me\n{page}\ncookie: {cookie}")).await;
        assert_eq!(answer.status, expected, "{page}");
        assert!(answer.headers.get("set-cookie").is_none(), "{page}");
    }
    let wrong = format!("GET /api/auth/me\n{HERE}\nauthorization: Bearer x\ncookie: {cookie}");
    let wrong = world.ask(&wrong).await;
    assert_eq!(wrong.code(), "unauthenticated", "a token that is given outweighs the cookie");
    assert!(wrong.headers.get("set-cookie").is_none(), "and does not take it away");
}

#[tokio::test]
async fn several_cookies_that_differ_sign_nobody_in_and_are_left() {
    let world = world();
    let (ann, eve) = (world.register("ann").await, world.register("eve").await);
    let (ann, eve) = (ann.cookie(), eve.cookie());
    for cookies in [
        format!("cookie: {ann}; {eve}"),
        format!("cookie: {eve}; {ann}"),
        format!("cookie: {eve}\ncookie: {ann}"),
        format!("cookie: parlour_token=x; {ann}"),
    ] {
        let answer = world.ask(&format!("GET /api/auth/me\n{HERE}\n{cookies}")).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::UNAUTHORIZED, "unauthenticated"));
        assert!(answer.headers.get("set-cookie").is_none(), "{cookies}");
    }
    let twice = world.ask(&format!("GET /api/auth/me\n{HERE}\ncookie: {ann}; {ann}")).await;
    assert_eq!(twice.status, StatusCode::OK);
}

#[tokio::test]
async fn login_and_guest_and_a_new_password_set_the_cookie_but_for_no_foreign_page() {
    let world = world();
    world.register("ann").await;
    let login = json!({ "username": "ann", "password": "correct horse" });
    for (page, is_set) in [(HERE, true), (FOREIGN, false)] {
        let answer = world.json(&format!("POST /api/auth/login\n{page}"), login.clone()).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(!answer.cookie().is_empty(), is_set, "{page}");
    }
    let tls = "host: chat.example\norigin: https://chat.example";
    let secure = world.json(&format!("POST /api/auth/login\n{tls}"), login).await;
    assert!(secure.header("set-cookie").ends_with("; Secure"));
    let guest = world.json("POST /api/auth/guest", json!({ "username": "visitor" })).await;
    assert_eq!(guest.cookie(), format!("parlour_token={}", guest.token()));
    let change = json!({ "current": "correct horse", "next": "battery staple" });
    let changed = world.json(&bearer("POST /api/auth/password", &secure.token()), change).await;
    assert_eq!(changed.cookie(), format!("parlour_token={}", changed.token()));
}

#[tokio::test]
async fn a_refresh_renews_the_cookie_of_whoever_came_by_it_and_a_logout_takes_it_away() {
    let world = world();
    let set = world.register("ann").await;
    let by_token = world.ask(&bearer("POST /api/auth/refresh", &set.token())).await;
    assert!(by_token.headers.get("set-cookie").is_none());
    let cookie = set.cookie();
    let renewed = world.ask(&format!("POST /api/auth/refresh\n{HERE}\ncookie: {cookie}")).await;
    assert_eq!(renewed.cookie(), format!("parlour_token={}", renewed.token()));
    let left = world.ask(&format!("POST /api/auth/logout\n{HERE}\ncookie: {cookie}")).await;
    assert_eq!(left.status, StatusCode::OK);
    assert!(left.header("set-cookie").starts_with("parlour_token=; Path=/; Max-Age=0"));
    let void = world.ask(&format!("GET /api/auth/me\n{HERE}\ncookie: {cookie}")).await;
    assert_eq!(void.code(), "unauthenticated");
    assert!(void.header("set-cookie").starts_with("parlour_token=; "), "it is of no use any more");
}

#[tokio::test]
async fn a_page_of_any_origin_may_call_and_is_told_of_refusals_too() {
    let world = world();
    let preflight = world
        .ask(&format!(
            "OPTIONS /api/auth/me\n{FOREIGN}\naccess-control-request-method: PATCH\n\
             access-control-request-headers: authorization,content-type"
        ))
        .await;
    assert_eq!(preflight.status, StatusCode::OK);
    assert_eq!(preflight.header("access-control-allow-origin"), "http://evil.example");
    assert_eq!(preflight.header("access-control-allow-credentials"), "true");
    assert_eq!(preflight.header("access-control-allow-methods"), "GET,POST,PUT,PATCH,DELETE");
    assert_eq!(preflight.header("access-control-allow-headers"), "authorization,content-type");
    assert_eq!(preflight.header("access-control-max-age"), "7200");
    let token = world.register("ann").await.token();
    for (head, status) in [
        (bearer("GET /api/auth/me", &token), StatusCode::OK),
        ("GET /api/auth/me".to_owned(), StatusCode::UNAUTHORIZED),
        ("GET /api/nothing".to_owned(), StatusCode::NOT_FOUND),
        ("PUT /api/auth/login".to_owned(), StatusCode::METHOD_NOT_ALLOWED),
        ("POST /api/auth/login\ncontent-length: 99999".to_owned(), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let answer = world.ask(&format!("{head}\n{FOREIGN}")).await;
        assert_eq!(answer.status, status, "{head}");
        assert_eq!(answer.header("access-control-allow-origin"), "http://evil.example", "{head}");
        assert!(answer.header("vary").contains("origin"), "{head}");
    }
    let plain = world.ask("GET /api/auth/me").await;
    assert_eq!(plain.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn configured_origins_are_the_only_foreign_ones() {
    let cors = Cors::Origins(vec!["http://friend.example".to_owned()]);
    let world = World::new(Setup { cors, ..Setup::default() });
    for (origin, allowed) in [
        ("http://friend.example", true),
        ("http://chat.example", true),
        ("http://evil.example", false),
        ("null", false),
    ] {
        let page = format!("GET /api/auth/me\nhost: chat.example\norigin: {origin}");
        let answer = world.ask(&page).await;
        let expected = if allowed { origin } else { "" };
        assert_eq!(answer.header("access-control-allow-origin"), expected);
    }
}
