//! Addresses of goods that come back.
//!
//! **Invariant.** A return is known by its movement, which also undoes it when it is reversed.

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
    queries,
    wire::{GoodsReturnBody, GoodsReturnFilter, GoodsReturnView},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_returns, create_return))
        .routes(routes!(get_return))
}

/// Take goods back from a site or a recipient.
///
/// No more of a lot comes back than went out and is not back yet. Recovery rules say what is to be
/// done with each line, and the goods enter the book as what they then are: what is to be disposed
/// of is condemned, what is to be cleaned or mended needs repair.
#[utoipa::path(post, path = "/v1/returns", request_body = GoodsReturnBody,
    responses((status = 201, description = "Taken back.", body = GoodsReturnView)))]
async fn create_return(Write(write, body): Write<GoodsReturnBody>) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.created(|made| format!("/v1/returns/{}", made.movement_id)))
}

/// List goods that came back, the newest first.
#[utoipa::path(get, path = "/v1/returns", params(GoodsReturnFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<GoodsReturnView>)))]
async fn list_returns(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<GoodsReturnFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<GoodsReturnView>>, Problem> {
    queries::goods_returns(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Show goods that came back.
#[utoipa::path(get, path = "/v1/returns/{movement_id}",
    params(("movement_id" = String, Path, pattern = "^movement_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The return.", body = GoodsReturnView)))]
async fn get_return(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Movement>,
) -> Result<Json<GoodsReturnView>, Problem> {
    queries::goods_return(app.db.read(), &caller.scope(), id)
        .await
        .map(Json)
}
