//! Addresses of changes of owner and of purpose.
//!
//! **Invariant.** A change that the caller does not see is not there for any of its actions. It is
//! asked for where stock and incidents meet, since goods may come to be bound to an incident.

use axum::{Json, extract::State, response::Response};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathId, Resource, Write},
    identity::Caller,
    problem::Problem,
};

use super::{
    commands::{AcceptLotChange, ApproveLotChange},
    queries,
    wire::{EndLotChangeBody, LotChangeFilter, LotChangeView},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_lot_changes))
        .routes(routes!(get_lot_change))
        .routes(routes!(approve_lot_change))
        .routes(routes!(accept_lot_change))
        .routes(routes!(refuse_lot_change))
        .routes(routes!(withdraw_lot_change))
}

/// List changes of owner and of purpose, the newest first.
#[utoipa::path(get, path = "/v1/lot-changes", params(LotChangeFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<LotChangeView>)))]
async fn list_lot_changes(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<LotChangeFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<LotChangeView>>, Problem> {
    queries::lot_changes(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Show a change of owner or of purpose.
#[utoipa::path(get, path = "/v1/lot-changes/{change_id}",
    params(("change_id" = String, Path, pattern = "^change_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The change.", body = LotChangeView)))]
async fn get_lot_change(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::LotChange>,
) -> Result<Resource<LotChangeView>, Problem> {
    queries::lot_change(app.db.read(), &caller.scope(), id)
        .await
        .map(Resource)
}

/// Agree to a change for the owner, as a person who did not ask for it.
///
/// A change of purpose is done by that; a change of owner waits for the new one.
#[utoipa::path(post, path = "/v1/lot-changes/{change_id}/approve",
    params(("change_id" = String, Path, pattern = "^change_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Approved.", body = LotChangeView)))]
async fn approve_lot_change(
    PathId(change): PathId<kinds::LotChange>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    Ok(write.run(ApproveLotChange { change }).await?.changed())
}

/// Take title for the new owner, as a person who neither asked nor approved.
///
/// The goods become lots of their own that name what they were; item, batch, dates, maker and donor
/// stay.
#[utoipa::path(post, path = "/v1/lot-changes/{change_id}/accept",
    params(("change_id" = String, Path, pattern = "^change_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Accepted.", body = LotChangeView)))]
async fn accept_lot_change(
    PathId(change): PathId<kinds::LotChange>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    Ok(write.run(AcceptLotChange { change }).await?.changed())
}

/// Refuse a change and say why: for the owner before they agreed, for the new one after that.
#[utoipa::path(post, path = "/v1/lot-changes/{change_id}/refuse",
    params(("change_id" = String, Path, pattern = "^change_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = EndLotChangeBody,
    responses((status = 200, description = "Refused.", body = LotChangeView)))]
async fn refuse_lot_change(
    PathId(change): PathId<kinds::LotChange>,
    Write(write, body): Write<EndLotChangeBody>,
) -> Result<Response, Problem> {
    let command = body.refuse(change)?;
    Ok(write.run(command).await?.changed())
}

/// Take a change back that is not done, and say why; the goods are free again.
#[utoipa::path(post, path = "/v1/lot-changes/{change_id}/withdraw",
    params(("change_id" = String, Path, pattern = "^change_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = EndLotChangeBody,
    responses((status = 200, description = "Withdrawn.", body = LotChangeView)))]
async fn withdraw_lot_change(
    PathId(change): PathId<kinds::LotChange>,
    Write(write, body): Write<EndLotChangeBody>,
) -> Result<Response, Problem> {
    let command = body.withdraw(change)?;
    Ok(write.run(command).await?.changed())
}
