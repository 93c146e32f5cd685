//! Addresses of sessions: opened by a login, listed, and ended at once.
//!
//! **Invariant.** A token is in the answer that made it and nowhere else.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Body, CallerNetwork, Page, PageQuery, Params, PathId, Write},
    problem::Problem,
};

use crate::identity::{
    Caller,
    commands::{EndSession, EndSessions},
    login, queries,
    wire::{CreateSessionBody, OpenSessionView, SessionEndedView, SessionView, SessionsEndedView},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_session))
        .routes(routes!(end_session))
        .routes(routes!(list_sessions))
        .routes(routes!(end_sessions))
}

/// Log in: by password, and by a code where the account has a second factor.
#[utoipa::path(post, path = "/v1/sessions", request_body = CreateSessionBody,
    responses((status = 201, description = "Logged in.", body = SessionView)))]
async fn create_session(
    State(app): State<App>,
    CallerNetwork(network): CallerNetwork,
    Body(body): Body<CreateSessionBody>,
) -> Result<Response, Problem> {
    let opened = login::log_in(&app, network, body).await?;
    Ok((StatusCode::CREATED, Json(opened)).into_response())
}

/// End a session, at once: one's own, or of an account that one manages.
#[utoipa::path(post, path = "/v1/sessions/{session_id}/end",
    params(("session_id" = String, Path, pattern = "^session_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Ended.", body = SessionEndedView)))]
async fn end_session(
    PathId(session): PathId<kinds::Session>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    Ok(write.run(EndSession { session }).await?.answer())
}

/// List the sessions that are open: one's own, or those of an account that one manages.
#[utoipa::path(get, path = "/v1/accounts/{account_id}/sessions",
    params(("account_id" = String, Path, pattern = "^account_[0-7][0-9a-hjkmnp-tv-z]{25}$"), PageQuery),
    responses((status = 200, description = "A page, the newest first.", body = Page<OpenSessionView>)))]
async fn list_sessions(
    State(app): State<App>,
    caller: Caller,
    PathId(account): PathId<kinds::Account>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<OpenSessionView>>, Problem> {
    let open = (app.clock.now(), app.config.session_idle());
    queries::open_sessions(app.db.read(), &caller, account, open, &page)
        .await
        .map(Json)
}

/// End all sessions of an account that one manages, or all of one's own but the one that asks, at once.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/sessions/end",
    params(("account_id" = String, Path, pattern = "^account_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Ended.", body = SessionsEndedView)))]
async fn end_sessions(
    PathId(account): PathId<kinds::Account>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    Ok(write.run(EndSessions { account }).await?.answer())
}
