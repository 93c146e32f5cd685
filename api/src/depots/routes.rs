//! Addresses of depots.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

use axum::{Json, extract::State, response::Response};
use domain::kernel::kinds::{Bin, Depot, Item, Zone};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathId, Resource, Write},
    identity::Caller,
    problem::Problem,
};

use super::{
    commands::SetStockLevels,
    queries,
    wire::{
        BinFilter, BinView, ChangeDepotStateBody, CreateBinBody, CreateDepotBody, CreateZoneBody,
        DepotFilter, DepotView, StockLevelsBody, StockLevelsView, UpdateDepotBody, UpdateZoneBody,
        ZoneView,
    },
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_depots, create_depot))
        .routes(routes!(get_depot, update_depot))
        .routes(routes!(change_depot_state))
        .routes(routes!(list_zones, create_zone))
        .routes(routes!(get_zone, update_zone))
        .routes(routes!(list_bins, create_bin))
        .routes(routes!(get_bin))
        .routes(routes!(list_stock_levels))
        .routes(routes!(get_stock_levels, set_stock_levels))
}

/// List depots by code, or the nearest first.
///
/// With `longitude`, `latitude` and `radius_km` the list holds the depots within that great-circle
/// distance of the point, each with its `distance_km`.
#[utoipa::path(get, path = "/v1/depots", params(DepotFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<DepotView>)))]
async fn list_depots(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<DepotFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<DepotView>>, Problem> {
    queries::depots(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Open a depot.
///
/// It is operating at once and has one zone, `main`. What is odd about it, such as a place far from
/// its division, is told in `warnings` and stops nobody.
#[utoipa::path(post, path = "/v1/depots", request_body = CreateDepotBody,
    responses((status = 201, description = "Opened.", body = DepotView)))]
async fn create_depot(Write(write, body): Write<CreateDepotBody>) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/depots/{}", made.id)))
}

/// Show a depot.
#[utoipa::path(get, path = "/v1/depots/{depot_id}",
    params(("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The depot.", body = DepotView)))]
async fn get_depot(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<Depot>,
) -> Result<Resource<DepotView>, Problem> {
    queries::depot_view(app.db.read(), &caller.scope(), id)
        .await
        .map(Resource)
}

/// Change the master data or the profile of a depot.
///
/// Absent members stay as they are and null takes a value away, in the profile as well; a list
/// takes the place of the one before. A depot keeps its code and its custodian.
#[utoipa::path(patch, path = "/v1/depots/{depot_id}",
    params(("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = UpdateDepotBody,
    responses((status = 200, description = "Changed.", body = DepotView)))]
async fn update_depot(
    PathId(id): PathId<Depot>,
    Write(write, body): Write<UpdateDepotBody>,
) -> Result<Response, Problem> {
    let command = body.parse(id, write.based_on()?)?;
    Ok(write.run(command).await?.changed())
}

/// Say that a depot works, is full or is cut off.
///
/// `saturated` gives goods out and takes none in; `paused` moves nothing. Only an empty depot
/// closes, and `POST /v1/depots/{depot_id}/close` finds out whether it is.
#[utoipa::path(post, path = "/v1/depots/{depot_id}/state",
    params(("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ChangeDepotStateBody,
    responses((status = 200, description = "Changed.", body = DepotView)))]
async fn change_depot_state(
    PathId(id): PathId<Depot>,
    Write(write, body): Write<ChangeDepotStateBody>,
) -> Result<Response, Problem> {
    let command = body.parse(id)?;
    Ok(write.run(command).await?.changed())
}

/// List the zones of a depot by code.
#[utoipa::path(get, path = "/v1/depots/{depot_id}/zones",
    params(("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$"), PageQuery),
    responses((status = 200, description = "A page.", body = Page<ZoneView>)))]
async fn list_zones(
    State(app): State<App>,
    caller: Caller,
    PathId(depot): PathId<Depot>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<ZoneView>>, Problem> {
    queries::zones_page(app.db.read(), &caller.scope(), depot, &page)
        .await
        .map(Json)
}

/// Add a zone to a depot.
#[utoipa::path(post, path = "/v1/depots/{depot_id}/zones",
    params(("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = CreateZoneBody,
    responses((status = 201, description = "Added.", body = ZoneView)))]
async fn create_zone(
    PathId(depot): PathId<Depot>,
    Write(write, body): Write<CreateZoneBody>,
) -> Result<Response, Problem> {
    let command = body.parse(depot)?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/depots/{}/zones/{}", made.depot_id, made.id)))
}

/// Show a zone.
#[utoipa::path(get, path = "/v1/depots/{depot_id}/zones/{zone_id}",
    params(
        ("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        ("zone_id" = String, Path, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$")
    ),
    responses((status = 200, description = "The zone.", body = ZoneView)))]
async fn get_zone(
    State(app): State<App>,
    caller: Caller,
    PathId(depot): PathId<Depot>,
    PathId(zone): PathId<Zone>,
) -> Result<Resource<ZoneView>, Problem> {
    queries::zone(app.db.read(), &caller.scope(), depot, zone)
        .await
        .map(Resource)
}

/// Rename a zone; its code stays on its labels.
#[utoipa::path(patch, path = "/v1/depots/{depot_id}/zones/{zone_id}",
    params(
        ("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        ("zone_id" = String, Path, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$")
    ),
    request_body = UpdateZoneBody,
    responses((status = 200, description = "Changed.", body = ZoneView)))]
async fn update_zone(
    PathId(depot): PathId<Depot>,
    PathId(zone): PathId<Zone>,
    Write(write, body): Write<UpdateZoneBody>,
) -> Result<Response, Problem> {
    let command = body.parse(depot, zone, write.based_on()?)?;
    Ok(write.run(command).await?.changed())
}

/// List the bins of a depot by code.
#[utoipa::path(get, path = "/v1/depots/{depot_id}/bins",
    params(("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$"), BinFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<BinView>)))]
async fn list_bins(
    State(app): State<App>,
    caller: Caller,
    PathId(depot): PathId<Depot>,
    Params(filter): Params<BinFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<BinView>>, Problem> {
    queries::bins(app.db.read(), &caller.scope(), depot, &filter, &page)
        .await
        .map(Json)
}

/// Add a bin to a zone.
#[utoipa::path(post, path = "/v1/depots/{depot_id}/bins",
    params(("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = CreateBinBody,
    responses((status = 201, description = "Added.", body = BinView)))]
async fn create_bin(
    PathId(depot): PathId<Depot>,
    Write(write, body): Write<CreateBinBody>,
) -> Result<Response, Problem> {
    let command = body.parse(depot)?;
    let done = write.run(command).await?;
    Ok(done.created(|made| format!("/v1/depots/{}/bins/{}", made.depot_id, made.id)))
}

/// Show a bin.
#[utoipa::path(get, path = "/v1/depots/{depot_id}/bins/{bin_id}",
    params(
        ("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        ("bin_id" = String, Path, pattern = "^bin_[0-7][0-9a-hjkmnp-tv-z]{25}$")
    ),
    responses((status = 200, description = "The bin.", body = BinView)))]
async fn get_bin(
    State(app): State<App>,
    caller: Caller,
    PathId(depot): PathId<Depot>,
    PathId(bin): PathId<Bin>,
) -> Result<Json<BinView>, Problem> {
    queries::bin(app.db.read(), &caller.scope(), depot, bin)
        .await
        .map(Json)
}

/// List how much of each item ought to stand in a depot.
#[utoipa::path(get, path = "/v1/depots/{depot_id}/levels",
    params(("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$"), PageQuery),
    responses((status = 200, description = "A page.", body = Page<StockLevelsView>)))]
async fn list_stock_levels(
    State(app): State<App>,
    caller: Caller,
    PathId(depot): PathId<Depot>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<StockLevelsView>>, Problem> {
    queries::levels_page(app.db.read(), &caller.scope(), depot, &page)
        .await
        .map(Json)
}

/// Show how much of an item ought to stand in a depot.
///
/// Levels that were never set ask for nothing and have version 0, so that their tag `"v0"` can be set
/// upon.
#[utoipa::path(get, path = "/v1/depots/{depot_id}/levels/{item_id}",
    params(
        ("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        ("item_id" = String, Path, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$")
    ),
    responses((status = 200, description = "The levels.", body = StockLevelsView)))]
async fn get_stock_levels(
    State(app): State<App>,
    caller: Caller,
    PathId(depot): PathId<Depot>,
    PathId(item): PathId<Item>,
) -> Result<Resource<StockLevelsView>, Problem> {
    queries::level(app.db.read(), &caller.scope(), depot, item)
        .await
        .map(Resource)
}

/// Say how much of an item ought to stand in a depot.
///
/// Levels that were never set have the tag `"v0"`.
#[utoipa::path(put, path = "/v1/depots/{depot_id}/levels/{item_id}",
    params(
        ("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        ("item_id" = String, Path, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$")
    ),
    request_body = StockLevelsBody,
    responses((status = 200, description = "Set.", body = StockLevelsView)))]
async fn set_stock_levels(
    PathId(depot): PathId<Depot>,
    PathId(item): PathId<Item>,
    Write(write, body): Write<StockLevelsBody>,
) -> Result<Response, Problem> {
    let command = SetStockLevels {
        depot,
        item,
        based_on: write.based_on()?,
        levels: body.parse()?,
    };
    Ok(write.run(command).await?.changed())
}
