//! What duties and rating know of orders, for any number of depots at once.
//!
//! **Invariant.** An order that was rejected or cancelled owes nothing and arrives nowhere. A
//! hand-over that was reversed brought nothing.

use chrono::{DateTime, Utc};
use domain::dispatch::order::StateName;
use sea_orm::{
    ConnectionTrait, DbBackend, FromQueryResult,
    sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    dispatch::rows::{hand_over, order, shipment},
    problem::Problem,
    stock,
};

fn of_order(column: order::Column) -> SimpleExpr {
    Expr::col((order::Entity, column))
}

// Orders of the depots that were given and not called off.
fn given(depots: &SelectStatement) -> SelectStatement {
    let ended = [StateName::Rejected, StateName::Cancelled].map(|state| state.name());
    Query::select()
        .from(order::Entity)
        .and_where(of_order(order::Column::DepotId).in_subquery(depots.clone()))
        .and_where(of_order(order::Column::ApprovedAt).is_not_null())
        .and_where(of_order(order::Column::State).is_not_in(ended))
        .to_owned()
}

/// Whether an oral order was or is without paper past its time.
fn is_late(now: DateTime<Utc>) -> SimpleExpr {
    let due = of_order(order::Column::PaperDueAt);
    let came = of_order(order::Column::PaperedAt);
    let missing = came.clone().is_null().and(due.clone().lt(now));
    missing.or(came.gt(due))
}

/// Oral orders given since `since` by the depots that `depots` selects: `depot_id`, `subject_id`,
/// `since_on`, `due_on`, `done_on` as days, and `late`, which is 1 where the paper came or is too late
/// to the minute.
pub(crate) fn oral_orders(
    backend: DbBackend,
    depots: &SelectStatement,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> SelectStatement {
    let day = |column| stock::day_of(backend, of_order(column));
    let late = Expr::case(is_late(now), Expr::val(1_i64)).finally(Expr::val(0_i64));
    given(depots)
        .expr_as(of_order(order::Column::DepotId), "depot_id")
        .expr_as(of_order(order::Column::Id), "subject_id")
        .expr_as(day(order::Column::ApprovedAt), "since_on")
        .expr_as(day(order::Column::PaperDueAt), "due_on")
        .expr_as(day(order::Column::PaperedAt), "done_on")
        .expr_as(SimpleExpr::Case(Box::new(late)), "late")
        .and_where(of_order(order::Column::PaperDueAt).is_not_null())
        .and_where(of_order(order::Column::ApprovedAt).gte(since))
        .to_owned()
}

/// An order of a depot, and how it was carried out.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub(crate) struct OrderTimes {
    pub(crate) depot_id: Uuid,
    pub(crate) ordered_at: DateTime<Utc>,
    /// When the first goods of it were handed over at a site.
    pub(crate) arrived_at: Option<DateTime<Utc>>,
    /// Whether they were for a site.
    pub(crate) for_site: i64,
    /// Whether the order still runs.
    pub(crate) runs: i64,
    /// Whether it was oral and its paper came or is too late.
    pub(crate) late: i64,
}

/// The orders given since `since` by the depots that `depots` selects: one statement.
pub(crate) async fn order_times(
    db: &impl ConnectionTrait,
    depots: &SelectStatement,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<OrderTimes>, Problem> {
    let of_shipment = |column| Expr::col((shipment::Entity, column));
    let of_hand_over = |column| Expr::col((hand_over::Entity, column));
    let first = Query::select()
        .expr(of_hand_over(hand_over::Column::OccurredAt).min())
        .from(shipment::Entity)
        .inner_join(
            hand_over::Entity,
            of_hand_over(hand_over::Column::DepotId)
                .equals((shipment::Entity, shipment::Column::DepotId))
                .and(
                    of_hand_over(hand_over::Column::ShipmentId)
                        .equals((shipment::Entity, shipment::Column::Id)),
                ),
        )
        .and_where(
            of_shipment(shipment::Column::DepotId).equals((order::Entity, order::Column::DepotId)),
        )
        .and_where(
            of_shipment(shipment::Column::OrderId).equals((order::Entity, order::Column::Id)),
        )
        .and_where(of_hand_over(hand_over::Column::ReversedAt).is_null())
        .to_owned();
    let flag = |holds: SimpleExpr| {
        let flag = Expr::case(holds, Expr::val(1_i64)).finally(Expr::val(0_i64));
        SimpleExpr::Case(Box::new(flag))
    };
    let for_site = of_order(order::Column::SiteId).is_not_null();
    let runs = of_order(order::Column::State).ne(StateName::Closed.name());
    let late = of_order(order::Column::PaperDueAt)
        .is_not_null()
        .and(is_late(now));
    let select = given(depots)
        .expr_as(of_order(order::Column::DepotId), "depot_id")
        .expr_as(of_order(order::Column::ApprovedAt), "ordered_at")
        .expr_as(
            SimpleExpr::SubQuery(None, Box::new(first.into())),
            "arrived_at",
        )
        .expr_as(flag(for_site), "for_site")
        .expr_as(flag(runs), "runs")
        .expr_as(flag(late), "late")
        .and_where(of_order(order::Column::ApprovedAt).gte(since))
        .to_owned();
    let rows = db.query_all(&select).await?;
    let rows = rows
        .iter()
        .map(|row| OrderTimes::from_query_result(row, ""));
    Ok(rows.collect::<Result<_, _>>()?)
}
