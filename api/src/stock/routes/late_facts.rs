//! Addresses of late facts.
//!
//! **Invariant.** A late fact is posted as the issue that it is; here it is looked at.

use axum::{Json, extract::State, response::Response};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathId, Resource, Write},
    identity::Caller,
    problem::Problem,
};

use super::{
    queries,
    wire::{LateFactFilter, LateFactView, ReviewBody},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_late_facts))
        .routes(routes!(get_late_fact))
        .routes(routes!(review_late_fact))
}

/// List issues that the book could not cover when they were reported, the newest first.
#[utoipa::path(get, path = "/v1/late-facts", params(LateFactFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<LateFactView>)))]
async fn list_late_facts(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<LateFactFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<LateFactView>>, Problem> {
    queries::late_facts(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Show what the book gave way by for an issue.
#[utoipa::path(get, path = "/v1/late-facts/{movement_id}",
    params(("movement_id" = String, Path, pattern = "^movement_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The late fact.", body = LateFactView)))]
async fn get_late_fact(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Movement>,
) -> Result<Resource<LateFactView>, Problem> {
    queries::late_fact(app.db.read(), &caller.scope(), id)
        .await
        .map(Resource)
}

/// Say what came of looking why the book was wrong.
///
/// Takes somebody who may approve counts there and did not report it. Stock does not change: a
/// mistake is undone by the reversal of the issue, and what was found for it goes with it.
#[utoipa::path(post, path = "/v1/late-facts/{movement_id}/review",
    params(("movement_id" = String, Path, pattern = "^movement_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ReviewBody,
    responses((status = 200, description = "Reviewed.", body = LateFactView)))]
async fn review_late_fact(
    PathId(id): PathId<kinds::Movement>,
    Write(write, body): Write<ReviewBody>,
) -> Result<Response, Problem> {
    let command = body.parse(id)?;
    Ok(write.run(command).await?.changed())
}
