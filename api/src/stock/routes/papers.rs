//! Addresses of papers that move goods.
//!
//! **Invariant.** A paper that was posted is a movement, whatever it was sent as.

use axum::{Json, extract::State, response::Response};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    depots::DepotView,
    http::{Page, PageQuery, Params, PathId, Write},
    identity::Caller,
    problem::Problem,
};

use super::{
    commands::{CloseDepot, RenewTraceCode},
    queries,
    wire::{
        CloseBody, MovementFilter, MovementSummaryView, MovementView, ReverseBody, TraceCodeView,
        ZoneTransferBody,
    },
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_zone_transfer))
        .routes(routes!(list_movements))
        .routes(routes!(get_movement))
        .routes(routes!(reverse_movement))
        .routes(routes!(renew_trace_code))
        .routes(routes!(close_depot))
}

/// Move goods from one zone of a depot to another.
#[utoipa::path(post, path = "/v1/zone-transfers", request_body = ZoneTransferBody,
    responses((status = 201, description = "Moved.", body = MovementView)))]
async fn create_zone_transfer(
    Write(write, body): Write<ZoneTransferBody>,
) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.created(|made| format!("/v1/movements/{}", made.id)))
}

/// List movements, the newest first, without their lines.
#[utoipa::path(get, path = "/v1/movements", params(MovementFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<MovementSummaryView>)))]
async fn list_movements(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<MovementFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<MovementSummaryView>>, Problem> {
    queries::movements(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Show a movement with its lines.
#[utoipa::path(get, path = "/v1/movements/{movement_id}",
    params(("movement_id" = String, Path, pattern = "^movement_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The movement.", body = MovementView)))]
async fn get_movement(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Movement>,
) -> Result<Json<MovementView>, Problem> {
    queries::movement(app.db.read(), &caller.scope(), id)
        .await
        .map(Json)
}

/// Undo a movement by its mirror. Nothing is ever erased.
#[utoipa::path(post, path = "/v1/movements/{movement_id}/reverse",
    params(("movement_id" = String, Path, pattern = "^movement_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ReverseBody,
    responses((status = 201, description = "The reversal.", body = MovementView)))]
async fn reverse_movement(
    PathId(id): PathId<kinds::Movement>,
    Write(write, body): Write<ReverseBody>,
) -> Result<Response, Problem> {
    let command = body.parse(id)?;
    let done = write.run(command).await?;
    Ok(done.created(|made| format!("/v1/movements/{}", made.id)))
}

/// Close a depot for ever. It must be empty: nothing on hand, reserved, or on the road from it.
#[utoipa::path(post, path = "/v1/depots/{depot_id}/close",
    params(("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = CloseBody,
    responses((status = 200, description = "Closed.", body = DepotView)))]
async fn close_depot(
    PathId(depot): PathId<kinds::Depot>,
    Write(write, body): Write<CloseBody>,
) -> Result<Response, Problem> {
    let reason = body.parse()?;
    let command = CloseDepot { depot, reason };
    Ok(write.run(command).await?.changed())
}

/// Make the code of a receipt anew, for a slip that was lost or never printed; the old one dies.
#[utoipa::path(post, path = "/v1/movements/{movement_id}/trace-codes",
    params(("movement_id" = String, Path, pattern = "^movement_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The code.", body = TraceCodeView)))]
async fn renew_trace_code(
    PathId(movement): PathId<kinds::Movement>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    Ok(write.run(RenewTraceCode { movement }).await?.answer())
}
