//! Addresses of conversions.
//!
//! **Invariant.** What was converted is a movement, and is undone as one.

use axum::{Json, extract::State, response::Response};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathId, Write},
    identity::Caller,
    problem::Problem,
};

use super::{
    queries::{self, Side},
    wire::{ConversionView, KitAssemblyBody, KitDisassemblyBody, KitPartView},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_kit_assembly))
        .routes(routes!(create_kit_disassembly))
        .routes(routes!(list_lot_parts))
        .routes(routes!(list_lot_kits))
}

/// Put kits together by a version of their contents.
#[utoipa::path(post, path = "/v1/kit-assemblies", request_body = KitAssemblyBody,
    responses((status = 201, description = "Put together.", body = ConversionView)))]
async fn create_kit_assembly(
    Write(write, body): Write<KitAssemblyBody>,
) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.created(|made| format!("/v1/movements/{}", made.movement.id)))
}

/// Take kits apart, all of a lot or some of it.
#[utoipa::path(post, path = "/v1/kit-disassemblies", request_body = KitDisassemblyBody,
    responses((status = 201, description = "Taken apart.", body = ConversionView)))]
async fn create_kit_disassembly(
    Write(write, body): Write<KitDisassemblyBody>,
) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.created(|made| format!("/v1/movements/{}", made.movement.id)))
}

/// List what went into a lot of kits and what came out of it, by lot, with its donors.
#[utoipa::path(get, path = "/v1/lots/{lot_id}/parts",
    params(("lot_id" = String, Path, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$"), PageQuery),
    responses((status = 200, description = "A page.", body = Page<KitPartView>)))]
async fn list_lot_parts(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Lot>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<KitPartView>>, Problem> {
    queries::kit_parts(app.db.read(), &caller.scope(), id, Side::Kit, &page)
        .await
        .map(Json)
}

/// List the lots of kits that a lot went into, or came out of.
#[utoipa::path(get, path = "/v1/lots/{lot_id}/kits",
    params(("lot_id" = String, Path, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$"), PageQuery),
    responses((status = 200, description = "A page.", body = Page<KitPartView>)))]
async fn list_lot_kits(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Lot>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<KitPartView>>, Problem> {
    queries::kit_parts(app.db.read(), &caller.scope(), id, Side::Part, &page)
        .await
        .map(Json)
}
