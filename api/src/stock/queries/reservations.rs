//! Reservations.
//!
//! **Invariant.** The state that is asked for is the state that is shown: one past its deadline is
//! expired, whether or not it was swept up yet.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    stock::BalanceKey,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use crate::{
    http::{Direction, Page, PageQuery, by_id_only},
    problem::Problem,
    scope::{Scope, visible},
};

use super::{
    columns,
    lots::{items_of, lots_by_id},
    reservation_lines, reservation_row, rows,
    rows::reservation::{Column, Entity, Model},
    rows::reservation_line as line,
    wire::{ReservationLineView, ReservationView},
};
use crate::stock::wire::{ReservationFilter, named};

/// One reservation, or not found.
pub(crate) async fn reservation(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Reservation>,
    now: DateTime<Utc>,
) -> Result<ReservationView, Problem> {
    let row = reservation_row(db, scope, id).await?;
    let mut shown = shown(db, std::slice::from_ref(&row)).await?;
    let Shown { lines, recalled } = shown.remove(&row.id).unwrap_or_default();
    Ok(ReservationView::new(row, lines, recalled, now))
}

// What a reservation holds, and which lots of it are recalled.
#[derive(Default)]
struct Shown {
    lines: Vec<ReservationLineView>,
    recalled: Vec<Id<kinds::Lot>>,
}

async fn shown(
    db: &impl ConnectionTrait,
    of: &[Model],
) -> Result<BTreeMap<uuid::Uuid, Shown>, Problem> {
    let lines = reservation_lines(db, of).await?;
    let lots: Vec<_> = lines
        .iter()
        .map(|line| Id::from_uuid(line.lot_id))
        .collect();
    let lots = lots_by_id(db, &Scope::Everything, &lots).await?;
    let items = items_of(db, lots.values()).await?;
    let mut views: BTreeMap<_, Shown> = BTreeMap::new();
    for line in lines {
        let lot = lots
            .get(&Id::from_uuid(line.lot_id))
            .ok_or_else(Problem::not_found)?;
        let item_id = Id::from_uuid(lot.item_id);
        let (item_name, base_unit) = named(items.get(&item_id));
        let view = views.entry(line.reservation_id).or_default();
        let lot_id = Id::from_uuid(line.lot_id);
        if lot.recalled_at.is_some() && !view.recalled.contains(&lot_id) {
            view.recalled.push(lot_id);
        }
        view.lines.push(ReservationLineView {
            zone_id: Id::from_uuid(line.zone_id),
            lot_id,
            item_id,
            item_name,
            base_unit,
            condition: line.condition,
            quantity: line.quantity,
            posted: line.posted,
            short: line.short,
        });
    }
    Ok(views)
}

/// A page of reservations, the newest ids first. Five statements.
pub(in crate::stock) async fn reservations(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &ReservationFilter,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<ReservationView>, Problem> {
    let mut select = visible::<Entity>(scope);
    if let Some(depot) = filter.depot_id {
        select = select.filter(Column::DepotId.eq(depot.uuid()));
    }
    if let Some(incident) = filter.incident_id {
        select = select.filter(Column::IncidentId.eq(incident.uuid()));
    }
    if let Some(order) = filter.order_id {
        select = select.filter(Column::OrderId.eq(order.uuid()));
    }
    if let Some(state) = &filter.state {
        select = select.filter(shown_as(state, now));
    }
    if let Some(lot) = filter.lot_id {
        let mut holds = holds();
        holds.and_where(of_line(line::Column::LotId).eq(lot.uuid()));
        select = select.filter(Expr::exists(holds));
    }
    if let Some(recalled) = filter.recalled {
        use rows::lot;
        let mut holds = holds();
        holds
            .inner_join(
                lot::Entity,
                Expr::col((lot::Entity, lot::Column::Id))
                    .equals((line::Entity, line::Column::LotId)),
            )
            .and_where(Expr::col((lot::Entity, lot::Column::RecalledAt)).is_not_null());
        let holds = Expr::exists(holds);
        select = select.filter(if recalled { holds } else { holds.not() });
    }
    let mark = format!("{filter:?}");
    let found = page
        .by_id(select, Column::Id, Direction::Descending, &mark)?
        .all(db)
        .await?;
    let mut shown = shown(db, &found).await?;
    Ok(Page::cut(
        found,
        page,
        &mark,
        |row| by_id_only::<kinds::Reservation>(Id::from_uuid(row.id)),
        |row| {
            let Shown { lines, recalled } = shown.remove(&row.id).unwrap_or_default();
            ReservationView::new(row, lines, recalled, now)
        },
    ))
}

/// The ids of all reservations that are short, for the queries of other contexts.
pub(crate) fn shorted_reservations() -> SelectStatement {
    Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Expr::col((Entity, Column::State)).eq("shorted"))
        .to_owned()
}

/// Those of the reservations that are short.
pub(crate) async fn shorted_among(
    db: &impl ConnectionTrait,
    reservations: impl IntoIterator<Item = uuid::Uuid>,
) -> Result<BTreeSet<uuid::Uuid>, Problem> {
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::Id.is_in(reservations))
        .filter(Column::State.eq("shorted"))
        .all(db)
        .await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// What each of the reservations holds, balance by balance: one that has ended holds nothing.
pub(crate) async fn held_by(
    db: &impl ConnectionTrait,
    reservations: impl IntoIterator<Item = uuid::Uuid>,
) -> Result<BTreeMap<uuid::Uuid, BTreeMap<BalanceKey, i64>>, Problem> {
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::Id.is_in(reservations))
        .filter(Column::State.is_in(columns::HOLDING))
        .all(db)
        .await?;
    let mut lines: BTreeMap<_, Vec<line::Model>> = BTreeMap::new();
    for line in reservation_lines(db, &found).await? {
        lines.entry(line.reservation_id).or_default().push(line);
    }
    let held = found.iter().map(|row| {
        let lines = lines.remove(&row.id).unwrap_or_default();
        Ok((row.id, columns::reservation(row, &lines)?.reserved()))
    });
    held.collect()
}

fn of_line(column: line::Column) -> Expr {
    Expr::col((line::Entity, column))
}

// A line of the reservation that is selected.
fn holds() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(line::Entity)
        .and_where(of_line(line::Column::DepotId).equals((Entity, Column::DepotId)))
        .and_where(of_line(line::Column::ReservationId).equals((Entity, Column::Id)))
        .to_owned()
}

fn shown_as(state: &str, now: DateTime<Utc>) -> Condition {
    let kept = Condition::all().add(Column::State.eq(state));
    let overdue = Condition::all()
        .add(Column::State.is_in(columns::HOLDING))
        .add(Column::DeadlineAt.lte(now));
    match state {
        "held" | "shorted" => kept.add(Column::DeadlineAt.gt(now)),
        "expired" => Condition::any().add(kept).add(overdue),
        _ => kept,
    }
}

/// Reservations whose deadline has passed and that nobody swept up yet, the oldest first.
pub(in crate::stock) async fn overdue(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    at_most: u64,
) -> Result<Vec<Id<kinds::Reservation>>, Problem> {
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::State.is_in(columns::HOLDING))
        .filter(Column::DeadlineAt.lte(now))
        .order_by_asc(Column::DeadlineAt)
        .limit(at_most)
        .all(db)
        .await?;
    Ok(found.into_iter().map(|row| Id::from_uuid(row.id)).collect())
}
