//! JSON as it must come in.
//!
//! **Invariant.** No object names a member twice: of two quantities under one name, which one the
//! sender meant nobody knows, and whoever stands between us and the sender may have read the other.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, Error as _},
};
use serde_json::Value;

/// Reads a JSON text.
pub(super) fn read(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice::<Single>(bytes)?;
    serde_json::from_slice(bytes)
}

// A value whose objects name each member once; nothing of it is kept.
struct Single;

impl<'de> Deserialize<'de> for Single {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

#[derive(Deserialize, PartialEq, Eq, Hash)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

struct Reader;

impl<'de> de::Visitor<'de> for Reader {
    type Value = Single;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Single, E> {
        Ok(Single)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Single, E> {
        Ok(Single)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Single, E> {
        Ok(Single)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Single, E> {
        Ok(Single)
    }

    fn visit_str<E>(self, _: &str) -> Result<Single, E> {
        Ok(Single)
    }

    fn visit_unit<E>(self) -> Result<Single, E> {
        Ok(Single)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Single, A::Error> {
        while list.next_element::<Single>()?.is_some() {}
        Ok(Single)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut members: A) -> Result<Single, A::Error> {
        let mut names: HashSet<Name<'de>> = HashSet::new();
        while let Some(name) = members.next_key::<Name<'de>>()? {
            if !names.insert(name) {
                return Err(A::Error::custom("a member is named twice"));
            }
            members.next_value::<Single>()?;
        }
        Ok(Single)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_is_named_twice_is_refused_wherever_it_is() {
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"[{"b":{"a":null,"a":null}}]"#,
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert!(error.to_string().contains("twice"), "{text}: {error}");
        }
        for text in [r#"{"a":{"a":[1,-1,1.5,true,null,"a"]},"b":{"a":{}}}"#, "12"] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(read(text.as_bytes()).unwrap(), value, "{text}");
        }
    }
}
