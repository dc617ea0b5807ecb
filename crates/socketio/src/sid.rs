//! Session ids: secrets that only the client of the session may know.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 128 random bits. On the wire it is `<node tag>.<22 characters>`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Sid([u8; 16]);

impl Sid {
    pub(crate) fn random() -> Self {
        Self(random())
    }

    pub(crate) fn to_wire(self, node_tag: &str) -> String {
        let mut wire = String::with_capacity(node_tag.len() + 23);
        wire.push_str(node_tag);
        wire.push('.');
        URL_SAFE_NO_PAD.encode_string(self.0, &mut wire);
        wire
    }

    /// `None` for anything that this node did not make.
    pub(crate) fn from_wire(wire: &str, node_tag: &str) -> Option<Self> {
        let random = wire.strip_prefix(node_tag)?.strip_prefix('.')?;
        Some(Self(URL_SAFE_NO_PAD.decode(random).ok()?.try_into().ok()?))
    }

    /// Spreads sessions over shards.
    pub(crate) fn shard(self, shards: usize) -> usize {
        usize::from(self.0[0]) % shards
    }
}

/// Bytes of the operating system's generator.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_the_wire_and_only_on_its_node() {
        let sid = Sid::random();
        let wire = sid.to_wire("n1");
        assert_eq!(wire.len(), 25);
        assert!(Sid::from_wire(&wire, "n1") == Some(sid));
        assert!(Sid::from_wire(&wire, "n2").is_none());
        for bad in ["", "n1.", "n1.abc", "n1", &wire[..24]] {
            assert!(Sid::from_wire(bad, "n1").is_none(), "{bad}");
        }
    }
}
