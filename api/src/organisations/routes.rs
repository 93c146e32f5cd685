//! Addresses of organisations and divisions.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule. Organisations and divisions
//! are reference data: whoever is logged in may read all of them.

mod population;

use axum::{Json, extract::State, response::Response};
use domain::{kernel::kinds::Organisation, organisations::DivisionCode};
use serde_json::{Value, json};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    clock::day_at_depots,
    http::{Page, PageQuery, Params, PathId, PathText, Resource, Write},
    identity::Caller,
    problem::Problem,
    scope::Scope,
};

use super::{
    queries,
    wire::{
        CreateOrganisationBody, DivisionFilter, DivisionView, OrganisationFilter, OrganisationView,
        UpdateOrganisationBody,
    },
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_organisations, create_organisation))
        .routes(routes!(get_organisation, update_organisation))
        .routes(routes!(list_divisions))
        .routes(routes!(get_division))
        .routes(routes!(get_division_boundary))
        .merge(population::router())
}

/// List organisations by code.
#[utoipa::path(get, path = "/v1/organisations", params(OrganisationFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<OrganisationView>)))]
async fn list_organisations(
    State(app): State<App>,
    _: Caller,
    Params(filter): Params<OrganisationFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<OrganisationView>>, Problem> {
    queries::organisations(app.db.read(), &filter, &page)
        .await
        .map(Json)
}

/// Add an organisation to the tree.
#[utoipa::path(post, path = "/v1/organisations", request_body = CreateOrganisationBody,
    responses((status = 201, description = "Added.", body = OrganisationView)))]
async fn create_organisation(
    Write(write, body): Write<CreateOrganisationBody>,
) -> Result<Response, Problem> {
    let command = body.parse()?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/organisations/{}", made.id)))
}

/// Show an organisation.
#[utoipa::path(get, path = "/v1/organisations/{organisation_id}",
    params(("organisation_id" = String, Path, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The organisation.", body = OrganisationView)))]
async fn get_organisation(
    State(app): State<App>,
    _: Caller,
    PathId(id): PathId<Organisation>,
) -> Result<Resource<OrganisationView>, Problem> {
    queries::organisation(app.db.read(), &Scope::Everything, id)
        .await
        .map(Resource)
}

/// Change the names or the division of an organisation.
#[utoipa::path(patch, path = "/v1/organisations/{organisation_id}",
    params(("organisation_id" = String, Path, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = UpdateOrganisationBody,
    responses((status = 200, description = "Changed.", body = OrganisationView)))]
async fn update_organisation(
    PathId(id): PathId<Organisation>,
    Write(write, body): Write<UpdateOrganisationBody>,
) -> Result<Response, Problem> {
    let based_on = write.based_on()?;
    let command = body.parse(id, based_on)?;
    Ok(write.run(command).await?.changed())
}

/// Look up divisions by name or by the beginning of their code.
#[utoipa::path(get, path = "/v1/divisions", params(DivisionFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<DivisionView>)))]
async fn list_divisions(
    State(app): State<App>,
    _: Caller,
    Params(filter): Params<DivisionFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<DivisionView>>, Problem> {
    let today = day_at_depots(app.clock.now());
    queries::divisions(app.db.read(), &filter, today, &page)
        .await
        .map(Json)
}

/// Show a division by its code of 6, 9 or 12 digits, abolished ones included.
#[utoipa::path(get, path = "/v1/divisions/{code}",
    params(("code" = String, Path, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")),
    responses((status = 200, description = "The division.", body = DivisionView)))]
async fn get_division(
    State(app): State<App>,
    _: Caller,
    PathText(code): PathText,
) -> Result<Json<DivisionView>, Problem> {
    let code: DivisionCode = code.parse().map_err(|_| Problem::not_found())?;
    queries::division(app.db.read(), &code)
        .await?
        .map(Json)
        .ok_or_else(Problem::not_found)
}

/// Show the outline of a division as a GeoJSON feature.
#[utoipa::path(get, path = "/v1/divisions/{code}/boundary",
    params(("code" = String, Path, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")),
    responses((status = 200, description = "A GeoJSON feature that names its source.", body = Object)))]
async fn get_division_boundary(
    State(app): State<App>,
    _: Caller,
    PathText(code): PathText,
) -> Result<Json<Value>, Problem> {
    let code: DivisionCode = code.parse().map_err(|_| Problem::not_found())?;
    let (geometry, source) = queries::boundary(app.db.read(), &code)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(Json(json!({
        "type": "Feature",
        "geometry": geometry,
        "properties": { "code": code.as_str(), "source": source },
    })))
}
