//! Balances, now and in the past.
//!
//! **Invariant.** Balances of nothing are left out. The order is depot, kind of account, account,
//! lot, condition, and the same at every moment.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    stock::{Account, Availability, Fitness, Purpose, Restriction, Withheld},
};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    catalogue,
    clock::day_at_depots,
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, Visible},
};

use super::{
    columns, fold,
    lots::{items_of, lots_by_id},
    recalls::recalled_then,
    rows::{
        balance::{Column, Entity, Model},
        lot,
        recalls::lot_recall_lot,
    },
    wire::{BalanceFilter, BalanceView, RestrictionView},
};
use crate::stock::wire::{malformed_cursor, named};

/// The most balances that are answered at once where there are no pages.
const AT_ONCE_MAX: u64 = 10_000;

/// A page of balances. Four statements, and one more for a past moment.
pub(crate) async fn balances(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &BalanceFilter,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<BalanceView>, Problem> {
    let mark = format!("{filter:?}");
    let mut select = select(db, scope, filter).await?;
    if let Some(cursor) = page.cursor(&mark)? {
        let key = read_place(cursor.key()).ok_or_else(malformed_cursor)?;
        select.and_where(after(key, cursor.id()));
    }
    select.limit(page.limit() + 1);
    let found = read(db, &select).await?;
    let views = Page::cut(found, page, &mark, place, |row| row);
    Ok(Page {
        items: show(db, views.items, filter.as_of, now).await?,
        next_cursor: views.next_cursor,
    })
}

/// All balances, up to [`AT_ONCE_MAX`].
pub(super) async fn all(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &BalanceFilter,
    now: DateTime<Utc>,
) -> Result<Vec<BalanceView>, Problem> {
    let mut select = select(db, scope, filter).await?;
    select.limit(AT_ONCE_MAX);
    let found = read(db, &select).await?;
    show(db, found, filter.as_of, now).await
}

/// Whether a depot holds nothing: no goods in its zones or on the road from it, nothing reserved.
pub(in crate::stock) async fn is_empty(
    db: &impl ConnectionTrait,
    depot: Id<kinds::Depot>,
) -> Result<bool, Problem> {
    let filter = BalanceFilter {
        depot_id: Some(depot),
        ..BalanceFilter::default()
    };
    let mut select = select(db, &Scope::Everything, &filter).await?;
    // Nothing on hand leaves nothing to reserve.
    select.limit(1);
    Ok(read(db, &select).await?.is_empty())
}

fn of(column: Column) -> SimpleExpr {
    Expr::col((Entity, column))
}

// The columns of the order.
const KEY: [Column; 5] = [
    Column::DepotId,
    Column::AccountKind,
    Column::AccountId,
    Column::LotId,
    Column::Condition,
];

// What of the ledger a look at the past reads.
fn narrowed(filter: &BalanceFilter, lots: Option<SelectStatement>) -> fold::Narrowed {
    match (lots, filter.depot_id) {
        (Some(lots), _) => fold::Narrowed::Lots(lots),
        (None, Some(depot)) => {
            let depot = Query::select().expr(Expr::val(depot.uuid())).to_owned();
            fold::Narrowed::Depots(depot)
        }
        (None, None) => fold::Narrowed::Not,
    }
}

async fn select(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &BalanceFilter,
) -> Result<SelectStatement, Problem> {
    let mut select = Query::select();
    for column in KEY {
        select.column((Entity, column));
        select.order_by((Entity, column), Order::Asc);
    }
    select
        .column((Entity, Column::OnHand))
        .column((Entity, Column::Reserved))
        .cond_where(Entity::within(scope))
        .and_where(of(Column::OnHand).gt(0));
    let lots = lots_of(db, filter).await?;
    match filter.as_of {
        None => select.from(Entity),
        Some(moment) => select.from_subquery(
            fold::balances_at(moment, filter, &narrowed(filter, lots.clone())),
            Alias::new("balance"),
        ),
    };
    if let Some(depot) = filter.depot_id {
        select.and_where(of(Column::DepotId).eq(depot.uuid()));
    }
    if let Some(lot) = filter.lot_id {
        select.and_where(of(Column::LotId).eq(lot.uuid()));
    }
    if let Some(recall) = filter.recall {
        let lots = Query::select()
            .column(lot_recall_lot::Column::LotId)
            .from(lot_recall_lot::Entity)
            .and_where(Expr::col(lot_recall_lot::Column::RecallId).eq(recall.uuid()))
            .to_owned();
        select.and_where(of(Column::LotId).in_subquery(lots));
    }
    if let Some(zone) = filter.zone_id {
        select.and_where(of(Column::AccountKind).eq(columns::ZONE));
        select.and_where(of(Column::AccountId).eq(zone.uuid()));
    }
    if let Some(condition) = &filter.condition {
        select.and_where(of(Column::Condition).eq(condition));
    }
    if let Some(account) = &filter.account {
        select.and_where(of(Column::AccountKind).eq(account));
    }
    if let Some(organisation) = filter.organisation_id {
        let subtree = Scope::Subtrees(vec![organisation.uuid()]);
        select.cond_where(subtree.covers_depot(of(Column::DepotId)));
    }
    if let Some(lots) = lots {
        select.and_where(of(Column::LotId).in_subquery(lots));
    }
    Ok(select)
}

// The lots of the item, the category or the owner that is asked for.
async fn lots_of(
    db: &impl ConnectionTrait,
    filter: &BalanceFilter,
) -> Result<Option<SelectStatement>, Problem> {
    if filter.item_id.is_none() && filter.category_id.is_none() && filter.owner_id.is_none() {
        return Ok(None);
    }
    let mut lots = Query::select();
    lots.column((lot::Entity, lot::Column::Id))
        .from(lot::Entity);
    if let Some(item) = filter.item_id {
        lots.and_where(Expr::col((lot::Entity, lot::Column::ItemId)).eq(item.uuid()));
    }
    if let Some(owner) = filter.owner_id {
        lots.and_where(Expr::col((lot::Entity, lot::Column::OwnerId)).eq(owner.uuid()));
    }
    if let Some(category) = filter.category_id {
        let categories = catalogue::category_subtree(db, category).await?;
        lots.and_where(
            Expr::col((lot::Entity, lot::Column::ItemId))
                .in_subquery(catalogue::items_in(categories)),
        );
    }
    Ok(Some(lots))
}

// The place of a row as a cursor keeps it; the lot goes as the cursor's id.
fn place(row: &Model) -> (String, Uuid) {
    let Model {
        depot_id,
        account_kind,
        account_id,
        condition,
        ..
    } = row;
    let key = format!("{depot_id}/{account_kind}/{account_id}/{condition}");
    (key, row.lot_id)
}

fn read_place(key: &str) -> Option<(Uuid, String, Uuid, String)> {
    let mut parts = key.split('/');
    Some((
        parts.next()?.parse().ok()?,
        parts.next()?.to_owned(),
        parts.next()?.parse().ok()?,
        parts.next()?.to_owned(),
    ))
}

fn after((depot, kind, account, condition): (Uuid, String, Uuid, String), lot: Uuid) -> SimpleExpr {
    let columns = Expr::tuple(KEY.map(of));
    let values: [SimpleExpr; 5] = [
        Expr::val(depot),
        Expr::val(kind),
        Expr::val(account),
        Expr::val(lot),
        Expr::val(condition),
    ];
    columns.gt(Expr::tuple(values))
}

async fn read(db: &impl ConnectionTrait, select: &SelectStatement) -> Result<Vec<Model>, Problem> {
    let rows = db.query_all(select).await?;
    let row = |row: QueryResult| -> Result<Model, sea_orm::DbErr> {
        Ok(Model {
            depot_id: row.try_get("", "depot_id")?,
            account_kind: row.try_get("", "account_kind")?,
            account_id: row.try_get("", "account_id")?,
            lot_id: row.try_get("", "lot_id")?,
            condition: row.try_get("", "condition")?,
            on_hand: row.try_get("", "on_hand")?,
            reserved: row.try_get("", "reserved")?,
        })
    };
    rows.into_iter()
        .map(|found| row(found).map_err(Problem::from))
        .collect()
}

async fn show(
    db: &impl ConnectionTrait,
    rows: Vec<Model>,
    as_of: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Vec<BalanceView>, Problem> {
    let lots: Vec<_> = rows.iter().map(|row| Id::from_uuid(row.lot_id)).collect();
    let lots = lots_by_id(db, &Scope::Everything, &lots).await?;
    let items = items_of(db, lots.values()).await?;
    let recalled = match as_of {
        None => lots
            .iter()
            .filter(|(_, lot)| lot.recalled_at.is_some())
            .map(|(id, _)| *id)
            .collect(),
        // What was lifted since was recalled then.
        Some(moment) => recalled_then(db, lots.keys().copied(), moment).await?,
    };
    rows.into_iter()
        .map(|row| {
            let lot = lots
                .get(&Id::from_uuid(row.lot_id))
                .ok_or_else(Problem::not_found)?;
            let item_id = Id::from_uuid(lot.item_id);
            let (item_name, base_unit) = named(items.get(&item_id));
            let mut fitness =
                columns::fitness(lot, row.condition.parse().map_err(Problem::internal)?)?;
            fitness.recalled = recalled.contains(&Id::from_uuid(row.lot_id));
            let withheld = withheld(fitness, as_of.unwrap_or(now));
            let account = columns::account(&row.account_kind, row.depot_id, row.account_id)
                .map_err(Problem::internal)?;
            let (zone_id, shipment_id) = match account {
                Account::Zone { zone, .. } => (Some(zone), None),
                Account::Road { shipment, .. } => (None, Some(shipment)),
                Account::Outside { .. } => (None, None),
            };
            Ok(BalanceView {
                depot_id: Id::from_uuid(row.depot_id),
                account: row.account_kind,
                zone_id,
                shipment_id,
                lot_id: Id::from_uuid(row.lot_id),
                condition: row.condition,
                on_hand: row.on_hand,
                reserved: row.reserved,
                available: match (&withheld, zone_id) {
                    (None, Some(_)) => row.on_hand - row.reserved,
                    _ => 0,
                },
                withheld: withheld.map(|reason| crate::stock::ledger::reason(reason).to_owned()),
                item_id,
                item_name,
                base_unit,
                owner_id: Id::from_uuid(lot.owner_id),
                batch: lot.batch.clone(),
                expires_on: lot.expires_on.clone(),
                restriction: RestrictionView::read(
                    &lot.restriction_kind,
                    lot.restriction.as_deref(),
                )?,
            })
        })
        .collect()
}

// Why nothing is available, whatever it is wanted for.
fn withheld(mut fitness: Fitness, at: DateTime<Utc>) -> Option<Withheld> {
    fitness.restriction = Restriction::None;
    match fitness.availability(day_at_depots(at), &Purpose::default()) {
        Availability::Available => None,
        Availability::Withheld(reason) => Some(reason),
    }
}
