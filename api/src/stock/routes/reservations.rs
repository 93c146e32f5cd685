//! Addresses of reservations.
//!
//! **Invariant.** The end of a reservation is an action of its own, never an edit.

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
    commands::ReleaseReservation,
    queries,
    wire::{PostReservationBody, ReleaseBody, ReservationFilter, ReservationView},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_reservations))
        .routes(routes!(get_reservation))
        .routes(routes!(release_reservation))
        .routes(routes!(post_reservation))
}

/// List reservations, the newest first.
#[utoipa::path(get, path = "/v1/reservations", params(ReservationFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<ReservationView>)))]
async fn list_reservations(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<ReservationFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<ReservationView>>, Problem> {
    let now = app.clock.now();
    queries::reservations(app.db.read(), &caller.scope(), &filter, &page, now)
        .await
        .map(Json)
}

/// Show a reservation.
#[utoipa::path(get, path = "/v1/reservations/{reservation_id}",
    params(("reservation_id" = String, Path, pattern = "^reservation_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The reservation.", body = ReservationView)))]
async fn get_reservation(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Reservation>,
) -> Result<Resource<ReservationView>, Problem> {
    let now = app.clock.now();
    queries::reservation(app.db.read(), &caller.scope(), id, now)
        .await
        .map(Resource)
}

/// Give a reservation up: what it held is free again.
#[utoipa::path(post, path = "/v1/reservations/{reservation_id}/release",
    params(("reservation_id" = String, Path, pattern = "^reservation_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ReleaseBody,
    responses((status = 200, description = "Released.", body = ReservationView)))]
async fn release_reservation(
    PathId(id): PathId<kinds::Reservation>,
    Write(write, ReleaseBody {}): Write<ReleaseBody>,
) -> Result<Response, Problem> {
    let command = ReleaseReservation { id };
    Ok(write.run(command).await?.changed())
}

/// Issue what a reservation holds, or a part of it; the rest is free again.
#[utoipa::path(post, path = "/v1/reservations/{reservation_id}/post",
    params(("reservation_id" = String, Path, pattern = "^reservation_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = PostReservationBody,
    responses((status = 200, description = "Posted; `movement_id` names the issue.", body = ReservationView)))]
async fn post_reservation(
    PathId(id): PathId<kinds::Reservation>,
    Write(write, body): Write<PostReservationBody>,
) -> Result<Response, Problem> {
    let command = body.parse(id)?;
    Ok(write.run(command).await?.changed())
}
