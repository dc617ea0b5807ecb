//! Hiding secrets in what is printed.

/// What stands in a secret's place. Its length says nothing about the secret's.
pub(crate) const MASK: &str = "********";

/// Words in the name of a query parameter that make its value a secret.
const SECRET_WORDS: [&str; 5] = ["pass", "pwd", "secret", "token", "key"];

/// A URL with its password, and every secret in its query, replaced by [`MASK`].
///
/// Hides rather too much than too little: a password that was not percent-encoded may hold `/` or
/// `@`, so everything up to the last `@` counts as credentials; with a `?` before that `@`, or
/// without `://`, the text may be anything and is hidden whole.
pub(crate) fn mask_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return MASK.to_owned();
    };
    let (credentials, place) = match rest.rsplit_once('@') {
        Some((credentials, _)) if credentials.contains('?') => return format!("{scheme}://{MASK}"),
        Some((credentials, place)) => (mask_credentials(credentials), place),
        None => (String::new(), rest),
    };
    let (place, query) = match place.split_once('?') {
        Some((place, query)) => (place, format!("?{}", mask_query(query))),
        None => (place, String::new()),
    };
    format!("{scheme}://{credentials}{place}{query}")
}

/// `user:password` keeps its user; a lone word may be a token, and is hidden.
fn mask_credentials(credentials: &str) -> String {
    match credentials.split_once(':') {
        Some((user, _)) => format!("{user}:{MASK}@"),
        None => format!("{MASK}@"),
    }
}

fn mask_query(query: &str) -> String {
    let parameters = query.split('&').map(|parameter| {
        let (name, _) = parameter.split_once('=').unwrap_or((parameter, ""));
        let lower = name.to_ascii_lowercase();
        if SECRET_WORDS.iter().any(|word| lower.contains(word)) {
            format!("{name}={MASK}")
        } else {
            parameter.to_owned()
        }
    });
    parameters.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_their_secrets_and_keep_the_rest() {
        let cases = [
            ("redis://cache.internal:6379/0", "redis://cache.internal:6379/0"),
            ("redis://:hunter2@cache:6379", "redis://:********@cache:6379"),
            ("postgres://ann:hunter2@db/chat", "postgres://ann:********@db/chat"),
            ("postgres://ann:hun/ter2@db/chat", "postgres://ann:********@db/chat"),
            ("postgres://ann:hun?ter2@db/chat", "postgres://********"),
            ("postgres://db:5432/chat?password=hun@ter2", "postgres://********"),
            ("postgres://ann:hun@ter2@db/chat", "postgres://ann:********@db/chat"),
            ("redis://hunter2@cache", "redis://********@cache"),
            (
                "postgres://db/chat?sslmode=require&password=hunter2&SSLKey=hunter2",
                "postgres://db/chat?sslmode=require&password=********&SSLKey=********",
            ),
            ("host=db password=hunter2", "********"),
            ("sqlite://./chat.db", "sqlite://./chat.db"),
        ];
        for (url, expected) in cases {
            assert_eq!(mask_url(url), expected, "{url}");
        }
    }
}
