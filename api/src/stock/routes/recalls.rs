//! Addresses of recalls of lots.
//!
//! **Invariant.** A recall that the caller does not see has no places either.

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
    queries,
    wire::{
        BalanceFilter, BalanceView, LiftRecallBody, LotRecallFilter, LotRecallView, RecallLotsBody,
    },
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_lot_recalls, recall_lots))
        .routes(routes!(get_lot_recall))
        .routes(routes!(list_recall_places))
        .routes(routes!(lift_lot_recall))
}

/// Recall lots, or a maker's batch in every depot below an organisation.
///
/// Nothing of them is available from then on. Promises stay and are shown as recalled; no order
/// picks or sends such goods until the recall is lifted. What comes in of a recalled batch later is
/// recalled, too.
#[utoipa::path(post, path = "/v1/lot-recalls", request_body = RecallLotsBody,
    responses((status = 201, description = "Recalled.", body = LotRecallView)))]
async fn recall_lots(Write(write, body): Write<RecallLotsBody>) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/lot-recalls/{}", made.id)))
}

/// List recalls of lots, the newest first.
#[utoipa::path(get, path = "/v1/lot-recalls", params(LotRecallFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<LotRecallView>)))]
async fn list_lot_recalls(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<LotRecallFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<LotRecallView>>, Problem> {
    queries::lot_recalls(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Show a recall of lots.
#[utoipa::path(get, path = "/v1/lot-recalls/{recall_id}",
    params(("recall_id" = String, Path, pattern = "^recall_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The recall.", body = LotRecallView)))]
async fn get_lot_recall(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::LotRecall>,
) -> Result<Resource<LotRecallView>, Problem> {
    queries::lot_recall(app.db.read(), &caller.scope(), id)
        .await
        .map(Resource)
}

/// List where goods of recalled lots lie or travel now: every zone and every shipment on the road.
///
/// Who got the rest is told by `/v1/lot-recalls/{recall_id}/hands`.
#[utoipa::path(get, path = "/v1/lot-recalls/{recall_id}/places",
    params(("recall_id" = String, Path, pattern = "^recall_[0-7][0-9a-hjkmnp-tv-z]{25}$"), PageQuery),
    responses((status = 200, description = "A page.", body = Page<BalanceView>)))]
async fn list_recall_places(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::LotRecall>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<BalanceView>>, Problem> {
    let (db, scope) = (app.db.read(), caller.scope());
    queries::lot_recall_row(db, &scope, id).await?;
    let filter = BalanceFilter {
        recall: Some(id),
        ..BalanceFilter::default()
    };
    queries::balances(db, &scope, &filter, &page, app.clock.now())
        .await
        .map(Json)
}

/// Lift a recall of lots and say why. Takes somebody who speaks for owners there.
#[utoipa::path(post, path = "/v1/lot-recalls/{recall_id}/lift",
    params(("recall_id" = String, Path, pattern = "^recall_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = LiftRecallBody,
    responses((status = 200, description = "Lifted.", body = LotRecallView)))]
async fn lift_lot_recall(
    PathId(recall): PathId<kinds::LotRecall>,
    Write(write, body): Write<LiftRecallBody>,
) -> Result<Response, Problem> {
    let command = body.parse(recall)?;
    Ok(write.run(command).await?.changed())
}
