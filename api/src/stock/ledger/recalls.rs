//! Lots that are held back, and let go again.
//!
//! **Invariant.** `lot.recalled_at` is the moment of the first recall of the lot that is in force, or
//! nothing. It changes while nobody moves goods of the lot: whoever posts holds the lot's row by its
//! key, and whoever recalls it wants the row alone. So nothing leaves after a recall that was judged
//! before it, and no recall is dated before what left first.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    kernel::{Id, kinds},
    stock::{HeldAs, RecallExtent},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use crate::{
    problem::Problem,
    scope::{Scope, visible},
    storage::VALUES_A_STATEMENT,
    uow::Uow,
};

use super::super::rows::{
    lot, movement, movement_line,
    recalls::{lot_recall, lot_recall_lot},
};

// Times are whole milliseconds.
const CLOCK_STEP: TimeDelta = TimeDelta::milliseconds(1);

/// Locks those of the lots that `scope` reaches, in the order of their ids: nobody moves their goods
/// until this transaction ends.
pub(in crate::stock) async fn lots_alone(
    uow: &Uow<'_>,
    scope: &Scope,
    which: sea_orm::Condition,
    at_most: u64,
) -> Result<Vec<lot::Model>, Problem> {
    Ok(visible::<lot::Entity>(scope)
        .filter(which)
        .order_by_asc(lot::Column::Id)
        .limit(at_most)
        .lock_exclusive()
        .all(uow.db())
        .await?)
}

/// The moment of a recall of locked lots: now, or just after goods of them moved last, if that clock
/// was ahead of this command's. What moved at the moment itself would count as moved after it.
pub(in crate::stock) async fn moment_of_recall(
    uow: &Uow<'_>,
    lots: &[lot::Model],
) -> Result<DateTime<Utc>, Problem> {
    let mut moment = uow.now();
    for lots in lots.chunks(VALUES_A_STATEMENT) {
        let of_line = |column| Expr::col((movement_line::Entity, column));
        let of_movement = |column| Expr::col((movement::Entity, column));
        let last = Query::select()
            .expr_as(of_movement(movement::Column::RecordedAt).max(), "last")
            .from(movement::Entity)
            .inner_join(
                movement_line::Entity,
                of_line(movement_line::Column::DepotId)
                    .equals((movement::Entity, movement::Column::DepotId))
                    .and(
                        of_line(movement_line::Column::MovementId)
                            .equals((movement::Entity, movement::Column::Id)),
                    ),
            )
            .and_where(of_movement(movement::Column::RecordedAt).gte(uow.now()))
            .and_where(of_line(movement_line::Column::LotId).is_in(lots.iter().map(|lot| lot.id)))
            .to_owned();
        let last = match uow.db().query_one(&last).await? {
            Some(row) => row.try_get::<Option<DateTime<Utc>>>("", "last")?,
            None => None,
        };
        if let Some(last) = last {
            moment = std::cmp::max(moment, last + CLOCK_STEP);
        }
    }
    Ok(moment)
}

/// Notes which lots a recall holds back, and why, and holds them back.
pub(in crate::stock) async fn hold_back(
    uow: &Uow<'_>,
    recall: Id<kinds::LotRecall>,
    lots: &[Uuid],
    held_as: HeldAs,
) -> Result<(), Problem> {
    use sea_orm::ActiveValue::Set;
    let noted = lots.iter().map(|&lot| lot_recall_lot::ActiveModel {
        recall_id: Set(recall.uuid()),
        lot_id: Set(lot),
        held_as: Set(held_as.name().to_owned()),
    });
    uow.insert_all(noted.collect()).await?;
    settle(uow, lots).await
}

const SINCE: &str = "(SELECT MIN(r.recalled_at) FROM lot_recall_lot l \
     JOIN lot_recall r ON r.id = l.recall_id WHERE l.lot_id = lot.id AND r.lifted_at IS NULL)";

/// Says of lots since when they are recalled, as their recalls have it.
pub(in crate::stock) async fn settle(uow: &Uow<'_>, lots: &[Uuid]) -> Result<(), Problem> {
    for lots in lots.chunks(VALUES_A_STATEMENT) {
        lot::Entity::update_many()
            .col_expr(lot::Column::RecalledAt, Expr::cust(SINCE))
            .filter(lot::Column::Id.is_in(lots.iter().copied()))
            .exec(uow.db())
            .await?;
    }
    Ok(())
}

/// Holds back what of new lots is of a batch that was recalled before they came in.
///
/// Whoever recalls a batch has the item alone, so that a lot is either there for the recall to find
/// or here to find the recall.
pub(super) async fn join(uow: &Uow<'_>, lots: &[(Uuid, Uuid, String)]) -> Result<(), Problem> {
    use lot_recall::{Column, Entity};
    if lots.is_empty() {
        return Ok(());
    }
    let items: BTreeSet<_> = lots.iter().map(|(_, item, _)| *item).collect();
    let items: Vec<_> = items.into_iter().collect();
    let mut recalls = Vec::new();
    for items in items.chunks(VALUES_A_STATEMENT) {
        let found = visible::<Entity>(&Scope::Everything)
            .filter(Column::LiftedAt.is_null())
            .filter(Column::Extent.eq(RecallExtent::Batch.name()))
            .filter(Column::ItemId.is_in(items.iter().copied()))
            .order_by_asc(Column::Id)
            .all(uow.db())
            .await?;
        recalls.extend(found);
    }
    for recall in recalls {
        let of_batch = lots.iter().filter(|(_, item, batch)| {
            recall.item_id == Some(*item) && recall.batch.as_deref() == Some(batch)
        });
        let of_batch: Vec<_> = of_batch.map(|(lot, ..)| *lot).collect();
        let below = Scope::Subtrees(vec![recall.organisation_id]);
        for of_batch in of_batch.chunks(VALUES_A_STATEMENT) {
            let found = visible::<lot::Entity>(&below)
                .filter(lot::Column::Id.is_in(of_batch.iter().copied()))
                .all(uow.db())
                .await?;
            let found: Vec<_> = found.into_iter().map(|lot| lot.id).collect();
            hold_back(uow, Id::from_uuid(recall.id), &found, HeldAs::Lot).await?;
        }
    }
    Ok(())
}
