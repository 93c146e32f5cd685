//! Addresses of alerts.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule. What takes an alert in stands
//! beside what follows from it (`routing`); incidents are declared here, since an alert may say where.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::{identity::Capability, kernel::kinds};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{CAP_XML, Page, PageQuery, Params, PathId, Resource, Write, aside},
    identity::Caller,
    incidents::{DeclareIncidentBody, IncidentView},
    problem::Problem,
};

use super::{
    commands::DeclareIncident,
    queries,
    wire::{AlertDetailView, AlertDocument, AlertFilter, AlertView},
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_alerts))
        .routes(routes!(get_alert))
        .routes(routes!(get_alert_area))
        .routes(routes!(get_alert_document))
        .routes(routes!(declare_incident))
}

/// List alerts, the newest first.
#[utoipa::path(get, path = "/v1/alerts", params(AlertFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<AlertView>)))]
async fn list_alerts(
    State(app): State<App>,
    _: Caller,
    Params(filter): Params<AlertFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<AlertView>>, Problem> {
    queries::alerts(app.db.read(), &filter, &page, app.clock.now())
        .await
        .map(Json)
}

/// Show an alert with its area and what it refers to.
#[utoipa::path(get, path = "/v1/alerts/{alert_id}",
    params(("alert_id" = String, Path, pattern = "^alert_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The alert.", body = AlertDetailView)))]
async fn get_alert(
    State(app): State<App>,
    _: Caller,
    PathId(id): PathId<kinds::Alert>,
) -> Result<Resource<AlertDetailView>, Problem> {
    queries::alert(app.db.read(), id, app.clock.now())
        .await
        .map(Resource)
}

/// Show the area of an alert as a GeoJSON feature collection.
#[utoipa::path(get, path = "/v1/alerts/{alert_id}/area",
    params(("alert_id" = String, Path, pattern = "^alert_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, body = Object, description = "One feature for each division and shape.")))]
async fn get_alert_area(
    State(app): State<App>,
    _: Caller,
    PathId(id): PathId<kinds::Alert>,
) -> Result<Json<Value>, Problem> {
    queries::area(app.db.read(), id).await.map(Json)
}

/// Download the document of an alert, as it came.
#[utoipa::path(get, path = "/v1/alerts/{alert_id}/document",
    params(("alert_id" = String, Path, pattern = "^alert_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The document.", body = AlertDocument,
        content_type = "application/cap+xml")))]
async fn get_alert_document(
    State(app): State<App>,
    _: Caller,
    PathId(id): PathId<kinds::Alert>,
) -> Result<Response, Problem> {
    let document = queries::document(app.db.read(), id).await?;
    // Whatever it holds, no browser shows it as a page of ours.
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(CAP_XML)),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"alert.xml\""),
        ),
    ];
    Ok((headers, document).into_response())
}

/// Declare an incident with its affected area, or from an alert.
#[utoipa::path(post, path = "/v1/incidents", request_body = DeclareIncidentBody,
    responses((status = 201, description = "Declared.", body = IncidentView)))]
async fn declare_incident(
    Write(write, body): Write<DeclareIncidentBody>,
) -> Result<Response, Problem> {
    // An area takes a while to check, so that nobody has one checked who may not declare it.
    write
        .caller()
        .require_anywhere(Capability::DeclareIncident)?;
    let (declared, area) = aside(move || body.parse()).await?;
    let done = write.run(DeclareIncident { declared, area }).await?;
    Ok(done.made(|made| format!("/v1/incidents/{}", made.id)))
}
