//! Settings as they were written, before they are values.

use toml::Value;

/// A setting as it was written: text in flags and variables, typed in the file.
#[derive(Clone, Debug)]
pub(super) enum Raw {
    Text(String),
    Typed(Value),
}

/// The text, unless the file has something else there.
pub(super) fn text(raw: &Raw) -> Option<&str> {
    match raw {
        Raw::Text(text) => Some(text),
        Raw::Typed(value) => value.as_str(),
    }
}

/// `Some(None)` for an empty text, `None` for one that `is_good` refuses.
#[expect(
    clippy::option_option,
    reason = "the outer one is whether the value is good, the inner whether there is one"
)]
pub(super) fn optional(text: &str, is_good: impl Fn(&str) -> bool) -> Option<Option<String>> {
    match text {
        "" => Some(None),
        text => is_good(text).then(|| Some(text.to_owned())),
    }
}

/// `HOST:PORT`, the host a name or an address (IPv6 in brackets).
pub(super) fn is_address(text: &str) -> bool {
    text.parse::<std::net::SocketAddr>().is_ok()
        || text.rsplit_once(':').is_some_and(|(host, port)| {
            !host.is_empty() && !host.contains([':', '/', ' ']) && port.parse::<u16>().is_ok()
        })
}

/// A list of texts: the file's, or one text split at its commas.
pub(super) fn items(raw: &Raw) -> Option<Vec<String>> {
    let split = |text: &str| {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(str::to_owned).collect()
    };
    match raw {
        Raw::Text(text) | Raw::Typed(Value::String(text)) => Some(split(text)),
        Raw::Typed(value) => {
            let items = value.as_array()?.iter();
            items.map(|item| item.as_str().map(str::to_owned)).collect()
        }
    }
}

/// The value as it was written, for a message.
pub(super) fn shown(raw: &Raw) -> String {
    match raw {
        Raw::Text(text) => format!("{text:?}"),
        Raw::Typed(value) => value.to_string(),
    }
}
