//! A host application's keys: which one counts, and for what.

use chat::identity::{AvatarUrl, Origin};
use chat::name::DisplayName;

use super::forge::{self, SigningKey};
use super::*;

fn host(source: HostKeySource) -> HostKeySpec {
    HostKeySpec { issuer: None, audiences: Vec::new(), kid: None, source }
}

fn public(key: &SigningKey, text: String) -> HostKeySource {
    HostKeySource::PublicKey { algorithm: key.algorithm().parse().unwrap(), text }
}

fn secret(text: &[u8]) -> HostKeySource {
    HostKeySource::Secret(Secret::new(text))
}

fn world(specs: Vec<HostKeySpec>) -> World {
    let host_keys = HostKeys::new(specs).expect("good keys");
    World::new(AuthConfig { host_keys, ..shared_config() })
}

#[tokio::test]
async fn each_kind_of_key_verifies_its_own_algorithm_and_no_other() {
    let keys = [SigningKey::rs256(2_048), SigningKey::es256(), SigningKey::ed_dsa()];
    let good = claims(json!({}));
    for key in &keys {
        for text in [key.pem(), key.jwk().to_string(), format!("\n {}\n", key.pem())] {
            let world = world(vec![host(public(key, text.clone()))]);
            let what = key.algorithm();
            assert_eq!(world.who(&key.token(&good)).await.as_deref(), Ok("u1"), "{what}");
            // The public key is no secret: whoever signs with it as one is nobody.
            let texts = [text.clone(), text.trim().to_owned(), key.pem()];
            for secret in texts.into_iter().map(String::into_bytes).chain(key.raw()) {
                let confused = SigningKey::hs256(&secret);
                let error = world.who(&confused.token(&good)).await;
                assert_eq!(error, Err(Refused::Signature.into()), "{what}");
                let claimed = confused.sign(&json!({ "alg": what }), &good);
                assert_eq!(world.who(&claimed).await, Err(Refused::Signature.into()), "{what}");
            }
            for other in &keys {
                let is_same = other.algorithm() == what;
                assert_eq!(world.code(&other.token(&good)).await.is_none(), is_same, "{what}");
            }
            // Another key of the same kind.
            let stranger = match key {
                SigningKey::Es256(_) => SigningKey::es256(),
                SigningKey::EdDsa(_) => SigningKey::ed_dsa(),
                _ => continue,
            };
            assert_eq!(world.who(&stranger.token(&good)).await, Err(Refused::Signature.into()));
        }
    }
    let world = world(vec![host(secret(b"shop"))]);
    assert_eq!(world.who(&SigningKey::hs256(b"shop").token(&good)).await.as_deref(), Ok("u1"));
    let own = SigningKey::hs256(OWN_SECRET).token(&good);
    assert_eq!(
        world.who(&own).await,
        Err(Refused::Signature.into()),
        "the host's key counts alone"
    );
}

#[tokio::test]
async fn issuer_and_audience_are_checked_where_they_are_configured() {
    let shop = HostKeySpec {
        issuer: Some("https://shop".to_owned()),
        audiences: vec!["chat".to_owned(), "talk".to_owned()],
        ..host(secret(b"shop"))
    };
    let world = world(vec![shop]);
    let key = SigningKey::hs256(b"shop");
    let who = async |over: Value| world.who(&key.token(&claims(over))).await;
    for aud in [json!("chat"), json!("talk"), json!(["x", "chat"])] {
        let over = json!({ "iss": "https://shop", "aud": aud });
        assert_eq!(who(over).await.as_deref(), Ok("u1"), "{aud}");
    }
    for aud in [json!(null), json!("chats"), json!([]), json!(["x", 7]), json!({ "chat": 1 })] {
        let over = json!({ "iss": "https://shop", "aud": aud });
        assert_eq!(who(over).await, Err(Refused::Audience.into()), "{aud}");
    }
    // Another issuer is no business of this key; the shared secret's tokens are the host's.
    let error = who(json!({ "iss": "https://shop/", "aud": "chat" })).await;
    assert_eq!(error, Err(Refused::Signature.into()));
    let shared = SigningKey::hs256(OWN_SECRET).token(&claims(json!({ "iss": "elsewhere" })));
    assert_eq!(world.who(&shared).await.as_deref(), Ok("u1"));
    let es256 = SigningKey::es256().token(&claims(json!({ "iss": "elsewhere" })));
    assert_eq!(world.who(&es256).await, Err(Refused::NoKey.into()));
}

#[tokio::test]
async fn the_key_is_chosen_by_issuer_and_name_and_never_by_trial() {
    let spec = |issuer: Option<&str>, kid: Option<&str>, text: &[u8]| HostKeySpec {
        issuer: issuer.map(str::to_owned),
        kid: kid.map(str::to_owned),
        ..host(secret(text))
    };
    let world = world(vec![
        spec(Some("one"), None, b"1"),
        spec(Some("two"), Some("a"), b"2a"),
        spec(Some("two"), Some("b"), b"2b"),
        spec(Some("three"), Some("only"), b"3"),
        spec(None, None, b"any"),
    ]);
    for (issuer, kid, key, expected) in [
        ("one", None, "1", Ok(())),
        ("one", Some("whatever"), "1", Ok(())),
        ("one", None, "any", Err(Refused::Signature)),
        ("two", Some("a"), "2a", Ok(())),
        ("two", Some("b"), "2b", Ok(())),
        ("two", Some("a"), "2b", Err(Refused::Signature)),
        ("two", Some("c"), "2a", Err(Refused::NoKey)),
        ("two", None, "2a", Err(Refused::NoKey)),
        ("three", Some("only"), "3", Ok(())),
        ("three", None, "3", Ok(())),
        ("three", Some("other"), "3", Err(Refused::NoKey)),
        ("four", Some("x"), "any", Ok(())),
        ("four", None, "1", Err(Refused::Signature)),
    ] {
        let key = SigningKey::hs256(key.as_bytes());
        let all = claims(json!({ "iss": issuer }));
        let token = kid.map_or_else(|| key.token(&all), |kid| key.named_token(kid, &all));
        let got = world.who(&token).await.map(drop);
        assert_eq!(got, expected.map_err(AuthError::from), "{issuer} {kid:?}");
    }
    let nobody = SigningKey::hs256(b"any").token(&claims(json!({})));
    assert_eq!(world.who(&nobody).await.as_deref(), Ok("u1"), "no issuer at all");
}

#[tokio::test]
async fn a_hosts_own_key_opens_the_hosts_accounts_only_and_ends_own_registration() {
    let world = world(vec![host(secret(b"shop"))]);
    assert!(!world.auth.registration_open() && !world.auth.guests_open());
    let ann = world.account("Ann", false).await;
    let token =
        SigningKey::hs256(b"shop").token(&claims(json!({ "sub": ann.profile.id.as_str() })));
    assert_eq!(world.who(&token).await, Err(Refused::NoAccount.into()));
    // Who registered before still comes in.
    let own = world.auth.issue(&ann).await.unwrap();
    assert_eq!(world.code(&own.token).await, None);
}

#[tokio::test]
async fn a_profile_comes_with_the_token() {
    let world = world(vec![host(secret(b"shop"))]);
    let key = SigningKey::hs256(b"shop");
    let token = key.token(&claims(json!({
        "sub": 42,
        "name": " Ann\u{202e} Lee ",
        "picture": "https://shop.example/ann.png",
        "preferred_username": "ann",
    })));
    let session = world.auth.authenticate(&token).await.unwrap();
    let profile = &session.account.profile;
    assert_eq!((profile.id.as_str(), profile.username.as_str()), ("42", "ann"));
    assert_eq!(profile.display_name.as_ref().map(DisplayName::as_str), Some("Ann Lee"));
    let picture = profile.avatar_url.as_ref().map(AvatarUrl::as_str);
    assert_eq!(picture, Some("https://shop.example/ann.png"));
    assert_eq!((session.account.origin, profile.is_guest), (Origin::Host, false));
    let plain = key.token(&claims(json!({ "sub": "43", "picture": "http://shop.example/x.png" })));
    let session = world.auth.authenticate(&plain).await.unwrap();
    assert_eq!(session.account.profile.shown_name(), "43");
    assert_eq!(session.account.profile.avatar_url, None);
    assert_eq!(session.token.issued_at.as_millis(), START_S * 1_000);
}

#[test]
fn keys_that_cannot_be_right_are_refused_with_their_place() {
    use HostKeyProblem::{Ambiguous, EmptySecret, Key, KidOfSet, OwnIssuer, Url};
    let es = SigningKey::es256();
    let (short_pem, short_jwk) = forge::short_rsa();
    let of =
        |algorithm, text: &str| host(HostKeySource::PublicKey { algorithm, text: text.to_owned() });
    let private = es.pem().replace("PUBLIC", "PRIVATE");
    let set = |kid: Option<&str>| HostKeySpec {
        kid: kid.map(str::to_owned),
        ..host(HostKeySource::JwksUrl("https://a/b".to_owned()))
    };
    let named = |kid: &str| HostKeySpec { kid: Some(kid.to_owned()), ..host(secret(b"x")) };
    let cases = [
        (vec![HostKeySpec { issuer: Some("parlour".into()), ..host(secret(b"x")) }], OwnIssuer),
        (vec![host(secret(b""))], EmptySecret),
        (vec![of(HostAlgorithm::Rs256, &es.pem())], Key),
        (vec![of(HostAlgorithm::EdDsa, &es.jwk().to_string())], Key),
        (vec![of(HostAlgorithm::Rs256, &short_pem)], Key),
        (vec![of(HostAlgorithm::Rs256, &short_jwk.to_string())], Key),
        (vec![of(HostAlgorithm::Es256, &private)], Key),
        (vec![of(HostAlgorithm::Es256, "hello")], Key),
        (vec![of(HostAlgorithm::Es256, "{}")], Key),
        (vec![host(HostKeySource::JwksUrl("ftp://a/b".to_owned()))], Url),
        (vec![host(HostKeySource::JwksUrl("/keys".to_owned()))], Url),
        (vec![set(Some("a"))], KidOfSet),
        (vec![host(secret(b"1")), host(secret(b"2"))], Ambiguous),
        (vec![named("a"), named("a")], Ambiguous),
        (vec![named("a"), host(secret(b"2"))], Ambiguous),
        (vec![set(None), set(None)], Ambiguous),
        (vec![set(None), host(secret(b"2"))], Ambiguous),
    ];
    for (specs, problem) in cases {
        let index = specs.len() - 1;
        let shown = format!("{specs:?}");
        let got = HostKeys::new(specs).map(drop);
        assert_eq!(got, Err(HostKeyError { index, problem }), "{shown}");
    }
    assert!(HostKeys::new(vec![set(None), named("a"), named("b")]).is_ok());
    for name in ["RS256", "ES256", "EdDSA"] {
        assert!(name.parse::<HostAlgorithm>().is_ok());
    }
    for name in ["HS256", "none", "rs256", "RS512", ""] {
        assert!(name.parse::<HostAlgorithm>().is_err(), "{name}");
    }
}

#[tokio::test]
async fn a_host_account_that_is_as_its_token_says_is_not_written_again() {
    let world = world(vec![host(secret(b"shop"))]);
    let key = SigningKey::hs256(b"shop");
    let ann = json!({ "name": "Ann", "picture": "https://x/a" });
    for (number, over, name, picture, writes) in [
        (1, ann.clone(), Some("Ann"), Some("https://x/a"), 1),
        (2, ann, Some("Ann"), Some("https://x/a"), 1),
        (3, json!({}), Some("Ann"), Some("https://x/a"), 1),
        (4, json!({ "name": null, "picture": 7 }), Some("Ann"), Some("https://x/a"), 1),
        (5, json!({ "name": "Bea" }), Some("Bea"), Some("https://x/a"), 2),
        (6, json!({ "picture": "https://x/b" }), Some("Bea"), Some("https://x/b"), 3),
        (7, json!({ "name": "", "picture": "" }), None, None, 4),
        (8, json!({}), None, None, 4),
    ] {
        let mut all = claims(over);
        // A token that was not seen before.
        all["jti"] = number.into();
        let session = world.auth.authenticate(&key.token(&all)).await.expect("a good token");
        let profile = &session.account.profile;
        let got = (
            profile.display_name.as_ref().map(DisplayName::as_str),
            profile.avatar_url.as_ref().map(AvatarUrl::as_str),
            world.store.hosts_seen(),
        );
        assert_eq!(got, (name, picture, writes), "{number}");
    }
}
