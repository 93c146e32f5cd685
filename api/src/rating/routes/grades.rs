//! Addresses of live grades.
//!
//! **Invariant.** Read-only: what is supposed is not written.

use axum::{Json, extract::State};
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
    wire::{DepotGradeView, GradeFilter, GradeView, RatedBy, SimulateGradeBody, SimulationView},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_grades))
        .routes(routes!(get_depot_grade))
        .routes(routes!(simulate_depot_grade))
}

/// List what depots are rated as today, by code, and what each falls short of.
///
/// Every depot is judged at the moment of asking, from the ledger, its profile and its counts. What
/// no table knows is not assessed, which is neither zero nor a pass.
#[utoipa::path(get, path = "/v1/grades", params(GradeFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<DepotGradeView>)))]
async fn list_grades(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<GradeFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<DepotGradeView>>, Problem> {
    let (scope, now) = (caller.scope(), app.clock.now());
    queries::grades(app.db.read(), &scope, &filter, &page, now)
        .await
        .map(Json)
}

/// Show what a depot is rated as today, why, and what is missing for the next level; if asked, also
/// which depots could lend goods that are missing.
#[utoipa::path(get, path = "/v1/depots/{depot_id}/grade",
    params(("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$"), RatedBy),
    responses((status = 200, description = "The grade.", body = GradeView)))]
async fn get_depot_grade(
    State(app): State<App>,
    caller: Caller,
    PathId(depot): PathId<kinds::Depot>,
    Params(by): Params<RatedBy>,
) -> Result<Json<GradeView>, Problem> {
    let (scope, now) = (caller.scope(), app.clock.now());
    queries::grade(app.db.read(), &scope, depot, &by, now)
        .await
        .map(Json)
}

/// Show what a depot would be rated as, if these goods came or went and these figures were so.
///
/// Nothing is written, with or without `dry_run`.
#[utoipa::path(post, path = "/v1/depots/{depot_id}/simulate-grade",
    params(("depot_id" = String, Path, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = SimulateGradeBody,
    responses((status = 200, description = "Now and then.", body = SimulationView)))]
async fn simulate_depot_grade(
    PathId(depot): PathId<kinds::Depot>,
    Write(write, body): Write<SimulateGradeBody>,
) -> Result<Json<SimulationView>, Problem> {
    let app = write.app();
    let (scope, now) = (write.caller().scope(), app.clock.now());
    queries::simulate(app.db.read(), &scope, depot, &body, now)
        .await
        .map(Json)
}
