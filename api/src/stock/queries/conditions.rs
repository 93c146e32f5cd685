//! Changes of condition.
//!
//! **Invariant.** What changed is read from the lines of the movement, two by two, and only where
//! the reader sees the goods. A page costs seven statements.

use std::collections::BTreeMap;

use domain::kernel::{Id, kinds};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, visible},
};

use super::{
    lots::{items_of, lots_by_id},
    movements::{line_counts, reversals},
    rows::{
        conditions::condition_change,
        movement::{self, Column, Entity},
        movement_line as line,
    },
    wire::{ConditionChangeFilter, ConditionChangeLineView, ConditionChangeView},
};
use crate::stock::wire::named;

fn kept(of: impl Fn(condition_change::Column) -> Expr) -> sea_orm::sea_query::SelectStatement {
    use condition_change::Column as C;
    Query::select()
        .expr(Expr::val(1))
        .from(condition_change::Entity)
        .and_where(of(C::DepotId).equals((Entity, Column::DepotId)))
        .and_where(of(C::MovementId).equals((Entity, Column::Id)))
        .to_owned()
}

fn of_change(column: condition_change::Column) -> Expr {
    Expr::col((condition_change::Entity, column))
}

/// One change, by its movement, or not found.
pub(in crate::stock) async fn condition_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Movement>,
) -> Result<ConditionChangeView, Problem> {
    let found = visible::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .filter(Expr::exists(kept(of_change)))
        .all(db)
        .await?;
    let mut views = views(db, scope, found).await?;
    views.pop().ok_or_else(Problem::not_found)
}

/// A page of changes, the newest ids first.
pub(in crate::stock) async fn condition_changes(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &ConditionChangeFilter,
    page: &PageQuery,
) -> Result<Page<ConditionChangeView>, Problem> {
    let mut kept = kept(of_change);
    if let Some(reason) = &filter.reason {
        kept.and_where(of_change(condition_change::Column::Reason).eq(reason));
    }
    let mut select = visible::<Entity>(scope).filter(Expr::exists(kept));
    if let Some(depot) = filter.depot_id {
        select = select.filter(Column::DepotId.eq(depot.uuid()));
    }
    if let Some(since) = filter.since {
        select = select.filter(Column::OccurredAt.gte(since));
    }
    if filter.lot_id.is_some() || filter.condition.is_some() {
        select = select.filter(Expr::exists(came_out(filter)));
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

// Goods of the lot that are now in the condition that is asked for.
fn came_out(filter: &ConditionChangeFilter) -> sea_orm::sea_query::SelectStatement {
    let of_line = |column| Expr::col((line::Entity, column));
    let mut moved = Query::select();
    moved
        .expr(Expr::val(1))
        .from(line::Entity)
        .and_where(of_line(line::Column::DepotId).equals((Entity, Column::DepotId)))
        .and_where(of_line(line::Column::MovementId).equals((Entity, Column::Id)))
        .and_where(of_line(line::Column::ToKind).eq(super::columns::ZONE));
    if let Some(lot) = filter.lot_id {
        moved.and_where(of_line(line::Column::LotId).eq(lot.uuid()));
    }
    if let Some(condition) = &filter.condition {
        moved.and_where(of_line(line::Column::Condition).eq(condition));
    }
    moved
}

async fn views(
    db: &impl ConnectionTrait,
    scope: &Scope,
    found: Vec<movement::Model>,
) -> Result<Vec<ConditionChangeView>, Problem> {
    use condition_change::Column as C;
    let depots = || found.iter().map(|row| row.depot_id);
    let ids = || found.iter().map(|row| row.id);
    let kept = visible::<condition_change::Entity>(&Scope::Everything)
        .filter(C::DepotId.is_in(depots()))
        .filter(C::MovementId.is_in(ids()))
        .all(db)
        .await?;
    let mut kept: BTreeMap<_, _> = kept.into_iter().map(|row| (row.movement_id, row)).collect();
    let lines = visible::<line::Entity>(scope)
        .filter(line::Column::DepotId.is_in(depots()))
        .filter(line::Column::MovementId.is_in(ids()))
        .order_by_asc(line::Column::Line)
        .all(db)
        .await?;
    let lots: Vec<_> = lines
        .iter()
        .map(|line| Id::from_uuid(line.lot_id))
        .collect();
    let lots = lots_by_id(db, &Scope::Everything, &lots).await?;
    let items = items_of(db, lots.values()).await?;
    let reversals = reversals(db, &found).await?;
    let counts = line_counts(db, &found).await?;
    let mut halves: BTreeMap<_, Vec<line::Model>> = BTreeMap::new();
    for line in lines {
        halves.entry(line.movement_id).or_default().push(line);
    }
    found
        .into_iter()
        .map(|row| {
            let kept = kept.remove(&row.id).ok_or_else(Problem::not_found)?;
            let halves = halves.remove(&row.id).unwrap_or_default();
            let lines = halves
                .chunks_exact(2)
                .map(|halves| {
                    let lot = lots
                        .get(&Id::from_uuid(halves[0].lot_id))
                        .ok_or_else(Problem::not_found)?;
                    let item = named(items.get(&Id::from_uuid(lot.item_id)));
                    Ok(ConditionChangeLineView::new(halves, lot, item))
                })
                .collect::<Result<Vec<_>, Problem>>()?;
            let all = counts.get(&row.id).copied().unwrap_or(0) / 2;
            let hidden = all - i64::try_from(lines.len()).unwrap_or(all);
            let reversed_by = reversals.get(&row.id).copied();
            Ok(ConditionChangeView::new(
                row,
                kept,
                reversed_by,
                lines,
                hidden,
            ))
        })
        .collect()
}
