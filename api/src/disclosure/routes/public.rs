//! Addresses of what was published.
//!
//! **Invariant.** Nothing here asks who is asking.

use axum::{Json, extract::State};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathId},
    problem::Problem,
};

use super::{
    queries,
    wire::{
        PublicFilter, PublishedFullView, PublishedView, StatementDifferenceView, StatementLineView,
        StatementPlaceView,
    },
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_published_statements))
        .routes(routes!(get_published_statement))
        .routes(routes!(list_published_lines))
        .routes(routes!(list_published_places))
        .routes(routes!(list_published_differences))
}

/// List published statements, the newest first.
#[utoipa::path(get, path = "/v1/public/statements", params(PublicFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<PublishedView>)))]
async fn list_published_statements(
    State(app): State<App>,
    Params(filter): Params<PublicFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<PublishedView>>, Problem> {
    queries::published(app.db.read(), &filter, &page)
        .await
        .map(Json)
}

/// Show a published statement and what it says.
///
/// The SHA-256 of the canonical form (RFC 8785) of `content` is `digest`.
#[utoipa::path(get, path = "/v1/public/statements/{statement_id}",
    params(("statement_id" = String, Path, pattern = "^statement_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The statement.", body = PublishedFullView)))]
async fn get_published_statement(
    State(app): State<App>,
    PathId(id): PathId<kinds::Statement>,
) -> Result<Json<PublishedFullView>, Problem> {
    queries::published_full(app.db.read(), id).await.map(Json)
}

/// List what a published statement says of each lot.
#[utoipa::path(get, path = "/v1/public/statements/{statement_id}/lines",
    params(("statement_id" = String, Path, pattern = "^statement_[0-7][0-9a-hjkmnp-tv-z]{25}$"), PageQuery),
    responses((status = 200, description = "A page.", body = Page<StatementLineView>)))]
async fn list_published_lines(
    State(app): State<App>,
    PathId(id): PathId<kinds::Statement>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<StatementLineView>>, Problem> {
    let found = queries::published_full(app.db.read(), id).await?;
    queries::page_of(found.content.lines, &page, &format!("{id} lines")).map(Json)
}

/// List where a published statement says that goods were issued, by lot, incident and township.
#[utoipa::path(get, path = "/v1/public/statements/{statement_id}/places",
    params(("statement_id" = String, Path, pattern = "^statement_[0-7][0-9a-hjkmnp-tv-z]{25}$"), PageQuery),
    responses((status = 200, description = "A page.", body = Page<StatementPlaceView>)))]
async fn list_published_places(
    State(app): State<App>,
    PathId(id): PathId<kinds::Statement>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<StatementPlaceView>>, Problem> {
    let found = queries::published_full(app.db.read(), id).await?;
    queries::page_of(found.content.places, &page, &format!("{id} places")).map(Json)
}

/// List in what a published statement differs from the one that it corrects.
#[utoipa::path(get, path = "/v1/public/statements/{statement_id}/differences",
    params(("statement_id" = String, Path, pattern = "^statement_[0-7][0-9a-hjkmnp-tv-z]{25}$"), PageQuery),
    responses((status = 200, description = "A page.", body = Page<StatementDifferenceView>)))]
async fn list_published_differences(
    State(app): State<App>,
    PathId(id): PathId<kinds::Statement>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<StatementDifferenceView>>, Problem> {
    let found = queries::published_full(app.db.read(), id).await?;
    queries::page_of(
        found.content.differences,
        &page,
        &format!("{id} differences"),
    )
    .map(Json)
}
