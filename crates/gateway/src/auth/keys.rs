//! Whose tokens count: the keys of this server and of host applications, and which one a token is
//! verified with. That is decided by `iss` and `kid`, never by trial, and each key is pinned to one
//! algorithm (RFC 8725 §3.1), whatever a token's header says.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};

use super::config::Secret;

/// The `iss` of this server's own tokens.
pub(super) const OWN_ISSUER: &str = "parlour";

/// A host application that may say who somebody is.
#[derive(Clone, Debug)]
pub struct HostKeySpec {
    /// The `iss` of its tokens; `None` means every token whose `iss` is missing, or named by no
    /// other host key.
    pub issuer: Option<String>,
    /// Its tokens' `aud` must name one of these; empty: `aud` is not looked at.
    pub audiences: Vec<String>,
    /// The key's name. Needed where an issuer has several keys; given, a token that names another
    /// key is refused.
    pub kid: Option<String>,
    /// What its tokens are verified with.
    pub source: HostKeySource,
}

/// What a host application's tokens are verified with.
#[derive(Clone, Debug)]
pub enum HostKeySource {
    /// HS256 with this secret.
    Secret(Secret),
    /// A public key, in PEM (`PUBLIC KEY` or `RSA PUBLIC KEY`), or as one JSON Web Key.
    PublicKey {
        /// The only algorithm that counts with it.
        algorithm: HostAlgorithm,
        /// The key's text.
        text: String,
    },
    /// The `http` or `https` address of a JSON Web Key Set (RFC 7517 §5): of RSA keys, which mean
    /// RS256, P-256 keys (ES256) and Ed25519 keys (`EdDSA`), each with its `kid`.
    JwksUrl(String),
}

/// The algorithms of public keys (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostAlgorithm {
    /// RSA PKCS #1 with SHA-256, of 2,048 bits or more.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl HostAlgorithm {
    const fn algorithm(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Es256 => Algorithm::ES256,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}

impl FromStr for HostAlgorithm {
    type Err = HostKeyProblem;

    /// Takes the names of the RFCs: `RS256`, `ES256`, `EdDSA`.
    fn from_str(name: &str) -> Result<Self, HostKeyProblem> {
        match name {
            "RS256" => Ok(Self::Rs256),
            "ES256" => Ok(Self::Es256),
            "EdDSA" => Ok(Self::EdDsa),
            _ => Err(HostKeyProblem::Algorithm),
        }
    }
}

/// What is wrong with a [`HostKeySpec`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostKeyProblem {
    /// Another algorithm than the three.
    #[error("the algorithm must be RS256, ES256 or EdDSA")]
    Algorithm,
    /// The issuer of own tokens.
    #[error("the issuer must not be `parlour`: that is whose tokens this server makes itself")]
    OwnIssuer,
    /// An empty secret.
    #[error("the secret is empty")]
    EmptySecret,
    /// Neither PEM nor JWK, a private key, or a key of another kind than the algorithm's.
    #[error("the key must be a public key for its algorithm, in PEM or as a JSON Web Key")]
    Key,
    /// No `http` or `https` URL with a host.
    #[error("the address of the key set must begin with `https://` (or `http://`)")]
    Url,
    /// A `kid` where the set has its own.
    #[error("a key set names its keys itself: leave `kid` out")]
    KidOfSet,
    /// Two keys of one issuer, and a token would not say which.
    #[error("an issuer's keys need a different `kid` each, and one issuer has one key set at most")]
    Ambiguous,
}

/// What is wrong, and with which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("host key {}: {problem}", .index + 1)]
pub struct HostKeyError {
    /// Its place among the keys that were given, from 0.
    pub index: usize,
    /// What it is.
    pub problem: HostKeyProblem,
}

/// A host application's keys, checked.
#[derive(Clone, Debug, Default)]
pub struct HostKeys(Vec<HostKey>);

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct HostKey {
    pub(super) issuer: Option<String>,
    pub(super) audiences: Vec<String>,
    pub(super) source: Source,
}

/// Where the key is.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// Here.
    Fixed { kid: Option<String>, key: VerifyKey },
    /// In a published set.
    Published(Uri),
}

/// A key with the one algorithm that counts with it.
#[derive(Clone)]
pub(super) struct VerifyKey {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

impl fmt::Debug for VerifyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl HostKeys {
    /// Checks the keys, and that each token belongs to one of them at most.
    ///
    /// # Errors
    /// [`HostKeyError`] names the key and what is wrong with it.
    pub fn new(specs: Vec<HostKeySpec>) -> Result<Self, HostKeyError> {
        let mut keys: Vec<HostKey> = Vec::with_capacity(specs.len());
        for (index, spec) in specs.into_iter().enumerate() {
            let key = HostKey::new(spec).map_err(|problem| HostKeyError { index, problem })?;
            if keys.iter().any(|other| other.is_mistaken_for(&key)) {
                return Err(HostKeyError { index, problem: HostKeyProblem::Ambiguous });
            }
            keys.push(key);
        }
        Ok(Self(keys))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_inner(self) -> Vec<HostKey> {
        self.0
    }
}

impl HostKey {
    fn new(spec: HostKeySpec) -> Result<Self, HostKeyProblem> {
        let HostKeySpec { issuer, audiences, kid, source } = spec;
        if issuer.as_deref() == Some(OWN_ISSUER) {
            return Err(HostKeyProblem::OwnIssuer);
        }
        let source = match source {
            HostKeySource::Secret(secret) if secret.as_bytes().is_empty() => {
                return Err(HostKeyProblem::EmptySecret);
            }
            HostKeySource::Secret(secret) => Source::Fixed { kid, key: VerifyKey::hs256(&secret) },
            HostKeySource::PublicKey { algorithm, text } => {
                let key = VerifyKey::public(algorithm, &text).ok_or(HostKeyProblem::Key)?;
                Source::Fixed { kid, key }
            }
            HostKeySource::JwksUrl(_) if kid.is_some() => return Err(HostKeyProblem::KidOfSet),
            HostKeySource::JwksUrl(url) => Source::Published(parse_url(&url)?),
        };
        Ok(Self { issuer, audiences, source })
    }

    /// Whether a token could mean this key or the other.
    fn is_mistaken_for(&self, other: &Self) -> bool {
        use Source::{Fixed, Published};
        self.issuer == other.issuer
            && match (&self.source, &other.source) {
                (Fixed { kid: Some(one), .. }, Fixed { kid: Some(other), .. }) => one == other,
                (Fixed { kid: Some(_), .. }, Published(_))
                | (Published(_), Fixed { kid: Some(_), .. }) => false,
                _ => true,
            }
    }
}

fn parse_url(url: &str) -> Result<Uri, HostKeyProblem> {
    let url: Uri = url.parse().map_err(|_| HostKeyProblem::Url)?;
    let is_web = matches!(url.scheme_str(), Some("http" | "https"));
    if is_web && url.host().is_some_and(|host| !host.is_empty()) {
        Ok(url)
    } else {
        Err(HostKeyProblem::Url)
    }
}

/// A P-256 point that is not compressed: 4, then both coordinates (SEC 1 §2.3.3).
const P256_POINT_BYTES: usize = 65;
const ED25519_POINT_BYTES: usize = 32;
/// The least of a modulus: 2,048 bits.
const MIN_MODULUS_BYTES: usize = 256;

impl VerifyKey {
    pub(super) fn hs256(secret: &Secret) -> Self {
        Self { algorithm: Algorithm::HS256, key: DecodingKey::from_secret(secret.as_bytes()) }
    }

    /// A public key from its text, if it is one for this algorithm.
    fn public(algorithm: HostAlgorithm, text: &str) -> Option<Self> {
        let text = text.trim();
        let key = if text.starts_with('{') {
            Self::from_jwk(&serde_json::from_str(text).ok()?)?
        } else {
            Self::from_pem(algorithm, text)?
        };
        (key.algorithm == algorithm.algorithm() && key.has_fitting_size()).then_some(key)
    }

    fn from_pem(algorithm: HostAlgorithm, text: &str) -> Option<Self> {
        // The library reads a private key's or a certificate's first bits as the public key.
        let labels = ["-----BEGIN PUBLIC KEY-----", "-----BEGIN RSA PUBLIC KEY-----"];
        if !labels.iter().any(|label| text.starts_with(label)) {
            return None;
        }
        let key = match algorithm {
            HostAlgorithm::Rs256 => DecodingKey::from_rsa_pem(text.as_bytes()),
            HostAlgorithm::Es256 => DecodingKey::from_ec_pem(text.as_bytes()),
            HostAlgorithm::EdDsa => DecodingKey::from_ed_pem(text.as_bytes()),
        };
        Some(Self { algorithm: algorithm.algorithm(), key: key.ok()? })
    }

    /// A key of a set, `None` if it is for something else: its type decides what it verifies, and
    /// `use`, `key_ops` and `alg` must not speak against it. A symmetric key in a published set is
    /// nobody's secret, and never counts.
    pub(super) fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => Algorithm::RS256,
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
                Algorithm::ES256
            }
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                Algorithm::EdDSA
            }
            _ => return None,
        };
        let common = &jwk.common;
        let is_for_signatures =
            common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
        let may_verify = common
            .key_operations
            .as_ref()
            .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
        let has_other_algorithm =
            common.key_algorithm.is_some_and(|named| named != algorithm.into());
        if !is_for_signatures || !may_verify || has_other_algorithm {
            return None;
        }
        let key = Self { algorithm, key: DecodingKey::from_jwk(jwk).ok()? };
        key.has_fitting_size().then_some(key)
    }

    fn has_fitting_size(&self) -> bool {
        use jsonwebtoken::DecodingKeyKind::{RsaModulusExponent, SecretOrDer};
        match (self.algorithm, self.key.kind()) {
            (Algorithm::RS256, RsaModulusExponent { n, .. }) => n.len() >= MIN_MODULUS_BYTES,
            (Algorithm::RS256, SecretOrDer(der)) => der.len() >= MIN_MODULUS_BYTES,
            (Algorithm::ES256, SecretOrDer(point)) => point.len() == P256_POINT_BYTES,
            (Algorithm::EdDSA, SecretOrDer(point)) => point.len() == ED25519_POINT_BYTES,
            _ => true,
        }
    }
}
