//! Addresses of the virtual warehouse.
//!
//! **Invariant.** Read-only: what is posted here is a question.

use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    clock::day_at_depots,
    http::{Body, Page, PageQuery, Params},
    identity::Caller,
    problem::Problem,
};

use super::{
    queries::{self, Graded},
    wire::{
        AgreementStockView, CoverageBody, CoverageView, GradedFilter, LevelFilter, LevelView,
        MutualAidFilter, MutualAidView, PooledDepotView, PooledItemView, PooledLotView, ReachBody,
        ReachView, RotationFilter, RotationView, WarehouseFilter,
    },
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_pooled_items))
        .routes(routes!(list_pooled_depots))
        .routes(routes!(list_pooled_lots))
        .routes(routes!(list_agreement_stock))
        .routes(routes!(list_levels))
        .routes(routes!(get_rotation))
        .routes(routes!(compute_reach))
        .routes(routes!(compute_coverage))
        .routes(routes!(get_mutual_aid))
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
    queries::items(&app, &caller.scope(), &asked, &page, &mark)
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
    let found = queries::depots(&app, &scope, &asked, &page, &mark).await?;
    Ok(Json(found.map(|view| graded.show(view))))
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
    queries::lots(&app, &caller.scope(), &asked, &page, &mark)
        .await
        .map(Json)
}

/// List what suppliers promise, the nearest first where a point, an incident or a site is named.
///
/// It is never part of what depots hold. A filter that only goods in depots can meet, such as a level
/// or another condition than usable, leaves nothing of it.
#[utoipa::path(get, path = "/v1/virtual-warehouse/agreement-stock",
    params(WarehouseFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<AgreementStockView>)))]
async fn list_agreement_stock(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<WarehouseFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<AgreementStockView>>, Problem> {
    let asked = filter.parse(app.clock.now())?;
    let mark = format!("{filter:?}");
    queries::agreement_stock(&app, &caller.scope(), &asked, &page, &mark)
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

/// Tell how much of which items can be in places after how long, from depots and from suppliers
/// apart; and when what is needed there can be met.
///
/// The time is that of the way, of loading where `handling_min` says so, and of the supplier's
/// response. What would arrive out of date does not count. Nothing is promised.
#[utoipa::path(post, path = "/v1/virtual-warehouse/reach", request_body = ReachBody,
    responses((status = 200, description = "The curves.", body = ReachView)))]
async fn compute_reach(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<ReachBody>,
) -> Result<Json<ReachView>, Problem> {
    let asked = asked.parse()?;
    queries::reach(&app, &caller.scope(), asked, app.clock.now())
        .await
        .map(Json)
}

/// Tell for how many people, and for how many days, there is enough by a standard: in each area by
/// what lies in it, and in all together; the gaps ranked.
///
/// Depots may be taken to be cut off, and divisions to be flooded, for this question alone. What
/// suppliers promise is told apart and covers nobody.
#[utoipa::path(post, path = "/v1/virtual-warehouse/coverage", request_body = CoverageBody,
    responses((status = 200, description = "How far it reaches.", body = CoverageView)))]
async fn compute_coverage(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<CoverageBody>,
) -> Result<Json<CoverageView>, Problem> {
    let asked = asked.parse()?;
    let day = day_at_depots(app.clock.now());
    queries::coverage(app.db.read(), &caller.scope(), asked, day)
        .await
        .map(Json)
}

/// Tell who could lend what to whom in time: what depots have above their own minimum, or floor,
/// against what depots of others lack of theirs.
#[utoipa::path(get, path = "/v1/virtual-warehouse/mutual-aid", params(MutualAidFilter),
    responses((status = 200, description = "The loans.", body = MutualAidView)))]
async fn get_mutual_aid(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<MutualAidFilter>,
) -> Result<Json<MutualAidView>, Problem> {
    let day = day_at_depots(app.clock.now());
    queries::mutual_aid(&app, &caller.scope(), &filter, day)
        .await
        .map(Json)
}
