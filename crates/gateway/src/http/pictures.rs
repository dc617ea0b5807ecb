//! Where people's pictures may come from. The page shows those of these origins, and initials in place of
//! all others; the policy of its content stops what it would ask for elsewhere.

use std::fmt;
use std::str::FromStr;

/// The longest origin in bytes: a host name has 253 at the most (RFC 1035 §2.3.4).
const MAX_BYTES: usize = 300;

/// An origin that the page may show pictures of: `https://HOST` or `https://HOST:PORT`, as browsers write
/// it. Hosts of other letters are written in their ASCII form (`xn--…`); there are no wildcards, since the
/// page would have to understand them as the browser does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureOrigin(String);

/// It is no such origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a picture's origin is https://HOST or https://HOST:PORT, without a path")]
pub struct NotAnOrigin;

impl FromStr for PictureOrigin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let text = text.to_ascii_lowercase();
        let place = text.strip_prefix("https://").ok_or(NotAnOrigin)?;
        let (host, port) = match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        };
        let is_label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        let is_port = |port: &str| {
            port.bytes().all(|byte| byte.is_ascii_digit())
                && !port.starts_with('0')
                && port.parse::<u16>().is_ok()
        };
        if text.len() > MAX_BYTES || !host.split('.').all(is_label) || !port.is_none_or(is_port) {
            return Err(NotAnOrigin);
        }
        // The usual port is not part of an origin as browsers write it.
        let port = port.filter(|port| *port != "443").map(|port| format!(":{port}"));
        Ok(Self(format!("https://{host}{}", port.unwrap_or_default())))
    }
}

impl fmt::Display for PictureOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the page reads them from, in its head; nothing if there are none.
pub(super) fn meta(origins: &[PictureOrigin]) -> Option<String> {
    let all: Vec<_> = origins.iter().map(ToString::to_string).collect();
    let content = all.join(" ");
    (!all.is_empty())
        .then(|| format!("<meta name=\"parlour-picture-origins\" content=\"{content}\" />"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_https_and_nothing_that_means_more_in_a_policy() {
        for (text, expected) in [
            ("https://pictures.example", Some("https://pictures.example")),
            ("https://Pictures.Example:443", Some("https://pictures.example")),
            ("HTTPS://pictures.example:8443", Some("https://pictures.example:8443")),
            ("https://localhost", Some("https://localhost")),
            ("https://192.0.2.7", Some("https://192.0.2.7")),
            ("https://xn--bcher-kva.example", Some("https://xn--bcher-kva.example")),
            ("http://pictures.example", None),
            ("pictures.example", None),
            ("*", None),
            ("https:", None),
            ("https://", None),
            ("https://*", None),
            ("https://*.example", None),
            ("https://pictures.example/", None),
            ("https://pictures.example/of", None),
            ("https://ann@pictures.example", None),
            ("https://pictures..example", None),
            ("https://pictures.example:", None),
            ("https://pictures.example:0", None),
            ("https://pictures.example:65536", None),
            ("https://pictures.example:+80", None),
            ("https://pictures.example; script-src *", None),
            ("https://pictures.example 'unsafe-inline'", None),
            ("https://pictures.example\"", None),
            ("https://pictures.example\n", None),
            ("https://b\u{fc}cher.example", None),
            ("https://[2001:db8::1]", None),
        ] {
            let parsed = text.parse::<PictureOrigin>().ok().map(|origin| origin.to_string());
            assert_eq!(parsed.as_deref(), expected, "{text}");
        }
        let long = format!("https://{}", "a.".repeat(200) + "a");
        assert_eq!(long.parse::<PictureOrigin>(), Err(NotAnOrigin));
    }
}
