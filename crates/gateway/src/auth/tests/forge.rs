//! Keys and tokens, made as a host application and as an attacker would make them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use ring::{hmac, rsa as ring_rsa};
use rsa::pkcs1::EncodeRsaPublicKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::traits::PublicKeyParts;
use serde_json::{Value, json};

/// The beginnings of a public key's DER: everything before the point (RFC 5480 §2, RFC 8410 §4).
const P256_PREFIX: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
const ED25519_PREFIX: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

/// A key that signs.
pub(super) enum SigningKey {
    Hs256(Vec<u8>),
    Rs256 { pair: Box<RsaKeyPair>, public: Box<rsa::RsaPublicKey> },
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl SigningKey {
    pub(super) fn hs256(secret: &[u8]) -> Self {
        Self::Hs256(secret.to_vec())
    }

    /// A new RSA key of so many bits.
    pub(super) fn rs256(bits: usize) -> Self {
        let private = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, bits).unwrap();
        let der = private.to_pkcs8_der().unwrap();
        let pair = RsaKeyPair::from_pkcs8(der.as_bytes()).unwrap();
        Self::Rs256 { pair: Box::new(pair), public: Box::new(private.to_public_key()) }
    }

    pub(super) fn es256() -> Self {
        let random = SystemRandom::new();
        let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let der = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        Self::Es256(EcdsaKeyPair::from_pkcs8(kind, der.as_ref(), &random).unwrap())
    }

    pub(super) fn ed_dsa() -> Self {
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::EdDsa(Ed25519KeyPair::from_pkcs8(der.as_ref()).unwrap())
    }

    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Self::Hs256(_) => "HS256",
            Self::Rs256 { .. } => "RS256",
            Self::Es256(_) => "ES256",
            Self::EdDsa(_) => "EdDSA",
        }
    }

    /// The public key in PEM.
    pub(super) fn pem(&self) -> String {
        let (prefix, point) = match self {
            Self::Hs256(_) => panic!("a secret has no public side"),
            Self::Rs256 { public, .. } => return public.to_public_key_pem(LineEnding::LF).unwrap(),
            Self::Es256(pair) => (P256_PREFIX, pair.public_key().as_ref()),
            Self::EdDsa(pair) => (ED25519_PREFIX, pair.public_key().as_ref()),
        };
        let text = STANDARD.encode([prefix, point].concat());
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    /// The public key's bytes, in each form in which a library may hold them.
    pub(super) fn raw(&self) -> Vec<Vec<u8>> {
        let (prefix, point) = match self {
            Self::Hs256(secret) => return vec![secret.clone()],
            Self::Rs256 { public, .. } => {
                return vec![
                    public.to_public_key_der().unwrap().into_vec(),
                    public.to_pkcs1_der().unwrap().as_bytes().to_vec(),
                    public.n().to_bytes_be(),
                ];
            }
            Self::Es256(pair) => (P256_PREFIX, pair.public_key().as_ref()),
            Self::EdDsa(pair) => (ED25519_PREFIX, pair.public_key().as_ref()),
        };
        vec![point.to_vec(), [prefix, point].concat()]
    }

    /// The public key as a JSON Web Key, without a name.
    pub(super) fn jwk(&self) -> Value {
        match self {
            Self::Hs256(secret) => json!({ "kty": "oct", "k": base64(secret) }),
            Self::Rs256 { public, .. } => rsa_jwk(public),
            Self::Es256(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (base64(&point[1..33]), base64(&point[33..]));
                json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
            }
            Self::EdDsa(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": base64(pair.public_key().as_ref()) })
            }
        }
    }

    /// A token with this key's algorithm and these claims.
    pub(super) fn token(&self, claims: &Value) -> String {
        self.sign(&json!({ "alg": self.algorithm(), "typ": "JWT" }), claims)
    }

    /// The same, with the name of the key.
    pub(super) fn named_token(&self, kid: &str, claims: &Value) -> String {
        self.sign(&json!({ "alg": self.algorithm(), "kid": kid }), claims)
    }

    /// A token with any header.
    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    /// A token of any two texts.
    pub(super) fn sign_text(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", base64(header.as_bytes()), base64(claims.as_bytes()));
        let signature = self.signature(message.as_bytes());
        format!("{message}.{}", base64(&signature))
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Hs256(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&key, message).as_ref().to_vec()
            }
            Self::Rs256 { pair, .. } => {
                let public: &ring_rsa::PublicKey = pair.public();
                let mut signature = vec![0; public.modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
            Self::Es256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

/// An RSA key that is too short to count: in PEM, and as a JSON Web Key.
pub(super) fn short_rsa() -> (String, Value) {
    let private = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 1_024).unwrap();
    let public = private.to_public_key();
    let jwk = rsa_jwk(&public);
    (public.to_public_key_pem(LineEnding::LF).unwrap(), jwk)
}

fn rsa_jwk(public: &rsa::RsaPublicKey) -> Value {
    let (n, e) = (base64(&public.n().to_bytes_be()), base64(&public.e().to_bytes_be()));
    json!({ "kty": "RSA", "n": n, "e": e })
}

pub(super) fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
