//! Reads of dispatch orders.
//!
//! **Invariant.** A list costs four statements, whatever its length: the orders, their lines, which of
//! their lots are recalled and which of their reservations are short.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    dispatch::order::LineAccount,
    kernel::{Id, kinds},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    dispatch::{
        rows::{order, order_event, order_line, shipment},
        wire::{OrderEventView, OrderFilter, OrderLineView, OrderView},
    },
    http::{Direction, Page, PageQuery, by_id_only},
    problem::Problem,
    scope::{Scope, reference, to_change, visible},
    stock,
};

pub(in crate::dispatch) async fn order_row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::DispatchOrder>,
) -> Result<order::Model, Problem> {
    visible::<order::Entity>(scope)
        .filter(order::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// An order that this transaction is going to change: others who would change it wait.
pub(in crate::dispatch) async fn order_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::DispatchOrder>,
) -> Result<order::Model, Problem> {
    to_change::<order::Entity>(scope)
        .filter(order::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// The order of a shipment that is seen, if it left under one, to be changed with it.
pub(in crate::dispatch) async fn order_of_shipment_to_change(
    db: &impl ConnectionTrait,
    shipment: &shipment::Model,
) -> Result<Option<order::Model>, Problem> {
    match shipment.order_id.map(Id::from_uuid) {
        Some(order) => order_to_change(db, &Scope::Everything, order)
            .await
            .map(Some),
        None => Ok(None),
    }
}

/// What became of a line, as the domain counts it.
pub(in crate::dispatch) fn account(line: &order_line::Model) -> LineAccount {
    LineAccount {
        quantity: line.quantity,
        sent: line.sent,
        received: line.received,
        lost: line.lost,
        recalled: line.recalled,
        returned: line.returned,
        given_up: line.given_up,
    }
}

/// The lines of an order that is seen, by number.
pub(in crate::dispatch) async fn order_lines(
    db: &impl ConnectionTrait,
    id: Id<kinds::DispatchOrder>,
) -> Result<Vec<OrderLineView>, Problem> {
    let mut lines = lines_of(db, [id.uuid()]).await?;
    Ok(lines.remove(&id.uuid()).unwrap_or_default())
}

pub(in crate::dispatch) async fn order(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::DispatchOrder>,
    now: DateTime<Utc>,
) -> Result<OrderView, Problem> {
    let row = order_row(db, scope, id).await?;
    let mut lines = lines_of(db, [row.id]).await?;
    let events = reference::<order_event::Entity>()
        .filter(order_event::Column::OrderId.eq(row.id))
        .order_by_asc(order_event::Column::Step)
        .all(db)
        .await?;
    let shorted = stock::shorted_among(db, row.reservation_id).await?;
    let mut view = view(row, &mut lines, &shorted, now);
    view.events = events.into_iter().map(event_view).collect();
    Ok(view)
}

pub(in crate::dispatch) async fn orders(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &OrderFilter,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<OrderView>, Problem> {
    use order::Column;
    let mut select = visible::<order::Entity>(scope);
    if let Some(depot) = filter.depot_id {
        select = select.filter(Column::DepotId.eq(depot.uuid()));
    }
    if let Some(owner) = filter.owner_id {
        select = select.filter(Column::OwnerId.eq(owner.uuid()));
    }
    if let Some(incident) = filter.incident_id {
        select = select.filter(Column::IncidentId.eq(incident.uuid()));
    }
    if let Some(state) = &filter.state {
        select = select.filter(Column::State.eq(state));
    }
    if let Some(alone) = filter.approved_alone {
        let because = Column::ApprovedAloneBecause;
        select = select.filter(if alone {
            because.is_not_null()
        } else {
            because.is_null()
        });
    }
    if filter.paper_overdue == Some(true) {
        select = select
            .filter(Column::PaperDueAt.lt(now))
            .filter(Column::PaperedAt.is_null());
    }
    if let Some(recalled) = filter.lot_recalled {
        let waits = Expr::exists(recalled_and_to_leave());
        select = select.filter(if recalled { waits } else { waits.not() });
    }
    if let Some(short) = filter.reservation_short {
        let is_short = Column::ReservationId.in_subquery(stock::shorted_reservations());
        select = select.filter(if short {
            is_short
        } else {
            Column::ReservationId.is_null().or(is_short.not())
        });
    }
    let mark = format!("{filter:?}");
    let rows = page
        .by_id(select, Column::Id, Direction::Descending, &mark)?
        .all(db)
        .await?;
    let mut lines = lines_of(db, rows.iter().map(|row| row.id)).await?;
    let reservations = rows.iter().filter_map(|row| row.reservation_id);
    let shorted = stock::shorted_among(db, reservations).await?;
    Ok(Page::cut(
        rows,
        page,
        &mark,
        |row| by_id_only::<kinds::DispatchOrder>(Id::from_uuid(row.id)),
        |row| view(row, &mut lines, &shorted, now),
    ))
}

// A line of the order that is selected, with goods to leave of a lot that is recalled.
fn recalled_and_to_leave() -> SelectStatement {
    use order_line::Column as L;
    let of = |column| Expr::col((order_line::Entity, column));
    Query::select()
        .expr(Expr::val(1))
        .from(order_line::Entity)
        .and_where(of(L::OrderId).equals((order::Entity, order::Column::Id)))
        .and_where(of(L::Quantity).gt(of(L::Sent).add(of(L::GivenUp))))
        .and_where(of(L::LotId).in_subquery(stock::recalled_lots()))
        .to_owned()
}

type LinesOf = BTreeMap<Uuid, Vec<OrderLineView>>;

/// The lines of orders that are seen, each order's by number.
pub(in crate::dispatch) async fn lines_of(
    db: &impl ConnectionTrait,
    orders: impl IntoIterator<Item = Uuid>,
) -> Result<LinesOf, Problem> {
    let rows = reference::<order_line::Entity>()
        .filter(order_line::Column::OrderId.is_in(orders))
        .order_by_asc(order_line::Column::OrderId)
        .order_by_asc(order_line::Column::Line)
        .all(db)
        .await?;
    let lots = rows.iter().map(|row| Id::from_uuid(row.lot_id));
    let recalled_lots = stock::recalled_among(db, lots).await?;
    let mut lines = LinesOf::new();
    for row in rows {
        let order_line::Model {
            order_id,
            line,
            need_id,
            item_id,
            lot_id,
            zone_id,
            condition,
            quantity,
            sent,
            received,
            lost,
            given_up,
            returned,
            recalled,
        } = row;
        lines.entry(order_id).or_default().push(OrderLineView {
            line,
            need_id: need_id.map(Id::from_uuid),
            item_id: Id::from_uuid(item_id),
            lot_id: Id::from_uuid(lot_id),
            zone_id: Id::from_uuid(zone_id),
            condition,
            quantity,
            sent,
            received,
            lost,
            given_up,
            recalled,
            returned,
            lot_recalled: recalled_lots.contains(&Id::from_uuid(lot_id)),
        });
    }
    Ok(lines)
}

fn event_view(row: order_event::Model) -> OrderEventView {
    OrderEventView {
        action: row.action,
        state: row.state,
        at: row.at,
        by_id: Id::from_uuid(row.by_id),
        principal: row.principal,
        reason: row.reason,
    }
}

fn view(
    row: order::Model,
    lines: &mut LinesOf,
    shorted: &BTreeSet<Uuid>,
    now: DateTime<Utc>,
) -> OrderView {
    let order::Model {
        id,
        number,
        depot_id,
        custodian_id,
        owner_id,
        requester_id,
        incident_id,
        plan_id,
        site_id,
        to_depot_id,
        receiver_id,
        state,
        state_at,
        state_by_id: _,
        reason,
        approved_at,
        approved_by_id: _,
        approved_alone_because,
        oral_given_by,
        paper_due_at,
        papered_at,
        reservation_id,
        contact_from,
        contact_to,
        note,
        version,
        created_at: _,
    } = row;
    OrderView {
        id: Id::from_uuid(id),
        number,
        depot_id: Id::from_uuid(depot_id),
        custodian_id: Id::from_uuid(custodian_id),
        owner_id: Id::from_uuid(owner_id),
        requester_id: Id::from_uuid(requester_id),
        receiver_id: Id::from_uuid(receiver_id),
        incident_id: incident_id.map(Id::from_uuid),
        plan_id: plan_id.map(Id::from_uuid),
        site_id: site_id.map(Id::from_uuid),
        to_depot_id: to_depot_id.map(Id::from_uuid),
        state,
        state_at,
        reason,
        approved_at,
        approved_alone_because,
        oral_given_by,
        paper_due_at,
        papered_at,
        paper_overdue: paper_due_at.is_some_and(|due| papered_at.is_none() && now > due),
        reservation_id: reservation_id.map(Id::from_uuid),
        reservation_short: reservation_id.is_some_and(|id| shorted.contains(&id)),
        contact_from,
        contact_to,
        note,
        lines: lines.remove(&id).unwrap_or_default(),
        events: Vec::new(),
        version,
    }
}
