//! Addresses for those who hold a receipt or read a label.
//!
//! **Invariant.** A receipt is told by its number and its code together; who has only one of them
//! learns nothing of the goods.

use axum::{Json, extract::State};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Body, PathId, PathText},
    problem::{Code, Problem},
    stock,
};

use super::{
    commands::note_trace_code,
    queries,
    wire::{PublicLotView, PublicShipmentView, TraceBody, TraceView},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(trace_gift))
        .routes(routes!(get_public_shipment))
        .routes(routes!(get_public_lot))
}

/// Tell what became of a gift, to whoever has the number and the code of its receipt.
///
/// Nobody is named. Every step names its entry of the journal, and every entry is proven under a
/// signed checkpoint. After several wrong codes a receipt rests for a while.
#[utoipa::path(post, path = "/v1/public/traces", request_body = TraceBody,
    responses((status = 200, description = "What became of it.", body = TraceView)))]
async fn trace_gift(
    State(app): State<App>,
    Body(body): Body<TraceBody>,
) -> Result<Json<TraceView>, Problem> {
    let (number, code) = body.parse()?;
    let now = app.clock.now();
    let known = stock::coded_receipts(app.db.read(), &number).await?;
    let (resting, free): (Vec<_>, Vec<_>) = known
        .into_iter()
        .partition(|receipt| receipt.locked_until.is_some_and(|until| until > now));
    if let Some(receipt) = free.iter().find(|receipt| receipt.is_opened_by(&code)) {
        let found = queries::trace(app.db.read(), receipt.movement, now).await?;
        if receipt.was_tried {
            note_trace_code(&app, vec![receipt.movement], true).await?;
        }
        return Ok(Json(found));
    }
    let guessed = free.iter().map(|receipt| receipt.movement).collect();
    note_trace_code(&app, guessed, false).await?;
    match resting
        .iter()
        .filter_map(|receipt| receipt.locked_until)
        .max()
    {
        Some(until) => {
            let wait_s = (until - now).num_seconds().max(1);
            Err(Problem::new(Code::TooManyAttempts).with("retry_after_s", wait_s))
        }
        None => Err(Problem::not_found().detail(
            "回执编号或查询码不对",
            "the number of the receipt or its code is wrong",
        )),
    }
}

/// Show a shipment by the number of its waybill, as anybody may know it.
#[utoipa::path(get, path = "/v1/public/shipments/{waybill}",
    params(("waybill" = String, Path, min_length = 1, max_length = 64)),
    responses((status = 200, description = "The shipment.", body = PublicShipmentView)))]
async fn get_public_shipment(
    State(app): State<App>,
    PathText(waybill): PathText,
) -> Result<Json<PublicShipmentView>, Problem> {
    queries::shipment(app.db.read(), &waybill).await.map(Json)
}

/// Show the goods of a lot, by the id on the label of its boxes, as anybody may know them.
#[utoipa::path(get, path = "/v1/public/lots/{lot_id}",
    params(("lot_id" = String, Path, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The goods.", body = PublicLotView)))]
async fn get_public_lot(
    State(app): State<App>,
    PathId(id): PathId<kinds::Lot>,
) -> Result<Json<PublicLotView>, Problem> {
    queries::lot(app.db.read(), id, app.clock.now())
        .await
        .map(Json)
}
