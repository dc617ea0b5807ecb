//! Tokens of a host application: compact JWS with HS256 (RFC 7515, RFC 7518 §3.2), signed with the
//! secret that the server knows. The server makes the account on first sight.

use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::json;

/// How long a token counts: longer than any run.
const LIFETIME: Duration = Duration::from_hours(48);

/// Whoever holds the secret may speak for anybody.
#[derive(Clone)]
pub(crate) struct Signer {
    key: hmac::Key,
    expires_at: u64,
}

// The key is nobody's business.
impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

impl Signer {
    /// Signs with this secret. All its tokens end at the same moment.
    pub(crate) fn new(secret: &str) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        Self { key, expires_at: (now + LIFETIME).as_secs() }
    }

    /// A token of `subject`, who is called `name`.
    pub(crate) fn token(&self, subject: &str, name: &str) -> Rc<str> {
        let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let header = part(json!({ "alg": "HS256", "typ": "JWT" }));
        let claims = part(json!({ "sub": subject, "name": name, "exp": self.expires_at }));
        let signed = format!("{header}.{claims}");
        let signature = hmac::sign(&self.key, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_signed_over_its_two_first_parts() {
        let host = Signer::new("a secret of more than thirty-two bytes");
        let token = host.token("load-7", "Load 7");
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        hmac::verify(&host.key, signed.as_bytes(), &signature).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!((&claims["sub"], &claims["name"]), (&json!("load-7"), &json!("Load 7")));
        assert!(claims["exp"].as_u64().unwrap() > 1_700_000_000);
        let other = Signer::new("another secret of the same kind, as long");
        assert!(hmac::verify(&other.key, signed.as_bytes(), &signature).is_err());
    }
}
