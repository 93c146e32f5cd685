//! Addresses of fair use.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

use axum::{Json, extract::State, response::Response};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    dispatch::{
        queries,
        wire::{
            BeginFairUseBody, DrawFilter, EndFairUseBody, FairUseDrawView, FairUsePermitView,
            FairUseRuleFilter, FairUseRuleView, PermitBody,
        },
    },
    http::{Page, PageQuery, Params, PathId, Resource, Write},
    identity::Caller,
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_fair_use_rules, begin_fair_use))
        .routes(routes!(get_fair_use_rule))
        .routes(routes!(end_fair_use))
        .routes(routes!(list_fair_use_permits, permit_beyond_share))
        .routes(routes!(list_fair_use_draws))
}

/// Let no organisation order more than a share of an owner's goods from now on, unless the owner permits
/// it.
///
/// Orders that go beyond it are refused with `fair-use-exceeded`. The owner's own orders are not
/// measured, and of several rules each is kept.
#[utoipa::path(post, path = "/v1/fair-use-rules", request_body = BeginFairUseBody,
    responses((status = 201, description = "In force.", body = FairUseRuleView)))]
async fn begin_fair_use(Write(write, body): Write<BeginFairUseBody>) -> Result<Response, Problem> {
    let done = write.run(body.parse()?).await?;
    Ok(done.made(|made| format!("/v1/fair-use-rules/{}", made.id)))
}

/// List rules of fair use, the newest first.
#[utoipa::path(get, path = "/v1/fair-use-rules", params(FairUseRuleFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<FairUseRuleView>)))]
async fn list_fair_use_rules(
    State(app): State<App>,
    _: Caller,
    Params(filter): Params<FairUseRuleFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<FairUseRuleView>>, Problem> {
    queries::fair_use_rules(app.db.read(), &filter, &page)
        .await
        .map(Json)
}

/// Show a rule of fair use.
#[utoipa::path(get, path = "/v1/fair-use-rules/{rule_id}",
    params(("rule_id" = String, Path, pattern = "^fairuse_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The rule.", body = FairUseRuleView)))]
async fn get_fair_use_rule(
    State(app): State<App>,
    _: Caller,
    PathId(id): PathId<kinds::FairUseRule>,
) -> Result<Resource<FairUseRuleView>, Problem> {
    let row = queries::fair_use_rule(app.db.read(), id).await?;
    Ok(Resource(row.into()))
}

/// End a rule of fair use.
#[utoipa::path(post, path = "/v1/fair-use-rules/{rule_id}/end", request_body = EndFairUseBody,
    params(("rule_id" = String, Path, pattern = "^fairuse_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Ended.", body = FairUseRuleView)))]
async fn end_fair_use(
    PathId(id): PathId<kinds::FairUseRule>,
    Write(write, body): Write<EndFairUseBody>,
) -> Result<Response, Problem> {
    Ok(write.run(body.parse(id)?).await?.changed())
}

/// Permit an organisation to order so much beside its share.
///
/// Whoever orders the goods is not helped by what they permitted themselves.
#[utoipa::path(post, path = "/v1/fair-use-rules/{rule_id}/permits", request_body = PermitBody,
    params(("rule_id" = String, Path, pattern = "^fairuse_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 201, description = "Permitted.", body = FairUsePermitView)))]
async fn permit_beyond_share(
    PathId(id): PathId<kinds::FairUseRule>,
    Write(write, body): Write<PermitBody>,
) -> Result<Response, Problem> {
    let done = write.run(body.parse(id)?).await?;
    Ok(done.made(|made| format!("/v1/fair-use-rules/{}/permits", made.rule_id)))
}

/// List what was permitted beside a rule, the newest first.
#[utoipa::path(get, path = "/v1/fair-use-rules/{rule_id}/permits",
    params(("rule_id" = String, Path, pattern = "^fairuse_[0-7][0-9a-hjkmnp-tv-z]{25}$"), PageQuery),
    responses((status = 200, description = "A page.", body = Page<FairUsePermitView>)))]
async fn list_fair_use_permits(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::FairUseRule>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<FairUsePermitView>>, Problem> {
    queries::fair_use_permits(app.db.read(), &caller.scope(), id, &page)
        .await
        .map(Json)
}

/// List how much of an item each organisation has had since a rule began.
#[utoipa::path(get, path = "/v1/fair-use-rules/{rule_id}/draws",
    params(("rule_id" = String, Path, pattern = "^fairuse_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        DrawFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<FairUseDrawView>)))]
async fn list_fair_use_draws(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::FairUseRule>,
    Params(filter): Params<DrawFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<FairUseDrawView>>, Problem> {
    queries::fair_use_draws(app.db.read(), &caller.scope(), id, &filter, &page)
        .await
        .map(Json)
}
