//! Addresses of shipments and hand-overs.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

use axum::{Json, extract::State, response::Response};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    dispatch::{
        commands::RecallShipment,
        queries,
        wire::{
            CreateHandOverBody, CreateShipmentBody, ReasonBody, ReceiveBackBody,
            ReverseHandOverBody, ShipOrderBody, ShipmentFilter, ShipmentView, WaybillView,
        },
    },
    http::{Page, PageQuery, Params, PathId, Resource, Write},
    identity::Caller,
    journal::{CheckpointView, latest_checkpoint},
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_shipments, create_shipment))
        .routes(routes!(get_shipment))
        .routes(routes!(get_waybill))
        .routes(routes!(ship_order))
        .routes(routes!(sign_hand_over))
        .routes(routes!(reverse_hand_over))
        .routes(routes!(recall_shipment))
        .routes(routes!(receive_back))
}

/// List shipments, newest first.
#[utoipa::path(get, path = "/v1/shipments", params(ShipmentFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<ShipmentView>)))]
async fn list_shipments(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<ShipmentFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<ShipmentView>>, Problem> {
    queries::shipments(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Send goods from one depot to another without an order.
#[utoipa::path(post, path = "/v1/shipments", request_body = CreateShipmentBody,
    responses((status = 201, description = "On the road.", body = ShipmentView)))]
async fn create_shipment(
    Write(write, body): Write<CreateShipmentBody>,
) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/shipments/{}", made.id)))
}

/// Show a shipment with what became of its goods and its signatures.
#[utoipa::path(get, path = "/v1/shipments/{shipment_id}",
    params(("shipment_id" = String, Path, pattern = "^shipment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The shipment.", body = ShipmentView)))]
async fn get_shipment(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Shipment>,
) -> Result<Resource<ShipmentView>, Problem> {
    queries::shipment(app.db.read(), &caller.scope(), id)
        .await
        .map(Resource)
}

/// Show the waybill of a shipment, with the newest checkpoint of the journal to print on it.
///
/// Whoever keeps the paper is a witness: `POST /v1/checkpoints/compare` tells whether the journal
/// still begins with what was signed that day.
#[utoipa::path(get, path = "/v1/shipments/{shipment_id}/waybill",
    params(("shipment_id" = String, Path, pattern = "^shipment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The waybill.", body = WaybillView<CheckpointView>)))]
async fn get_waybill(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Shipment>,
) -> Result<Json<WaybillView<CheckpointView>>, Problem> {
    let shipment = queries::shipment(app.db.read(), &caller.scope(), id).await?;
    let checkpoint = latest_checkpoint(app.db.read()).await?;
    Ok(Json(WaybillView {
        shipment,
        checkpoint,
    }))
}

/// Send an order's goods, all or a part, as the keeper.
#[utoipa::path(post, path = "/v1/dispatch-orders/{order_id}/shipments",
    params(("order_id" = String, Path, pattern = "^order_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ShipOrderBody,
    responses((status = 201, description = "On the road.", body = ShipmentView)))]
async fn ship_order(
    PathId(order): PathId<kinds::DispatchOrder>,
    Write(write, body): Write<ShipOrderBody>,
) -> Result<Response, Problem> {
    let command = body.parse(order)?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/shipments/{}", made.id)))
}

/// Sign for what arrived of a shipment: received, damaged and short. What is not named stays on the
/// road.
#[utoipa::path(post, path = "/v1/shipments/{shipment_id}/hand-overs",
    params(("shipment_id" = String, Path, pattern = "^shipment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = CreateHandOverBody,
    responses((status = 200, description = "Signed.", body = ShipmentView)))]
async fn sign_hand_over(
    PathId(shipment): PathId<kinds::Shipment>,
    Write(write, body): Write<CreateHandOverBody>,
) -> Result<Response, Problem> {
    let command = body.parse(shipment)?;
    Ok(write.run(command).await?.changed())
}

/// Undo a hand-over that was written down wrongly: its goods are on the road again. It stays on
/// record, and the right one is signed anew.
#[utoipa::path(post, path = "/v1/hand-overs/{hand_over_id}/reverse",
    params(("hand_over_id" = String, Path, pattern = "^handover_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ReverseHandOverBody,
    responses((status = 200, description = "Undone; the shipment as it is now.", body = ShipmentView)))]
async fn reverse_hand_over(
    PathId(hand_over): PathId<kinds::HandOver>,
    Write(write, body): Write<ReverseHandOverBody>,
) -> Result<Response, Problem> {
    let command = body.parse(hand_over)?;
    Ok(write.run(command).await?.changed())
}

/// Call a transfer between depots back from the road, as the keeper who sent it. A shipment under an
/// order is recalled with its order.
#[utoipa::path(post, path = "/v1/shipments/{shipment_id}/recall",
    params(("shipment_id" = String, Path, pattern = "^shipment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ReasonBody,
    responses((status = 200, description = "Recalled.", body = ShipmentView)))]
async fn recall_shipment(
    PathId(shipment): PathId<kinds::Shipment>,
    Write(write, body): Write<ReasonBody>,
) -> Result<Response, Problem> {
    let reason = body.parse()?;
    let command = RecallShipment { shipment, reason };
    Ok(write.run(command).await?.changed())
}

/// Receive goods of a recalled shipment back into the depot that sent them, all or a part.
#[utoipa::path(post, path = "/v1/shipments/{shipment_id}/receive-back",
    params(("shipment_id" = String, Path, pattern = "^shipment_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ReceiveBackBody,
    responses((status = 200, description = "Received.", body = ShipmentView)))]
async fn receive_back(
    PathId(shipment): PathId<kinds::Shipment>,
    Write(write, body): Write<ReceiveBackBody>,
) -> Result<Response, Problem> {
    let command = body.parse(shipment)?;
    Ok(write.run(command).await?.changed())
}
