//! Addresses that tell what became of needs, and that end an incident.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

use axum::{Json, extract::State, response::Response};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    dispatch::{commands::EndIncident, queries, wire::NeedProgressView},
    http::{Page, PageQuery, Params, PathId, Write},
    identity::Caller,
    incidents::{IncidentView, NeedFilter},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_needs))
        .routes(routes!(get_need))
        .routes(routes!(close_incident))
}

/// List the needs of an incident with what became of each.
#[utoipa::path(get, path = "/v1/incidents/{incident_id}/needs", params(
        ("incident_id" = String, Path, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        NeedFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<NeedProgressView>)))]
async fn list_needs(
    State(app): State<App>,
    caller: Caller,
    PathId(incident): PathId<kinds::Incident>,
    Params(filter): Params<NeedFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<NeedProgressView>>, Problem> {
    queries::needs(app.db.read(), &caller.scope(), incident, &filter, &page)
        .await
        .map(Json)
}

/// Show a need with what became of it.
#[utoipa::path(get, path = "/v1/needs/{need_id}",
    params(("need_id" = String, Path, pattern = "^need_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The need.", body = NeedProgressView)))]
async fn get_need(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Need>,
) -> Result<Json<NeedProgressView>, Problem> {
    queries::need(app.db.read(), &caller.scope(), id)
        .await
        .map(Json)
}

/// End an incident, once none of its orders runs.
#[utoipa::path(post, path = "/v1/incidents/{incident_id}/close",
    params(("incident_id" = String, Path, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Ended.", body = IncidentView)))]
async fn close_incident(
    PathId(incident): PathId<kinds::Incident>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    Ok(write.run(EndIncident { incident }).await?.changed())
}
