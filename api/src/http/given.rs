//! Members that may be taken away.
//!
//! **Invariant.** In a change, absent means "as it is" and null means "nothing any more" (RFC 7396);
//! the two are never confused.

use serde::{Deserialize, Deserializer};

/// Reads a member that is there: `Some(None)` for null. With `#[serde(default)]` beside it, an
/// absent member is `None`.
pub(crate) fn given<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Body {
        #[serde(default, deserialize_with = "given")]
        name: Option<Option<String>>,
    }

    #[test]
    fn absent_null_and_a_value_are_three_things() {
        for (text, expected) in [
            ("{}", None),
            (r#"{"name":null}"#, Some(None)),
            (r#"{"name":"x"}"#, Some(Some("x".to_owned()))),
        ] {
            let body: Body = serde_json::from_str(text).unwrap();
            assert_eq!(body.name, expected, "{text}");
        }
    }
}
