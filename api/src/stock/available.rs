//! What lies on shelves and was promised to nobody.
//!
//! **Invariant.** One statement, and one more for every 10,000 depots. Whether goods may serve a
//! purpose is the domain's to judge: this tells what is there.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    kernel::{Id, kinds},
    stock::{Candidate, Condition, Fitness},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, ExprTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    problem::Problem,
    scope::{Scope, visible},
    storage::VALUES_A_STATEMENT,
};

use super::{columns, rows};

/// Usable goods of one lot in one zone.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) zone: Id<kinds::Zone>,
    pub(crate) lot: Id<kinds::Lot>,
    pub(crate) item: Id<kinds::Item>,
    pub(crate) owner: Id<kinds::Organisation>,
    pub(crate) fitness: Fitness,
    /// On hand and not reserved, above zero.
    pub(crate) available: i64,
    /// The place in the order of receipt: smaller is older.
    pub(crate) received: i64,
}

impl Shelf {
    /// As picking sees it.
    pub(crate) fn candidate(&self) -> Candidate {
        Candidate {
            zone: self.zone,
            lot: self.lot,
            fitness: self.fitness.clone(),
            available: self.available,
            received: self.received,
        }
    }
}

/// A lot that goods on their way are of.
#[derive(Debug, Clone)]
pub(crate) struct LotOnWay {
    pub(crate) item: Id<kinds::Item>,
    pub(crate) owner: Id<kinds::Organisation>,
    /// Of its usable goods.
    pub(crate) fitness: Fitness,
}

/// The ids of all lots of `items`, for a query over papers that name lots.
pub(crate) fn lots_of(items: &[Id<kinds::Item>]) -> SelectStatement {
    Query::select()
        .column(rows::lot::Column::Id)
        .from(rows::lot::Entity)
        .and_where(rows::lot::Column::ItemId.is_in(items.iter().map(|id| id.uuid())))
        .to_owned()
}

/// What these lots are, which the caller has seen on the papers of goods on their way: one statement
/// for every 10,000.
pub(crate) async fn lots_on_way(
    db: &impl ConnectionTrait,
    lots: &BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, LotOnWay>, Problem> {
    let ids: Vec<_> = lots.iter().copied().collect();
    let mut found = BTreeMap::new();
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let rows = visible::<rows::lot::Entity>(&Scope::Everything)
            .filter(rows::lot::Column::Id.is_in(ids.iter().copied()))
            .all(db)
            .await?;
        for row in rows {
            let lot = LotOnWay {
                item: Id::from_uuid(row.item_id),
                owner: Id::from_uuid(row.owner_id),
                fitness: columns::fitness(&row, Condition::Usable)?,
            };
            found.insert(row.id, lot);
        }
    }
    Ok(found)
}

/// Reserved goods that are looked at as if nobody had reserved them.
pub(crate) type Freed = BTreeMap<(Id<kinds::Depot>, Id<kinds::Zone>, Id<kinds::Lot>), i64>;

/// The shelves of `depots` that hold any of `items`, by depot and lot.
pub(crate) async fn shelves(
    db: &impl ConnectionTrait,
    scope: &Scope,
    depots: &[Id<kinds::Depot>],
    items: &[Id<kinds::Item>],
) -> Result<Vec<Shelf>, Problem> {
    shelves_with(db, scope, depots, items, &Freed::new()).await
}

/// As [`shelves`], were `freed` not reserved.
pub(crate) async fn shelves_with(
    db: &impl ConnectionTrait,
    scope: &Scope,
    depots: &[Id<kinds::Depot>],
    items: &[Id<kinds::Item>],
    freed: &Freed,
) -> Result<Vec<Shelf>, Problem> {
    let lots: BTreeMap<_, _> = visible::<rows::lot::Entity>(scope)
        .filter(rows::lot::Column::ItemId.is_in(items.iter().map(|id| id.uuid())))
        .all(db)
        .await?
        .into_iter()
        .map(|lot| (lot.id, lot))
        .collect();
    let of_items = lots_of(items);
    use rows::balance::Column;
    let depots: BTreeSet<_> = depots.iter().map(|id| id.uuid()).collect();
    let depots: Vec<_> = depots.into_iter().collect();
    let mut balances = Vec::new();
    for depots in depots.chunks(VALUES_A_STATEMENT) {
        let found = visible::<rows::balance::Entity>(scope)
            .filter(Column::AccountKind.eq("zone"))
            .filter(Column::Condition.eq(Condition::Usable.name()))
            .filter(Column::LotId.in_subquery(of_items.clone()))
            .filter(
                Expr::col(Column::OnHand)
                    .gt(Expr::col(Column::Reserved))
                    .or(Column::LotId.is_in(freed.keys().map(|(.., lot)| lot.uuid()))),
            )
            .filter(Column::DepotId.is_in(depots.iter().copied()))
            .order_by_asc(Column::DepotId)
            .order_by_asc(Column::LotId)
            .order_by_asc(Column::AccountId)
            .all(db)
            .await?;
        balances.extend(found);
    }
    balances
        .into_iter()
        .filter_map(|balance| {
            let lot = lots.get(&balance.lot_id)?;
            let key = (
                Id::from_uuid(balance.depot_id),
                Id::from_uuid(balance.account_id),
                Id::from_uuid(balance.lot_id),
            );
            let freed = freed.get(&key).copied().unwrap_or(0);
            let available = balance.on_hand - balance.reserved + freed;
            (available > 0).then_some((key, lot, available))
        })
        .map(|((depot, zone, lot_id), lot, available)| {
            Ok(Shelf {
                depot,
                zone,
                lot: lot_id,
                item: Id::from_uuid(lot.item_id),
                owner: Id::from_uuid(lot.owner_id),
                fitness: columns::fitness(lot, Condition::Usable)?,
                available,
                received: lot.created_at.timestamp_millis(),
            })
        })
        .collect()
}
