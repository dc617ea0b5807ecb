//! Whose connection it is: the address that limits count by, and how many
//! sockets each one holds.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use parking_lot::Mutex;
use socketio::Handshake;

/// The address that limits count by: an IPv4 address, or the /64 of an IPv6
/// address, since whoever is given one address there is given the whole /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// Reduces an address to what is counted. An IPv4 address written as
    /// IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
    pub fn new(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(v6) => {
                let network = u128::from(v6) & (u128::MAX << 64);
                IpAddr::V6(Ipv6Addr::from(network))
            }
            v4 @ IpAddr::V4(_) => v4,
        })
    }

    /// The client behind a handshake; see [`ClientAddress::resolve`].
    pub fn of(handshake: &Handshake, trusted: &[IpNet]) -> Self {
        let forwarded: Vec<&str> = handshake.header("x-forwarded-for").collect();
        Self::resolve(handshake.peer, &forwarded, trusted)
    }

    /// The address itself.
    pub const fn ip(self) -> IpAddr {
        self.0
    }

    /// The client behind a connection: the TCP peer or, if the peer is one of
    /// `trusted`, the right-most address of `X-Forwarded-For` that is not.
    /// `forwarded` holds that header's values in the order in which they came.
    ///
    /// What stands left of it was written by somebody whom nobody vouches
    /// for, and is not read. An entry that is no address ends the walk: the
    /// nearest hop that could be read counts.
    pub fn resolve(peer: SocketAddr, forwarded: &[&str], trusted: &[IpNet]) -> Self {
        let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
        let mut nearest = peer.ip().to_canonical();
        if !is_trusted(nearest) {
            return Self::new(nearest);
        }
        for entry in forwarded.iter().rev().flat_map(|value| value.rsplit(',')) {
            let Some(address) = parse_hop(entry) else {
                break;
            };
            nearest = address;
            if !is_trusted(nearest) {
                break;
            }
        }
        Self::new(nearest)
    }
}

/// One entry of `X-Forwarded-For`: an address, some proxies add the port.
fn parse_hop(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = entry.trim_start_matches('[').trim_end_matches(']');
    bare.parse()
        .or_else(|_| entry.parse::<SocketAddr>().map(|hop| hop.ip()))
        .ok()
        .map(|address: IpAddr| address.to_canonical())
}

/// How many sockets each address holds. One entry (some 40 bytes) for an
/// address that holds any, none for others: never more than there are sockets.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddressPermits {
    held: Arc<Mutex<HashMap<ClientAddress, usize>>>,
}

/// A place of one socket; dropping it gives the place back.
#[derive(Debug)]
pub(crate) struct Permit {
    permits: AddressPermits,
    address: ClientAddress,
}

impl AddressPermits {
    /// Takes a place, or `None` if the address already holds `limit`.
    /// Without a limit it is only counted.
    pub(crate) fn take(&self, address: ClientAddress, limit: Option<usize>) -> Option<Permit> {
        let mut held = self.held.lock();
        let count = held.entry(address).or_insert(0);
        if limit.is_some_and(|limit| *count >= limit) {
            if *count == 0 {
                held.remove(&address);
            }
            return None;
        }
        *count += 1;
        Some(Permit { permits: self.clone(), address })
    }

    /// How many addresses hold a socket, and how many sockets those are.
    pub(crate) fn totals(&self) -> (usize, usize) {
        let held = self.held.lock();
        (held.len(), held.values().sum())
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut held = self.permits.held.lock();
        if let Some(count) = held.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(peer: &str, forwarded: &[&str]) -> String {
        let trusted: Vec<IpNet> =
            ["10.0.0.0/8", "fd00::/8"].iter().map(|net| net.parse().unwrap()).collect();
        let peer = SocketAddr::new(peer.parse().unwrap(), 40_000);
        ClientAddress::resolve(peer, forwarded, &trusted).0.to_string()
    }

    #[test]
    fn only_a_trusted_peer_speaks_for_others() {
        let cases: &[(&str, &[&str], &str)] = &[
            ("192.0.2.1", &[], "192.0.2.1"),
            ("192.0.2.1", &["198.51.100.7"], "192.0.2.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            ("10.0.0.1", &["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["198.51.100.7:5123"], "198.51.100.7"),
            ("10.0.0.1", &["10.9.9.9, 10.0.0.2"], "10.9.9.9"),
            ("10.0.0.1", &["198.51.100.7, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.7, x, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("::ffff:10.0.0.1", &["::ffff:198.51.100.7"], "198.51.100.7"),
            ("fd00::1", &["[2001:db8:1:2:3:4:5:6]:443"], "2001:db8:1:2::"),
            ("2001:db8:1:2:3:4:5:6", &[], "2001:db8:1:2::"),
        ];
        for (peer, forwarded, expected) in cases {
            assert_eq!(&resolve(peer, forwarded), expected, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn an_address_holds_at_most_its_places_and_gets_them_back() {
        let permits = AddressPermits::default();
        let one = ClientAddress::new("192.0.2.1".parse().unwrap());
        let other = ClientAddress::new("192.0.2.2".parse().unwrap());
        let first = permits.take(one, Some(2));
        let second = permits.take(one, Some(2));
        assert!(first.is_some() && second.is_some());
        assert!(permits.take(one, Some(2)).is_none());
        let third = permits.take(other, Some(2));
        assert!(third.is_some());
        assert!(permits.take(other, Some(0)).is_none());
        assert_eq!(permits.totals(), (2, 3));
        drop(first);
        let again = permits.take(one, Some(2));
        assert!(again.is_some());
        drop((second, third, again));
        assert_eq!(permits.totals(), (0, 0));
        assert!(permits.take(one, Some(0)).is_none());
        assert_eq!(permits.totals(), (0, 0));
    }
}
