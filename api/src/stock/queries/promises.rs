//! Which reservations lie on given goods.
//!
//! **Invariant.** Only those that still hold are named, and at most [`NAMED_MAX`] of them.

use std::collections::BTreeSet;

use domain::{
    kernel::{Id, kinds},
    stock::{Account, BalanceKey},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::{
    problem::Problem,
    scope::{Scope, visible},
};

use super::{
    columns,
    rows::{reservation, reservation_line as line},
};

const NAMED_MAX: u64 = 100;
// Each key is five values of a statement.
const KEYS_MAX: usize = 1_000;

/// The reservations that hold goods of any of these balances, the oldest first.
pub(in crate::stock) async fn promises_on(
    db: &impl ConnectionTrait,
    keys: &BTreeSet<BalanceKey>,
) -> Result<Vec<Id<kinds::Reservation>>, Problem> {
    use reservation::{Column, Entity};
    let of_line = |column| Expr::col((line::Entity, column));
    let mut any = Condition::any();
    for key in keys.iter().take(KEYS_MAX) {
        let Account::Zone { depot, zone } = key.account else {
            continue;
        };
        any = any.add(
            of_line(line::Column::DepotId)
                .eq(depot.uuid())
                .and(of_line(line::Column::ZoneId).eq(zone.uuid()))
                .and(of_line(line::Column::LotId).eq(key.lot.uuid()))
                .and(of_line(line::Column::Condition).eq(key.condition.name()))
                .and(of_line(line::Column::Quantity).gt(of_line(line::Column::Short))),
        );
    }
    if any.is_empty() {
        return Ok(Vec::new());
    }
    let holds = Query::select()
        .expr(Expr::val(1))
        .from(line::Entity)
        .and_where(of_line(line::Column::DepotId).equals((Entity, Column::DepotId)))
        .and_where(of_line(line::Column::ReservationId).equals((Entity, Column::Id)))
        .cond_where(any)
        .to_owned();
    let found = visible::<Entity>(&Scope::Everything)
        .filter(Column::State.is_in(columns::HOLDING))
        .filter(Expr::exists(holds))
        .order_by_asc(Column::Id)
        .limit(NAMED_MAX)
        .all(db)
        .await?;
    Ok(found.into_iter().map(|row| Id::from_uuid(row.id)).collect())
}
