//! Addresses of how many people live in a division.
//!
//! **Invariant.** Figures are read by whoever is logged in.

use axum::{Json, extract::State, response::Response};
use domain::organisations::DivisionCode;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    clock::day_at_depots,
    http::{Page, PageQuery, Params, PathText, Resource, Write},
    identity::Caller,
    organisations::{
        queries,
        wire::{PopulationFilter, PopulationView, SetPopulationBody},
    },
    problem::Problem,
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_population_figures))
        .routes(routes!(get_population, set_population))
}

/// List how many people live in divisions, by code, where it is known.
#[utoipa::path(get, path = "/v1/population-figures", params(PopulationFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<PopulationView>)))]
async fn list_population_figures(
    State(app): State<App>,
    _: Caller,
    Params(filter): Params<PopulationFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<PopulationView>>, Problem> {
    queries::populations_page(app.db.read(), &filter, &page)
        .await
        .map(Json)
}

/// Show how many people live in a division.
///
/// Where nobody said it, the tag is `"v0"`.
#[utoipa::path(get, path = "/v1/divisions/{code}/population",
    params(("code" = String, Path, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")),
    responses((status = 200, description = "The figure.", body = PopulationView)))]
async fn get_population(
    State(app): State<App>,
    _: Caller,
    PathText(code): PathText,
) -> Result<Resource<PopulationView>, Problem> {
    queries::population_of(app.db.read(), &known(&code)?)
        .await
        .map(Resource)
}

/// Say how many people live in a division, for rating and coverage.
#[utoipa::path(put, path = "/v1/divisions/{code}/population",
    params(("code" = String, Path, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")),
    request_body = SetPopulationBody,
    responses((status = 200, description = "Set.", body = PopulationView)))]
async fn set_population(
    State(app): State<App>,
    PathText(code): PathText,
    Write(write, body): Write<SetPopulationBody>,
) -> Result<Response, Problem> {
    let today = day_at_depots(app.clock.now());
    let command = body.parse(known(&code)?, write.based_on()?, today)?;
    Ok(write.run(command).await?.changed())
}

fn known(code: &str) -> Result<DivisionCode, Problem> {
    code.parse().map_err(|_| Problem::not_found())
}
