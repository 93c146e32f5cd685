//! Whether the server lives, is ready, and what it is.
//!
//! **Invariant.** These answers hold no secret and need no login; readiness asks whether
//! the database can be read and written.

use axum::{Json, extract::State};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    migrate,
    problem::{Code, Problem},
    storage::Engine,
    uow,
};

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

/// Tell whether requests can be served: the server is not stopping, the schema is current, and the
/// database answers readers and takes what is written.
#[utoipa::path(get, path = "/health/ready", responses((status = 200, description = "It is ready.", body = HealthView)))]
async fn get_ready(State(app): State<App>) -> Result<Json<HealthView>, Problem> {
    let not_yet = |zh: &'static str, en: &'static str| Problem::new(Code::Busy).detail(zh, en);
    if app.is_stopping() {
        return Err(not_yet("服务器正在停止", "the server is stopping"));
    }
    app.db.read().execute_unprepared("SELECT 1").await?;
    uow::probe(&app)
        .await
        .map_err(|problem| match problem.code {
            Code::StorageFull => not_yet("磁盘已满", "the disk is full"),
            _ => problem,
        })?;
    if !migrate::pending(&app)
        .await
        .map_err(Problem::internal)?
        .is_empty()
    {
        return Err(not_yet(
            "数据库结构有待升级",
            "migrations have to be applied",
        ));
    }
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
