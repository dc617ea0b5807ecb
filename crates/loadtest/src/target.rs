//! Where the server is, and from which addresses it is called.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};

use crate::error::Error;

/// Connections from one source address: below the 28,000 ports that Linux gives out by itself, so
/// that those of the last run, in `TIME_WAIT`, do not matter; and below the 200 sockets that a server
/// with its limits on takes from one address.
const PER_SOURCE: usize = 100;

/// The server.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The `Host` header.
    pub(crate) host: String,
    /// The engine's path, `/socket.io/` unless the URL names another.
    pub(crate) path: String,
}

impl Target {
    /// Reads `http://host:port`, with the engine's path behind it if it is not `/socket.io/`.
    ///
    /// # Errors
    /// [`Error::Url`].
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let wrong = |why: &str| Error::Url { url: url.to_owned(), why: why.to_owned() };
        let rest = url
            .strip_prefix("http://")
            .or_else(|| url.strip_prefix("ws://"))
            .ok_or_else(|| wrong("only http:// is spoken here"))?;
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = if path.len() <= 1 { "/socket.io/" } else { path };
        let address = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let address = address
            .to_socket_addrs()
            .map_err(|error| wrong(&error.to_string()))?
            .min_by_key(SocketAddr::is_ipv6)
            .ok_or_else(|| wrong("the name has no address"))?;
        Ok(Self { address, host: host.to_owned(), path: path.to_owned() })
    }

    /// The address that connection `index` comes from: `None` leaves it to the system, as it must
    /// be for a server that is not on the loopback.
    pub(crate) fn source(&self, index: usize) -> Option<IpAddr> {
        if !self.address.ip().is_loopback() || self.address.is_ipv6() {
            return None;
        }
        let number = u16::try_from(index / PER_SOURCE % 60_000).unwrap_or_default() + 257;
        let [high, low] = number.to_be_bytes();
        Some(Ipv4Addr::new(127, 0, high, low).into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_url_is_read_or_refused_with_its_reason() {
        let target = Target::parse("http://127.0.0.1:5000").unwrap();
        assert_eq!(target.address, "127.0.0.1:5000".parse().unwrap());
        assert_eq!((&*target.host, &*target.path), ("127.0.0.1:5000", "/socket.io/"));
        assert_eq!(Target::parse("http://127.0.0.1:1/chat/").unwrap().path, "/chat/");
        assert_eq!(Target::parse("http://127.0.0.1/").unwrap().address.port(), 80);
        for url in ["https://127.0.0.1", "127.0.0.1:5000", "http://127.0.0.1:port"] {
            let error = Target::parse(url).unwrap_err().to_string();
            assert!(error.contains("http://127.0.0.1:5000"), "{error}");
        }
    }

    #[test]
    fn no_source_address_has_too_many_connections() {
        let target = Target::parse("http://127.0.0.1:5000").unwrap();
        let sources: HashSet<_> = (0..18_000).map(|index| target.source(index)).collect();
        assert_eq!(sources.len(), 18_000 / PER_SOURCE);
        assert_eq!(target.source(0), Some("127.0.1.1".parse().unwrap()));
        assert_eq!(Target::parse("http://192.0.2.1:80").unwrap().source(0), None);
    }
}
