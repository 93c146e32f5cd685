//! Addresses of closed roads.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

use axum::{Json, extract::State, response::Response};
use domain::kernel::kinds;
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathId, Resource, Write},
    identity::Caller,
    problem::Problem,
    routing::{
        queries,
        wire::{DrawRoadClosureBody, LiftRoadClosureBody, RoadClosureFilter, RoadClosureView},
    },
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_road_closures, draw_road_closure))
        .routes(routes!(get_road_closure))
        .routes(routes!(get_road_closure_area))
        .routes(routes!(lift_road_closure))
}

/// Close the roads of an area for a time, for everybody.
///
/// Roads that touch it are not driven, and nobody drives into or out of it. Where ways are judged by
/// the straight line, one that leads over it is taken to be twice as long and says so.
#[utoipa::path(post, path = "/v1/road-closures", request_body = DrawRoadClosureBody,
    responses((status = 201, description = "Drawn.", body = RoadClosureView)))]
async fn draw_road_closure(
    Write(write, body): Write<DrawRoadClosureBody>,
) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/road-closures/{}", made.id)))
}

/// List closures of roads, the newest first.
#[utoipa::path(get, path = "/v1/road-closures", params(RoadClosureFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<RoadClosureView>)))]
async fn list_road_closures(
    State(app): State<App>,
    _: Caller,
    Params(filter): Params<RoadClosureFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<RoadClosureView>>, Problem> {
    queries::road_closures(app.db.read(), &filter, &page, app.clock.now())
        .await
        .map(Json)
}

/// Show a closure of roads.
#[utoipa::path(get, path = "/v1/road-closures/{closure_id}",
    params(("closure_id" = String, Path, pattern = "^closure_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The closure.", body = RoadClosureView)))]
async fn get_road_closure(
    State(app): State<App>,
    _: Caller,
    PathId(id): PathId<kinds::RoadClosure>,
) -> Result<Resource<RoadClosureView>, Problem> {
    queries::road_closure(app.db.read(), id, app.clock.now())
        .await
        .map(Resource)
}

/// Show the area of a closure of roads as a GeoJSON feature collection.
#[utoipa::path(get, path = "/v1/road-closures/{closure_id}/area",
    params(("closure_id" = String, Path, pattern = "^closure_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, body = Object, description = "One feature for each part.")))]
async fn get_road_closure_area(
    State(app): State<App>,
    _: Caller,
    PathId(id): PathId<kinds::RoadClosure>,
) -> Result<Json<Value>, Problem> {
    queries::closure_area(app.db.read(), id, app.clock.now())
        .await
        .map(Json)
}

/// Open the roads of an area again.
#[utoipa::path(post, path = "/v1/road-closures/{closure_id}/lift",
    request_body = LiftRoadClosureBody,
    params(("closure_id" = String, Path, pattern = "^closure_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Lifted.", body = RoadClosureView)))]
async fn lift_road_closure(
    PathId(id): PathId<kinds::RoadClosure>,
    Write(write, body): Write<LiftRoadClosureBody>,
) -> Result<Response, Problem> {
    Ok(write.run(body.parse(id)?).await?.changed())
}
