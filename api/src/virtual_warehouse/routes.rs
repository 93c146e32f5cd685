//! Addresses of the virtual warehouse.
//!
//! **Invariant.** Read-only.

use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    clock::day_at_depots,
    http::{Page, PageQuery, Params},
    identity::Caller,
    problem::Problem,
};

use super::{
    queries::{self, Graded},
    wire::{
        GradedFilter, LevelFilter, LevelView, PooledDepotView, PooledItemView, PooledLotView,
        RotationFilter, RotationView, WarehouseFilter,
    },
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_pooled_items))
        .routes(routes!(list_pooled_depots))
        .routes(routes!(list_pooled_lots))
        .routes(routes!(list_levels))
        .routes(routes!(get_rotation))
}

/// List what all depots together hold, item by item.
#[utoipa::path(get, path = "/v1/virtual-warehouse/items", params(WarehouseFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<PooledItemView>)))]
async fn list_pooled_items(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<WarehouseFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<PooledItemView>>, Problem> {
    let asked = filter.parse(app.clock.now())?;
    let mark = format!("{filter:?}");
    queries::items(app.db.read(), &caller.scope(), &asked, &page, &mark)
        .await
        .map(Json)
}

/// List the depots behind the totals, item by item; the nearest first where a point, an incident or
/// a site is named.
#[utoipa::path(get, path = "/v1/virtual-warehouse/depots",
    params(WarehouseFilter, GradedFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<PooledDepotView>)))]
async fn list_pooled_depots(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<WarehouseFilter>,
    Params(graded): Params<GradedFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<PooledDepotView>>, Problem> {
    let (db, scope, now) = (app.db.read(), caller.scope(), app.clock.now());
    let mut asked = filter.parse(now)?;
    let mark = format!("{filter:?}{graded:?}");
    let graded = Graded::judge(db, &scope, &mut asked, &graded, now).await?;
    let found = queries::depots(db, &scope, &asked, &page, &mark).await?;
    let items = found.items.into_iter().map(|view| graded.show(view));
    Ok(Json(Page {
        items: items.collect(),
        next_cursor: found.next_cursor,
    }))
}

/// List the lots behind the depots; the nearest first where a point, an incident or a site is
/// named.
#[utoipa::path(get, path = "/v1/virtual-warehouse/lots", params(WarehouseFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<PooledLotView>)))]
async fn list_pooled_lots(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<WarehouseFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<PooledLotView>>, Problem> {
    let asked = filter.parse(app.clock.now())?;
    let mark = format!("{filter:?}");
    queries::lots(app.db.read(), &caller.scope(), &asked, &page, &mark)
        .await
        .map(Json)
}

/// List what ought to stand in depots beside what there is: shortages, surpluses, or all.
#[utoipa::path(get, path = "/v1/virtual-warehouse/levels", params(LevelFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<LevelView>)))]
async fn list_levels(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<LevelFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<LevelView>>, Problem> {
    let selection = filter.parse()?;
    let mark = format!("{filter:?}");
    let day = day_at_depots(app.clock.now());
    let scope = caller.scope();
    queries::levels(app.db.read(), &scope, &selection, day, &page, &mark)
        .await
        .map(Json)
}

/// Propose where goods should go that will not be in date for long: to depots that lack them, the
/// nearest first, else to programmes or back to their makers.
#[utoipa::path(get, path = "/v1/virtual-warehouse/rotation", params(RotationFilter),
    responses((status = 200, description = "The proposals.", body = RotationView)))]
async fn get_rotation(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<RotationFilter>,
) -> Result<Json<RotationView>, Problem> {
    let day = day_at_depots(app.clock.now());
    queries::rotation(app.db.read(), &caller.scope(), &filter, day)
        .await
        .map(Json)
}
