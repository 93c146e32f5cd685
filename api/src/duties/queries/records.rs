//! What was done that was due.
//!
//! **Invariant.** Two statements for a page: the records and their lots.

use std::collections::BTreeMap;

use domain::kernel::{Id, kinds};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::super::{
    rows::{
        duty_record::{Column, Entity, Model},
        duty_record_lot,
    },
    wire::{DutyRecordFilter, DutyRecordView},
};
use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, to_change, visible},
};

/// One record, or not found.
pub(in crate::duties) async fn record(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::DutyRecord>,
) -> Result<DutyRecordView, Problem> {
    let row = visible::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let mut views = views(db, vec![row]).await?;
    views.pop().ok_or_else(Problem::not_found)
}

/// One that this transaction is going to withdraw.
pub(in crate::duties) async fn record_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::DutyRecord>,
) -> Result<Model, Problem> {
    to_change::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

async fn views(
    db: &impl ConnectionTrait,
    rows: Vec<Model>,
) -> Result<Vec<DutyRecordView>, Problem> {
    use duty_record_lot::Column as L;
    let found = visible::<duty_record_lot::Entity>(&Scope::Everything)
        .filter(L::DepotId.is_in(rows.iter().map(|row| row.depot_id)))
        .filter(L::RecordId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(L::LotId)
        .all(db)
        .await?;
    let mut lots: BTreeMap<Uuid, Vec<_>> = BTreeMap::new();
    for row in found {
        let of_record = lots.entry(row.record_id).or_default();
        of_record.push(Id::from_uuid(row.lot_id));
    }
    rows.into_iter()
        .map(|row| {
            let lots = lots.remove(&row.id).unwrap_or_default();
            DutyRecordView::new(row, lots)
        })
        .collect()
}

/// A page of records, the newest ids first.
pub(in crate::duties) async fn records(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &DutyRecordFilter,
    page: &PageQuery,
) -> Result<Page<DutyRecordView>, Problem> {
    let mut select = visible::<Entity>(scope);
    if let Some(depot) = filter.depot_id {
        select = select.filter(Column::DepotId.eq(depot.uuid()));
    }
    if let Some(kind) = &filter.kind {
        select = select.filter(Column::Kind.eq(kind));
    }
    if let Some(lot) = filter.lot_id {
        use duty_record_lot::Column as L;
        let of_lot = |column| Expr::col((duty_record_lot::Entity, column));
        let done = Query::select()
            .expr(Expr::val(1))
            .from(duty_record_lot::Entity)
            .and_where(of_lot(L::DepotId).equals((Entity, Column::DepotId)))
            .and_where(of_lot(L::RecordId).equals((Entity, Column::Id)))
            .and_where(of_lot(L::LotId).eq(lot.uuid()))
            .to_owned();
        select = select.filter(Expr::exists(done));
    }
    let mark = format!("{filter:?}");
    let found = page
        .newest(db, select, Column::Id, |row| row.id, &mark)
        .await?;
    Ok(Page {
        items: views(db, found.items).await?,
        next_cursor: found.next_cursor,
    })
}
