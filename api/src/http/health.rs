//! Whether the server lives, is ready, and what it is.
//!
//! **Invariant.** These answers hold no secret and need no login; readiness asks the database.

use axum::{Json, extract::State};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{app::App, problem::Problem, storage::Engine};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_live))
        .routes(routes!(get_ready))
        .routes(routes!(get_version))
}

/// A yes.
#[derive(Serialize, ToSchema)]
struct HealthView {
    /// Always `ok`; anything else is a problem document.
    #[schema(max_length = 8)]
    status: &'static str,
}

/// What runs here.
#[derive(Serialize, ToSchema)]
struct VersionView {
    /// The version of the server.
    #[schema(max_length = 32)]
    version: &'static str,
    /// `sqlite` or `postgres`.
    #[schema(max_length = 16)]
    database: &'static str,
}

/// Tell whether the process lives.
#[utoipa::path(get, path = "/health/live", responses((status = 200, description = "It lives.", body = HealthView)))]
async fn get_live() -> Json<HealthView> {
    Json(HealthView { status: "ok" })
}

/// Tell whether requests can be served: the database answers.
#[utoipa::path(get, path = "/health/ready", responses((status = 200, description = "It is ready.", body = HealthView)))]
async fn get_ready(State(app): State<App>) -> Result<Json<HealthView>, Problem> {
    app.db.read().execute_unprepared("SELECT 1").await?;
    Ok(Json(HealthView { status: "ok" }))
}

/// Tell the version.
#[utoipa::path(get, path = "/version", responses((status = 200, description = "The version.", body = VersionView)))]
async fn get_version(State(app): State<App>) -> Json<VersionView> {
    Json(VersionView {
        version: env!("CARGO_PKG_VERSION"),
        database: match app.db.engine() {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
        },
    })
}
