//! The address where goods come in.
//!
//! **Invariant.** A receipt is stock's; it is taken here because only here stock and incidents meet.

use axum::response::Response;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    dispatch::commands::ReceiveGoods,
    http::Write,
    problem::Problem,
    stock::{ReceiptBody, ReceiptView},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_receipt))
}

/// Receive goods: each line is a new lot.
///
/// `warnings` names goods that have expired or, for gifts, keep for too short a time; neither is
/// refused.
#[utoipa::path(post, path = "/v1/receipts", request_body = ReceiptBody,
    responses((status = 201, description = "Received.", body = ReceiptView)))]
async fn create_receipt(Write(write, body): Write<ReceiptBody>) -> Result<Response, Problem> {
    let receipt = body.parse()?;
    let done = write.run(ReceiveGoods { receipt }).await?;
    Ok(done.created(|made| format!("/v1/movements/{}", made.movement.id)))
}
