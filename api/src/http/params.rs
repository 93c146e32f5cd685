//! Path and query parameters.
//!
//! **Invariant.** An id that cannot exist is not found. Query parameters are checked against the
//! contract: an unknown, repeated or ill-formed one is refused by name, never ignored.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, MatchedPath, Path},
    http::request::Parts,
};
use domain::kernel::{Id, Kind};
use serde::de::DeserializeOwned;

use crate::{
    app::App,
    problem::{Language, Problem},
};

use super::render;

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
        .ok()
        .map(|Path(segments)| segments)
        // PostgreSQL cannot even be asked for U+0000.
        .filter(|segments| segments.iter().all(|(_, text)| !text.contains('\0')))
        .ok_or_else(Problem::not_found)
}

/// The query string as a struct.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Params<T> {
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

/// The language that the caller reads, for answers that hold whole sentences.
pub(crate) struct Reads(pub(crate) Language);

impl FromRequestParts<App> for Reads {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self(render::language(
            &parts.headers,
            app.config.language.0,
        )))
    }
}
