//! Reads of imports.
//!
//! **Invariant.** A run is seen by those who may import where it belongs. While it is under way its
//! progress comes from memory.

use domain::kernel::{Id, Language, kinds};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};

use crate::{
    http::{Direction, Page, PageQuery, by_id_only},
    problem::Problem,
    scope::{Scope, visible},
};

use super::{
    kinds::ImportKind,
    progress::{Imports, Progress},
    rows::{Column, Entity, Model},
    wire::{ImportFilter, ImportReportView, ImportView},
};

/// The imports that `scope` reaches, newest first.
pub(super) async fn imports(
    db: &impl ConnectionTrait,
    scope: &Scope,
    running: &Imports,
    filter: &ImportFilter,
    page: &PageQuery,
) -> Result<Page<ImportView>, Problem> {
    let mut select = visible::<Entity>(scope);
    if let Some(kind) = &filter.kind {
        select = select.filter(Column::Kind.eq(kind));
    }
    if let Some(state) = &filter.state {
        select = select.filter(Column::State.eq(state));
    }
    let mark = format!("{filter:?}");
    let rows = page
        .by_id(select, Column::Id, Direction::Descending, &mark)?
        .all(db)
        .await?;
    Ok(Page::cut(
        rows,
        page,
        &mark,
        |row| by_id_only::<kinds::ImportRun>(Id::from_uuid(row.id)),
        |row| with_progress(row.into(), running),
    ))
}

/// One import with its mistakes, or not found.
pub(super) async fn import(
    db: &impl ConnectionTrait,
    scope: &Scope,
    running: &Imports,
    id: Id<kinds::ImportRun>,
    language: Language,
) -> Result<ImportReportView, Problem> {
    let row = row(db, scope, id).await?;
    let read = |text: &Option<String>| text.clone().unwrap_or_else(|| "null".to_owned());
    let summary: Option<_> =
        serde_json::from_str(&read(&row.summary)).map_err(Problem::internal)?;
    let errors: Option<_> = serde_json::from_str(&read(&row.errors)).map_err(Problem::internal)?;
    Ok(ImportReportView::new(
        with_progress(row.into(), running),
        summary.unwrap_or_default(),
        errors.unwrap_or_default(),
        language,
    ))
}

/// The row of one import, or not found.
pub(super) async fn row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::ImportRun>,
) -> Result<Model, Problem> {
    visible::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// The last successful or running import of the same file as the same kind.
pub(super) async fn earlier(
    db: &impl ConnectionTrait,
    scope: &Scope,
    kind: ImportKind,
    sha256: &str,
) -> Result<Option<ImportView>, Problem> {
    let found = visible::<Entity>(scope)
        .filter(Column::Sha256.eq(sha256))
        .filter(Column::Kind.eq(kind.name()))
        .filter(Column::State.ne("failed"))
        .order_by_desc(Column::Id)
        .one(db)
        .await?;
    Ok(found.map(ImportView::from))
}

fn with_progress(mut view: ImportView, running: &Imports) -> ImportView {
    if view.finished_at.is_none()
        && let Some(progress) = running.progress(view.id)
    {
        show(&mut view, &progress);
    }
    view
}

fn show(view: &mut ImportView, progress: &Progress) {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    view.rows_total = whole(progress.rows_total());
    view.rows_done = whole(progress.rows_done());
    if progress.is_writing() {
        "writing".clone_into(&mut view.state);
    }
    if let Some(report) = progress.report() {
        view.rows_bad = whole(report.rows_bad());
        view.errors_total = whole(report.mistakes_total);
    }
}
