//! Addresses of ways.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

use axum::{Json, extract::State};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathId},
    identity::Caller,
    problem::Problem,
};

use super::{
    queries,
    wire::{TravelLegFilter, TravelLegView},
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_travel_legs))
}

/// List the ways from depots to the sites of an incident, for each site the nearest first.
#[utoipa::path(get, path = "/v1/incidents/{incident_id}/travel-legs", params(
    ("incident_id" = String, Path, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
    TravelLegFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<TravelLegView>)))]
async fn list_travel_legs(
    State(app): State<App>,
    caller: Caller,
    PathId(incident): PathId<kinds::Incident>,
    Params(filter): Params<TravelLegFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<TravelLegView>>, Problem> {
    queries::legs(app.db.read(), &caller.scope(), incident, &filter, &page)
        .await
        .map(Json)
}
