//! Addresses of changes of condition.
//!
//! **Invariant.** A change is known by its movement, which also undoes it when it is reversed.

use axum::{Json, extract::State, response::Response};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathId, Write},
    identity::Caller,
    problem::Problem,
};

use super::{
    queries,
    wire::{ConditionChangeBody, ConditionChangeFilter, ConditionChangeView},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_condition_changes, create_condition_change))
        .routes(routes!(get_condition_change))
}

/// Put goods into another condition: quarantine, the result of a test, repair, condemnation.
///
/// Which step is open to which reason is a closed table: what is condemned stays so, and what is
/// quarantined is usable again by a passed test only. Goods that are promised do not change: the
/// answer names the reservations.
#[utoipa::path(post, path = "/v1/condition-changes", request_body = ConditionChangeBody,
    responses((status = 201, description = "Changed.", body = ConditionChangeView)))]
async fn create_condition_change(
    Write(write, body): Write<ConditionChangeBody>,
) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.created(|made| format!("/v1/condition-changes/{}", made.movement_id)))
}

/// List changes of condition, the newest first.
#[utoipa::path(get, path = "/v1/condition-changes", params(ConditionChangeFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<ConditionChangeView>)))]
async fn list_condition_changes(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<ConditionChangeFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<ConditionChangeView>>, Problem> {
    queries::condition_changes(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Show a change of condition.
#[utoipa::path(get, path = "/v1/condition-changes/{movement_id}",
    params(("movement_id" = String, Path, pattern = "^movement_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The change.", body = ConditionChangeView)))]
async fn get_condition_change(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Movement>,
) -> Result<Json<ConditionChangeView>, Problem> {
    queries::condition_change(app.db.read(), &caller.scope(), id)
        .await
        .map(Json)
}
