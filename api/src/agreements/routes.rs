//! Addresses of agreements, call-offs and deliveries.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

use axum::{Json, extract::State, response::Response};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    clock::day_at_depots,
    http::{Page, PageQuery, Params, PathId, Resource, Write},
    identity::Caller,
    problem::Problem,
    stock::ReceiptBody,
};

use super::{
    commands::ReceiveCallOff,
    queries,
    wire::{
        AgreementFilter, AgreementView, CallGoodsOffBody, CallOffFilter, CallOffView,
        CancelCallOffBody, ConfirmAgreementBody, ConfirmationView, CreateAgreementBody,
        DeliverCallOffBody, EndAgreementBody, ReverseDeliveryBody, UpdateAgreementBody,
    },
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_agreements, create_agreement))
        .routes(routes!(get_agreement, update_agreement))
        .routes(routes!(end_agreement))
        .routes(routes!(list_confirmations, confirm_agreement))
        .routes(routes!(call_goods_off))
        .routes(routes!(list_call_offs))
        .routes(routes!(get_call_off))
        .routes(routes!(receive_call_off))
        .routes(routes!(deliver_call_off))
        .routes(routes!(cancel_call_off))
        .routes(routes!(reverse_delivery))
}

/// Write down what a supplier promised: how much of what, how fast, until when, at what price.
#[utoipa::path(post, path = "/v1/agreements", request_body = CreateAgreementBody,
    responses((status = 201, description = "Written down.", body = AgreementView)))]
async fn create_agreement(
    Write(write, body): Write<CreateAgreementBody>,
) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/agreements/{}", made.id)))
}

/// List agreements, the newest first.
#[utoipa::path(get, path = "/v1/agreements", params(AgreementFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<AgreementView>)))]
async fn list_agreements(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<AgreementFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<AgreementView>>, Problem> {
    let day = day_at_depots(app.clock.now());
    queries::agreements(app.db.read(), &caller.scope(), &filter, day, &page)
        .await
        .map(Json)
}

/// Show an agreement, what it promises today and what was last confirmed of it.
#[utoipa::path(get, path = "/v1/agreements/{agreement_id}",
    params(("agreement_id" = String, Path, pattern = "^agreement_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The agreement.", body = AgreementView)))]
async fn get_agreement(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Agreement>,
) -> Result<Resource<AgreementView>, Problem> {
    let day = day_at_depots(app.clock.now());
    queries::agreement(app.db.read(), &caller.scope(), id, day)
        .await
        .map(Resource)
}

/// Change or renew an agreement.
#[utoipa::path(patch, path = "/v1/agreements/{agreement_id}",
    params(("agreement_id" = String, Path, pattern = "^agreement_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = UpdateAgreementBody,
    responses((status = 200, description = "Changed.", body = AgreementView)))]
async fn update_agreement(
    PathId(agreement): PathId<kinds::Agreement>,
    Write(write, body): Write<UpdateAgreementBody>,
) -> Result<Response, Problem> {
    let command = body.parse(agreement, write.based_on()?)?;
    Ok(write.run(command).await?.changed())
}

/// End an agreement before its time. What was called off is owed all the same.
#[utoipa::path(post, path = "/v1/agreements/{agreement_id}/end",
    params(("agreement_id" = String, Path, pattern = "^agreement_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = EndAgreementBody,
    responses((status = 200, description = "Ended.", body = AgreementView)))]
async fn end_agreement(
    PathId(agreement): PathId<kinds::Agreement>,
    Write(write, body): Write<EndAgreementBody>,
) -> Result<Response, Problem> {
    let command = body.parse(agreement)?;
    Ok(write.run(command).await?.changed())
}

/// Note what the supplier says is really there.
#[utoipa::path(post, path = "/v1/agreements/{agreement_id}/confirmations",
    params(("agreement_id" = String, Path, pattern = "^agreement_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ConfirmAgreementBody,
    responses((status = 200, description = "Noted.", body = AgreementView)))]
async fn confirm_agreement(
    PathId(agreement): PathId<kinds::Agreement>,
    Write(write, body): Write<ConfirmAgreementBody>,
) -> Result<Response, Problem> {
    let command = body.parse(agreement)?;
    Ok(write.run(command).await?.changed())
}

/// List what the supplier said is there, the newest first.
#[utoipa::path(get, path = "/v1/agreements/{agreement_id}/confirmations",
    params(("agreement_id" = String, Path, pattern = "^agreement_[0-7][0-9a-hjkmnp-tv-z]{25}$"), PageQuery),
    responses((status = 200, description = "A page.", body = Page<ConfirmationView>)))]
async fn list_confirmations(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Agreement>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<ConfirmationView>>, Problem> {
    queries::confirmations(app.db.read(), &caller.scope(), id, &page)
        .await
        .map(Json)
}

/// Call goods off from an agreement, for a depot or for a site of an incident.
///
/// Never more than was agreed less what was called off before, and only while the agreement is in
/// force.
#[utoipa::path(post, path = "/v1/agreements/{agreement_id}/call-offs",
    params(("agreement_id" = String, Path, pattern = "^agreement_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = CallGoodsOffBody,
    responses((status = 201, description = "Called off.", body = CallOffView)))]
async fn call_goods_off(
    PathId(agreement): PathId<kinds::Agreement>,
    Write(write, body): Write<CallGoodsOffBody>,
) -> Result<Response, Problem> {
    let command = body.parse(agreement)?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/call-offs/{}", made.id)))
}

/// List call-offs, the newest first.
#[utoipa::path(get, path = "/v1/call-offs", params(CallOffFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<CallOffView>)))]
async fn list_call_offs(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<CallOffFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<CallOffView>>, Problem> {
    queries::call_offs(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Show a call-off with what came of it.
#[utoipa::path(get, path = "/v1/call-offs/{call_off_id}",
    params(("call_off_id" = String, Path, pattern = "^calloff_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The call-off.", body = CallOffView)))]
async fn get_call_off(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::CallOff>,
) -> Result<Resource<CallOffView>, Problem> {
    queries::call_off(app.db.read(), &caller.scope(), id)
        .await
        .map(Resource)
}

/// Receive into the depot what was called off for it, all or a part.
///
/// The lots are purchases of the society that called them off, at the price of the call-off, unless
/// the receipt names another owner or value.
#[utoipa::path(post, path = "/v1/call-offs/{call_off_id}/receive",
    params(("call_off_id" = String, Path, pattern = "^calloff_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ReceiptBody,
    responses((status = 200, description = "Received.", body = CallOffView)))]
async fn receive_call_off(
    PathId(call_off): PathId<kinds::CallOff>,
    Write(write, body): Write<ReceiptBody>,
) -> Result<Response, Problem> {
    let receipt = body.parse()?;
    let command = ReceiveCallOff { call_off, receipt };
    Ok(write.run(command).await?.changed())
}

/// Note what the supplier brought straight to the site, all or a part.
#[utoipa::path(post, path = "/v1/call-offs/{call_off_id}/deliver",
    params(("call_off_id" = String, Path, pattern = "^calloff_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = DeliverCallOffBody,
    responses((status = 200, description = "Noted.", body = CallOffView)))]
async fn deliver_call_off(
    PathId(call_off): PathId<kinds::CallOff>,
    Write(write, body): Write<DeliverCallOffBody>,
) -> Result<Response, Problem> {
    let command = body.parse(call_off)?;
    Ok(write.run(command).await?.changed())
}

/// Give up what has not come; the agreement promises it again.
#[utoipa::path(post, path = "/v1/call-offs/{call_off_id}/cancel",
    params(("call_off_id" = String, Path, pattern = "^calloff_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = CancelCallOffBody,
    responses((status = 200, description = "Given up.", body = CallOffView)))]
async fn cancel_call_off(
    PathId(call_off): PathId<kinds::CallOff>,
    Write(write, body): Write<CancelCallOffBody>,
) -> Result<Response, Problem> {
    let command = body.parse(call_off)?;
    Ok(write.run(command).await?.changed())
}

/// Take a delivery back that had not come, and reverse its receipt; the supplier owes it again.
#[utoipa::path(post, path = "/v1/call-off-deliveries/{delivery_id}/reverse",
    params(("delivery_id" = String, Path, pattern = "^delivery_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ReverseDeliveryBody,
    responses((status = 200, description = "Taken back.", body = CallOffView)))]
async fn reverse_delivery(
    PathId(delivery): PathId<kinds::Delivery>,
    Write(write, body): Write<ReverseDeliveryBody>,
) -> Result<Response, Problem> {
    let command = body.parse(delivery)?;
    Ok(write.run(command).await?.changed())
}
