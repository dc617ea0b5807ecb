//! A token, read, verified and made. RFC 7519, with the advice of RFC 8725.

use std::time::Duration;

use chat::identity::{Account, TokenDigest};
use chat::ids::AccountId;
use chat::time::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::config::Secret;
use super::crypto::sha256;
use super::error::{AuthError, Refused};
use super::keys::{OWN_ISSUER, VerifyKey};

/// The longest token: it is hashed and read once per connect or request.
pub const MAX_TOKEN_BYTES: usize = 8_192;
/// How far `nbf` may lie in the future, since clocks differ. (`exp` has no such grace: a token that
/// lives a little longer than its issuer meant is what nobody wants.)
const NBF_LEEWAY_MS: u64 = 30_000;
/// The last second of the year 9999, since 1970: no time in a token is later.
const LAST_S: u64 = 253_402_300_799;

/// A token that was read and is not yet believed: enough to choose the key by.
#[derive(Debug)]
pub(super) struct Presented<'a> {
    token: &'a str,
    pub(super) algorithm: Algorithm,
    pub(super) issuer: Option<String>,
    pub(super) kid: Option<String>,
    pub(super) digest: TokenDigest,
}

/// What a verified token says.
#[derive(Debug)]
pub(super) struct Claims {
    pub(super) subject: AccountId,
    pub(super) expires_at: Timestamp,
    /// From an own token to the millisecond, from `iat` to the second; 1970 without one.
    pub(super) issued_at: Timestamp,
    pub(super) name: Option<String>,
    pub(super) picture: Option<String>,
    pub(super) preferred_username: Option<String>,
}

/// The claims that count here, each as whatever JSON it is: a picture that is a number must not
/// refuse a login. A claim given twice does (RFC 7519 §4).
#[derive(Deserialize)]
struct RawClaims {
    sub: Option<Value>,
    exp: Option<Value>,
    nbf: Option<Value>,
    iat: Option<Value>,
    aud: Option<Value>,
    iat_ms: Option<Value>,
    name: Option<Value>,
    picture: Option<Value>,
    preferred_username: Option<Value>,
}

#[derive(Deserialize)]
struct Issuer {
    iss: Option<String>,
}

impl<'a> Presented<'a> {
    /// Reads what chooses the key.
    pub(super) fn read(token: &'a str) -> Result<Self, Refused> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Refused::TooLong);
        }
        // `none` and whatever else has no name in the library ends here.
        let header = decode_header(token).map_err(|_| Refused::Malformed)?;
        if header.crit.is_some() {
            return Err(Refused::Critical);
        }
        let Issuer { iss } = jsonwebtoken::dangerous::insecure_decode_claims(token)
            .map_err(|_| Refused::Malformed)?;
        let (signed, _) = token.rsplit_once('.').ok_or(Refused::Malformed)?;
        Ok(Self {
            token,
            algorithm: header.alg,
            issuer: iss,
            kid: header.kid,
            // Not of the signature: some schemes let anybody make another valid one.
            digest: TokenDigest::new(sha256(signed.as_bytes())),
        })
    }

    /// Whether it says that this server made it.
    pub(super) fn is_own(&self) -> bool {
        self.issuer.as_deref() == Some(OWN_ISSUER)
    }

    /// Verifies the signature first, then what the token says. `audiences` are those of which it
    /// must name one; none: it need not.
    pub(super) fn verify(
        &self,
        key: &VerifyKey,
        audiences: &[String],
        now: Timestamp,
    ) -> Result<Claims, AuthError> {
        // Times and audiences are looked at below, by this server's own clock.
        let mut validation = Validation::new(key.algorithm);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let claims = decode::<RawClaims>(self.token, &key.key, &validation)
            .map_err(|error| match error.kind() {
                ErrorKind::Json(_) => Refused::Malformed,
                _ => Refused::Signature,
            })?
            .claims;
        claims.check(audiences, self.is_own(), now)
    }
}

impl RawClaims {
    fn check(
        self,
        audiences: &[String],
        is_own: bool,
        now: Timestamp,
    ) -> Result<Claims, AuthError> {
        let expires_at = self.exp.as_ref().and_then(numeric_date).ok_or(Refused::NoEnd)?;
        if expires_at <= now {
            return Err(AuthError::Expired);
        }
        let not_before = self.nbf.as_ref().map(|nbf| numeric_date(nbf).ok_or(Refused::NotYet));
        if not_before
            .transpose()?
            .is_some_and(|from| from.as_millis() > now.as_millis().saturating_add(NBF_LEEWAY_MS))
        {
            return Err(Refused::NotYet.into());
        }
        if !audiences.is_empty() && !names_one(self.aud.as_ref(), audiences) {
            return Err(Refused::Audience.into());
        }
        let subject = self.sub.and_then(subject).ok_or(Refused::Subject)?;
        let issued_ms = self.iat_ms.filter(|_| is_own).and_then(|millis| millis.as_u64());
        let issued_at = issued_ms.map(Timestamp::from_millis);
        let issued_at = issued_at.or_else(|| self.iat.as_ref().and_then(numeric_date));
        Ok(Claims {
            subject,
            expires_at,
            issued_at: issued_at.unwrap_or(Timestamp::from_millis(0)),
            name: self.name.and_then(text),
            picture: self.picture.and_then(text),
            preferred_username: self.preferred_username.and_then(text),
        })
    }
}

fn text(value: Value) -> Option<String> {
    if let Value::String(text) = value { Some(text) } else { None }
}

/// An id: a text, or a whole number, as some hosts have them.
fn subject(value: Value) -> Option<AccountId> {
    let text = match value {
        Value::String(text) => text,
        Value::Number(number) if number.is_u64() || number.is_i64() => number.to_string(),
        _ => return None,
    };
    AccountId::parse(&text).ok()
}

/// Seconds since 1970, perhaps with a fraction (RFC 7519 §2, `NumericDate`). Beyond the year 9999 it
/// is its end.
fn numeric_date(value: &Value) -> Option<Timestamp> {
    let seconds = value.as_f64().filter(|seconds| seconds.is_finite() && *seconds >= 0.0)?;
    let span = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    let millis = span.min(Duration::from_secs(LAST_S)).as_millis();
    u64::try_from(millis).ok().map(Timestamp::from_millis)
}

/// Whether `aud`, one text or several, names one of those.
fn names_one(aud: Option<&Value>, audiences: &[String]) -> bool {
    let is_one =
        |value: &Value| value.as_str().is_some_and(|name| audiences.iter().any(|one| one == name));
    match aud {
        Some(Value::Array(names)) => names.iter().any(is_one),
        Some(name) => is_one(name),
        None => false,
    }
}

/// A token of this server's own.
#[derive(Serialize)]
struct OwnClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    iat: u64,
    exp: u64,
    jti: String,
    /// The moment of making in milliseconds: `iat` in seconds could not tell the token that a new
    /// password voids from the one that was made for it.
    iat_ms: u64,
}

/// An own token, and when it ends.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// The token.
    pub token: String,
    /// When it ends: a whole second.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Makes a token for an account. It is never older than the account's `valid_after`, which another
/// node's clock may have given.
pub(super) fn make(
    account: &Account,
    secret: &Secret,
    now: Timestamp,
    lifetime: Duration,
) -> Result<Issued, AuthError> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|_| AuthError::Internal)?;
    let issued_ms = now.max(account.valid_after).as_millis();
    let expires_at = end(now, lifetime);
    let claims = OwnClaims {
        iss: OWN_ISSUER,
        sub: account.profile.id.as_str(),
        iat: issued_ms / 1_000,
        exp: expires_at.as_millis() / 1_000,
        jti: format!("{:032x}", u128::from_be_bytes(id)),
        iat_ms: issued_ms,
    };
    let key = EncodingKey::from_secret(secret.as_bytes());
    let token = encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(|error| {
        tracing::error!(%error, "a token could not be signed");
        AuthError::Internal
    })?;
    Ok(Issued { token, expires_at })
}

/// When an own token ends that is made at `now`: a whole second, and none after the year 9999.
pub(super) fn end(now: Timestamp, lifetime: Duration) -> Timestamp {
    let lifetime_ms = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX);
    let ends_s = now.as_millis().saturating_add(lifetime_ms).div_ceil(1_000).min(LAST_S);
    Timestamp::from_millis(ends_s * 1_000)
}
