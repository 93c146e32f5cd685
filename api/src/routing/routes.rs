//! Addresses of ways.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

mod alerts;
mod closures;

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
    wire::{RoadDataView, RouteFilter, RouteView, TravelLegFilter, TravelLegView},
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_travel_legs))
        .routes(routes!(get_road_data))
        .routes(routes!(draw_route))
        .merge(alerts::router())
        .merge(closures::router())
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
    queries::legs(&app, &caller.scope(), incident, &filter, &page)
        .await
        .map(Json)
}

/// Show by which roads ways are found, and what has to be shown with them.
#[utoipa::path(get, path = "/v1/road-data",
    responses((status = 200, description = "Sources in their order, and the road network.",
        body = RoadDataView)))]
async fn get_road_data(State(app): State<App>, _: Caller) -> Json<RoadDataView> {
    Json(queries::road_data(&app).await)
}

/// Draw the way from a depot to a site.
#[utoipa::path(get, path = "/v1/sites/{site_id}/routes", params(
    ("site_id" = String, Path, pattern = "^site_[0-7][0-9a-hjkmnp-tv-z]{25}$"), RouteFilter),
    responses((status = 200, description = "The way, or why there is none.", body = RouteView)))]
async fn draw_route(
    State(app): State<App>,
    caller: Caller,
    PathId(site): PathId<kinds::Site>,
    Params(filter): Params<RouteFilter>,
) -> Result<Json<RouteView>, Problem> {
    queries::route(&app, &caller.scope(), site, filter.depot_id)
        .await
        .map(Json)
}
