//! Addresses of sealed days.
//!
//! **Invariant.** Days are for everyone who is logged in, as checkpoints are; what a depot had is for
//! whoever sees the depot.

use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathText},
    identity::Caller,
    problem::Problem,
};

use super::{
    queries,
    wire::{BalanceProofQuery, BalanceProofView, SealedDayView},
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_sealed_days))
        .routes(routes!(get_sealed_day))
        .routes(routes!(get_balance_proof))
}

/// List the days whose balances are sealed, newest first.
///
/// Every depot's balance of every item at the end of the day stands under one hash, and the hash in
/// the journal. A day is sealed within an hour and a half of its end.
#[utoipa::path(get, path = "/v1/sealed-days", params(PageQuery),
    responses((status = 200, description = "A page.", body = Page<SealedDayView>)))]
async fn list_sealed_days(
    State(app): State<App>,
    _caller: Caller,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<SealedDayView>>, Problem> {
    queries::days(app.db.read(), &page).await.map(Json)
}

/// Show a sealed day.
#[utoipa::path(get, path = "/v1/sealed-days/{day}",
    params(("day" = String, Path, pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")),
    responses((status = 200, description = "The day.", body = SealedDayView)))]
async fn get_sealed_day(
    State(app): State<App>,
    _caller: Caller,
    PathText(day): PathText,
) -> Result<Json<SealedDayView>, Problem> {
    let row = queries::day(app.db.read(), &day).await?;
    Ok(Json(SealedDayView::of(row)))
}

/// Prove what a depot had of an item at the end of a day.
///
/// The proof leads from the balance to a signed checkpoint and can be checked without this server and
/// without the journal, for instance by `tools/verify.py`. It tells nothing of other balances.
#[utoipa::path(get, path = "/v1/sealed-days/{day}/balance-proof",
    params(("day" = String, Path, pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), BalanceProofQuery),
    responses((status = 200, description = "The proof.", body = BalanceProofView)))]
async fn get_balance_proof(
    State(app): State<App>,
    caller: Caller,
    PathText(day): PathText,
    Params(query): Params<BalanceProofQuery>,
) -> Result<Json<BalanceProofView>, Problem> {
    queries::proof(&app, &caller.scope(), &day, &query)
        .await
        .map(Json)
}
