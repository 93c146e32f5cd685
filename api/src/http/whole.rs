//! Whole numbers however they are written.
//!
//! **Invariant.** JSON Schema calls `142.0` and `1e2` integers, so the contract lets them pass; they
//! are read as what they are. What is not whole, or too large to be exact, is refused.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

/// A whole number of a body or a query string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Whole(pub(crate) i64);

// Beyond 2^53 a float does not tell which whole number was meant.
const EXACT_FLOAT_MAX: f64 = 9_007_199_254_740_992.0;

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl de::Visitor<'_> for Reader {
    type Value = Whole;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Whole, E> {
        Ok(Whole(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Whole, E> {
        i64::try_from(number)
            .map(Whole)
            .map_err(|_| E::custom("the number is too large"))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Whole, E> {
        if number.fract() == 0.0 && number.abs() <= EXACT_FLOAT_MAX {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "checked to be whole and exact in the line above"
            )]
            return Ok(Whole(number as i64));
        }
        Err(E::custom("the number is not whole"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integral_numbers_are_read_and_others_refused() {
        for (text, expected) in [
            ("142", Some(142)),
            ("142.0", Some(142)),
            ("1e2", Some(100)),
            ("-0", Some(0)),
            ("-0.0", Some(0)),
            ("9007199254740993", Some(9_007_199_254_740_993)),
            ("1.5", None),
            ("1e300", None),
            ("18446744073709551615", None),
            ("\"1\"", None),
        ] {
            let read = serde_json::from_str::<Whole>(text)
                .ok()
                .map(|whole| whole.0);
            assert_eq!(read, expected, "{text}");
        }
    }
}
