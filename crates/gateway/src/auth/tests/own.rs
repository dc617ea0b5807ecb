//! This server's own tokens, and those of whoever shares its secret.

use chat::identity::Origin;

use super::forge::{self, SigningKey};
use super::*;

#[tokio::test]
async fn an_own_token_is_its_accounts_until_it_ends() {
    let world = World::new(config());
    let ann = world.account("Ann", false).await;
    let issued = world.auth.issue(&ann).await.unwrap();
    assert_eq!(issued.expires_at.as_millis(), (START_S + 24 * 3_600) * 1_000);
    let session = world.auth.authenticate(&issued.token).await.unwrap();
    assert_eq!((&session.account, session.token.expires_at), (&ann, issued.expires_at));
    assert_eq!(session.token.issued_at, world.clock.now().wall);
    let other = world.auth.issue(&ann).await.unwrap();
    let other = world.auth.authenticate(&other.token).await.unwrap();
    assert_ne!(session.token.digest, other.token.digest, "no two tokens are the same");

    world.clock.advance(Duration::from_millis(24 * 3_600_000 - 1));
    assert_eq!(world.code(&issued.token).await, None);
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(world.code(&issued.token).await, Some(Code::TokenExpired), "remembered or not");
    assert_eq!(world.code(&issued.token).await, Some(Code::TokenExpired));
}

#[tokio::test]
async fn a_guest_is_kept_as_long_as_the_last_token() {
    let world = World::new(config());
    let guest = world.account("Gus", true).await;
    world.clock.advance(Duration::from_secs(5));
    let issued = world.auth.issue(&guest).await.unwrap();
    assert_eq!(world.store.guest_until(guest.profile.id.as_str()), Some(issued.expires_at));
    assert_eq!(world.who(&issued.token).await, Ok(guest.profile.id.as_str().to_owned()));
}

/// An own account with the claims of a token of its own, and the key that signs it.
struct Owner {
    world: World,
    id: String,
    key: SigningKey,
}

impl Owner {
    async fn new() -> Self {
        let world = World::new(config());
        let id = world.account("Ann", false).await.profile.id.as_str().to_owned();
        Self { world, id, key: SigningKey::hs256(OWN_SECRET) }
    }

    fn claims(&self) -> Value {
        claims(json!({ "iss": "parlour", "sub": self.id }))
    }

    /// A token with these claims over the good ones.
    fn token(&self, over: &Value) -> String {
        let mut all = self.claims();
        for (name, value) in over.as_object().expect("claims") {
            all[name] = value.clone();
        }
        self.key.token(&all)
    }

    async fn refuses(&self, what: &str, token: &str, expected: Refused) {
        let error = self.world.auth.authenticate(token).await.expect_err(what);
        assert_eq!(error, AuthError::Refused(expected), "{what}");
        assert_eq!(error.code(), Code::Unauthenticated, "{what}");
    }
}

#[tokio::test]
async fn what_is_not_signed_as_it_must_be_is_refused() {
    use Refused::{Critical, Malformed, Signature, TooLong};
    let ann = Owner::new().await;
    let plain = ann.claims();
    let good = ann.token(&json!({}));
    assert_eq!(ann.world.who(&good).await.as_ref(), Ok(&ann.id));
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (_, payload) = signed.split_once('.').unwrap();
    let mangled: String = signature.chars().rev().collect();
    let none = forge::base64(br#"{"alg":"none","typ":"JWT"}"#);
    let other = forge::base64(br#"{"alg":"HS256"}"#);
    let signed_with = |header: Value| ann.key.sign(&header, &plain);
    for (what, token, expected) in [
        ("no token", "x".to_owned(), Malformed),
        ("two parts", signed.to_owned(), Malformed),
        ("four parts", format!("{good}.x"), Malformed),
        ("no signature", format!("{signed}."), Signature),
        ("another signature", format!("{signed}.{mangled}"), Signature),
        ("padding", format!("{good}="), Signature),
        ("alg none", format!("{none}.{payload}."), Malformed),
        ("alg none, signed", format!("{none}.{payload}.{signature}"), Malformed),
        ("another header", format!("{other}.{payload}.{signature}"), Signature),
        ("no alg", signed_with(json!({ "typ": "JWT" })), Malformed),
        ("HS512 in the header", signed_with(json!({ "alg": "HS512" })), Signature),
        ("RS256 in the header", signed_with(json!({ "alg": "RS256" })), Signature),
        ("crit", signed_with(json!({ "alg": "HS256", "crit": ["exp"] })), Critical),
        ("crit of another kind", signed_with(json!({ "alg": "HS256", "crit": "exp" })), Malformed),
        ("wrong key", SigningKey::hs256(b"guessed").token(&plain), Signature),
        ("empty key", SigningKey::hs256(b"").token(&plain), Signature),
        ("too long", ann.token(&json!({ "x": "x".repeat(MAX_TOKEN_BYTES) })), TooLong),
    ] {
        ann.refuses(what, &token, expected).await;
    }
    assert_eq!(ann.world.auth.authenticate("").await, Err(AuthError::Missing));
}

#[tokio::test]
async fn what_does_not_say_what_it_must_is_refused() {
    use Refused::{Malformed, NoAccount, NoEnd, NoKey, NotYet, Subject};
    let ann = Owner::new().await;
    let text = |claims: &str| ann.key.sign_text(r#"{"alg":"HS256"}"#, claims);
    let id = &ann.id;
    let twice = format!(r#"{{"iss":"parlour","sub":"9","sub":"{id}","exp":1900000000}}"#);
    for (what, token, expected) in [
        ("not JSON", text("hello"), Malformed),
        ("no object", text("[]"), Malformed),
        ("a claim twice", text(&twice), Malformed),
        ("iss of another kind", ann.token(&json!({ "iss": ["parlour"] })), Malformed),
        ("another iss", ann.token(&json!({ "iss": "Parlour" })), NoKey),
        ("no iss", ann.token(&json!({ "iss": null })), NoKey),
        ("no exp", ann.token(&json!({ "exp": null })), NoEnd),
        ("exp as text", ann.token(&json!({ "exp": "1900000000" })), NoEnd),
        ("negative exp", ann.token(&json!({ "exp": -1 })), NoEnd),
        ("nbf", ann.token(&json!({ "nbf": START_S + 31 })), NotYet),
        ("nbf as text", ann.token(&json!({ "nbf": "0" })), NotYet),
        ("no sub", ann.token(&json!({ "sub": null })), Subject),
        ("empty sub", ann.token(&json!({ "sub": "" })), Subject),
        ("sub with a space", ann.token(&json!({ "sub": "a b" })), Subject),
        ("sub too long", ann.token(&json!({ "sub": "x".repeat(65) })), Subject),
        ("sub as fraction", ann.token(&json!({ "sub": 1.5 })), Subject),
        ("sub as list", ann.token(&json!({ "sub": [id] })), Malformed),
        ("unknown account", ann.token(&json!({ "sub": "999" })), NoAccount),
    ] {
        ann.refuses(what, &token, expected).await;
    }
    for (what, over) in [
        ("past exp", json!({ "exp": START_S - 1 })),
        ("exp now", json!({ "exp": START_S })),
        ("fraction", json!({ "exp": 1_799_999_999.5 })),
        ("also where nbf is to come", json!({ "exp": 5, "nbf": START_S + 900 })),
    ] {
        assert_eq!(ann.world.code(&ann.token(&over)).await, Some(Code::TokenExpired), "{what}");
    }
    for (what, over) in [
        ("exp in half a second", json!({ "exp": 1_800_000_000.5 })),
        ("sub as a number", json!({ "sub": id.parse::<u64>().unwrap() })),
        ("clocks differ", json!({ "nbf": START_S + 30 })),
        ("aud is nobody's business", json!({ "aud": "others" })),
        ("a profile of other kinds", json!({ "name": 7, "picture": {}, "preferred_username": [] })),
    ] {
        assert_eq!(ann.world.who(&ann.token(&over)).await.as_ref(), Ok(id), "{what}");
    }
}

#[tokio::test]
async fn an_end_beyond_the_year_9999_is_its_end() {
    let world = World::new(shared_config());
    let key = SigningKey::hs256(OWN_SECRET);
    let last = Timestamp::from_millis(253_402_300_799_000);
    for exp in [json!(253_402_300_800_u64), json!(1e14), json!(u64::MAX), json!(1e19), json!(1e300)]
    {
        let token = key.token(&claims(json!({ "exp": exp })));
        let session = world.auth.authenticate(&token).await.expect("a good token");
        assert_eq!(session.token.expires_at, last, "{exp}");
        let token = key.token(&claims(json!({ "nbf": exp })));
        assert_eq!(world.who(&token).await, Err(Refused::NotYet.into()), "{exp}");
    }
    let endless = AuthConfig { token_lifetime: Duration::MAX, ..config() };
    let world = World::new(endless);
    let ann = world.account("Ann", false).await;
    assert_eq!(world.auth.issue(&ann).await.expect("a token").expires_at, last);
}

#[tokio::test]
async fn what_is_remembered_of_a_token_answers_for_no_forgery_of_it() {
    let world = World::new(config());
    let ann = world.account("Ann", false).await;
    let token = world.auth.issue(&ann).await.unwrap().token;
    assert_eq!(world.code(&token).await, None);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let flipped: String = signature.chars().rev().collect();
    for forged in [format!("{signed}."), format!("{signed}.{flipped}"), format!("{token} ")] {
        assert_eq!(world.code(&forged).await, Some(Code::Unauthenticated), "{forged}");
    }
}

#[tokio::test]
async fn a_made_secret_signs_own_tokens_and_a_given_one_a_hosts_too() {
    let own = SigningKey::hs256(OWN_SECRET);
    let made = World::new(config());
    let given = World::new(shared_config());
    for over in [json!({}), json!({ "iss": "shop" })] {
        let token = own.token(&claims(over));
        assert_eq!(made.who(&token).await, Err(Refused::NoKey.into()));
        let session = given.auth.authenticate(&token).await.unwrap();
        assert_eq!(
            (session.account.origin, session.account.profile.is_guest),
            (Origin::Host, false)
        );
        assert_eq!(session.account.profile.id.as_str(), "u1");
    }
    // Whoever holds the secret may also speak for an own account.
    let ann = given.account("Ann", false).await;
    let id = ann.profile.id.as_str().to_owned();
    let session = given.auth.authenticate(&own.token(&claims(json!({ "sub": id })))).await.unwrap();
    assert_eq!((session.account.origin, session.account.profile.id.as_str()), (Origin::Own, &*id));
    // But their word for when it was made is not taken to the millisecond.
    let token = own.token(&claims(json!({ "sub": id, "iat_ms": 7 })));
    let session = given.auth.authenticate(&token).await.unwrap();
    assert_eq!(session.token.issued_at.as_millis(), START_S * 1_000);
    assert!(given.auth.registration_open() && given.auth.guests_open());
    let host = session_of(&given, &own).await;
    assert_eq!(given.auth.issue(&host.account).await, Err(AuthError::HostIssues));
}

async fn session_of(world: &World, key: &SigningKey) -> Arc<Session> {
    world.auth.authenticate(&key.token(&claims(json!({ "sub": "h" })))).await.unwrap()
}
