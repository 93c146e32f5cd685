//! Who got goods of recalled lots.
//!
//! **Invariant.** Dispatch answers, because the signatures are its own.

use axum::{Json, extract::State};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    dispatch::queries,
    http::{Page, PageQuery, Params, PathId},
    identity::Caller,
    problem::Problem,
    stock::RecallHandView,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_recall_hands))
}

/// List every hand that got goods of recalled lots: recipients and sites with who signed, what was
/// lost, and what came back.
///
/// What still lies in depots or is on the road is told by `/v1/lot-recalls/{recall_id}/places`.
#[utoipa::path(get, path = "/v1/lot-recalls/{recall_id}/hands",
    params(("recall_id" = String, Path, pattern = "^recall_[0-7][0-9a-hjkmnp-tv-z]{25}$"), PageQuery),
    responses((status = 200, description = "A page.", body = Page<RecallHandView>)))]
async fn list_recall_hands(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::LotRecall>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<RecallHandView>>, Problem> {
    queries::recall_hands(app.db.read(), &caller.scope(), id, &page)
        .await
        .map(Json)
}
