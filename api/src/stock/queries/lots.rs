//! Lots.
//!
//! **Invariant.** Lots by id are read in chunks that every database takes.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    catalogue::Units,
    kernel::{Id, kinds},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Alias, Expr, ExprTrait, LockType, Query},
};

use crate::{
    catalogue::{self, ItemFacts},
    http::{Direction, Page, PageQuery, by_id_only},
    problem::Problem,
    scope::{Scope, visible},
    storage::VALUES_A_STATEMENT,
};

use super::{
    rows,
    rows::lot::{Column, Entity},
    wire::{BalanceFilter, LotFilter, LotStandingView, LotView},
};

/// The lots that `scope` reaches among `ids`.
pub(in crate::stock) async fn lots_by_id(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Id<kinds::Lot>],
) -> Result<BTreeMap<Id<kinds::Lot>, rows::lot::Model>, Problem> {
    in_chunks(db, ids, || visible::<Entity>(scope)).await
}

/// As [`lots_by_id`], and the lots stay what they are until this transaction ends: by their keys, as
/// the lines of a movement will hold them anyway, so that a recall that is being made is waited for
/// and one that comes after waits.
pub(in crate::stock) async fn held_lots(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Id<kinds::Lot>],
) -> Result<BTreeMap<Id<kinds::Lot>, rows::lot::Model>, Problem> {
    let held = || {
        visible::<Entity>(scope)
            .order_by_asc(Column::Id)
            .lock(LockType::KeyShare)
    };
    in_chunks(db, ids, held).await
}

async fn in_chunks(
    db: &impl ConnectionTrait,
    ids: &[Id<kinds::Lot>],
    select: impl Fn() -> Select<Entity>,
) -> Result<BTreeMap<Id<kinds::Lot>, rows::lot::Model>, Problem> {
    let ids: BTreeSet<_> = ids.iter().map(|id| id.uuid()).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let mut lots = BTreeMap::new();
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let found = select()
            .filter(Column::Id.is_in(ids.iter().copied()))
            .all(db)
            .await?;
        lots.extend(found.into_iter().map(|lot| (Id::from_uuid(lot.id), lot)));
    }
    Ok(lots)
}

/// The lots that `scope` reaches among `ids`, as the API shows them. Three statements for every
/// 10,000.
pub(crate) async fn lot_views(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Id<kinds::Lot>],
) -> Result<BTreeMap<Id<kinds::Lot>, LotView>, Problem> {
    let lots = lots_by_id(db, scope, ids).await?;
    let items = items_of(db, lots.values()).await?;
    lots.into_iter()
        .map(|(id, lot)| {
            let item = items.get(&Id::from_uuid(lot.item_id));
            Ok((id, LotView::new(lot, item)?))
        })
        .collect()
}

/// The facts of the items of lots.
pub(super) async fn items_of<'a>(
    db: &impl ConnectionTrait,
    lots: impl Iterator<Item = &'a rows::lot::Model>,
) -> Result<BTreeMap<Id<kinds::Item>, ItemFacts>, Problem> {
    let items: BTreeSet<_> = lots.map(|lot| Id::from_uuid(lot.item_id)).collect();
    let items: Vec<_> = items.into_iter().collect();
    catalogue::item_facts(db, &items).await
}

/// The units of the items of the lots that `scope` reaches.
pub(in crate::stock) async fn units_of_lots(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Id<kinds::Lot>],
) -> Result<BTreeMap<Id<kinds::Lot>, Units>, Problem> {
    let items = items_of_lots(db, scope, ids).await?;
    let units = items.into_iter().map(|(lot, item)| (lot, item.units));
    Ok(units.collect())
}

/// The items of the lots that `scope` reaches.
pub(in crate::stock) async fn items_of_lots(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Id<kinds::Lot>],
) -> Result<BTreeMap<Id<kinds::Lot>, ItemFacts>, Problem> {
    let lots = lots_by_id(db, scope, ids).await?;
    let items = items_of(db, lots.values()).await?;
    Ok(lots
        .into_iter()
        .filter_map(|(id, lot)| {
            let item = items.get(&Id::from_uuid(lot.item_id))?;
            Some((id, item.clone()))
        })
        .collect())
}

pub(in crate::stock) async fn lots(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &LotFilter,
    page: &PageQuery,
) -> Result<Page<LotView>, Problem> {
    let mut select = visible::<Entity>(scope);
    if let Some(item) = filter.item_id {
        select = select.filter(Column::ItemId.eq(item.uuid()));
    }
    if let Some(owner) = filter.owner_id {
        select = select.filter(Column::OwnerId.eq(owner.uuid()));
    }
    if let Some(batch) = &filter.batch {
        select = select.filter(Column::Batch.eq(batch));
    }
    if let Some(source) = &filter.source {
        select = select.filter(Column::Source.eq(source));
    }
    if let Some(day) = filter.expires_until {
        select = select.filter(Column::ExpiresOn.lte(day.to_string()));
    }
    if let Some(depot) = filter.depot_id {
        let there = Query::select()
            .column(Alias::new("lot_id"))
            .from(rows::balance::Entity)
            .and_where(Expr::col(rows::balance::Column::DepotId).eq(depot.uuid()))
            .and_where(Expr::col(rows::balance::Column::OnHand).gt(0))
            // Only balances that the reader sees tell anything about the depot.
            .cond_where(<rows::balance::Entity as crate::scope::Visible>::within(
                scope,
            ))
            .to_owned();
        select = select.filter(Column::Id.in_subquery(there));
    }
    let mark = format!("{filter:?}");
    let found = page
        .by_id(select, Column::Id, Direction::Descending, &mark)?
        .all(db)
        .await?;
    let items = items_of(db, found.iter()).await?;
    let views = Page::cut(
        found,
        page,
        &mark,
        |row| by_id_only::<kinds::Lot>(Id::from_uuid(row.id)),
        |row| {
            let item = items.get(&Id::from_uuid(row.item_id));
            LotView::new(row, item)
        },
    );
    views.whole()
}

/// A lot and where it is now.
pub(in crate::stock) async fn lot_standing(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Lot>,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<LotStandingView, Problem> {
    let row = lots_by_id(db, scope, &[id])
        .await?
        .remove(&id)
        .ok_or_else(Problem::not_found)?;
    let items = items_of(db, std::iter::once(&row)).await?;
    let filter = BalanceFilter {
        lot_id: Some(id),
        ..BalanceFilter::default()
    };
    let balances = super::balances::all(db, scope, &filter, now).await?;
    let totals = super::totals(db, scope, &row).await?;
    let item = items.get(&Id::from_uuid(row.item_id));
    Ok(LotStandingView {
        lot: LotView::new(row, item)?,
        balances,
        totals,
    })
}
