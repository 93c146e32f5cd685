//! Addresses of the virtual warehouse.
//!
//! **Invariant.** Read-only.

use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params},
    identity::Caller,
    problem::Problem,
};

use super::{
    queries,
    wire::{PooledDepotView, PooledItemView, PooledLotView, WarehouseFilter},
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_pooled_items))
        .routes(routes!(list_pooled_depots))
        .routes(routes!(list_pooled_lots))
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
#[utoipa::path(get, path = "/v1/virtual-warehouse/depots", params(WarehouseFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<PooledDepotView>)))]
async fn list_pooled_depots(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<WarehouseFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<PooledDepotView>>, Problem> {
    let asked = filter.parse(app.clock.now())?;
    let mark = format!("{filter:?}");
    queries::depots(app.db.read(), &caller.scope(), &asked, &page, &mark)
        .await
        .map(Json)
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
