//! Goods that have come.
//!
//! **Invariant.** One statement for a page.

use domain::kernel::{Id, kinds};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use super::super::{
    rows::arrival::{Column, Entity, Model},
    wire::{ArrivalFilter, ArrivalView},
};
use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, to_change, visible},
};

/// One arrival, or not found.
pub(in crate::duties) async fn arrival(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Arrival>,
) -> Result<ArrivalView, Problem> {
    visible::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?
        .try_into()
}

/// One that this transaction is going to end.
pub(in crate::duties) async fn arrival_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Arrival>,
) -> Result<Model, Problem> {
    to_change::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// A page of arrivals, the newest ids first.
pub(in crate::duties) async fn arrivals(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &ArrivalFilter,
    page: &PageQuery,
) -> Result<Page<ArrivalView>, Problem> {
    let mut select = visible::<Entity>(scope);
    if let Some(depot) = filter.depot_id {
        select = select.filter(Column::DepotId.eq(depot.uuid()));
    }
    if let Some(state) = &filter.state {
        select = select.filter(Column::State.eq(state));
    }
    let mark = format!("{filter:?}");
    let found = page
        .newest(db, select, Column::Id, |row| row.id, &mark)
        .await?;
    found.map(ArrivalView::try_from).whole()
}
