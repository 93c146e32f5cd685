//! Who answers.
//!
//! **Invariant.** One statement for a page.

use domain::kernel::{Id, kinds};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use super::super::{
    rows::duty_holder::{Column, Entity, Model},
    wire::{DutyHolderFilter, DutyHolderView},
};
use crate::{
    depots,
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, to_change, visible},
};

/// Who answers for duties of a kind in a depot that the caller sees.
pub(in crate::duties) async fn holder(
    db: &impl ConnectionTrait,
    scope: &Scope,
    depot: Id<kinds::Depot>,
    kind: &str,
) -> Result<DutyHolderView, Problem> {
    depots::depot(db, scope, depot).await?;
    let row = visible::<Entity>(scope)
        .filter(Column::DepotId.eq(depot.uuid()))
        .filter(Column::Kind.eq(kind))
        .one(db)
        .await?;
    Ok(row.map_or_else(|| DutyHolderView::nobody(depot, kind), DutyHolderView::from))
}

/// The row that this transaction is going to change, if there is one.
pub(in crate::duties) async fn holder_to_change(
    db: &impl ConnectionTrait,
    depot: Id<kinds::Depot>,
    kind: &str,
) -> Result<Option<Model>, Problem> {
    let row = to_change::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.eq(depot.uuid()))
        .filter(Column::Kind.eq(kind))
        .one(db)
        .await?;
    Ok(row)
}

/// A page of those who answer, by kind and depot.
pub(in crate::duties) async fn holders(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &DutyHolderFilter,
    page: &PageQuery,
) -> Result<Page<DutyHolderView>, Problem> {
    let mut select = visible::<Entity>(scope);
    if let Some(depot) = filter.depot_id {
        select = select.filter(Column::DepotId.eq(depot.uuid()));
    }
    let mark = format!("{filter:?}");
    let rows = page
        .by_key(select, Column::Kind, Column::DepotId, &mark)?
        .all(db)
        .await?;
    let place = |row: &Model| (row.kind.clone(), row.depot_id);
    Ok(Page::cut(rows, page, &mark, place, DutyHolderView::from))
}
