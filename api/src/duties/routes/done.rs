//! Addresses of duties, of what was done, and of goods that have come.
//!
//! **Invariant.** What the caller does not see is not there for any action.

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
        AcceptArrivalBody, ArrivalFilter, ArrivalView, DutyFilter, DutyRecordFilter,
        DutyRecordView, DutyView, RecordArrivalBody, RecordDutyBody, WithdrawArrivalBody,
        WithdrawDutyRecordBody,
    },
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_duties))
        .routes(routes!(list_duty_records, record_duty))
        .routes(routes!(get_duty_record))
        .routes(routes!(withdraw_duty_record))
        .routes(routes!(list_arrivals, record_arrival))
        .routes(routes!(get_arrival))
        .routes(routes!(accept_arrival))
        .routes(routes!(withdraw_arrival))
}

/// List what must be done in depots by a day, the first due first: goods to put on record, lots to
/// restack and test, fire checks, oral orders to paper, gifts for an emergency to publish.
///
/// What the ledger and the orders know is read there. Each duty names who answers for it and the rule
/// by which its day is counted. What was done is listed if `standing` asks for it; what was restacked,
/// tested or checked is due anew, and listed as a duty record.
#[utoipa::path(get, path = "/v1/duties", params(DutyFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<DutyView>)))]
async fn list_duties(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<DutyFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<DutyView>>, Problem> {
    let (scope, now) = (caller.scope(), app.clock.now());
    queries::duties(app.db.read(), &scope, &filter, &page, now)
        .await
        .map(Json)
}

/// List what was recorded as done, the newest first.
#[utoipa::path(get, path = "/v1/duty-records", params(DutyRecordFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<DutyRecordView>)))]
async fn list_duty_records(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<DutyRecordFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<DutyRecordView>>, Problem> {
    queries::records(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Record that lots were restacked or tested, or that somebody checked, trained or drilled against
/// fire.
#[utoipa::path(post, path = "/v1/duty-records", request_body = RecordDutyBody,
    responses((status = 201, description = "Recorded.", body = DutyRecordView)))]
async fn record_duty(Write(write, body): Write<RecordDutyBody>) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/duty-records/{}", made.id)))
}

/// Show what was recorded as done.
#[utoipa::path(get, path = "/v1/duty-records/{record_id}",
    params(("record_id" = String, Path, pattern = "^duty_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The record.", body = DutyRecordView)))]
async fn get_duty_record(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::DutyRecord>,
) -> Result<Resource<DutyRecordView>, Problem> {
    queries::record(app.db.read(), &caller.scope(), id)
        .await
        .map(Resource)
}

/// Say that a record was wrong, and why; it counts no more.
#[utoipa::path(post, path = "/v1/duty-records/{record_id}/withdraw",
    params(("record_id" = String, Path, pattern = "^duty_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = WithdrawDutyRecordBody,
    responses((status = 200, description = "Withdrawn.", body = DutyRecordView)))]
async fn withdraw_duty_record(
    PathId(record): PathId<kinds::DutyRecord>,
    Write(write, body): Write<WithdrawDutyRecordBody>,
) -> Result<Response, Problem> {
    let command = body.parse(record)?;
    Ok(write.run(command).await?.changed())
}

/// List goods that have come, the newest first.
#[utoipa::path(get, path = "/v1/arrivals", params(ArrivalFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<ArrivalView>)))]
async fn list_arrivals(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<ArrivalFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<ArrivalView>>, Problem> {
    queries::arrivals(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Say that goods have come which are not counted and on record yet.
#[utoipa::path(post, path = "/v1/arrivals", request_body = RecordArrivalBody,
    responses((status = 201, description = "Noted.", body = ArrivalView)))]
async fn record_arrival(Write(write, body): Write<RecordArrivalBody>) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/arrivals/{}", made.id)))
}

/// Show goods that have come.
#[utoipa::path(get, path = "/v1/arrivals/{arrival_id}",
    params(("arrival_id" = String, Path, pattern = "^arrival_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The arrival.", body = ArrivalView)))]
async fn get_arrival(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Arrival>,
) -> Result<Resource<ArrivalView>, Problem> {
    queries::arrival(app.db.read(), &caller.scope(), id)
        .await
        .map(Resource)
}

/// Name the receipt that put goods on record which had come.
#[utoipa::path(post, path = "/v1/arrivals/{arrival_id}/accept",
    params(("arrival_id" = String, Path, pattern = "^arrival_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = AcceptArrivalBody,
    responses((status = 200, description = "Accepted.", body = ArrivalView)))]
async fn accept_arrival(
    PathId(arrival): PathId<kinds::Arrival>,
    Write(write, body): Write<AcceptArrivalBody>,
) -> Result<Response, Problem> {
    Ok(write.run(body.parse(arrival)).await?.changed())
}

/// Say that an arrival was written down wrongly, and why.
#[utoipa::path(post, path = "/v1/arrivals/{arrival_id}/withdraw",
    params(("arrival_id" = String, Path, pattern = "^arrival_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = WithdrawArrivalBody,
    responses((status = 200, description = "Withdrawn.", body = ArrivalView)))]
async fn withdraw_arrival(
    PathId(arrival): PathId<kinds::Arrival>,
    Write(write, body): Write<WithdrawArrivalBody>,
) -> Result<Response, Problem> {
    let command = body.parse(arrival)?;
    Ok(write.run(command).await?.changed())
}
