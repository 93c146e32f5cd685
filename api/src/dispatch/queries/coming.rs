//! What is on the road, and when it is due.
//!
//! **Invariant.** Only what somebody said counts: a shipment that was called back, or of which nobody
//! said when it is due, is due at no time.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::{
    dispatch::shipment::ShipmentState,
    kernel::{Id, kinds},
    stock::{Condition, Fitness},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, ExprTrait, FromQueryResult,
    sea_query::{CaseStatement, Expr, Order, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    dispatch::rows::{shipment, shipment_line},
    problem::Problem,
    scope::{Scope, Visible, beyond},
    stock::available,
};

/// Lines read at once at most.
const LINES_MAX: u64 = 20_000;

fn of(column: shipment::Column) -> Expr {
    Expr::col((shipment::Entity, column))
}

fn of_line(column: shipment_line::Column) -> Expr {
    Expr::col((shipment_line::Entity, column))
}

/// When shipments are due, as was said when they left: `depot_id`, `id` and `due_at` of each, for a
/// query over goods on the road. What was called back, by then, is due nowhere.
pub(crate) fn dues(as_of: Option<DateTime<Utc>>) -> SelectStatement {
    use shipment::Column;
    let goes_on = match as_of {
        None => of(Column::RecalledAt).is_null(),
        Some(then) => (of(Column::RecalledAt).is_null()).or(of(Column::RecalledAt).gt(then)),
    };
    let due_at = CaseStatement::new().case(goes_on, of(Column::ExpectedAt));
    Query::select()
        .columns([
            (shipment::Entity, Column::DepotId),
            (shipment::Entity, Column::Id),
        ])
        .expr_as(due_at, "due_at")
        .from(shipment::Entity)
        // The owner of goods on the road is told when they are due, and nothing else of the shipment.
        .cond_where(beyond())
        .to_owned()
}

/// Usable goods on their way to a depot.
#[derive(Debug, Clone)]
pub(crate) struct Coming {
    pub(crate) to: Id<kinds::Depot>,
    pub(crate) item: Id<kinds::Item>,
    pub(crate) owner: Id<kinds::Organisation>,
    pub(crate) fitness: Fitness,
    pub(crate) quantity: i64,
    pub(crate) due_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Line {
    to_depot_id: Uuid,
    expected_at: DateTime<Utc>,
    lot_id: Uuid,
    on_road: i64,
}

/// What of `items` is on its way to depots and due after `now`, by when it is due: two statements. Of
/// more lines than anybody has on the road those count that are due first.
pub(crate) async fn coming_to_depots(
    db: &impl ConnectionTrait,
    scope: &Scope,
    items: &[Id<kinds::Item>],
    now: DateTime<Utc>,
) -> Result<Vec<Coming>, Problem> {
    use shipment::Column;
    use shipment_line::Column as L;
    let gone = [L::Received, L::Damaged, L::Short, L::Returned];
    let on_road = gone
        .into_iter()
        .fold(of_line(L::Sent), |left, gone| left.sub(of_line(gone)));
    let mut lines = Query::select();
    lines
        .column((shipment::Entity, Column::ToDepotId))
        .column((shipment::Entity, Column::ExpectedAt))
        .column((shipment_line::Entity, L::LotId))
        .expr_as(on_road.clone(), "on_road")
        .from(shipment::Entity)
        .inner_join(
            shipment_line::Entity,
            of_line(L::DepotId)
                .equals((shipment::Entity, Column::DepotId))
                .and(of_line(L::ShipmentId).equals((shipment::Entity, Column::Id))),
        )
        .cond_where(<shipment::Entity as Visible>::within(scope))
        // Whoever waits for goods does not see their lot yet.
        .cond_where(beyond())
        .and_where(of(Column::State).eq(ShipmentState::OnRoad.name()))
        .and_where(of(Column::RecalledAt).is_null())
        .and_where(of(Column::ToDepotId).is_not_null())
        .and_where(of(Column::ExpectedAt).gt(now))
        .and_where(of_line(L::Condition).eq(Condition::Usable.name()))
        .and_where(on_road.gt(0))
        .and_where(L::LotId.in_subquery(available::lots_of(items)))
        .order_by((shipment::Entity, Column::ExpectedAt), Order::Asc)
        .order_by((shipment::Entity, Column::Id), Order::Asc)
        .order_by((shipment_line::Entity, L::Line), Order::Asc)
        .limit(LINES_MAX);
    let rows = db.query_all(&lines).await?;
    let lines = rows.iter().map(|row| Line::from_query_result(row, ""));
    let lines: Vec<Line> = lines.collect::<Result<_, _>>()?;
    let lots: BTreeSet<_> = lines.iter().map(|line| line.lot_id).collect();
    let lots = available::lots_on_way(db, &lots).await?;
    let coming = lines.into_iter().filter_map(|line| {
        let lot = lots.get(&line.lot_id)?;
        Some(Coming {
            to: Id::from_uuid(line.to_depot_id),
            item: lot.item,
            owner: lot.owner,
            fitness: lot.fitness.clone(),
            quantity: line.on_road,
            due_at: line.expected_at,
        })
    });
    Ok(coming.collect())
}
