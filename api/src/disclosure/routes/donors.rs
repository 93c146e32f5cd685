//! Addresses of donors on record.
//!
//! **Invariant.** They are for those who see the organisation to which the donors give.

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
    wire::{DonorFilter, DonorView, RecordDonorBody, RecordNamingBody},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_donors, record_donor))
        .routes(routes!(get_donor, change_donor))
}

/// List donors on record, by name.
#[utoipa::path(get, path = "/v1/donors", params(DonorFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<DonorView>)))]
async fn list_donors(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<DonorFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<DonorView>>, Problem> {
    queries::donors(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Put a donor on record, by the name that receipts have, and what they said to being named.
///
/// Statements name organisations unless they refused, persons only where they agreed, and donors who
/// are not on record never.
#[utoipa::path(post, path = "/v1/donors", request_body = RecordDonorBody,
    responses((status = 201, description = "On record.", body = DonorView)))]
async fn record_donor(Write(write, body): Write<RecordDonorBody>) -> Result<Response, Problem> {
    let done = write.run(body.parse()?).await?;
    Ok(done.made(|made| format!("/v1/donors/{}", made.id)))
}

/// Show a donor.
#[utoipa::path(get, path = "/v1/donors/{donor_id}",
    params(("donor_id" = String, Path, pattern = "^donor_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The donor.", body = DonorView)))]
async fn get_donor(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Donor>,
) -> Result<Resource<DonorView>, Problem> {
    let row = queries::donor(app.db.read(), &caller.scope(), id).await?;
    Ok(Resource(DonorView::from(row)))
}

/// Note what a donor says now to being named.
#[utoipa::path(patch, path = "/v1/donors/{donor_id}",
    params(("donor_id" = String, Path, pattern = "^donor_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = RecordNamingBody,
    responses((status = 200, description = "Noted.", body = DonorView)))]
async fn change_donor(
    PathId(donor): PathId<kinds::Donor>,
    Write(write, body): Write<RecordNamingBody>,
) -> Result<Response, Problem> {
    let command = body.parse(donor, write.based_on()?)?;
    Ok(write.run(command).await?.changed())
}
