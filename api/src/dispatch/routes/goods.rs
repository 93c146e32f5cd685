//! The addresses where goods are bound to an incident, leave for one or are held for one.
//!
//! **Invariant.** These papers are stock's; they are taken here because only here stock and
//! incidents meet.

use axum::response::Response;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    dispatch::commands::ForIncidents,
    http::Write,
    problem::Problem,
    stock::{
        AskLotChangeBody, IssueBody, LotChangeView, MovementView, ReceiptBody, ReceiptView,
        ReservationView, ReserveBody,
    },
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_receipt))
        .routes(routes!(create_issue))
        .routes(routes!(create_reservation))
        .routes(routes!(ask_lot_change))
}

/// Receive goods: each line is a new lot.
///
/// `warnings` names goods that have expired or, for gifts, keep for too short a time; neither is
/// refused.
#[utoipa::path(post, path = "/v1/receipts", request_body = ReceiptBody,
    responses((status = 201, description = "Received.", body = ReceiptView)))]
async fn create_receipt(Write(write, body): Write<ReceiptBody>) -> Result<Response, Problem> {
    let done = write.run(ForIncidents(body.parse()?)).await?;
    Ok(done.created(|made| format!("/v1/movements/{}", made.movement.id)))
}

/// Issue goods to a recipient, by lot or picked by item, first expired first.
#[utoipa::path(post, path = "/v1/issues", request_body = IssueBody,
    responses((status = 201, description = "Issued.", body = MovementView)))]
async fn create_issue(Write(write, body): Write<IssueBody>) -> Result<Response, Problem> {
    let done = write.run(ForIncidents(body.parse()?)).await?;
    Ok(done.created(|made| format!("/v1/movements/{}", made.id)))
}

/// Hold goods back for somebody until a deadline: all that is asked for, or nothing.
#[utoipa::path(post, path = "/v1/reservations", request_body = ReserveBody,
    responses((status = 201, description = "Reserved.", body = ReservationView)))]
async fn create_reservation(Write(write, body): Write<ReserveBody>) -> Result<Response, Problem> {
    let done = write.run(ForIncidents(body.parse()?)).await?;
    Ok(done.made(|made| format!("/v1/reservations/{}", made.id)))
}

/// Ask that goods of one owner become another's, or come to serve something else.
///
/// They are held until the change ends. Title passes when the owner's approver agreed and the new
/// owner's accepted, who are two people and neither of them asked. The purpose changes only with the
/// donor's recorded `consent`, once the owner's approver agreed.
#[utoipa::path(post, path = "/v1/lot-changes", request_body = AskLotChangeBody,
    responses((status = 201, description = "Asked.", body = LotChangeView)))]
async fn ask_lot_change(Write(write, body): Write<AskLotChangeBody>) -> Result<Response, Problem> {
    let done = write.run(ForIncidents(body.parse()?)).await?;
    Ok(done.made(|made| format!("/v1/lot-changes/{}", made.id)))
}
