//! Published statements as pages for people.
//!
//! **Invariant.** A page says what the API says, and has no script.

use axum::{
    Router,
    extract::State,
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use domain::kernel::kinds;

use crate::{
    app::App,
    http::{PageQuery, PathId},
    problem::Problem,
};

use super::{
    queries,
    wire::{PublicFilter, listed, shown},
};

/// The pages, which are no part of the API's document.
pub(crate) fn pages() -> Router<App> {
    Router::new()
        .route("/statements", get(index))
        .route("/statements/{statement_id}", get(one))
}

async fn index(State(app): State<App>) -> Result<Response, Problem> {
    let newest = PageQuery {
        limit: Some(200),
        cursor: None,
    };
    let found = queries::published(app.db.read(), &PublicFilter::default(), &newest).await?;
    Ok(Html(listed(&found.items)).into_response())
}

async fn one(
    State(app): State<App>,
    PathId(id): PathId<kinds::Statement>,
) -> Result<Response, Problem> {
    let found = queries::published_full(app.db.read(), id).await?;
    Ok(Html(shown(&found)).into_response())
}
