//! A host application's keys: `[[auth.host]]` in the file, or one by `PARLOUR_HOST_*` variables.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use gateway::auth::{HostAlgorithm, HostKeySource, HostKeySpec, HostKeys, Secret};
use toml::Value;

use super::key;
use super::mask::{MASK, mask_url};
use super::problem::Problem;
use super::raw::{Raw, items};
use super::reader::{Entry, Key, Reader};
use super::suggest::suggestion;

/// Far more issuers and keys than one chat server serves: each is looked at for every new token.
const MAX_HOSTS: usize = 32;
/// The largest file of a public key that is read; an RSA key of 8,192 bits takes 1.5 KiB.
const MAX_KEY_FILE_BYTES: u64 = 64 << 10;
const LIST: Key = key("auth.host", "PARLOUR_HOST_*");

/// The fields of an entry, and their variables.
pub(super) const FIELDS: [(&str, &str); 7] = [
    ("issuer", "PARLOUR_HOST_ISSUER"),
    ("audience", "PARLOUR_HOST_AUDIENCE"),
    ("kid", "PARLOUR_HOST_KID"),
    ("algorithm", "PARLOUR_HOST_ALGORITHM"),
    ("secret", "PARLOUR_HOST_SECRET"),
    ("public_key", "PARLOUR_HOST_PUBLIC_KEY"),
    ("jwks_url", "PARLOUR_HOST_JWKS_URL"),
];

/// An entry as it was written.
type Fields = BTreeMap<String, Raw>;

impl Reader {
    /// The keys of the place that has any: the variables' one, else the file's list.
    pub(super) fn hosts(&mut self) -> HostKeys {
        self.know_variables(FIELDS.iter().map(|(_, variable)| *variable));
        let by_variables: Fields = FIELDS
            .iter()
            .filter_map(|(field, variable)| {
                let raw = self.layers.variables.get(*variable)?;
                let is_empty = matches!(raw, Raw::Text(text) if text.is_empty());
                (!is_empty).then(|| ((*field).to_owned(), raw.clone()))
            })
            .collect();
        let in_file = match self.layers.file.get(LIST.path).cloned() {
            None => Vec::new(),
            Some(raw) => tables(&raw).unwrap_or_else(|| {
                self.refuse(bad(
                    &self.layers.file_name,
                    "it is not a list of [[auth.host]] entries",
                ));
                Vec::new()
            }),
        };
        let file_name = self.layers.file_name.clone();
        let from_file = self.parse_hosts(&in_file, |number| format!("{file_name}, entry {number}"));
        let mut chosen = (in_file, from_file, file_name);
        if !by_variables.is_empty() {
            let list = vec![by_variables];
            let hosts = self.parse_hosts(&list, |_| LIST.variable.to_owned());
            chosen = (list, hosts, LIST.variable.to_owned());
        }
        let (written, hosts, source) = chosen;
        self.note(Entry {
            path: LIST.path,
            variable: LIST.variable,
            source: if written.is_empty() { "default".to_owned() } else { source },
            value: Some(Value::Array(written.iter().map(shown).collect())),
        });
        hosts
    }

    fn parse_hosts(&mut self, list: &[Fields], place: impl Fn(usize) -> String) -> HostKeys {
        let mut specs = Vec::new();
        for (index, fields) in list.iter().enumerate() {
            let place = place(index + 1);
            let known: BTreeSet<_> = FIELDS.iter().map(|(field, _)| *field).collect();
            for name in fields.keys().filter(|name| !known.contains(name.as_str())) {
                self.refuse(Problem::UnknownKey {
                    name: format!("{}.{name}", LIST.path),
                    place: place.clone(),
                    suggestion: suggestion(name, &known),
                });
            }
            match parse(fields) {
                Ok(spec) => specs.push(spec),
                Err(message) => self.refuse(bad(&place, &message)),
            }
        }
        if specs.len() > MAX_HOSTS {
            self.refuse(bad("the list", &format!("it has more than {MAX_HOSTS} entries")));
        }
        if specs.len() < list.len() {
            // Said already, and the places of the others have moved.
            return HostKeys::default();
        }
        HostKeys::new(specs).unwrap_or_else(|error| {
            self.refuse(bad(&place(error.index + 1), &error.problem.to_string()));
            HostKeys::default()
        })
    }
}

fn bad(place: &str, message: &str) -> Problem {
    Problem::BadHost { name: LIST.path, place: place.to_owned(), message: message.to_owned() }
}

fn tables(raw: &Raw) -> Option<Vec<Fields>> {
    let Raw::Typed(Value::Array(entries)) = raw else { return None };
    let fields = |entry: &Value| {
        let fields = entry.as_table()?.clone().into_iter();
        Some(fields.map(|(name, value)| (name, Raw::Typed(value))).collect())
    };
    entries.iter().map(fields).collect()
}

/// As `parlour config` prints it.
fn shown(fields: &Fields) -> Value {
    let fields = fields.iter().map(|(name, raw)| {
        let value = match (name.as_str(), raw) {
            ("jwks_url", Raw::Text(url) | Raw::Typed(Value::String(url))) => mask_url(url).into(),
            ("public_key", Raw::Text(key) | Raw::Typed(Value::String(key))) if is_key(key) => {
                "(the key's text)".into()
            }
            ("issuer" | "kid" | "algorithm" | "public_key", Raw::Text(text)) => {
                text.as_str().into()
            }
            ("audience", raw) => items(raw).unwrap_or_default().into(),
            ("issuer" | "kid" | "algorithm" | "public_key", Raw::Typed(value)) => value.clone(),
            _ => MASK.into(),
        };
        (name.clone(), value)
    });
    Value::Table(fields.collect())
}

/// The entry, or what is wrong with it, without anything of a secret.
fn parse(fields: &Fields) -> Result<HostKeySpec, String> {
    let text = |name: &str| match fields.get(name) {
        None => Ok(None),
        Some(Raw::Text(text) | Raw::Typed(Value::String(text))) if !text.trim().is_empty() => {
            Ok(Some(text.clone()))
        }
        Some(_) => Err(format!("`{name}` is not a text with something in it")),
    };
    let audiences = match fields.get("audience") {
        None => Vec::new(),
        Some(raw) => items(raw)
            .filter(|items| !items.is_empty() && !items.iter().any(String::is_empty))
            .ok_or("`audience` is not a text or a list of texts with something in it")?,
    };
    let algorithm = text("algorithm")?;
    let source = match (text("secret")?, text("public_key")?, text("jwks_url")?) {
        (Some(secret), None, None) => match algorithm.as_deref() {
            None | Some("HS256") => HostKeySource::Secret(Secret::new(secret.into_bytes())),
            Some(_) => return Err("`algorithm` of a `secret` can only be HS256".to_owned()),
        },
        (None, Some(public_key), None) => HostKeySource::PublicKey {
            algorithm: algorithm
                .and_then(|name| name.parse::<HostAlgorithm>().ok())
                .ok_or("`algorithm` of a `public_key` is needed: RS256, ES256 or EdDSA")?,
            text: key_text(public_key)?,
        },
        (None, None, Some(_)) if algorithm.is_some() => {
            return Err("published keys name their `algorithm` themselves: leave it out".to_owned());
        }
        (None, None, Some(url)) => HostKeySource::JwksUrl(url),
        _ => return Err("it needs exactly one of `secret`, `public_key`, `jwks_url`".to_owned()),
    };
    Ok(HostKeySpec { issuer: text("issuer")?, audiences, kid: text("kid")?, source })
}

/// Whether it is the key itself, PEM or a JSON Web Key, and not the path of its file.
fn is_key(text: &str) -> bool {
    text.trim_start().starts_with(['{', '-'])
}

/// The key itself, or that of the file that is named.
fn key_text(text_or_path: String) -> Result<String, String> {
    if is_key(&text_or_path) {
        return Ok(text_or_path);
    }
    let text = match fs::metadata(&text_or_path) {
        Ok(file) if file.len() > MAX_KEY_FILE_BYTES => Err("it is too large for a key".to_owned()),
        Ok(_) => fs::read_to_string(&text_or_path).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    text.map_err(|error| format!("`public_key` names the file {text_or_path:?}: {error}"))
}
