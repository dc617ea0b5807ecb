//! The places of the binary parts in the arguments of an event or an acknowledgement: each is
//! `{"_placeholder":true,"num":N}` (Socket.IO protocol v5, "Binary event").

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::packet::Malformed;

/// Checks that every placeholder in `data` stands for one of so many attachments. It is what an
/// application relies on that passes a packet on to clients who would choke on it.
///
/// # Errors
/// A number that is no index of an attachment, and JSON that is malformed, nested more than 127
/// deep, or has numbers in it that no `f64` holds.
pub(crate) fn check(data: &str, attachments: usize) -> Result<(), Malformed> {
    let mut json = serde_json::Deserializer::from_str(data);
    let walk = Walk { attachments: attachments as u64 };
    walk.deserialize(&mut json).and_then(|_| json.end()).map_err(|_| Malformed)
}

/// Walks through a JSON value.
#[derive(Clone, Copy)]
struct Walk {
    attachments: u64,
}

/// What matters of a value to the object that holds it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    True,
    Index,
    Other,
}

impl<'de> DeserializeSeed<'de> for Walk {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON whose placeholders have their attachments")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(if value { Value::True } else { Value::Other })
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(if value < self.attachments { Value::Index } else { Value::Other })
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        while list.next_element_seed(self)?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let (mut is_placeholder, mut num) = (false, Value::Other);
        while let Some(key) = object.next_key_seed(KeySeed)? {
            let value = object.next_value_seed(self)?;
            // Of a key that comes twice the last one counts, as in a browser.
            match key {
                Key::Placeholder => is_placeholder = value == Value::True,
                Key::Num => num = value,
                Key::Other => {}
            }
        }
        if is_placeholder && num != Value::Index {
            return Err(A::Error::custom("a placeholder without its attachment"));
        }
        Ok(Value::Other)
    }
}

enum Key {
    Placeholder,
    Num,
    Other,
}

struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Key, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(match key {
            "_placeholder" => Key::Placeholder,
            "num" => Key::Num,
            _ => Key::Other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_needs_its_attachment() {
        let fine = [
            r#"["x"]"#,
            r#"["x",{"_placeholder":true,"num":1},{"num":0,"_placeholder":true}]"#,
            r#"[{"a":[{"_placeholder":true,"num":0,"more":[null,-1,2.5,"s",false]}]}]"#,
            r#"["x",{"_placeholder":false,"num":9},{"_placeholder":"true"},{"num":9}]"#,
            r#"["x",{"_placeholder":true,"num":9,"_placeholder":1}]"#,
        ];
        for data in fine {
            assert_eq!(check(data, 2), Ok(()), "{data}");
        }
        let wrong = [
            r#"["x",{"_placeholder":true}]"#,
            r#"["x",{"_placeholder":true,"num":2}]"#,
            r#"["x",{"_placeholder":true,"num":-1}]"#,
            r#"["x",{"_placeholder":true,"num":0.5}]"#,
            r#"["x",{"_placeholder":true,"num":1e99}]"#,
            r#"["x",{"_placeholder":true,"num":18446744073709551616}]"#,
            r#"["x",{"_placeholder":true,"num":"splice"}]"#,
            r#"["x",{"_placeholder":true,"num":null}]"#,
            r#"["x",{"_placeholder":true,"num":{"_placeholder":true,"num":0}}]"#,
            r#"["x",{"\u005fplaceholder":true,"n\u0075m":7}]"#,
            r#"["x",{"_placeholder":true,"num":0,"num":7}]"#,
            r#"["x",[[{"a":{"_placeholder":true,"num":2}}]]]"#,
            r#"["x""#,
            r#"["x"]]"#,
            "",
        ];
        for data in wrong {
            assert_eq!(check(data, 2), Err(Malformed), "{data}");
        }
        let bomb = format!("[\"x\",{}{}]", "[".repeat(50_000), "]".repeat(50_000));
        assert_eq!(check(&bomb, 2), Err(Malformed));
    }
}
