//! Addresses of balances and lots.
//!
//! **Invariant.** Nothing is written here.

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
    wire::{
        BalanceFilter, BalanceView, HistoryFilter, LotFilter, LotHistoryView, LotStandingView,
        LotView, check_as_of,
    },
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_balances))
        .routes(routes!(list_lots))
        .routes(routes!(get_lot))
        .routes(routes!(get_lot_history))
}

/// List what lies where, by zone, lot and condition; now or at any past moment.
#[utoipa::path(get, path = "/v1/balances", params(BalanceFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<BalanceView>)))]
async fn list_balances(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<BalanceFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<BalanceView>>, Problem> {
    let now = app.clock.now();
    check_as_of(filter.as_of, now)?;
    queries::balances(app.db.read(), &caller.scope(), &filter, &page, now)
        .await
        .map(Json)
}

/// List lots, the newest first.
#[utoipa::path(get, path = "/v1/lots", params(LotFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<LotView>)))]
async fn list_lots(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<LotFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<LotView>>, Problem> {
    queries::lots(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Show a lot, where it is now, and what its life adds up to.
#[utoipa::path(get, path = "/v1/lots/{lot_id}",
    params(("lot_id" = String, Path, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The lot.", body = LotStandingView)))]
async fn get_lot(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Lot>,
) -> Result<Json<LotStandingView>, Problem> {
    let now = app.clock.now();
    queries::lot_standing(app.db.read(), &caller.scope(), id, now)
        .await
        .map(Json)
}

/// Show the life of a lot: every passage from where to where, oldest first; through the kits that it
/// went into, if that is asked.
#[utoipa::path(get, path = "/v1/lots/{lot_id}/history",
    params(("lot_id" = String, Path, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        HistoryFilter, PageQuery),
    responses((status = 200, description = "A page of passages, and the totals.", body = LotHistoryView)))]
async fn get_lot_history(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Lot>,
    Params(filter): Params<HistoryFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<LotHistoryView>, Problem> {
    queries::history(app.db.read(), &caller.scope(), id, &filter, &page)
        .await
        .map(Json)
}
