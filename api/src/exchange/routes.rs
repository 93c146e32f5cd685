//! Addresses of imports.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{identity::Capability, kernel::kinds};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathId, PathText, Reads, Upload},
    identity::Caller,
    problem::Problem,
};

use super::{
    kinds::ImportKind,
    progress::Progress,
    queries,
    run::Job,
    template,
    wire::{FileBytes, ImportFilter, ImportParams, ImportReportView, ImportView},
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_imports, create_import))
        .routes(routes!(get_import))
        .routes(routes!(get_import_template))
}

/// Read a file in: the file is the whole body.
///
/// The answer comes when the file has arrived and can be read; the import then goes on by itself and
/// `GET /v1/imports/{import_id}` shows how far it is. Everything is written in one transaction.
/// A dry run waits for the end and answers with what would be.
///
/// A file holds at most 50,000 rows. On SQLite nobody else can write while one is written, and
/// who waits longer than `database_wait_s` gets 503 and comes again; a large file is best imported
/// in parts, or at a quiet hour. On PostgreSQL others go on.
#[utoipa::path(post, path = "/v1/imports", params(ImportParams),
    request_body(description = "The file, CSV or XLSX.", content(
        (FileBytes = "application/octet-stream"),
        (FileBytes = "text/csv"),
        (FileBytes = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (FileBytes = "application/vnd.ms-excel"),
    )),
    responses(
        (status = 200, description = "A dry run: what would be.", body = ImportReportView),
        (status = 202, description = "Under way.", body = ImportView),
    ))]
async fn create_import(
    Params(params): Params<ImportParams>,
    Reads(language): Reads,
    Upload(write, file): Upload,
) -> Result<Response, Problem> {
    let order = params.parse()?;
    let job = Job::open(write.app(), order, file).await?;
    if write.is_dry_run() {
        let progress = std::sync::Arc::new(Progress::default());
        let done = job.now(write.app(), write.request(), &progress).await?;
        let report = done.map(|outcome| ImportReportView::checked(outcome, &progress, language));
        return Ok(report.answer());
    }
    let opened = job
        .later(write.app(), write.request(), write.afterwards())
        .await?;
    Ok(opened.accepted(|run| format!("/v1/imports/{}", run.id)))
}

/// List imports, newest first.
#[utoipa::path(get, path = "/v1/imports", params(ImportFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<ImportView>)))]
async fn list_imports(
    State(app): State<App>,
    caller: Caller,
    Params(filter): Params<ImportFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<ImportView>>, Problem> {
    caller.require_anywhere(Capability::ImportData)?;
    let reach = caller.reach(Capability::ImportData);
    queries::imports(app.db.read(), &reach, &app.imports, &filter, &page)
        .await
        .map(Json)
}

/// Show how far an import is, or what came of it, with its mistakes by cell.
#[utoipa::path(get, path = "/v1/imports/{import_id}",
    params(("import_id" = String, Path, pattern = "^import_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The import.", body = ImportReportView)))]
async fn get_import(
    State(app): State<App>,
    caller: Caller,
    Reads(language): Reads,
    PathId(id): PathId<kinds::ImportRun>,
) -> Result<Json<ImportReportView>, Problem> {
    let reach = caller.reach(Capability::ImportData);
    queries::import(app.db.read(), &reach, &app.imports, id, language)
        .await
        .map(Json)
}

/// Download a template to fill in: its columns in the reader's language, with a sheet of instructions.
#[utoipa::path(get, path = "/v1/import-templates/{kind}",
    params(("kind" = String, Path, pattern = "^(divisions|organisations|depots|items|opening-stock|agreements)$")),
    responses((status = 200, description = "An XLSX workbook.", body = FileBytes,
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
async fn get_import_template(
    _: Caller,
    Reads(language): Reads,
    PathText(kind): PathText,
) -> Result<Response, Problem> {
    let kind: ImportKind = kind.parse().map_err(|_| Problem::not_found())?;
    let bytes = template::write(kind.title(language), kind.columns(), language)
        .map_err(Problem::internal)?;
    let disposition = format!("attachment; filename=\"{}.xlsx\"", kind.name());
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).map_err(Problem::internal)?,
        ),
    ];
    Ok((StatusCode::OK, headers, bytes).into_response())
}
