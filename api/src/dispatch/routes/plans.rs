//! Addresses of plans.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

use axum::{Json, extract::State, response::Response};
use domain::{identity::Capability, kernel::kinds};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    dispatch::{
        commands::{ConfirmPlan, DiscardPlan, KeepPlan, KeptPlan},
        queries::{self, Reach, plan_input::Question},
        wire::{CreatePlanBody, PlanDocument, PlanFilter, PlanView},
    },
    http::{Page, PageQuery, Params, PathId, Resource, Write},
    identity::Caller,
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_plan))
        .routes(routes!(list_plans))
        .routes(routes!(get_plan))
        .routes(routes!(confirm_plan))
        .routes(routes!(discard_plan))
}

/// Propose who sends what to an incident's open needs: the proven best, or nearest depot first; with
/// `replan`, what its orders that have not been picked should become.
#[utoipa::path(post, path = "/v1/incidents/{incident_id}/plans",
    params(("incident_id" = String, Path, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = CreatePlanBody,
    responses((status = 201, description = "Proposed.", body = PlanView)))]
async fn create_plan(
    PathId(incident): PathId<kinds::Incident>,
    Write(write, body): Write<CreatePlanBody>,
) -> Result<Response, Problem> {
    let asked = Question {
        incident,
        needs: body.need_ids.unwrap_or_default(),
        policy: body.policy.unwrap_or_default().policy()?,
        replan: body.replan.unwrap_or(false),
        principal: write.caller().principal(),
    };
    let caller = write.caller();
    let reach = Reach {
        sees: caller.scope(),
        plans: caller.reach(Capability::PlanDispatch),
        reserves: caller.reach(Capability::ReserveStock),
    };
    let proposal = queries::propose(write.app(), &reach, &asked).await?;
    let command = KeepPlan {
        id: body.id,
        proposal,
    };
    let done = write.run(command).await?;
    let done = done.try_map(KeptPlan::into_document)?;
    Ok(done.made(|made| format!("/v1/plans/{}", made.id())))
}

/// List plans, newest first.
#[utoipa::path(get, path = "/v1/plans", params(PlanFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<PlanView>)))]
async fn list_plans(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<PlanFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<PlanView>>, Problem> {
    queries::plans(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Show a plan with its allocations, shortfalls and reasons.
#[utoipa::path(get, path = "/v1/plans/{plan_id}",
    params(("plan_id" = String, Path, pattern = "^plan_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The plan.", body = PlanView)))]
async fn get_plan(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Plan>,
) -> Result<Resource<PlanDocument>, Problem> {
    queries::plan(app.db.read(), &caller.scope(), id)
        .await
        .map(Resource)
}

/// Reserve everything that a plan uses and make its orders, changing those that it was to change, or
/// do nothing.
#[utoipa::path(post, path = "/v1/plans/{plan_id}/confirm",
    params(("plan_id" = String, Path, pattern = "^plan_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Confirmed.", body = PlanView)))]
async fn confirm_plan(
    PathId(plan): PathId<kinds::Plan>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    let done = write.run(ConfirmPlan { plan }).await?;
    Ok(done.try_map(KeptPlan::into_document)?.changed())
}

/// Put a plan aside.
#[utoipa::path(post, path = "/v1/plans/{plan_id}/discard",
    params(("plan_id" = String, Path, pattern = "^plan_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Discarded.", body = PlanView)))]
async fn discard_plan(
    PathId(plan): PathId<kinds::Plan>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    let done = write.run(DiscardPlan { plan }).await?;
    Ok(done.try_map(KeptPlan::into_document)?.changed())
}
