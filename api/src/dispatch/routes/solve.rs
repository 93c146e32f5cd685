//! The address of the solver for figures that the caller brings.
//!
//! **Invariant.** Nothing is read and nothing is kept: the answer depends on the question alone.

use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    dispatch::wire::{SolvePlanBody, SolvedPlanView},
    http::Body,
    identity::Caller,
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(solve_plan))
}

/// Answer a transportation problem with the figures of the question.
///
/// As little as possible of the demands is missing, and then the costs are least: proven, or with
/// the bound that was reached. The same question has the same answer.
#[utoipa::path(post, path = "/v1/plans/solve", request_body = SolvePlanBody,
    responses((status = 200, description = "The answer.", body = SolvedPlanView)))]
async fn solve_plan(
    _caller: Caller,
    Body(asked): Body<SolvePlanBody>,
) -> Result<Json<SolvedPlanView>, Problem> {
    let problem = asked.parse()?;
    // Thousands of ways take a while, and other requests share this thread.
    let solved = tokio::task::spawn_blocking(move || problem.solve())
        .await
        .map_err(Problem::internal)?;
    Ok(Json(SolvedPlanView::new(&asked, &solved)))
}
