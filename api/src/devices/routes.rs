//! Addresses of devices.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathId, Resource, Write},
    identity::Caller,
    problem::Problem,
};

use super::{
    commands, queries,
    wire::{BatchBody, BatchView, DeviceBody, DeviceFilter, DeviceView},
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_devices, register_device))
        .routes(routes!(get_device))
        .routes(routes!(send_batch))
}

/// Make a device known that works without a network.
#[utoipa::path(post, path = "/v1/devices", request_body = DeviceBody,
    responses((status = 201, description = "Known.", body = DeviceView)))]
async fn register_device(Write(write, body): Write<DeviceBody>) -> Result<Response, Problem> {
    let done = write.run(body.parse()?).await?;
    Ok(done.made(|made| format!("/v1/devices/{}", made.id)))
}

/// List devices, the newest first.
#[utoipa::path(get, path = "/v1/devices", params(DeviceFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<DeviceView>)))]
async fn list_devices(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<DeviceFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<DeviceView>>, Problem> {
    queries::devices(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Show a device and the number of the command that is expected of it next.
#[utoipa::path(get, path = "/v1/devices/{device_id}",
    params(("device_id" = String, Path, pattern = "^device_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The device.", body = DeviceView)))]
async fn get_device(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Device>,
) -> Result<Resource<DeviceView>, Problem> {
    queries::device(app.db.read(), &caller.scope(), id)
        .await
        .map(Resource)
}

/// Send what a device gathered without a network: up to 5,000 commands in the order of its numbers.
///
/// Each command is run as the caller and on its own, as its operation alone would be, and is done
/// once however often it is sent; its number stands for it, and the `Idempotency-Key` of the batch
/// for nothing. Whatever breaks the connection, send the batch again: what was done answers
/// `replayed`. A command that is refused has used up its number; what is mended has a new one.
/// Commands after it are run, unless they say by `depends_on` that they make no sense without it.
///
/// Where a number was used for something else, or `previous` is not the hash of the command before,
/// there are two of the device: that is noted, and nothing new is taken from it any more. Register
/// it anew, and send what was not acknowledged under new numbers.
///
/// There is no dry run of a batch. What takes longer than 20 seconds is `not_run`, to be sent again.
#[utoipa::path(post, path = "/v1/devices/{device_id}/batches",
    params(("device_id" = String, Path, pattern = "^device_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = BatchBody,
    responses((status = 200, description = "What became of each.", body = BatchView)))]
async fn send_batch(
    PathId(device): PathId<kinds::Device>,
    Write(write, body): Write<BatchBody>,
) -> Result<Response, Problem> {
    if write.is_dry_run() {
        return Err(Problem::field(
            "dry_run",
            "unknown",
            "批量补录不能试运行",
            "there is no dry run of a batch",
        )
        .of_query());
    }
    let batch = body.parse()?;
    let done = commands::run_batch(write.app(), &write.afterwards(), device, batch).await?;
    Ok(Json(done).into_response())
}
