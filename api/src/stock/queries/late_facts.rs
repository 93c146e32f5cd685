//! Late facts.
//!
//! **Invariant.** A page costs five statements: the facts, their issues, what was found, what was
//! short, and whose.

use std::collections::BTreeMap;

use domain::{
    kernel::{Id, kinds},
    stock::{LateFactState, LateFactStateName, Signature},
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, to_change, visible},
};

use super::{
    rows::{
        late_facts::{
            late_fact::{Column, Entity, Model},
            reservation_shortage,
        },
        movement, movement_line, reservation,
    },
    wire::{FoundView, LateFactFilter, LateFactView, ShortageView},
};

/// A late fact that this transaction is going to change: others who would change it wait.
pub(in crate::stock) async fn late_fact_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Movement>,
) -> Result<Model, Problem> {
    to_change::<Entity>(scope)
        .filter(Column::MovementId.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// What the book gave way by for a movement, if it did.
pub(in crate::stock) async fn late_fact_of(
    db: &impl ConnectionTrait,
    of: &movement::Model,
) -> Result<Option<Model>, Problem> {
    Ok(visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.eq(of.depot_id))
        .filter(Column::MovementId.eq(of.id))
        .one(db)
        .await?)
}

/// Whether somebody has looked.
pub(in crate::stock) fn late_fact_state(row: &Model) -> Result<LateFactState, Problem> {
    match (&row.reviewed_at, &row.reviewed_by, &row.review_note) {
        (None, None, None) => Ok(LateFactState::NeedsReview),
        (Some(at), Some(by), Some(note)) => Ok(LateFactState::Reviewed {
            reviewed: Signature {
                by: by.clone(),
                at: *at,
            },
            note: note.clone(),
        }),
        _ => Err(Problem::internal(anyhow::anyhow!(
            "a late fact that is half reviewed"
        ))),
    }
}

/// One late fact, or not found.
pub(in crate::stock) async fn late_fact(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Movement>,
) -> Result<LateFactView, Problem> {
    let row = visible::<Entity>(scope)
        .filter(Column::MovementId.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let mut views = views(db, vec![row]).await?;
    views.pop().ok_or_else(Problem::not_found)
}

/// A page of late facts, the newest ids first.
pub(in crate::stock) async fn late_facts(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &LateFactFilter,
    page: &PageQuery,
) -> Result<Page<LateFactView>, Problem> {
    let mut select = visible::<Entity>(scope);
    if let Some(depot) = filter.depot_id {
        select = select.filter(Column::DepotId.eq(depot.uuid()));
    }
    if let Some(state) = &filter.state {
        select = select.filter(if state == LateFactStateName::NeedsReview.name() {
            Column::ReviewedAt.is_null()
        } else {
            Column::ReviewedAt.is_not_null()
        });
    }
    let mark = format!("{filter:?}");
    let found = page
        .newest(db, select, Column::MovementId, |row| row.movement_id, &mark)
        .await?;
    Ok(Page {
        items: views(db, found.items).await?,
        next_cursor: found.next_cursor,
    })
}

async fn views(db: &impl ConnectionTrait, rows: Vec<Model>) -> Result<Vec<LateFactView>, Problem> {
    use movement::Column as M;
    let issues = visible::<movement::Entity>(&Scope::Everything)
        .filter(M::DepotId.is_in(rows.iter().map(|row| row.depot_id)))
        .filter(M::Id.is_in(rows.iter().map(|row| row.movement_id)))
        .all(db)
        .await?;
    let issues: BTreeMap<_, _> = issues.into_iter().map(|row| (row.id, row)).collect();
    let mut found = found(db, &rows).await?;
    let mut shortages = shortages(db, &rows).await?;
    rows.into_iter()
        .map(|row| {
            let issue = issues
                .get(&row.movement_id)
                .ok_or_else(Problem::not_found)?;
            let state = late_fact_state(&row)?.name();
            let found = row.found_id.and_then(|id| found.remove(&id));
            let shortages = shortages.remove(&row.movement_id).unwrap_or_default();
            let found = found.unwrap_or_default();
            Ok(LateFactView::new(row, issue, state, found, shortages))
        })
        .collect()
}

async fn found(
    db: &impl ConnectionTrait,
    of: &[Model],
) -> Result<BTreeMap<Uuid, Vec<FoundView>>, Problem> {
    use movement_line::Column as L;
    let lines = visible::<movement_line::Entity>(&Scope::Everything)
        .filter(L::DepotId.is_in(of.iter().map(|row| row.depot_id)))
        .filter(L::MovementId.is_in(of.iter().filter_map(|row| row.found_id)))
        .order_by_asc(L::MovementId)
        .order_by_asc(L::Line)
        .all(db)
        .await?;
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in lines {
        let of = found.entry(line.movement_id).or_default();
        of.push(FoundView::new(line));
    }
    Ok(found)
}

async fn shortages(
    db: &impl ConnectionTrait,
    of: &[Model],
) -> Result<BTreeMap<Uuid, Vec<ShortageView>>, Problem> {
    use reservation::Column as R;
    use reservation_shortage::Column as S;
    let rows = visible::<reservation_shortage::Entity>(&Scope::Everything)
        .filter(S::DepotId.is_in(of.iter().map(|row| row.depot_id)))
        .filter(S::MovementId.is_in(of.iter().map(|row| row.movement_id)))
        .order_by_asc(S::MovementId)
        .order_by_asc(S::ReservationId)
        .order_by_asc(S::Line)
        .all(db)
        .await?;
    let whose = visible::<reservation::Entity>(&Scope::Everything)
        .filter(R::DepotId.is_in(rows.iter().map(|row| row.depot_id)))
        .filter(R::Id.is_in(rows.iter().map(|row| row.reservation_id)))
        .all(db)
        .await?;
    let orders: BTreeMap<_, _> = whose
        .into_iter()
        .map(|row| (row.id, row.order_id))
        .collect();
    let mut shortages: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in rows {
        let order = orders.get(&row.reservation_id).copied().flatten();
        let view = ShortageView {
            reservation_id: Id::from_uuid(row.reservation_id),
            order_id: order.map(Id::from_uuid),
            line: row.line,
            quantity: row.quantity,
        };
        shortages.entry(row.movement_id).or_default().push(view);
    }
    Ok(shortages)
}
