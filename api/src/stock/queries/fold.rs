//! The stock as the book said at a past moment.
//!
//! **Invariant.** What was on hand is what the lines recorded up to that moment add up to; what was
//! reserved is what reservations held then. Both come under the names and columns of the table of
//! balances, so that one query reads the present and the past.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, SimpleExpr, UnionType};

use crate::scope::beyond;

use super::{
    columns,
    rows::{
        balance, late_facts::reservation_shortage as shortage, movement, movement_line as line,
        reservation, reservation_line as hold,
    },
    wire::BalanceFilter,
};

const KEY: [&str; 5] = [
    "depot_id",
    "account_kind",
    "account_id",
    "lot_id",
    "condition",
];

/// What a look at the past reads: a part of the ledger that an index finds.
#[derive(Debug, Clone)]
pub(super) enum Narrowed {
    /// Lines of the lots whose ids a query answers with.
    Lots(SelectStatement),
    /// Lines from and to the accounts of the depots whose ids a query answers with.
    Depots(SelectStatement),
    /// Everything.
    Not,
}

impl Narrowed {
    // Lines of movements, by one of their ends.
    fn line(&self, end: &mut SelectStatement, account: line::Column) {
        let of = |column: line::Column| Expr::col((line::Entity, column));
        match self {
            Self::Lots(lots) => {
                end.and_where(of(line::Column::LotId).in_subquery(lots.clone()));
            }
            Self::Depots(depots) => {
                // An account that ever held anything has a balance, if it is of nothing by now.
                let accounts = Query::select()
                    .column(balance::Column::AccountId)
                    .from(balance::Entity)
                    .and_where(Expr::col(balance::Column::DepotId).in_subquery(depots.clone()))
                    .to_owned();
                end.and_where(of(account).in_subquery(accounts));
            }
            Self::Not => {}
        }
    }

    // Lines of reservations.
    fn hold(&self, holds: &mut SelectStatement) {
        let of = |column: hold::Column| Expr::col((hold::Entity, column));
        match self {
            Self::Lots(lots) => {
                holds.and_where(of(hold::Column::LotId).in_subquery(lots.clone()));
            }
            Self::Depots(depots) => {
                holds.and_where(of(hold::Column::DepotId).in_subquery(depots.clone()));
            }
            Self::Not => {}
        }
    }
}

/// The balances at `moment`, narrowed early by what of `filter` lines know, and to a part of the ledger.
pub(super) fn balances_at(
    moment: DateTime<Utc>,
    filter: &BalanceFilter,
    narrowed: &Narrowed,
) -> SelectStatement {
    let mut gone = one_end(moment, filter, true);
    let mut come = one_end(moment, filter, false);
    let mut held = held(moment, filter);
    let mut lost = lost(moment, filter);
    narrowed.line(&mut gone, line::Column::FromId);
    narrowed.line(&mut come, line::Column::ToId);
    narrowed.hold(&mut held);
    narrowed.hold(&mut lost);
    let mut changes = gone;
    changes.union(UnionType::All, come);
    changes.union(UnionType::All, held);
    changes.union(UnionType::All, lost);
    let changes_name = || Alias::new("changes");
    let sum = |name| {
        Expr::col((changes_name(), Alias::new(name)))
            .sum()
            .cast_as(Alias::new("bigint"))
    };
    let mut folded = Query::select();
    for column in KEY {
        folded.column((changes_name(), Alias::new(column)));
        folded.group_by_col((changes_name(), Alias::new(column)));
    }
    folded
        .expr_as(sum("more"), balance::Column::OnHand)
        .expr_as(sum("promised"), balance::Column::Reserved)
        .from_subquery(changes, changes_name())
        .to_owned()
}

// One end of every line up to the moment, seen from that end.
fn one_end(moment: DateTime<Utc>, filter: &BalanceFilter, from: bool) -> SelectStatement {
    use line::Column::{FromDepotId, FromId, FromKind, ToDepotId, ToId, ToKind};
    let of = |column: line::Column| Expr::col((line::Entity, column));
    let (depot, kind, account) = if from {
        (FromDepotId, FromKind, FromId)
    } else {
        (ToDepotId, ToKind, ToId)
    };
    let quantity = of(line::Column::Quantity);
    let signed: SimpleExpr = if from {
        Expr::val(0_i64).sub(quantity)
    } else {
        Expr::val(0_i64).add(quantity)
    };
    let mut end = Query::select();
    end.expr_as(of(depot), Alias::new(KEY[0]))
        .expr_as(of(kind), Alias::new(KEY[1]))
        .expr_as(of(account), Alias::new(KEY[2]))
        .expr_as(of(line::Column::LotId), Alias::new(KEY[3]))
        .expr_as(of(line::Column::Condition), Alias::new(KEY[4]))
        .expr_as(signed, Alias::new("more"))
        .expr_as(zero(), Alias::new("promised"))
        .from(line::Entity)
        .inner_join(
            movement::Entity,
            Expr::col((movement::Entity, movement::Column::DepotId))
                .equals((line::Entity, line::Column::DepotId))
                .and(
                    Expr::col((movement::Entity, movement::Column::Id))
                        .equals((line::Entity, line::Column::MovementId)),
                ),
        )
        // All that moved goes into the sums; whose sums are shown is asked of them.
        .cond_where(beyond())
        .and_where(Expr::col((movement::Entity, movement::Column::RecordedAt)).lte(moment))
        .and_where(of(kind).is_in([columns::ZONE, columns::ROAD]));
    if let Some(wanted) = filter.depot_id {
        end.and_where(of(depot).eq(wanted.uuid()));
    }
    if let Some(lot) = filter.lot_id {
        end.and_where(of(line::Column::LotId).eq(lot.uuid()));
    }
    end
}

// A number that PostgreSQL does not take for a text.
fn zero() -> SimpleExpr {
    Expr::val(0_i64).cast_as(Alias::new("bigint"))
}

// What reservations were taken up for.
fn held(moment: DateTime<Utc>, filter: &BalanceFilter) -> SelectStatement {
    let mut held = lines_held(moment, filter);
    let quantity = Expr::col((hold::Entity, hold::Column::Quantity));
    held.expr_as(quantity, Alias::new("promised")).to_owned()
}

// What late facts had taken out of them.
fn lost(moment: DateTime<Utc>, filter: &BalanceFilter) -> SelectStatement {
    use shortage::Column as S;
    let of = |column| Expr::col((shortage::Entity, column));
    let of_hold = |column: hold::Column| (hold::Entity, column);
    let mut lost = lines_held(moment, filter);
    lost.expr_as(
        Expr::val(0_i64).sub(of(S::Quantity)),
        Alias::new("promised"),
    )
    .inner_join(
        shortage::Entity,
        of(S::DepotId)
            .equals(of_hold(hold::Column::DepotId))
            .and(of(S::ReservationId).equals(of_hold(hold::Column::ReservationId)))
            .and(of(S::Line).equals(of_hold(hold::Column::Line))),
    )
    .and_where(of(S::ShortAt).lte(moment))
    .to_owned()
}

// Lines of reservations that had not ended, but for how much.
fn lines_held(moment: DateTime<Utc>, filter: &BalanceFilter) -> SelectStatement {
    let of = |column: hold::Column| Expr::col((hold::Entity, column));
    let of_whole = |column| Expr::col((reservation::Entity, column));
    let ended = of_whole(reservation::Column::EndedAt);
    let mut held = Query::select();
    held.expr_as(of(hold::Column::DepotId), Alias::new(KEY[0]))
        .expr_as(
            Expr::val(columns::ZONE).cast_as(Alias::new("text")),
            Alias::new(KEY[1]),
        )
        .expr_as(of(hold::Column::ZoneId), Alias::new(KEY[2]))
        .expr_as(of(hold::Column::LotId), Alias::new(KEY[3]))
        .expr_as(of(hold::Column::Condition), Alias::new(KEY[4]))
        .expr_as(zero(), Alias::new("more"))
        .from(hold::Entity)
        .inner_join(
            reservation::Entity,
            of_whole(reservation::Column::DepotId)
                .equals((hold::Entity, hold::Column::DepotId))
                .and(
                    of_whole(reservation::Column::Id)
                        .equals((hold::Entity, hold::Column::ReservationId)),
                ),
        )
        .and_where(of_whole(reservation::Column::CreatedAt).lte(moment))
        .and_where(ended.clone().is_null().or(ended.gt(moment)));
    if let Some(wanted) = filter.depot_id {
        held.and_where(of(hold::Column::DepotId).eq(wanted.uuid()));
    }
    if let Some(lot) = filter.lot_id {
        held.and_where(of(hold::Column::LotId).eq(lot.uuid()));
    }
    held
}
