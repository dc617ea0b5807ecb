//! Reading settings: each is declared by being read, so there is no second list of keys to keep.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Value;

use super::layers::Layers;
use super::mask::{MASK, mask_url};
use super::problem::{Problem, Problems};
use super::raw::{Raw, is_address, items, optional, shown, text};
use super::suggest::suggestion;

/// A setting's names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// In the file, with its section: `socket.ping_interval_ms`.
    pub(super) path: &'static str,
    /// In the environment: `PARLOUR_PING_INTERVAL_MS`.
    pub(super) variable: &'static str,
}

/// One setting as it came out, for `parlour config`.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The dotted key.
    pub(crate) path: &'static str,
    /// The variable that would set it.
    pub(crate) variable: &'static str,
    /// The value, secrets masked. `None`: not set, and there is no default.
    pub(crate) value: Option<Value>,
    /// `default`, a flag, a variable or the file's name.
    pub(crate) source: String,
}

/// How values of one kind are read and shown.
struct Kind<'a, T> {
    /// Completes "… is not …".
    expected: &'a str,
    parse: &'a dyn Fn(&Raw) -> Option<T>,
    show: &'a dyn Fn(&T) -> Value,
    /// Whether a refused value must not be repeated in the message.
    secret: bool,
}

/// Reads settings out of [`Layers`], remembering each for the report and the check for unknown
/// keys.
pub(super) struct Reader {
    pub(super) layers: Layers,
    entries: Vec<Entry>,
    /// Variables that are no entry of their own.
    further_variables: BTreeSet<&'static str>,
    problems: Vec<Problem>,
}

impl Reader {
    pub(super) fn new(layers: Layers, problems: Vec<Problem>) -> Self {
        Self { layers, entries: Vec::new(), further_variables: BTreeSet::new(), problems }
    }

    /// The report, if every value was good and every given key was read.
    pub(super) fn finish(mut self) -> Result<Vec<Entry>, Problems> {
        self.refuse_unknown_keys();
        if self.problems.is_empty() { Ok(self.entries) } else { Err(Problems(self.problems)) }
    }

    /// Notes what is wrong with several settings together.
    pub(super) fn refuse(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Notes a setting that was read elsewhere.
    pub(super) fn note(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Declares variables that make up an entry together.
    pub(super) fn know_variables(&mut self, names: impl Iterator<Item = &'static str>) {
        self.further_variables.extend(names);
    }

    /// `HOST:PORT`.
    pub(super) fn address(&mut self, key: Key, default: &str) -> String {
        self.optional_address(key, Some(default)).unwrap_or_else(|| default.to_owned())
    }

    /// `HOST:PORT`; an empty text is as good as none.
    pub(super) fn optional_address(&mut self, key: Key, default: Option<&str>) -> Option<String> {
        let kind = Kind {
            expected: "an address and a port, such as 127.0.0.1:5000 or [::1]:5000",
            parse: &|raw| optional(text(raw)?, is_address),
            show: &|value: &Option<String>| Value::from(value.clone().unwrap_or_default()),
            secret: false,
        };
        self.read_optional(key, default.map(str::to_owned), &kind)
    }

    /// Any text that is not empty, such as a path.
    pub(super) fn text(&mut self, key: Key, default: &str) -> String {
        let kind = Kind {
            expected: "a text that is not empty",
            parse: &|raw| text(raw).filter(|text| !text.is_empty()).map(str::to_owned),
            show: &|value: &String| Value::from(value.as_str()),
            secret: false,
        };
        self.read(key, default.to_owned(), &kind)
    }

    /// A text that `parse` understands; `expected` says what it should be. The default must be one.
    pub(super) fn parsed<T: Default>(
        &mut self,
        key: Key,
        default: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> T {
        let kind = Kind {
            expected,
            parse: &|raw| text(raw).filter(|text| parse(text).is_some()).map(str::to_owned),
            show: &|value: &String| Value::from(value.as_str()),
            secret: false,
        };
        let value = self.read(key, default.to_owned(), &kind);
        parse(&value).unwrap_or_default()
    }

    /// A text that is never shown; an empty one is as good as none.
    pub(super) fn secret(&mut self, key: Key) -> Option<String> {
        let kind = Kind {
            expected: "a text",
            parse: &|raw| optional(text(raw)?, |_| true),
            show: &|_| Value::from(MASK),
            secret: true,
        };
        self.read_optional(key, None, &kind)
    }

    /// A URL of one of these schemes, shown without its secrets; an empty one is as good as none.
    pub(super) fn url(&mut self, key: Key, schemes: &[&str]) -> Option<String> {
        let expected = format!("a URL that begins with {}", schemes.join(" or "));
        let kind = Kind {
            expected: &expected,
            parse: &|raw| {
                optional(text(raw)?, |url| {
                    schemes
                        .iter()
                        .any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
                })
            },
            show: &|value: &Option<String>| {
                Value::from(value.as_deref().map(mask_url).unwrap_or_default())
            },
            secret: true,
        };
        self.read_optional(key, None, &kind)
    }

    /// `true` or `false`.
    pub(super) fn switch(&mut self, key: Key, default: bool) -> bool {
        let kind = Kind {
            expected: "true or false",
            parse: &|raw| match raw {
                Raw::Text(text) => text.parse().ok(),
                Raw::Typed(value) => value.as_bool(),
            },
            show: &|value: &bool| Value::from(*value),
            secret: false,
        };
        self.read(key, default, &kind)
    }

    /// A whole number within `range`.
    pub(super) fn number(&mut self, key: Key, default: u64, range: RangeInclusive<u64>) -> u64 {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        self.number_of(key, default, &range, &expected)
    }

    /// A whole number of things that are counted in memory.
    pub(super) fn count(&mut self, key: Key, default: usize, range: RangeInclusive<u64>) -> usize {
        let number = self.number(key, u64::try_from(default).unwrap_or(u64::MAX), range);
        usize::try_from(number).unwrap_or(usize::MAX)
    }

    /// A whole number of milliseconds.
    pub(super) fn millis(
        &mut self,
        key: Key,
        default: Duration,
        range: RangeInclusive<u64>,
    ) -> Duration {
        let expected =
            format!("a whole number of milliseconds from {} to {}", range.start(), range.end());
        let default_ms = u64::try_from(default.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.number_of(key, default_ms, &range, &expected))
    }

    /// A list, in a variable separated by commas; `expected` says what each item is.
    pub(super) fn list<T>(
        &mut self,
        key: Key,
        default: &[&str],
        expected: &str,
        item: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let kind = Kind {
            expected: &format!("a list of {expected}"),
            parse: &|raw| {
                let items = items(raw)?;
                items.iter().all(|text| item(text).is_some()).then_some(items)
            },
            show: &|items: &Vec<String>| Value::from(items.clone()),
            secret: false,
        };
        let default = default.iter().copied().map(str::to_owned).collect();
        let items = self.read(key, default, &kind);
        items.iter().filter_map(|text| item(text)).collect()
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, key: Key, choices: &[(&'static str, T)]) -> T {
        let (default_word, default) = choices[0];
        let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
        let kind = Kind {
            expected: &format!("one of {}", words.join(", ")),
            parse: &|raw| {
                let given = text(raw)?;
                words.iter().copied().find(|word| *word == given)
            },
            show: &|word: &&'static str| Value::from(*word),
            secret: false,
        };
        let word = self.read(key, default_word, &kind);
        let chosen = choices.iter().find(|(name, _)| *name == word);
        chosen.map_or(default, |(_, value)| *value)
    }

    fn number_of(
        &mut self,
        key: Key,
        default: u64,
        range: &RangeInclusive<u64>,
        expected: &str,
    ) -> u64 {
        let kind = Kind {
            expected,
            parse: &|raw| {
                let number = match raw {
                    Raw::Text(text) => text.parse().ok()?,
                    Raw::Typed(value) => u64::try_from(value.as_integer()?).ok()?,
                };
                range.contains(&number).then_some(number)
            },
            show: &|number: &u64| Value::from(i64::try_from(*number).unwrap_or(i64::MAX)),
            secret: false,
        };
        self.read(key, default, &kind)
    }

    /// A setting that may be absent: `None` is shown as not set, wherever it came from.
    fn read_optional(
        &mut self,
        key: Key,
        default: Option<String>,
        kind: &Kind<'_, Option<String>>,
    ) -> Option<String> {
        let value = self.read(key, default, kind);
        if value.is_none()
            && let Some(entry) = self.entries.last_mut()
        {
            entry.value = None;
        }
        value
    }

    /// Every place's value is checked, so that a typing error is found where it stands; the
    /// strongest place wins.
    fn read<T>(&mut self, key: Key, default: T, kind: &Kind<'_, T>) -> T {
        let flag = format!("--{}", key.path.replace('_', "-"));
        let places = [
            (self.layers.file.get(key.path), self.layers.file_name.clone()),
            (self.layers.variables.get(key.variable), key.variable.to_owned()),
            (self.layers.flags.get(key.path), flag),
        ];
        let mut chosen = (default, "default".to_owned());
        for (raw, place) in places {
            let Some(raw) = raw else { continue };
            match (kind.parse)(raw) {
                Some(value) => chosen = (value, place),
                None => self.problems.push(Problem::BadValue {
                    name: key.path,
                    place,
                    shown: if kind.secret { "it".to_owned() } else { shown(raw) },
                    expected: kind.expected.to_owned(),
                }),
            }
        }
        let (value, source) = chosen;
        self.entries.push(Entry {
            path: key.path,
            variable: key.variable,
            value: Some((kind.show)(&value)),
            source,
        });
        value
    }

    fn refuse_unknown_keys(&mut self) {
        let paths: BTreeSet<_> = self.entries.iter().map(|entry| entry.path).collect();
        let mut variables: BTreeSet<_> = self.entries.iter().map(|entry| entry.variable).collect();
        variables.extend(&self.further_variables);
        let in_file = self.layers.file.keys().filter(|key| !paths.contains(key.as_str()));
        let in_environment =
            self.layers.variables.keys().filter(|key| !variables.contains(key.as_str()));
        let unknown = in_file
            .map(|key| (key, &self.layers.file_name, &paths))
            .chain(in_environment.map(|key| (key, key, &variables)));
        for (name, place, known) in unknown {
            let place = if name == place { "the environment" } else { place };
            self.problems.push(Problem::UnknownKey {
                name: name.clone(),
                place: place.to_owned(),
                suggestion: suggestion(name, known),
            });
        }
    }
}
