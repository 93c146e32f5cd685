//! Addresses of loans.
//!
//! **Invariant.** A loan that the caller does not see is not there for any of its actions.

use axum::{Json, extract::State, response::Response};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    clock::day_at_depots,
    http::{Page, PageQuery, Params, PathId, Resource, Write},
    identity::Caller,
    problem::Problem,
};

use super::{
    queries,
    wire::{ForgiveLoanBody, GiveBackBody, LendBody, LoanFilter, LoanView, SettleLoanBody},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_loans, lend_goods))
        .routes(routes!(get_loan))
        .routes(routes!(give_back_loan))
        .routes(routes!(settle_loan))
        .routes(routes!(forgive_loan))
}

/// Lend goods to another society until a day.
///
/// They leave the depot and are owed: neither lost nor there to be promised. The borrower is an
/// organisation of this system or a society outside it. What a donor bound to a purpose is not lent.
#[utoipa::path(post, path = "/v1/loans", request_body = LendBody,
    responses((status = 201, description = "Lent.", body = LoanView)))]
async fn lend_goods(Write(write, body): Write<LendBody>) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/loans/{}", made.id)))
}

/// List loans, the newest first.
#[utoipa::path(get, path = "/v1/loans", params(LoanFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<LoanView>)))]
async fn list_loans(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<LoanFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<LoanView>>, Problem> {
    let today = day_at_depots(app.clock.now());
    queries::loans(app.db.read(), &caller.scope(), &filter, &page, today)
        .await
        .map(Json)
}

/// Show a loan.
#[utoipa::path(get, path = "/v1/loans/{loan_id}",
    params(("loan_id" = String, Path, pattern = "^loan_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The loan.", body = LoanView)))]
async fn get_loan(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Loan>,
) -> Result<Resource<LoanView>, Problem> {
    let today = day_at_depots(app.clock.now());
    queries::loan(app.db.read(), &caller.scope(), id, today)
        .await
        .map(Resource)
}

/// Take back some or all of what was lent, in the condition in which it came.
#[utoipa::path(post, path = "/v1/loans/{loan_id}/give-back",
    params(("loan_id" = String, Path, pattern = "^loan_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = GiveBackBody,
    responses((status = 200, description = "Given back.", body = LoanView)))]
async fn give_back_loan(
    PathId(loan): PathId<kinds::Loan>,
    Write(write, body): Write<GiveBackBody>,
) -> Result<Response, Problem> {
    let command = body.parse(loan)?;
    Ok(write.run(command).await?.changed())
}

/// Take other goods in the place of some that were lent, by a rate that was agreed.
///
/// Takes somebody who keeps stock for the depot and approves for the owner. What comes must follow
/// the rate to the piece.
#[utoipa::path(post, path = "/v1/loans/{loan_id}/settle",
    params(("loan_id" = String, Path, pattern = "^loan_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = SettleLoanBody,
    responses((status = 200, description = "Settled.", body = LoanView)))]
async fn settle_loan(
    PathId(loan): PathId<kinds::Loan>,
    Write(write, body): Write<SettleLoanBody>,
) -> Result<Response, Problem> {
    let command = body.parse(loan)?;
    Ok(write.run(command).await?.changed())
}

/// Ask for the rest of a loan no more, for the owner, and say why; it is written off.
///
/// Takes a person who approves for the owner and did not lend.
#[utoipa::path(post, path = "/v1/loans/{loan_id}/forgive",
    params(("loan_id" = String, Path, pattern = "^loan_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ForgiveLoanBody,
    responses((status = 200, description = "Forgiven.", body = LoanView)))]
async fn forgive_loan(
    PathId(loan): PathId<kinds::Loan>,
    Write(write, body): Write<ForgiveLoanBody>,
) -> Result<Response, Problem> {
    let command = body.parse(loan)?;
    Ok(write.run(command).await?.changed())
}
