//! Exact figures.
//!
//! **Invariant.** A figure is a whole number or a decimal in quotes, so that no float stands between
//! a file and a decision.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat,
        schema::{SchemaType, Type},
    },
};

/// A whole number, or a decimal in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Figure(pub(crate) Decimal);

const PATTERN: &str = "^-?[0-9]{1,13}(\\.[0-9]{1,4})?$";
const MOST: i64 = 1_000_000_000_000;

impl PartialSchema for Figure {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Array(vec![Type::Integer, Type::String]))
            // Of the whole number; a text has the pattern.
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .description(Some(
                "A whole number, or a decimal in quotes such as \"1028.5\".",
            ))
            .minimum(Some(-MOST))
            .maximum(Some(MOST))
            .max_length(Some(19))
            .pattern(Some(PATTERN))
            .build()
            .into()
    }
}

impl ToSchema for Figure {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Figure")
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let figure = self.0.normalize();
        match i64::try_from(figure) {
            Ok(whole) if figure.scale() == 0 => serializer.serialize_i64(whole),
            _ => serializer.collect_str(&figure),
        }
    }
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl de::Visitor<'_> for Reader {
    type Value = Figure;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a whole number or a decimal in quotes")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Figure, E> {
        Ok(Figure(number.into()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Figure, E> {
        Ok(Figure(number.into()))
    }

    // JSON calls `142.0` a whole number, too.
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Figure, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Figure, E> {
        Decimal::from_str_exact(text).map(Figure).map_err(E::custom)
    }
}
