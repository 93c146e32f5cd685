//! Addresses of disposals.
//!
//! **Invariant.** A disposal that the caller does not see is not there for any of its actions.

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
    commands::ApproveDisposal,
    queries,
    wire::{AskDisposalBody, CarryOutDisposalBody, DisposalFilter, DisposalView, EndDisposalBody},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_disposals, ask_disposal))
        .routes(routes!(get_disposal))
        .routes(routes!(approve_disposal))
        .routes(routes!(refuse_disposal))
        .routes(routes!(withdraw_disposal))
        .routes(routes!(carry_out_disposal))
}

/// Ask the owner to let condemned or expired goods go for good.
///
/// They are held by a reservation of the disposal, so that nobody issues them meanwhile. Somebody
/// else than who asks approves for the owner.
#[utoipa::path(post, path = "/v1/disposals", request_body = AskDisposalBody,
    responses((status = 201, description = "Asked.", body = DisposalView)))]
async fn ask_disposal(Write(write, body): Write<AskDisposalBody>) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/disposals/{}", made.id)))
}

/// List disposals, the newest first.
#[utoipa::path(get, path = "/v1/disposals", params(DisposalFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<DisposalView>)))]
async fn list_disposals(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<DisposalFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<DisposalView>>, Problem> {
    queries::disposals(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Show a disposal.
#[utoipa::path(get, path = "/v1/disposals/{disposal_id}",
    params(("disposal_id" = String, Path, pattern = "^disposal_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The disposal.", body = DisposalView)))]
async fn get_disposal(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Disposal>,
) -> Result<Resource<DisposalView>, Problem> {
    queries::disposal(app.db.read(), &caller.scope(), id)
        .await
        .map(Resource)
}

/// Agree to a disposal for the owner, as a person who did not ask for it.
#[utoipa::path(post, path = "/v1/disposals/{disposal_id}/approve",
    params(("disposal_id" = String, Path, pattern = "^disposal_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Approved.", body = DisposalView)))]
async fn approve_disposal(
    PathId(disposal): PathId<kinds::Disposal>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    Ok(write.run(ApproveDisposal { disposal }).await?.changed())
}

/// Refuse a disposal for the owner and say why; the goods are free again.
#[utoipa::path(post, path = "/v1/disposals/{disposal_id}/refuse",
    params(("disposal_id" = String, Path, pattern = "^disposal_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = EndDisposalBody,
    responses((status = 200, description = "Refused.", body = DisposalView)))]
async fn refuse_disposal(
    PathId(disposal): PathId<kinds::Disposal>,
    Write(write, body): Write<EndDisposalBody>,
) -> Result<Response, Problem> {
    let command = body.refuse(disposal)?;
    Ok(write.run(command).await?.changed())
}

/// Take a disposal back that was not carried out, and say why; the goods are free again.
#[utoipa::path(post, path = "/v1/disposals/{disposal_id}/withdraw",
    params(("disposal_id" = String, Path, pattern = "^disposal_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = EndDisposalBody,
    responses((status = 200, description = "Withdrawn.", body = DisposalView)))]
async fn withdraw_disposal(
    PathId(disposal): PathId<kinds::Disposal>,
    Write(write, body): Write<EndDisposalBody>,
) -> Result<Response, Problem> {
    let command = body.withdraw(disposal)?;
    Ok(write.run(command).await?.changed())
}

/// Say what came of an approved disposal: the goods leave the book.
///
/// Less than was asked for may leave; the rest stays on the shelf and is free. What an auction
/// brought is kept with it, and parts that are still good become new lots that name the disposal.
#[utoipa::path(post, path = "/v1/disposals/{disposal_id}/carry-out",
    params(("disposal_id" = String, Path, pattern = "^disposal_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = CarryOutDisposalBody,
    responses((status = 200, description = "Carried out.", body = DisposalView)))]
async fn carry_out_disposal(
    PathId(disposal): PathId<kinds::Disposal>,
    Write(write, body): Write<CarryOutDisposalBody>,
) -> Result<Response, Problem> {
    let command = body.parse(disposal)?;
    Ok(write.run(command).await?.changed())
}
