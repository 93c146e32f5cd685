//! Movements.
//!
//! **Invariant.** A list shows no lines: one movement may have a thousand.

use std::collections::BTreeMap;

use domain::kernel::{Id, kinds};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use uuid::Uuid;

use crate::{
    catalogue::ItemFacts,
    http::{Direction, Page, PageQuery, by_id_only},
    problem::Problem,
    scope::{Scope, visible},
};

use super::{
    lots::{items_of, lots_by_id},
    movement_rows, rows,
    rows::movement::{Column, Entity},
    wire::{LedgerAccountView, MovementLineView, MovementSummaryView, MovementView},
};
use crate::stock::{
    ledger::Posted,
    wire::{MovementFilter, named},
};

type Lots = BTreeMap<Id<kinds::Lot>, rows::lot::Model>;
type Items = BTreeMap<Id<kinds::Item>, ItemFacts>;

/// What need not be read.
type Known = (Lots, Items);

/// Whether the ledger holds a movement with this id, at any depot.
pub(in crate::stock) async fn movement_exists(
    db: &impl ConnectionTrait,
    id: Id<kinds::Movement>,
) -> Result<bool, Problem> {
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// One movement, or not found.
pub(crate) async fn movement(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Movement>,
) -> Result<MovementView, Problem> {
    let (row, lines) = movement_rows(db, scope, id).await?;
    let reversals = reversals(db, std::slice::from_ref(&row)).await?;
    let all = line_counts(db, std::slice::from_ref(&row)).await?;
    let all = all.get(&row.id).copied().unwrap_or(0);
    let hidden = all - i64::try_from(lines.len()).unwrap_or(all);
    let reversed_by = reversals.get(&row.id).copied();
    view(db, row, lines, reversed_by, hidden, Known::default()).await
}

/// A movement that this transaction posted, without a look at what it wrote down itself or has
/// read already: `items` need not be all.
pub(in crate::stock) async fn posted(
    db: &impl ConnectionTrait,
    Posted { row, lines, lots }: Posted,
    items: Items,
) -> Result<MovementView, Problem> {
    view(db, row, lines, None, 0, (lots, items)).await
}

async fn view(
    db: &impl ConnectionTrait,
    row: rows::movement::Model,
    lines: Vec<rows::movement_line::Model>,
    reversed_by: Option<Uuid>,
    hidden: i64,
    (mut lots, mut items): Known,
) -> Result<MovementView, Problem> {
    let unknown: Vec<_> = lines
        .iter()
        .map(|line| Id::from_uuid(line.lot_id))
        .filter(|lot| !lots.contains_key(lot))
        .collect();
    lots.extend(lots_by_id(db, &Scope::Everything, &unknown).await?);
    let of_unknown = lots
        .values()
        .filter(|lot| !items.contains_key(&Id::from_uuid(lot.item_id)));
    let of_unknown = items_of(db, of_unknown).await?;
    items.extend(of_unknown);
    let lines = lines
        .into_iter()
        .map(|line| {
            let lot = lots
                .get(&Id::from_uuid(line.lot_id))
                .ok_or_else(Problem::not_found)?;
            let item_id = Id::from_uuid(lot.item_id);
            let (item_name, base_unit) = named(items.get(&item_id));
            Ok(MovementLineView {
                line: line.line,
                lot_id: Id::from_uuid(line.lot_id),
                item_id,
                item_name,
                base_unit,
                condition: line.condition,
                quantity: line.quantity,
                from: LedgerAccountView::read(&line.from_kind, line.from_depot_id, line.from_id)?,
                to: LedgerAccountView::read(&line.to_kind, line.to_depot_id, line.to_id)?,
                bin_id: line.bin_id.map(Id::from_uuid),
            })
        })
        .collect::<Result<_, Problem>>()?;
    Ok(MovementView::new(row, reversed_by, lines, hidden))
}

// What undid movements, by what they undid.
pub(super) async fn reversals(
    db: &impl ConnectionTrait,
    of: &[rows::movement::Model],
) -> Result<BTreeMap<Uuid, Uuid>, Problem> {
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.is_in(of.iter().map(|row| row.depot_id)))
        .filter(Column::ReversesId.is_in(of.iter().map(|row| row.id)))
        .all(db)
        .await?;
    Ok(found
        .into_iter()
        .filter_map(|row| Some((row.reverses_id?, row.id)))
        .collect())
}

pub(super) async fn line_counts(
    db: &impl ConnectionTrait,
    of: &[rows::movement::Model],
) -> Result<BTreeMap<Uuid, i64>, Problem> {
    use rows::movement_line::{Column, Entity};
    let counts: Vec<(Uuid, i64)> = visible::<Entity>(&Scope::Everything)
        .select_only()
        .column(Column::MovementId)
        .column_as(Expr::col((Entity, Column::Line)).count(), "lines")
        .filter(Column::DepotId.is_in(of.iter().map(|row| row.depot_id)))
        .filter(Column::MovementId.is_in(of.iter().map(|row| row.id)))
        .group_by(Column::MovementId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counts.into_iter().collect())
}

/// A page of movements, the newest ids first. Three statements.
pub(in crate::stock) async fn movements(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &MovementFilter,
    page: &PageQuery,
) -> Result<Page<MovementSummaryView>, Problem> {
    let mut select = visible::<Entity>(scope);
    if let Some(depot) = filter.depot_id {
        select = select.filter(Column::DepotId.eq(depot.uuid()));
    }
    if let Some(kind) = &filter.kind {
        select = select.filter(Column::Kind.eq(kind));
    }
    if let Some(incident) = filter.incident_id {
        select = select.filter(Column::IncidentId.eq(incident.uuid()));
    }
    if let Some(shipment) = filter.shipment_id {
        select = select.filter(Column::ShipmentId.eq(shipment.uuid()));
    }
    if let Some(since) = filter.since {
        select = select.filter(Column::OccurredAt.gte(since));
    }
    if let Some(until) = filter.until {
        select = select.filter(Column::OccurredAt.lt(until));
    }
    if filter.lot_id.is_some() || filter.item_id.is_some() {
        select = select.filter(Expr::exists(moved(filter)));
    }
    let mark = format!("{filter:?}");
    let found = page
        .by_id(select, Column::Id, Direction::Descending, &mark)?
        .all(db)
        .await?;
    let reversals = reversals(db, &found).await?;
    let counts = line_counts(db, &found).await?;
    Ok(Page::cut(
        found,
        page,
        &mark,
        |row| by_id_only::<kinds::Movement>(Id::from_uuid(row.id)),
        |row| {
            let reversed_by = reversals.get(&row.id).copied();
            let lines = counts.get(&row.id).copied().unwrap_or(0);
            MovementSummaryView::new(row, reversed_by, lines)
        },
    ))
}

// A line of the movement that moved the lot or the item.
fn moved(filter: &MovementFilter) -> sea_orm::sea_query::SelectStatement {
    use rows::{lot, movement_line as line};
    let of_line = |column| Expr::col((line::Entity, column));
    let mut moved = Query::select();
    moved
        .expr(Expr::val(1))
        .from(line::Entity)
        .and_where(of_line(line::Column::DepotId).equals((Entity, Column::DepotId)))
        .and_where(of_line(line::Column::MovementId).equals((Entity, Column::Id)));
    if let Some(lot) = filter.lot_id {
        moved.and_where(of_line(line::Column::LotId).eq(lot.uuid()));
    }
    if let Some(item) = filter.item_id {
        let lots = Query::select()
            .column(Alias::new("id"))
            .from(lot::Entity)
            .and_where(Expr::col((lot::Entity, lot::Column::ItemId)).eq(item.uuid()))
            .to_owned();
        moved.and_where(of_line(line::Column::LotId).in_subquery(lots));
    }
    moved.to_owned()
}
