//! Goods that came back.
//!
//! **Invariant.** A return is known by its movement. Of its lines only those are shown whose goods
//! the reader sees. A page costs seven statements.

use std::collections::BTreeMap;

use domain::kernel::{Id, kinds};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, to_change, visible},
    storage::VALUES_A_STATEMENT,
};

use super::{
    lots::{items_of, lots_by_id},
    movements::{line_counts, reversals},
    rows::{
        lot,
        movement::{self, Column, Entity},
        movement_line as line,
        returns::return_line as came,
    },
    wire::{GoodsReturnFilter, GoodsReturnLineView, GoodsReturnView},
};
use crate::stock::wire::named;

const RECIPIENT: &str = "recipient";

/// The lots that `scope` reaches among `ids`, in the order of their ids; others who would take goods
/// of them back wait.
pub(in crate::stock) async fn lots_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Id<kinds::Lot>],
) -> Result<BTreeMap<Id<kinds::Lot>, lot::Model>, Problem> {
    let mut lots = BTreeMap::new();
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let found = to_change::<lot::Entity>(scope)
            .filter(lot::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .order_by_asc(lot::Column::Id)
            .all(db)
            .await?;
        lots.extend(found.into_iter().map(|lot| (Id::from_uuid(lot.id), lot)));
    }
    Ok(lots)
}

/// How much of lots went to recipients and is not back yet, from whichever depot; lots of which
/// nothing ever went are not there.
pub(in crate::stock) async fn not_back(
    db: &impl ConnectionTrait,
    lots: &[Id<kinds::Lot>],
) -> Result<BTreeMap<Id<kinds::Lot>, i64>, Problem> {
    let of = |column| Expr::col((line::Entity, column));
    let went = of(line::Column::ToKind).eq(RECIPIENT);
    let came = of(line::Column::FromKind).eq(RECIPIENT);
    let signed = SimpleExpr::Case(Box::new(
        Expr::case(went.clone(), of(line::Column::Quantity))
            .finally(Expr::val(0_i64).sub(of(line::Column::Quantity))),
    ));
    let mut sums = BTreeMap::new();
    for lots in lots.chunks(VALUES_A_STATEMENT) {
        let select = Query::select()
            .column((line::Entity, line::Column::LotId))
            .expr_as(
                signed.clone().sum().cast_as(Alias::new("bigint")),
                Alias::new("sum"),
            )
            .from(line::Entity)
            .and_where(of(line::Column::LotId).is_in(lots.iter().map(|lot| lot.uuid())))
            .and_where(went.clone().or(came.clone()))
            .group_by_col((line::Entity, line::Column::LotId))
            .to_owned();
        for row in db.query_all(&select).await? {
            let lot: Uuid = row.try_get("", "lot_id")?;
            sums.insert(Id::from_uuid(lot), row.try_get("", "sum")?);
        }
    }
    Ok(sums)
}

fn of_line(column: came::Column) -> Expr {
    Expr::col((came::Entity, column))
}

fn recorded(filter: &GoodsReturnFilter) -> SelectStatement {
    let mut lines = Query::select();
    lines
        .expr(Expr::val(1))
        .from(came::Entity)
        .and_where(of_line(came::Column::DepotId).equals((Entity, Column::DepotId)))
        .and_where(of_line(came::Column::MovementId).equals((Entity, Column::Id)));
    if let Some(demand) = &filter.demand {
        lines.and_where(of_line(came::Column::Demand).eq(demand));
    }
    if let Some(lot) = filter.lot_id {
        let of = |column| Expr::col((line::Entity, column));
        lines
            .inner_join(
                line::Entity,
                of(line::Column::DepotId)
                    .equals((came::Entity, came::Column::DepotId))
                    .and(
                        of(line::Column::MovementId)
                            .equals((came::Entity, came::Column::MovementId)),
                    )
                    .and(of(line::Column::Line).equals((came::Entity, came::Column::Line))),
            )
            .and_where(of(line::Column::LotId).eq(lot.uuid()));
    }
    lines
}

/// One return, by its movement, or not found.
pub(in crate::stock) async fn goods_return(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Movement>,
) -> Result<GoodsReturnView, Problem> {
    let found = visible::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .filter(Expr::exists(recorded(&GoodsReturnFilter::default())))
        .all(db)
        .await?;
    let mut views = views(db, scope, found).await?;
    views.pop().ok_or_else(Problem::not_found)
}

/// A page of returns, the newest ids first.
pub(in crate::stock) async fn goods_returns(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &GoodsReturnFilter,
    page: &PageQuery,
) -> Result<Page<GoodsReturnView>, Problem> {
    let mut select = visible::<Entity>(scope).filter(Expr::exists(recorded(filter)));
    if let Some(depot) = filter.depot_id {
        select = select.filter(Column::DepotId.eq(depot.uuid()));
    }
    if let Some(since) = filter.since {
        select = select.filter(Column::OccurredAt.gte(since));
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

async fn views(
    db: &impl ConnectionTrait,
    scope: &Scope,
    found: Vec<movement::Model>,
) -> Result<Vec<GoodsReturnView>, Problem> {
    let depots = || found.iter().map(|row| row.depot_id);
    let ids = || found.iter().map(|row| row.id);
    let came = visible::<came::Entity>(&Scope::Everything)
        .filter(came::Column::DepotId.is_in(depots()))
        .filter(came::Column::MovementId.is_in(ids()))
        .all(db)
        .await?;
    let mut came: BTreeMap<_, _> = came
        .into_iter()
        .map(|row| ((row.movement_id, row.line), row))
        .collect();
    let moved = visible::<line::Entity>(scope)
        .filter(line::Column::DepotId.is_in(depots()))
        .filter(line::Column::MovementId.is_in(ids()))
        .order_by_asc(line::Column::Line)
        .all(db)
        .await?;
    let lots: Vec<_> = moved.iter().map(|row| Id::from_uuid(row.lot_id)).collect();
    let lots = lots_by_id(db, &Scope::Everything, &lots).await?;
    let items = items_of(db, lots.values()).await?;
    let reversals = reversals(db, &found).await?;
    let counts = line_counts(db, &found).await?;
    let mut lines_of: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in moved {
        let lot = lots
            .get(&Id::from_uuid(row.lot_id))
            .ok_or_else(Problem::not_found)?;
        let item = named(items.get(&Id::from_uuid(lot.item_id)));
        let Some(came) = came.remove(&(row.movement_id, row.line)) else {
            continue;
        };
        let lines = lines_of.entry(row.movement_id).or_default();
        lines.push(GoodsReturnLineView::new(row, came, lot, item));
    }
    let views = found.into_iter().map(|row| {
        let lines = lines_of.remove(&row.id).unwrap_or_default();
        let all = counts.get(&row.id).copied().unwrap_or(0);
        let hidden = all - i64::try_from(lines.len()).unwrap_or(all);
        let reversed_by = reversals.get(&row.id).copied();
        GoodsReturnView::new(row, reversed_by, lines, hidden)
    });
    Ok(views.collect())
}
