//! The cookie that signs the own page in, and whom it counts for.
//!
//! A browser sends a cookie along with whatever a page makes it ask for, a foreign page too. So it
//! counts only where the browser itself says that the page is of this very origin: `Origin` names
//! the host that was asked, or there is no `Origin` (as with a same-origin GET) and
//! `Sec-Fetch-Site` says `same-origin`, or, where there is neither (plain http to another machine),
//! the `Referer` is a page of that host. No script can write any of these headers; a foreign page can
//! at most keep its browser from sending the last.

use std::net::SocketAddr;
use std::time::Duration;

use http::header::{COOKIE, HOST, ORIGIN, REFERER};
use http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

/// The cookie's name, part of the wire contract.
pub(crate) const NAME: &str = "parlour_token";

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Where a request comes from, as the browser tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// A page of this origin.
    Same,
    /// A page of another origin, or one that has none.
    Foreign,
    /// No page, or a browser that does not say.
    Unknown,
}

/// The headers that tell where a request comes from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traces<'a> {
    /// The host that was asked.
    pub(crate) host: Option<&'a str>,
    /// `Origin`.
    pub(crate) origin: Option<&'a str>,
    /// `Sec-Fetch-Site`.
    pub(crate) fetch_site: Option<&'a str>,
    /// `Referer`: counts only where there is neither of the two.
    pub(crate) referer: Option<&'a str>,
    /// Whether it is known that the client speaks TLS: then a page over plain http is another one.
    pub(crate) is_tls: bool,
}

/// Which page a request comes from. Whatever speaks against this origin outweighs what speaks for it.
pub(crate) fn site(traces: Traces<'_>) -> Site {
    let Traces { host, origin, fetch_site, referer, is_tls } = traces;
    let is_here = |page: &str| {
        let Some(((scheme, rest), host)) = page.split_once("://").zip(host) else { return false };
        let is_web = scheme.eq_ignore_ascii_case("https")
            || (!is_tls && scheme.eq_ignore_ascii_case("http"));
        let authority = rest.split(['/', '?', '#']).next();
        is_web && authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
    };
    let referer = referer.filter(|_| fetch_site.is_none());
    let by_origin = origin.or(referer).map(is_here);
    // `none`: typed into the address bar.
    let by_fetch = fetch_site.filter(|site| *site != "none").map(|site| site == "same-origin");
    match (by_origin, by_fetch) {
        (Some(false), _) | (_, Some(false)) => Site::Foreign,
        (None, None) => Site::Unknown,
        _ => Site::Same,
    }
}

/// [`site`] of an HTTP request, whose client is known to speak TLS or not.
pub(crate) fn site_of(headers: &HeaderMap, is_tls: bool) -> Site {
    // What is there but no text is nobody's.
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    site(Traces {
        host: text(HOST),
        origin: text(ORIGIN),
        fetch_site: text(FETCH_SITE),
        referer: text(REFERER),
        is_tls,
    })
}

/// The token in a request's `Cookie` headers (RFC 6265 §4.2.1). Several that differ are none: a page
/// of a neighbouring host or a longer path has added its own, and nobody can tell which is ours.
pub(crate) fn find<'a>(cookies: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let pairs = cookies.flat_map(|cookie| cookie.split(';'));
    let pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    let mut tokens =
        pairs.filter(|(name, value)| *name == NAME && !value.is_empty()).map(|(_, value)| value);
    let first = tokens.next()?;
    tokens.all(|token| token == first).then_some(first)
}

/// The token in a request's cookies, if it counts.
pub(crate) fn token(headers: &HeaderMap, is_tls: bool) -> Option<&str> {
    let token = find(headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()))?;
    (site_of(headers, is_tls) == Site::Same).then_some(token)
}

/// Whether a trusted proxy says, in `X-Forwarded-Proto`, that its client speaks TLS.
pub(crate) fn is_tls(peer: SocketAddr, forwarded: Option<&str>, trusted: &[IpNet]) -> bool {
    let peer = peer.ip().to_canonical();
    let first = forwarded.and_then(|schemes| schemes.split(',').next()).unwrap_or("");
    trusted.iter().any(|network| network.contains(&peer))
        && first.trim().eq_ignore_ascii_case("https")
}

/// [`is_tls`] of an HTTP request.
pub(crate) fn is_tls_of(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> bool {
    let forwarded = headers.get(FORWARDED_PROTO).and_then(|value| value.to_str().ok());
    peer.is_some_and(|peer| is_tls(peer, forwarded, trusted))
}

/// Whether the client's side of the connection is encrypted: it is known to be, or the page of this
/// host that asks says so.
pub(crate) fn is_secure(headers: &HeaderMap, is_tls: bool) -> bool {
    let origin = headers.get(ORIGIN).and_then(|value| value.to_str().ok()).unwrap_or("");
    is_tls || (site_of(headers, is_tls) == Site::Same && origin.starts_with("https://"))
}

/// `Set-Cookie` for a token that ends after `lifetime`. `None` for a token that fits in no header,
/// which none of ours is.
pub(super) fn set(token: &str, lifetime: Duration, is_secure: bool) -> Option<HeaderValue> {
    let (seconds, secure) = (lifetime.as_secs(), if is_secure { "; Secure" } else { "" });
    HeaderValue::from_str(&format!(
        "{NAME}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    ))
    .ok()
}

/// `Set-Cookie` that takes the cookie away.
pub(super) fn clear() -> HeaderValue {
    HeaderValue::from_static("parlour_token=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_ours_only_by_what_its_browser_says() {
        let host = Some("chat.example:5000");
        for (origin, fetch_site, expected) in [
            (Some("http://chat.example:5000"), None, Site::Same),
            (Some("https://CHAT.example:5000"), Some("same-origin"), Site::Same),
            (None, Some("same-origin"), Site::Same),
            (None, None, Site::Unknown),
            (None, Some("none"), Site::Unknown),
            (Some("http://chat.example"), None, Site::Foreign),
            (Some("http://evil.example"), None, Site::Foreign),
            (Some("http://evil.example"), Some("same-origin"), Site::Foreign),
            (Some("http://chat.example:5000"), Some("same-site"), Site::Foreign),
            (Some("http://chat.example:5000.evil.example"), None, Site::Foreign),
            (Some("ftp://chat.example:5000"), None, Site::Foreign),
            (Some("chrome-extension://chat.example:5000"), None, Site::Foreign),
            (Some("null"), None, Site::Foreign),
            (Some(""), None, Site::Foreign),
            (None, Some("cross-site"), Site::Foreign),
        ] {
            let traces = Traces { host, origin, fetch_site, ..Traces::default() };
            assert_eq!(site(traces), expected, "{origin:?} {fetch_site:?}");
        }
        let without_host = Traces { origin: Some("http://a"), ..Traces::default() };
        assert_eq!(site(without_host), Site::Foreign, "no host is nobody's");
    }

    #[test]
    fn a_referer_counts_where_there_is_nothing_better() {
        let host = Some("192.168.1.5:5000");
        let here = Some("http://192.168.1.5:5000/rooms?x=http://evil.example/");
        for (origin, fetch_site, referer, expected) in [
            (None, None, here, Site::Same),
            (None, None, Some("http://192.168.1.5:5000"), Site::Same),
            (None, None, Some("http://192.168.1.5/"), Site::Foreign),
            (None, None, Some("http://evil.example/?http://192.168.1.5:5000/"), Site::Foreign),
            (None, None, Some("http://192.168.1.5:5000@evil.example/"), Site::Foreign),
            (None, None, Some("http://192.168.1.5:5000.evil.example/"), Site::Foreign),
            (None, None, Some(""), Site::Foreign),
            (Some("http://evil.example"), None, here, Site::Foreign),
            (Some("null"), None, here, Site::Foreign),
            (None, Some("cross-site"), here, Site::Foreign),
            (None, Some("none"), here, Site::Unknown),
            (None, Some("same-origin"), Some("http://evil.example/"), Site::Same),
        ] {
            let traces = Traces { host, origin, fetch_site, referer, is_tls: false };
            assert_eq!(site(traces), expected, "{traces:?}");
        }
    }

    #[test]
    fn a_page_over_plain_http_is_another_where_the_client_speaks_tls() {
        let host = Some("chat.example");
        for (page, expected) in [
            ("https://chat.example", Site::Same),
            ("HTTPS://chat.example", Site::Same),
            ("http://chat.example", Site::Foreign),
            ("ws://chat.example", Site::Foreign),
        ] {
            let by_origin = Traces { host, origin: Some(page), is_tls: true, ..Traces::default() };
            assert_eq!(site(by_origin), expected, "{page}");
            let by_referer = Traces { origin: None, referer: Some(page), ..by_origin };
            assert_eq!(site(by_referer), expected, "{page}");
        }
    }

    #[test]
    fn the_token_is_found_among_other_cookies() {
        for (cookie, expected) in [
            ("parlour_token=a.b.c", Some("a.b.c")),
            ("x=1; parlour_token=a=b;y=2", Some("a=b")),
            ("parlour_token=; parlour_token=late", Some("late")),
            ("parlour_tokens=a; xparlour_token=b", None),
            ("parlour_token", None),
            ("", None),
        ] {
            assert_eq!(find([cookie].into_iter()), expected, "{cookie}");
        }
    }

    #[test]
    fn several_tokens_that_differ_are_none() {
        for (cookies, expected) in [
            (&["parlour_token=a; parlour_token=b"][..], None),
            (&["parlour_token=a", "x=1; parlour_token=b"], None),
            (&["parlour_token=a; parlour_token=a", "parlour_token=a"], Some("a")),
            (&["x=1", "parlour_token=; parlour_token=a"], Some("a")),
        ] {
            assert_eq!(find(cookies.iter().copied()), expected, "{cookies:?}");
        }
    }

    #[test]
    fn a_cookie_is_secure_where_the_client_speaks_tls() {
        let proxy: SocketAddr = "10.0.0.1:9".parse().unwrap();
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let case = |lines: &[(&'static str, &'static str)], peer| {
            let headers = lines
                .iter()
                .map(|(name, value)| {
                    (HeaderName::from_static(name), HeaderValue::from_static(value))
                })
                .collect();
            is_secure(&headers, is_tls_of(peer, &headers, &trusted))
        };
        let forwarded = [("x-forwarded-proto", "https, http")];
        assert!(case(&forwarded, Some(proxy)));
        assert!(!case(&forwarded, None));
        assert!(!case(&forwarded, Some("192.0.2.1:9".parse().unwrap())));
        assert!(!case(&[("x-forwarded-proto", "http")], Some(proxy)));
        assert!(case(&[("origin", "https://a"), ("host", "a")], None));
        assert!(!case(&[("origin", "https://a"), ("host", "b")], None));
        assert!(!case(&[("origin", "http://a"), ("host", "a")], None));
    }
}
