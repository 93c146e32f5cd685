//! What lies on the shelves of a depot, as picking wants to know it.
//!
//! **Invariant.** Free goods only, in lock order.

use std::collections::BTreeMap;

use domain::{
    kernel::{Id, kinds},
    stock::{Candidate, Condition},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait, Query},
};

use crate::{
    problem::Problem,
    scope::{Scope, visible},
};

use super::{columns, lots_by_id, rows};

/// The free goods of items in a depot, of one owner if it is named, by item, locked until the end of
/// the transaction. Two statements.
pub(in crate::stock) async fn shelves(
    db: &impl ConnectionTrait,
    depot: Id<kinds::Depot>,
    items: &[Id<kinds::Item>],
    owner: Option<Id<kinds::Organisation>>,
) -> Result<BTreeMap<Id<kinds::Item>, Vec<Candidate>>, Problem> {
    use rows::balance::{Column, Entity};
    let mut of_items = Query::select()
        .column(Alias::new("id"))
        .from(rows::lot::Entity)
        .and_where(Expr::col(rows::lot::Column::ItemId).is_in(items.iter().map(|item| item.uuid())))
        .to_owned();
    if let Some(owner) = owner {
        of_items.and_where(Expr::col(rows::lot::Column::OwnerId).eq(owner.uuid()));
    }
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.eq(depot.uuid()))
        .filter(Column::AccountKind.eq(columns::ZONE))
        .filter(Expr::col((Entity, Column::OnHand)).gt(Expr::col((Entity, Column::Reserved))))
        .filter(Column::LotId.in_subquery(of_items))
        .order_by_asc(Column::AccountId)
        .order_by_asc(Column::LotId)
        .order_by_asc(Column::Condition)
        .lock_exclusive()
        .all(db)
        .await?;
    let lots: Vec<_> = found.iter().map(|row| Id::from_uuid(row.lot_id)).collect();
    let lots = lots_by_id(db, &Scope::Everything, &lots).await?;
    let mut shelves: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in found {
        let lot = lots
            .get(&Id::from_uuid(row.lot_id))
            .ok_or_else(Problem::not_found)?;
        let condition = row.condition.parse().map_err(Problem::internal)?;
        shelves
            .entry(Id::from_uuid(lot.item_id))
            .or_default()
            .push(Candidate {
                zone: Id::from_uuid(row.account_id),
                lot: Id::from_uuid(row.lot_id),
                fitness: columns::fitness(lot, condition)?,
                available: row.on_hand - row.reserved,
                received: lot.created_at.timestamp_millis(),
            });
    }
    Ok(shelves)
}

/// The zones of a depot in which goods of lots lie, by lot and condition.
pub(in crate::stock) async fn zones_of_lots(
    db: &impl ConnectionTrait,
    depot: Id<kinds::Depot>,
    lots: &[Id<kinds::Lot>],
) -> Result<BTreeMap<(Id<kinds::Lot>, Condition), Vec<Id<kinds::Zone>>>, Problem> {
    use rows::balance::{Column, Entity};
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.eq(depot.uuid()))
        .filter(Column::AccountKind.eq(columns::ZONE))
        .filter(Column::LotId.is_in(lots.iter().map(|lot| lot.uuid())))
        .filter(Column::OnHand.gt(0))
        .order_by_asc(Column::AccountId)
        .all(db)
        .await?;
    let mut zones: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in found {
        let condition = row.condition.parse().map_err(Problem::internal)?;
        zones
            .entry((Id::from_uuid(row.lot_id), condition))
            .or_default()
            .push(Id::from_uuid(row.account_id));
    }
    Ok(zones)
}
