//! Path and query parameters.
//!
//! **Invariant.** An id that cannot exist is not found. Query parameters are checked against the
//! contract: an unknown, repeated or ill-formed one is refused by name, never ignored.

use axum::{
    extract::{FromRequestParts, MatchedPath, Path},
    http::request::Parts,
};
use domain::kernel::{Id, Kind};
use serde::{Deserialize, Deserializer, de};

use crate::{app::App, problem::Problem};

/// The only id in a path, or the first of two.
pub(crate) struct PathId<K>(pub(crate) Id<K>);

impl<K: Kind> FromRequestParts<App> for PathId<K> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let segments = segments(parts, app).await?;
        segments
            .iter()
            .find_map(|(_, text)| text.parse().ok())
            .map(PathId)
            .ok_or_else(Problem::not_found)
    }
}

/// A textual key in a path, such as a division code.
#[derive(Debug)]
pub(crate) struct PathText(pub(crate) String);

impl FromRequestParts<App> for PathText {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let mut segments = segments(parts, app).await?;
        segments
            .pop()
            .map(|(_, text)| Self(text))
            .ok_or_else(Problem::not_found)
    }
}

async fn segments(parts: &mut Parts, app: &App) -> Result<Vec<(String, String)>, Problem> {
    Path::<Vec<(String, String)>>::from_request_parts(parts, app)
        .await
        .map(|Path(segments)| segments)
        .map_err(|_| Problem::not_found())
}

/// The query string as a struct.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: de::DeserializeOwned> FromRequestParts<App> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let route = MatchedPath::from_request_parts(parts, app)
            .await
            .map_err(|_| Problem::not_found())?;
        let query = parts.uri.query().unwrap_or("");
        app.contract
            .query(&parts.method, route.as_str(), query)
            .map(Params)
    }
}

/// A whole number of a body. JSON Schema says that `142.0` is an integer, so it is one here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole(pub(crate) i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        if let Some(whole) = number.as_i64() {
            return Ok(Self(whole));
        }
        // Above 2^53 a floating-point number is a guess at the one that was meant.
        const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
        match number.as_f64() {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "checked to be whole and small"
            )]
            Some(float) if float.fract() == 0.0 && float.abs() <= EXACT_MAX => {
                Ok(Self(float as i64))
            }
            _ => Err(de::Error::custom("expected a whole number")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integral_numbers_are_read_however_they_are_written() {
        for (text, expected) in [
            ("142", Some(142)),
            ("142.0", Some(142)),
            ("1e3", Some(1000)),
            ("-0", Some(0)),
            ("-0.0", Some(0)),
            ("1.5", None),
            ("9007199254740993", Some(9_007_199_254_740_993)),
            ("1e300", None),
            ("9223372036854775808", None),
            ("\"1\"", None),
            ("null", None),
        ] {
            let read = serde_json::from_str::<Whole>(text).ok();
            assert_eq!(read, expected.map(Whole), "{text}");
        }
    }
}
