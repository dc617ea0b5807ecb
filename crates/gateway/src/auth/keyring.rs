//! Which key a token is verified with: decided by its `iss` and `kid`, and by nothing that only a
//! try would tell.

use std::sync::Arc;

use jsonwebtoken::Algorithm;

use super::cache::SessionCache;
use super::config::AuthConfig;
use super::error::{AuthError, Refused};
use super::jwks::{Jwks, JwksStats};
use super::keys::{HostKey, Source, VerifyKey};
use super::token::Presented;

/// Every key of this server.
#[derive(Debug)]
pub(super) struct KeyRing {
    own: VerifyKey,
    is_own_shared: bool,
    hosts: Vec<Host>,
}

#[derive(Debug)]
struct Host {
    issuer: Option<String>,
    audiences: Arc<[String]>,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    Fixed { kid: Option<String>, key: VerifyKey },
    Published(Jwks),
}

/// Who has signed a token, and so whose accounts it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Issuer {
    /// This server: any account.
    Own,
    /// A host application that holds this server's secret: any account; the host's are made.
    Shared,
    /// A host application with a key of its own: the host's accounts only.
    Host,
}

/// What a token is verified with.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) issuer: Issuer,
    pub(super) key: VerifyKey,
    pub(super) audiences: Arc<[String]>,
}

impl KeyRing {
    pub(super) fn start(config: &AuthConfig, cache: &Arc<SessionCache>) -> Self {
        let start = |host: HostKey| Host {
            issuer: host.issuer,
            audiences: host.audiences.into(),
            keys: match host.source {
                Source::Fixed { kid, key } => Keys::Fixed { kid, key },
                Source::Published(url) => {
                    Keys::Published(Jwks::start(url, config.jwks.clone(), Arc::clone(cache)))
                }
            },
        };
        Self {
            own: VerifyKey::hs256(config.own_secret.secret()),
            is_own_shared: config.own_secret.is_shared(),
            hosts: config.host_keys.clone().into_inner().into_iter().map(start).collect(),
        }
    }

    /// The key for a token: own tokens by their issuer; else the host of that issuer, or the one
    /// without an issuer's name; else the own secret, where it is shared and the token is HS256.
    pub(super) async fn choose(&self, token: &Presented<'_>) -> Result<Chosen, AuthError> {
        if token.is_own() {
            return Ok(self.own(Issuer::Own));
        }
        let of =
            |issuer: Option<&str>| self.hosts.iter().any(|host| host.issuer.as_deref() == issuer);
        let named = token.issuer.as_deref().filter(|issuer| of(Some(issuer)));
        if named.is_some() || of(None) {
            return self.host(named, token.kid.as_deref()).await;
        }
        if self.is_own_shared && token.algorithm == Algorithm::HS256 {
            return Ok(self.own(Issuer::Shared));
        }
        Err(Refused::NoKey.into())
    }

    fn own(&self, issuer: Issuer) -> Chosen {
        Chosen { issuer, key: self.own.clone(), audiences: Arc::default() }
    }

    /// Among the keys of one issuer: the fixed one that `kid` names, or that is the only one and has
    /// no name; else the published set.
    async fn host(&self, issuer: Option<&str>, named: Option<&str>) -> Result<Chosen, AuthError> {
        let chosen = |host: &Host, key: VerifyKey| Chosen {
            issuer: Issuer::Host,
            key,
            audiences: Arc::clone(&host.audiences),
        };
        let hosts: Vec<&Host> =
            self.hosts.iter().filter(|host| host.issuer.as_deref() == issuer).collect();
        for host in &hosts {
            if let Keys::Fixed { kid, key } = &host.keys {
                let is_only = hosts.len() == 1 && (kid.is_none() || named.is_none());
                if is_only || (kid.is_some() && kid.as_deref() == named) {
                    return Ok(chosen(host, key.clone()));
                }
            }
        }
        for host in &hosts {
            if let Keys::Published(jwks) = &host.keys {
                let key = jwks.key(named).await?;
                return Ok(chosen(host, key));
            }
        }
        Err(Refused::NoKey.into())
    }

    pub(super) fn stats(&self) -> JwksStats {
        let mut sum = JwksStats::default();
        for host in &self.hosts {
            if let Keys::Published(jwks) = &host.keys {
                let stats = jwks.stats();
                sum.fetched += stats.fetched;
                sum.failed += stats.failed;
            }
        }
        sum
    }
}
