//! Recalls of lots.
//!
//! **Invariant.** A page costs four statements. Of a recall's lots only those are named that the
//! reader sees.

mod hands;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    stock::{LotRecallState, LotRecallStateName, Signature},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, beyond, to_change, visible},
    storage::VALUES_A_STATEMENT,
};

use super::{
    columns,
    rows::{
        lot,
        recalls::{
            lot_recall::{Column, Entity, Model},
            lot_recall_lot,
        },
    },
    wire::{LotRecallFilter, LotRecallView},
};

pub(crate) use hands::recall_hands;

/// A recall as the table keeps it, or not found.
pub(in crate::stock) async fn lot_recall_row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::LotRecall>,
) -> Result<Model, Problem> {
    visible::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// As [`lot_recall_row`], and others who would change it wait.
pub(in crate::stock) async fn lot_recall_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::LotRecall>,
) -> Result<Model, Problem> {
    to_change::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// Where a recall stands.
pub(in crate::stock) fn lot_recall_state(row: &Model) -> Result<LotRecallState, Problem> {
    match (&row.lifted_at, &row.lifted_by, &row.lift_reason) {
        (None, None, None) => Ok(LotRecallState::InForce),
        (Some(at), Some(by), Some(reason)) => Ok(LotRecallState::Lifted {
            lifted: Signature {
                by: by.clone(),
                at: *at,
            },
            reason: reason.clone(),
        }),
        _ => Err(Problem::internal(anyhow::anyhow!(
            "a recall that is half lifted"
        ))),
    }
}

/// All lots that a recall holds back, in the order of their ids.
pub(in crate::stock) async fn lots_of_recall(
    db: &impl ConnectionTrait,
    id: Id<kinds::LotRecall>,
) -> Result<Vec<Uuid>, Problem> {
    let mut lots = lots_of(db, &Scope::Everything, &[id.uuid()]).await?;
    let lots = lots.remove(&id.uuid()).unwrap_or_default();
    Ok(lots.into_iter().map(|row| row.lot_id).collect())
}

/// One recall, or not found.
pub(in crate::stock) async fn lot_recall(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::LotRecall>,
) -> Result<LotRecallView, Problem> {
    let row = lot_recall_row(db, scope, id).await?;
    let mut views = views(db, scope, vec![row]).await?;
    views.pop().ok_or_else(Problem::not_found)
}

/// A page of recalls, the newest ids first.
pub(in crate::stock) async fn lot_recalls(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &LotRecallFilter,
    page: &PageQuery,
) -> Result<Page<LotRecallView>, Problem> {
    let mut select = visible::<Entity>(scope);
    if let Some(state) = &filter.state {
        let in_force = state == LotRecallStateName::InForce.name();
        let lifted = Expr::col((Entity, Column::LiftedAt));
        select = select.filter(if in_force {
            lifted.is_null()
        } else {
            lifted.is_not_null()
        });
    }
    if let Some(grade) = &filter.grade {
        select = select.filter(Column::Grade.eq(grade));
    }
    if filter.lot_id.is_some() || filter.item_id.is_some() {
        select = select.filter(Expr::exists(of_lots(scope, filter)));
    }
    let mark = format!("{filter:?}");
    let found = page
        .newest(db, select, Column::Id, |row| row.id, &mark)
        .await?;
    Ok(Page {
        items: views(db, scope, found.items).await?,
        next_cursor: found.next_cursor,
    })
}

// Lots that the reader sees, of what the filter asks for.
fn of_lots(scope: &Scope, filter: &LotRecallFilter) -> SelectStatement {
    use crate::scope::Visible;
    let of = |column| Expr::col((lot_recall_lot::Entity, column));
    let of_lot = |column| Expr::col((lot::Entity, column));
    let mut lots = Query::select();
    lots.expr(Expr::val(1))
        .from(lot_recall_lot::Entity)
        .inner_join(
            lot::Entity,
            of_lot(lot::Column::Id).equals((lot_recall_lot::Entity, lot_recall_lot::Column::LotId)),
        )
        .and_where(of(lot_recall_lot::Column::RecallId).equals((Entity, Column::Id)))
        .cond_where(lot::Entity::within(scope));
    if let Some(lot) = filter.lot_id {
        lots.and_where(of(lot_recall_lot::Column::LotId).eq(lot.uuid()));
    }
    if let Some(item) = filter.item_id {
        lots.and_where(of_lot(lot::Column::ItemId).eq(item.uuid()));
    }
    lots
}

async fn views(
    db: &impl ConnectionTrait,
    scope: &Scope,
    found: Vec<Model>,
) -> Result<Vec<LotRecallView>, Problem> {
    let ids: Vec<_> = found.iter().map(|row| row.id).collect();
    let mut lots = lots_of(db, scope, &ids).await?;
    let promises = promises_of(db, scope, &ids).await?;
    found
        .into_iter()
        .map(|row| {
            let lots = lots.remove(&row.id).unwrap_or_default();
            let promises = promises.get(&row.id).copied().unwrap_or(0);
            let state = lot_recall_state(&row)?.name();
            Ok(LotRecallView::new(row, state.name(), &lots, promises))
        })
        .collect()
}

async fn lots_of(
    db: &impl ConnectionTrait,
    scope: &Scope,
    recalls: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<lot_recall_lot::Model>>, Problem> {
    use lot_recall_lot::{Column, Entity};
    let found = visible::<Entity>(scope)
        .filter(Column::RecallId.is_in(recalls.iter().copied()))
        .order_by_asc(Column::LotId)
        .all(db)
        .await?;
    let mut lots: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in found {
        lots.entry(row.recall_id).or_default().push(row);
    }
    Ok(lots)
}

// How many reservations hold goods of recalls, at depots that the reader sees.
async fn promises_of(
    db: &impl ConnectionTrait,
    scope: &Scope,
    recalls: &[Uuid],
) -> Result<BTreeMap<Uuid, i64>, Problem> {
    use super::rows::{reservation as held, reservation_line as line};
    use crate::scope::Visible;
    use sea_orm::sea_query::Alias;
    if recalls.is_empty() {
        return Ok(BTreeMap::new());
    }
    let of = |column| Expr::col((lot_recall_lot::Entity, column));
    let select = Query::select()
        .column((lot_recall_lot::Entity, lot_recall_lot::Column::RecallId))
        .expr_as(
            Expr::col((held::Entity, held::Column::Id)).count_distinct(),
            Alias::new("promises"),
        )
        .from(lot_recall_lot::Entity)
        .inner_join(
            line::Entity,
            Expr::col((line::Entity, line::Column::LotId))
                .equals((lot_recall_lot::Entity, lot_recall_lot::Column::LotId)),
        )
        .inner_join(
            held::Entity,
            Expr::col((held::Entity, held::Column::DepotId))
                .equals((line::Entity, line::Column::DepotId))
                .and(
                    Expr::col((held::Entity, held::Column::Id))
                        .equals((line::Entity, line::Column::ReservationId)),
                ),
        )
        .and_where(of(lot_recall_lot::Column::RecallId).is_in(recalls.iter().copied()))
        .and_where(Expr::col((held::Entity, held::Column::State)).is_in(columns::HOLDING))
        .cond_where(held::Entity::within(scope))
        .group_by_col((lot_recall_lot::Entity, lot_recall_lot::Column::RecallId))
        .to_owned();
    let rows = db.query_all(&select).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("", "recall_id")?, row.try_get("", "promises")?)))
        .collect()
}

/// Those of the lots that are recalled now.
pub(crate) async fn recalled_among(
    db: &impl ConnectionTrait,
    lots: impl IntoIterator<Item = Id<kinds::Lot>>,
) -> Result<BTreeSet<Id<kinds::Lot>>, Problem> {
    let lots: BTreeSet<_> = lots.into_iter().map(Id::uuid).collect();
    let lots: Vec<_> = lots.into_iter().collect();
    let mut recalled = BTreeSet::new();
    for lots in lots.chunks(VALUES_A_STATEMENT) {
        let found = visible::<lot::Entity>(&Scope::Everything)
            .filter(lot::Column::Id.is_in(lots.iter().copied()))
            .filter(lot::Column::RecalledAt.is_not_null())
            .all(db)
            .await?;
        recalled.extend(found.into_iter().map(|lot| Id::from_uuid(lot.id)));
    }
    Ok(recalled)
}

/// The ids of all lots that are recalled now, for the queries of other contexts.
pub(crate) fn recalled_lots() -> SelectStatement {
    Query::select()
        .column(lot::Column::Id)
        .from(lot::Entity)
        // Who sees an order of a lot need not see the lot.
        .cond_where(beyond())
        .and_where(Expr::col((lot::Entity, lot::Column::RecalledAt)).is_not_null())
        .to_owned()
}

/// Recalls of the lot of the statement around, that were in force at a past moment.
pub(in crate::stock) fn in_force_then(moment: DateTime<Utc>) -> SelectStatement {
    let of = |column| Expr::col((Entity, column));
    Query::select()
        .expr(Expr::val(1))
        .from(lot_recall_lot::Entity)
        .inner_join(
            Entity,
            of(Column::Id).equals((lot_recall_lot::Entity, lot_recall_lot::Column::RecallId)),
        )
        .and_where(
            Expr::col((lot_recall_lot::Entity, lot_recall_lot::Column::LotId))
                .equals((lot::Entity, lot::Column::Id)),
        )
        .and_where(of(Column::RecalledAt).lte(moment))
        .and_where(
            of(Column::LiftedAt)
                .is_null()
                .or(of(Column::LiftedAt).gt(moment)),
        )
        .to_owned()
}

/// Those of the lots that were recalled at a past moment.
pub(in crate::stock) async fn recalled_then(
    db: &impl ConnectionTrait,
    lots: impl Iterator<Item = Id<kinds::Lot>>,
    moment: DateTime<Utc>,
) -> Result<BTreeSet<Id<kinds::Lot>>, Problem> {
    let lots: Vec<_> = lots.map(Id::uuid).collect();
    let mut recalled = BTreeSet::new();
    for lots in lots.chunks(VALUES_A_STATEMENT) {
        let found = visible::<lot::Entity>(&Scope::Everything)
            .filter(lot::Column::Id.is_in(lots.iter().copied()))
            .filter(Expr::exists(in_force_then(moment)))
            .all(db)
            .await?;
        recalled.extend(found.into_iter().map(|lot| Id::from_uuid(lot.id)));
    }
    Ok(recalled)
}
