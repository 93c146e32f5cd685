//! What duties know of the ledger, as parts of their queries: since when lots lie where they lie, and
//! which receipts and issues were recorded when.
//!
//! **Invariant.** Days are those of the depots. What a reversal undid happened to nobody.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    stock::{ConditionReason, Source},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, FromQueryResult, QueryFilter, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use super::rows::{balance, conditions::condition_change, lot, movement, movement_line};
use crate::{
    problem::Problem,
    scope::{Scope, visible},
    stock::columns,
};

/// When a receipt was recorded, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromQueryResult)]
pub(crate) struct RecordedReceipt {
    id: Uuid,
    pub(crate) depot_id: Uuid,
    pub(crate) recorded_at: DateTime<Utc>,
}

/// Those of `movements` that are receipts, by id.
pub(crate) async fn recorded_receipts(
    db: &impl ConnectionTrait,
    movements: &[Uuid],
) -> Result<BTreeMap<Uuid, RecordedReceipt>, Problem> {
    use movement::{Column, Entity};
    let rows = visible::<Entity>(&Scope::Everything)
        .select_only()
        .columns([Column::Id, Column::DepotId, Column::RecordedAt])
        .filter(Column::Id.is_in(movements.iter().copied()))
        .filter(Column::Kind.eq("receipt"))
        .into_model::<RecordedReceipt>()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

fn of_balance(column: balance::Column) -> SimpleExpr {
    Expr::col((balance::Entity, column))
}

fn of_line(column: movement_line::Column) -> SimpleExpr {
    Expr::col((movement_line::Entity, column))
}

fn of_movement(column: movement::Column) -> SimpleExpr {
    Expr::col((movement::Entity, column))
}

/// The day in China, where all depots are (`clock::day_at_depots`), of a moment.
pub(crate) fn day_of(backend: DbBackend, moment: SimpleExpr) -> SimpleExpr {
    let shape = match backend {
        DbBackend::Postgres => {
            "to_char(($1 AT TIME ZONE 'UTC') + interval '8 hours', 'YYYY-MM-DD')"
        }
        _ => "date(?, '+8 hours')",
    };
    Expr::cust_with_exprs(shape, [moment])
}

/// Whether no reversal names the movement of the query around it.
pub(super) fn stands() -> SimpleExpr {
    use movement::Column as M;
    let undone = Alias::new("undone");
    let undoes = Query::select()
        .expr(Expr::val(1))
        .from_as(movement::Entity, undone.clone())
        .and_where(Expr::col((undone.clone(), M::DepotId)).equals((movement::Entity, M::DepotId)))
        .and_where(Expr::col((undone, M::ReversesId)).equals((movement::Entity, M::Id)))
        .to_owned();
    Expr::exists(undoes).not()
}

/// Whether the movement of the query around it put down what lay there before the book began: that its
/// day lies long before is no delay.
pub(super) fn opens() -> SimpleExpr {
    use movement_line::Column as L;
    let of_lot = |column| Expr::col((lot::Entity, column));
    let opening = Query::select()
        .expr(Expr::val(1))
        .from(movement_line::Entity)
        .inner_join(
            lot::Entity,
            of_lot(lot::Column::Id).equals((movement_line::Entity, L::LotId)),
        )
        .and_where(of_line(L::DepotId).equals((movement::Entity, movement::Column::DepotId)))
        .and_where(of_line(L::MovementId).equals((movement::Entity, movement::Column::Id)))
        .and_where(of_lot(lot::Column::Source).eq(Source::Opening.name()))
        .to_owned();
    Expr::exists(opening)
}

// Lines of the lot of the balance around, with their movements.
fn moved() -> SelectStatement {
    use movement_line::Column as L;
    Query::select()
        .from(movement_line::Entity)
        .inner_join(
            movement::Entity,
            of_movement(movement::Column::DepotId)
                .equals((movement_line::Entity, L::DepotId))
                .and(
                    of_movement(movement::Column::Id)
                        .equals((movement_line::Entity, L::MovementId)),
                ),
        )
        .and_where(of_line(L::LotId).equals((balance::Entity, balance::Column::LotId)))
        .to_owned()
}

/// Lots on hand in zones of the depots that `depots` selects: `depot_id`, `subject_id` and
/// `entered_on`, the day on which the first of the lot came into this depot or, if `anywhere`, into
/// any; and `tested_on`, the last day on which a change of condition told of a test of it.
pub(crate) fn stored_lots(
    backend: DbBackend,
    depots: &SelectStatement,
    anywhere: bool,
) -> SelectStatement {
    use movement_line::Column as L;
    let mut entered = moved();
    entered
        .expr(of_movement(movement::Column::OccurredAt).min())
        .and_where(of_line(L::ToKind).eq(columns::ZONE));
    if !anywhere {
        let here = (balance::Entity, balance::Column::DepotId);
        entered.and_where(of_line(L::ToDepotId).equals(here));
    }
    let reports = ConditionReason::ALL
        .iter()
        .filter(|reason| reason.asks_for_a_report());
    let of_change = |column| Expr::col((condition_change::Entity, column));
    let tested = moved()
        .inner_join(
            condition_change::Entity,
            of_change(condition_change::Column::DepotId)
                .equals((movement::Entity, movement::Column::DepotId))
                .and(
                    of_change(condition_change::Column::MovementId)
                        .equals((movement::Entity, movement::Column::Id)),
                ),
        )
        .expr(of_movement(movement::Column::OccurredAt).max())
        .and_where(
            of_change(condition_change::Column::Reason).is_in(reports.map(|reason| reason.name())),
        )
        .and_where(stands())
        .to_owned();
    let inner = |select: SelectStatement| SimpleExpr::SubQuery(None, Box::new(select.into()));
    let mut lots = Query::select();
    lots.distinct()
        .from(balance::Entity)
        .expr_as(of_balance(balance::Column::DepotId), "depot_id")
        .expr_as(of_balance(balance::Column::LotId), "subject_id")
        .expr_as(day_of(backend, inner(entered)), "entered_on")
        .and_where(of_balance(balance::Column::AccountKind).eq(columns::ZONE))
        .and_where(of_balance(balance::Column::OnHand).gt(0))
        .and_where(of_balance(balance::Column::DepotId).in_subquery(depots.clone()));
    if anywhere {
        lots.expr_as(day_of(backend, inner(tested)), "tested_on");
    }
    lots
}

/// Receipts or issues that happened since `since` in the depots that `depots` selects: `depot_id`,
/// `subject_id`, `since_on`, the day on which it happened, and `done_on`, the day on which it was
/// recorded.
pub(crate) fn recorded_papers(
    backend: DbBackend,
    depots: &SelectStatement,
    kind: &str,
    since: DateTime<Utc>,
) -> SelectStatement {
    use movement::Column as M;
    Query::select()
        .from(movement::Entity)
        .expr_as(of_movement(M::DepotId), "depot_id")
        .expr_as(of_movement(M::Id), "subject_id")
        .expr_as(day_of(backend, of_movement(M::OccurredAt)), "since_on")
        .expr_as(day_of(backend, of_movement(M::RecordedAt)), "done_on")
        .and_where(of_movement(M::Kind).eq(kind))
        .and_where(of_movement(M::OccurredAt).gte(since))
        .and_where(of_movement(M::DepotId).in_subquery(depots.clone()))
        .and_where(stands())
        .and_where(opens().not())
        .to_owned()
}

/// Gifts that are bound to an incident, received since `since` in the depots that `depots` selects:
/// `depot_id`, `subject_id` (the receipt), `lot_id` and `since_on`, the day on which it was recorded.
pub(crate) fn bound_gifts(
    backend: DbBackend,
    depots: &SelectStatement,
    since: DateTime<Utc>,
) -> SelectStatement {
    use movement::Column as M;
    use movement_line::Column as L;
    let of_lot = |column| Expr::col((lot::Entity, column));
    Query::select()
        .distinct()
        .from(movement::Entity)
        .inner_join(
            movement_line::Entity,
            of_line(L::DepotId)
                .equals((movement::Entity, M::DepotId))
                .and(of_line(L::MovementId).equals((movement::Entity, M::Id))),
        )
        .inner_join(
            lot::Entity,
            of_lot(lot::Column::Id).equals((movement_line::Entity, L::LotId)),
        )
        .expr_as(of_movement(M::DepotId), "depot_id")
        .expr_as(of_movement(M::Id), "subject_id")
        .expr_as(of_line(L::LotId), "lot_id")
        .expr_as(day_of(backend, of_movement(M::RecordedAt)), "since_on")
        .and_where(of_movement(M::Kind).eq("receipt"))
        .and_where(of_movement(M::RecordedAt).gte(since))
        .and_where(of_movement(M::DepotId).in_subquery(depots.clone()))
        .and_where(of_lot(lot::Column::Source).eq(Source::Donation.name()))
        .and_where(of_lot(lot::Column::RestrictionKind).eq("incident"))
        .and_where(stands())
        .to_owned()
}

/// Which of these lots lie in zones of the depot: one statement.
pub(crate) async fn lots_lying(
    db: &impl ConnectionTrait,
    depot: Id<kinds::Depot>,
    lots: &[Id<kinds::Lot>],
) -> Result<BTreeSet<Id<kinds::Lot>>, Problem> {
    use balance::Column as B;
    let found: Vec<Uuid> = visible::<balance::Entity>(&Scope::Everything)
        .select_only()
        .column(B::LotId)
        .distinct()
        .filter(B::DepotId.eq(depot.uuid()))
        .filter(B::AccountKind.eq(columns::ZONE))
        .filter(B::LotId.is_in(lots.iter().map(|lot| lot.uuid())))
        .filter(B::OnHand.gt(0))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().map(Id::from_uuid).collect())
}
