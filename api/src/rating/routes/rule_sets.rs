//! Addresses of rule sets.
//!
//! **Invariant.** Whoever is logged in may read by what depots are rated.

use axum::{Json, extract::State, response::Response};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathText, Resource, Write},
    identity::Caller,
    problem::Problem,
};

use super::{
    queries,
    wire::{CreateRuleSetBody, RuleSetDocument, RuleSetView, RuleSetWhole},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_rule_sets, create_rule_set))
        .routes(routes!(get_rule_set, replace_rule_set))
}

/// List rule sets by name, those that are shipped among them.
#[utoipa::path(get, path = "/v1/rule-sets", params(PageQuery),
    responses((status = 200, description = "A page.", body = Page<RuleSetView>)))]
async fn list_rule_sets(
    State(app): State<App>,
    _: Caller,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<RuleSetView>>, Problem> {
    queries::rule_sets(app.db.read(), &page).await.map(Json)
}

/// Keep a new edition of a rule set.
///
/// `relief-depot rules check FILE --json` turns a file into the document. There is one rule set of an
/// id and edition.
#[utoipa::path(post, path = "/v1/rule-sets", request_body = CreateRuleSetBody,
    responses((status = 201, description = "Kept.", body = RuleSetWhole)))]
async fn create_rule_set(
    Write(write, body): Write<CreateRuleSetBody>,
) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/rule-sets/{}", made.about.name.replace('/', "%2F"))))
}

/// Show a rule set with all that it asks.
#[utoipa::path(get, path = "/v1/rule-sets/{rule_set_id}",
    params(("rule_set_id" = String, Path, pattern = "^[a-z0-9._-]{1,64}/[1-9][0-9]{0,6}$",
        description = "`id/edition`, with the slash written `%2F`.")),
    responses((status = 200, description = "The rule set.", body = RuleSetWhole)))]
async fn get_rule_set(
    State(app): State<App>,
    _: Caller,
    PathText(name): PathText,
) -> Result<Resource<RuleSetWhole>, Problem> {
    queries::rule_set_whole(app.db.read(), &name)
        .await
        .map(Resource)
}

/// Change a draft, put it in force, or withdraw it.
///
/// What is or was in force keeps its text for ever; only its status changes then.
#[utoipa::path(put, path = "/v1/rule-sets/{rule_set_id}",
    params(("rule_set_id" = String, Path, pattern = "^[a-z0-9._-]{1,64}/[1-9][0-9]{0,6}$",
        description = "`id/edition`, with the slash written `%2F`.")),
    request_body = RuleSetDocument,
    responses((status = 200, description = "Changed.", body = RuleSetWhole)))]
async fn replace_rule_set(
    PathText(name): PathText,
    Write(write, body): Write<RuleSetDocument>,
) -> Result<Response, Problem> {
    let command = body.replace(name, write.based_on()?)?;
    Ok(write.run(command).await?.changed())
}
