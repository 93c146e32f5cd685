//! Addresses of incidents, sites and needs.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule. Closing an incident and
//! listing needs is done by `dispatch`, which knows the orders; declaring one by `alerts`.

use axum::{Json, extract::State, response::Response};
use domain::{identity::Capability, kernel::kinds};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathId, Resource, Write, aside},
    identity::Caller,
    problem::Problem,
};

use super::{
    commands::{ReopenIncident, WithdrawNeed},
    queries,
    wire::{
        ComputeNeedsBody, ComputedNeedsView, CreateSiteBody, IncidentFilter, IncidentView,
        NeedStandardsView, NeedView, NeedsView, SiteFilter, SiteView, StateNeedsBody,
        UpdateIncidentBody, UpdateSiteBody, WithdrawNeedBody,
    },
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_incidents))
        .routes(routes!(get_incident, update_incident))
        .routes(routes!(reopen_incident))
        .routes(routes!(get_incident_area))
        .routes(routes!(list_sites, create_site))
        .routes(routes!(get_site, update_site))
        .routes(routes!(state_needs))
        .routes(routes!(compute_needs))
        .routes(routes!(withdraw_need))
        .routes(routes!(list_need_standards))
}

/// List incidents, the newest first.
#[utoipa::path(get, path = "/v1/incidents", params(IncidentFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<IncidentView>)))]
async fn list_incidents(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<IncidentFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<IncidentView>>, Problem> {
    queries::incidents(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Show an incident.
#[utoipa::path(get, path = "/v1/incidents/{incident_id}",
    params(("incident_id" = String, Path, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The incident.", body = IncidentView)))]
async fn get_incident(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Incident>,
) -> Result<Resource<IncidentView>, Problem> {
    queries::incident(app.db.read(), &caller.scope(), id)
        .await
        .map(Resource)
}

/// Change an open incident: name, hazard, the three scales, time, area, note.
#[utoipa::path(patch, path = "/v1/incidents/{incident_id}", request_body = UpdateIncidentBody,
    params(("incident_id" = String, Path, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Changed.", body = IncidentView)))]
async fn update_incident(
    PathId(id): PathId<kinds::Incident>,
    Write(write, body): Write<UpdateIncidentBody>,
) -> Result<Response, Problem> {
    let based_on = write.based_on()?;
    let (db, caller) = (write.app().db.read(), write.caller());
    queries::incident(db, &caller.scope(), id).await?;
    caller.require_anywhere(Capability::DeclareIncident)?;
    let command = aside(move || body.parse(id, based_on)).await?;
    Ok(write.run(command).await?.changed())
}

/// Take a closed incident up again.
#[utoipa::path(post, path = "/v1/incidents/{incident_id}/reopen",
    params(("incident_id" = String, Path, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Reopened.", body = IncidentView)))]
async fn reopen_incident(
    PathId(id): PathId<kinds::Incident>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    Ok(write.run(ReopenIncident { id }).await?.changed())
}

/// Show the affected area as a GeoJSON feature collection.
#[utoipa::path(get, path = "/v1/incidents/{incident_id}/area",
    params(("incident_id" = String, Path, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, body = Object,
        description = "One feature for each part; an outline that is not known is null.")))]
async fn get_incident_area(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Incident>,
) -> Result<Json<Value>, Problem> {
    queries::area(app.db.read(), &caller.scope(), id)
        .await
        .map(Json)
}

/// List the sites of an incident.
#[utoipa::path(get, path = "/v1/incidents/{incident_id}/sites", params(
    ("incident_id" = String, Path, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
    SiteFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<SiteView>)))]
async fn list_sites(
    State(app): State<App>,
    caller: Caller,
    PathId(incident): PathId<kinds::Incident>,
    Params(filter): Params<SiteFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<SiteView>>, Problem> {
    queries::sites_page(app.db.read(), &caller.scope(), incident, &filter, &page)
        .await
        .map(Json)
}

/// Add a site to an open incident.
#[utoipa::path(post, path = "/v1/incidents/{incident_id}/sites", request_body = CreateSiteBody,
    params(("incident_id" = String, Path, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 201, description = "Added.", body = SiteView)))]
async fn create_site(
    PathId(incident): PathId<kinds::Incident>,
    Write(write, body): Write<CreateSiteBody>,
) -> Result<Response, Problem> {
    let command = body.parse(incident)?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/sites/{}", made.id)))
}

/// Show a site.
#[utoipa::path(get, path = "/v1/sites/{site_id}",
    params(("site_id" = String, Path, pattern = "^site_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The site.", body = SiteView)))]
async fn get_site(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Site>,
) -> Result<Resource<SiteView>, Problem> {
    queries::site(app.db.read(), &caller.scope(), id)
        .await
        .map(Resource)
}

/// Change a site of an open incident.
#[utoipa::path(patch, path = "/v1/sites/{site_id}", request_body = UpdateSiteBody,
    params(("site_id" = String, Path, pattern = "^site_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Changed.", body = SiteView)))]
async fn update_site(
    PathId(id): PathId<kinds::Site>,
    Write(write, body): Write<UpdateSiteBody>,
) -> Result<Response, Problem> {
    let command = body.parse(id, write.based_on()?)?;
    Ok(write.run(command).await?.changed())
}

/// State what sites need.
#[utoipa::path(post, path = "/v1/incidents/{incident_id}/needs", request_body = StateNeedsBody,
    params(("incident_id" = String, Path, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 201, description = "Stated.", body = NeedsView)))]
async fn state_needs(
    PathId(incident): PathId<kinds::Incident>,
    Write(write, body): Write<StateNeedsBody>,
) -> Result<Response, Problem> {
    let command = body.parse(incident)?;
    let done = write.run(command).await?;
    Ok(done.created(|_| format!("/v1/incidents/{incident}/needs")))
}

/// Compute what a site needs by a standard; a dry run only shows it.
#[utoipa::path(post, path = "/v1/incidents/{incident_id}/computed-needs",
    request_body = ComputeNeedsBody,
    params(("incident_id" = String, Path, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 201, description = "Stated, with what the catalogue has no item for.",
        body = ComputedNeedsView)))]
async fn compute_needs(
    PathId(incident): PathId<kinds::Incident>,
    Write(write, body): Write<ComputeNeedsBody>,
) -> Result<Response, Problem> {
    let command = body.parse(incident)?;
    let done = write.run(command).await?;
    Ok(done.created(|_| format!("/v1/incidents/{incident}/needs")))
}

/// Take a need back.
#[utoipa::path(post, path = "/v1/needs/{need_id}/withdraw", request_body = WithdrawNeedBody,
    params(("need_id" = String, Path, pattern = "^need_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Withdrawn.", body = NeedView)))]
async fn withdraw_need(
    PathId(id): PathId<kinds::Need>,
    Write(write, body): Write<WithdrawNeedBody>,
) -> Result<Response, Problem> {
    let reason = body.parse()?;
    Ok(write.run(WithdrawNeed { id, reason }).await?.changed())
}

/// List the standards by which needs can be computed, with their sources.
#[utoipa::path(get, path = "/v1/need-standards",
    responses((status = 200, description = "The standards.", body = NeedStandardsView)))]
async fn list_need_standards(_: Caller) -> Result<Json<NeedStandardsView>, Problem> {
    queries::standards().map(Json)
}
