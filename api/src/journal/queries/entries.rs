//! What was done, newest first.
//!
//! **Invariant.** Entries of other subtrees do not exist for the reader.

use domain::kernel::{Id, kinds};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use crate::{
    http::{Direction, Page, PageQuery, by_id_only},
    problem::Problem,
    scope::{Scope, visible},
};

use crate::journal::{
    rows::entry::{Column, Entity},
    wire::{JournalEntryView, JournalFilter},
};

pub(in crate::journal) async fn entries(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &JournalFilter,
    page: &PageQuery,
) -> Result<Page<JournalEntryView>, Problem> {
    let mut select = visible::<Entity>(scope);
    if let Some(subject) = &filter.subject {
        select = select.filter(Column::Subject.eq(subject));
    }
    if let Some(command) = &filter.command {
        select = select.filter(Column::Command.eq(command));
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
        |row| by_id_only::<kinds::JournalEntry>(Id::from_uuid(row.id)),
        JournalEntryView::from,
    ))
}
