//! Addresses of statements for those who prepare and publish them.
//!
//! **Invariant.** A draft is a question to the ledger and is kept nowhere.

use axum::{Json, extract::State, response::Response};
use domain::kernel::kinds;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathId, Resource, Write},
    identity::Caller,
    problem::Problem,
};

use super::{
    commands::PublishStatement,
    queries,
    wire::{
        DraftQuery, PrepareStatementBody, StatementContent, StatementFilter, StatementLineView,
        StatementPlaceView, StatementSummaryView, StatementView, WithdrawStatementBody,
    },
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_statement_draft))
        .routes(routes!(list_statement_draft_lines))
        .routes(routes!(list_statement_draft_places))
        .routes(routes!(list_statements, prepare_statement))
        .routes(routes!(get_statement))
        .routes(routes!(publish_statement))
        .routes(routes!(withdraw_statement))
}

async fn draft(
    app: &App,
    caller: &Caller,
    query: &DraftQuery,
) -> Result<StatementContent, Problem> {
    let now = app.clock.now();
    let asked = query.parse(now)?;
    queries::content(app.db.read(), &caller.scope(), &asked, now).await
}

/// Ask the ledger what became of goods, as a statement would say it.
///
/// Every figure is a sum over the entries that were sealed at `position`, so that the same question
/// has the same answer for ever. Of an incident it tells the whole life of goods that are bound to it,
/// and of others what moved for it.
#[utoipa::path(get, path = "/v1/statement-drafts", params(DraftQuery),
    responses((status = 200, description = "What it would say.", body = StatementContent)))]
async fn get_statement_draft(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<DraftQuery>,
) -> Result<Json<StatementContent>, Problem> {
    draft(&app, &caller, &query).await.map(Json)
}

/// List what a statement would say of each lot.
#[utoipa::path(get, path = "/v1/statement-drafts/lines", params(DraftQuery, PageQuery),
    responses((status = 200, description = "A page.", body = Page<StatementLineView>)))]
async fn list_statement_draft_lines(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<DraftQuery>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<StatementLineView>>, Problem> {
    let found = draft(&app, &caller, &query).await?;
    queries::page_of(found.lines, &page, &format!("{query:?}")).map(Json)
}

/// List where a statement would say that goods were issued, by lot, incident and township.
#[utoipa::path(get, path = "/v1/statement-drafts/places", params(DraftQuery, PageQuery),
    responses((status = 200, description = "A page.", body = Page<StatementPlaceView>)))]
async fn list_statement_draft_places(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<DraftQuery>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<StatementPlaceView>>, Problem> {
    let found = draft(&app, &caller, &query).await?;
    queries::page_of(found.places, &page, &format!("{query:?}")).map(Json)
}

/// List statements, the newest first, the prepared ones too.
#[utoipa::path(get, path = "/v1/statements", params(StatementFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<StatementSummaryView>)))]
async fn list_statements(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<StatementFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<StatementSummaryView>>, Problem> {
    queries::statements(app.db.read(), &caller.scope(), &filter, &page)
        .await
        .map(Json)
}

/// Write a statement down: what it says is fixed from now on, and somebody else publishes it.
///
/// With `corrects_id` it takes the place of a published one, and says line by line in what it differs.
#[utoipa::path(post, path = "/v1/statements", request_body = PrepareStatementBody,
    responses((status = 201, description = "Prepared.", body = StatementSummaryView)))]
async fn prepare_statement(
    Write(write, body): Write<PrepareStatementBody>,
) -> Result<Response, Problem> {
    let command = body.parse(write.app().clock.now())?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/statements/{}", made.id)))
}

/// Show a statement and what it says.
#[utoipa::path(get, path = "/v1/statements/{statement_id}",
    params(("statement_id" = String, Path, pattern = "^statement_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The statement.", body = StatementView)))]
async fn get_statement(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Statement>,
) -> Result<Resource<StatementView>, Problem> {
    queries::statement(app.db.read(), &caller.scope(), id)
        .await
        .map(Resource)
}

/// Let everybody read a statement, as somebody who did not prepare it.
#[utoipa::path(post, path = "/v1/statements/{statement_id}/publish",
    params(("statement_id" = String, Path, pattern = "^statement_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Published.", body = StatementSummaryView)))]
async fn publish_statement(
    PathId(statement): PathId<kinds::Statement>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    let done = write.run(PublishStatement { statement }).await?;
    Ok(done.changed())
}

/// Give a statement up that was prepared and not published, and say why.
#[utoipa::path(post, path = "/v1/statements/{statement_id}/withdraw",
    params(("statement_id" = String, Path, pattern = "^statement_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = WithdrawStatementBody,
    responses((status = 200, description = "Withdrawn.", body = StatementSummaryView)))]
async fn withdraw_statement(
    PathId(statement): PathId<kinds::Statement>,
    Write(write, body): Write<WithdrawStatementBody>,
) -> Result<Response, Problem> {
    let command = body.parse(statement)?;
    Ok(write.run(command).await?.changed())
}
