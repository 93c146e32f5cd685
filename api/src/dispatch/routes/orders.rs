//! Addresses of dispatch orders.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

use axum::{Json, extract::State, response::Response};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    dispatch::{
        commands::{Act, ActOnOrder, RecallOrder},
        queries,
        wire::{CreateOrderBody, OralOrderBody, OrderFilter, OrderView, ReasonBody},
    },
    http::{Page, PageQuery, Params, PathId, Resource, Write, Writer},
    identity::Caller,
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_orders, create_order))
        .routes(routes!(get_order))
        .routes(routes!(submit_order))
        .routes(routes!(approve_order))
        .routes(routes!(approve_order_alone))
        .routes(routes!(reject_order))
        .routes(routes!(order_orally))
        .routes(routes!(put_order_on_paper))
        .routes(routes!(start_picking))
        .routes(routes!(cancel_order))
        .routes(routes!(recall_order))
        .routes(routes!(close_order))
}

/// List dispatch orders, newest first.
#[utoipa::path(get, path = "/v1/dispatch-orders", params(OrderFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<OrderView>)))]
async fn list_orders(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<OrderFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<OrderView>>, Problem> {
    let now = app.clock.now();
    queries::orders(app.db.read(), &caller.scope(), &filter, &page, now)
        .await
        .map(Json)
}

/// Order goods from a depot without a plan; they are reserved at once.
#[utoipa::path(post, path = "/v1/dispatch-orders", request_body = CreateOrderBody,
    responses((status = 201, description = "Written and reserved.", body = OrderView)))]
async fn create_order(Write(write, body): Write<CreateOrderBody>) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/dispatch-orders/{}", made.id)))
}

/// Show an order with its lines and its history.
#[utoipa::path(get, path = "/v1/dispatch-orders/{order_id}",
    params(("order_id" = String, Path, pattern = "^order_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The order.", body = OrderView)))]
async fn get_order(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::DispatchOrder>,
) -> Result<Resource<OrderView>, Problem> {
    queries::order(app.db.read(), &caller.scope(), id, app.clock.now())
        .await
        .map(Resource)
}

async fn act(
    write: &Writer,
    order: domain::kernel::Id<kinds::DispatchOrder>,
    act: Act,
) -> Result<Response, Problem> {
    Ok(write.run(ActOnOrder { order, act }).await?.changed())
}

/// Ask the owner of the goods to approve an order.
#[utoipa::path(post, path = "/v1/dispatch-orders/{order_id}/submit",
    params(("order_id" = String, Path, pattern = "^order_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Done.", body = OrderView)))]
async fn submit_order(
    PathId(order): PathId<kinds::DispatchOrder>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    act(&write, order, Act::Submit).await
}

/// Agree to an order, as the owner of the goods; not who planned, drew up or submitted it.
#[utoipa::path(post, path = "/v1/dispatch-orders/{order_id}/approve",
    params(("order_id" = String, Path, pattern = "^order_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Done.", body = OrderView)))]
async fn approve_order(
    PathId(order): PathId<kinds::DispatchOrder>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    act(&write, order, Act::Approve).await
}

/// Agree to an order that one has asked for oneself, where nobody else can, and say why.
#[utoipa::path(post, path = "/v1/dispatch-orders/{order_id}/approve-alone",
    params(("order_id" = String, Path, pattern = "^order_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ReasonBody,
    responses((status = 200, description = "Done.", body = OrderView)))]
async fn approve_order_alone(
    PathId(order): PathId<kinds::DispatchOrder>,
    Write(write, body): Write<ReasonBody>,
) -> Result<Response, Problem> {
    act(&write, order, Act::ApproveAlone(body.parse()?)).await
}

/// Decline an order, as the owner of the goods, and say why.
#[utoipa::path(post, path = "/v1/dispatch-orders/{order_id}/reject",
    params(("order_id" = String, Path, pattern = "^order_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ReasonBody,
    responses((status = 200, description = "Done.", body = OrderView)))]
async fn reject_order(
    PathId(order): PathId<kinds::DispatchOrder>,
    Write(write, body): Write<ReasonBody>,
) -> Result<Response, Problem> {
    act(&write, order, Act::Reject(body.parse()?)).await
}

/// Let an order run on a spoken word; its paper is owed within 48 hours.
#[utoipa::path(post, path = "/v1/dispatch-orders/{order_id}/order-orally",
    params(("order_id" = String, Path, pattern = "^order_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = OralOrderBody,
    responses((status = 200, description = "Done.", body = OrderView)))]
async fn order_orally(
    PathId(order): PathId<kinds::DispatchOrder>,
    Write(write, body): Write<OralOrderBody>,
) -> Result<Response, Problem> {
    let (given_by, deadline) = body.parse()?;
    act(&write, order, Act::OrderOrally { given_by, deadline }).await
}

/// Put a spoken order on paper, as the owner of the goods; not who asked for it or wrote it down.
#[utoipa::path(post, path = "/v1/dispatch-orders/{order_id}/put-on-paper",
    params(("order_id" = String, Path, pattern = "^order_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Done.", body = OrderView)))]
async fn put_order_on_paper(
    PathId(order): PathId<kinds::DispatchOrder>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    act(&write, order, Act::PutOnPaper).await
}

/// Begin to pick, as the keeper.
#[utoipa::path(post, path = "/v1/dispatch-orders/{order_id}/start-picking",
    params(("order_id" = String, Path, pattern = "^order_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Done.", body = OrderView)))]
async fn start_picking(
    PathId(order): PathId<kinds::DispatchOrder>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    act(&write, order, Act::StartPicking).await
}

/// Stop an order before its goods leave.
#[utoipa::path(post, path = "/v1/dispatch-orders/{order_id}/cancel",
    params(("order_id" = String, Path, pattern = "^order_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ReasonBody,
    responses((status = 200, description = "Done.", body = OrderView)))]
async fn cancel_order(
    PathId(order): PathId<kinds::DispatchOrder>,
    Write(write, body): Write<ReasonBody>,
) -> Result<Response, Problem> {
    act(&write, order, Act::Cancel(body.parse()?)).await
}

/// Complete the papers of a delivered order.
#[utoipa::path(post, path = "/v1/dispatch-orders/{order_id}/close",
    params(("order_id" = String, Path, pattern = "^order_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Done.", body = OrderView)))]
async fn close_order(
    PathId(order): PathId<kinds::DispatchOrder>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    act(&write, order, Act::Close).await
}

/// Call the goods of a dispatched order back from the road; what was handed over stays so. They stay
/// on the road until the depot that sent them receives them back.
#[utoipa::path(post, path = "/v1/dispatch-orders/{order_id}/recall",
    params(("order_id" = String, Path, pattern = "^order_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ReasonBody,
    responses((status = 200, description = "Recalled.", body = OrderView)))]
async fn recall_order(
    PathId(order): PathId<kinds::DispatchOrder>,
    Write(write, body): Write<ReasonBody>,
) -> Result<Response, Problem> {
    let reason = body.parse()?;
    Ok(write.run(RecallOrder { order, reason }).await?.changed())
}
