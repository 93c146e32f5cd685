//! What is free at depots: how much of an item, as a part of another query, and what grows old.
//!
//! **Invariant.** It counts what the virtual warehouse calls available for no purpose in particular:
//! in a zone, usable, in date, not recalled, bound to nothing, and promised to nobody.

use chrono::NaiveDate;
use domain::{
    kernel::{Id, kinds},
    stock::Condition,
};
use sea_orm::{
    ConnectionTrait, FromQueryResult, Order,
    sea_query::{Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    problem::Problem,
    scope::{Scope, Visible},
};

use super::{super::columns, rows};

// Goods that are free, and their lots.
fn free_goods(day: NaiveDate) -> SelectStatement {
    use rows::{balance, lot};
    Query::select()
        .from(balance::Entity)
        .inner_join(
            lot::Entity,
            of_lot(lot::Column::Id).equals((balance::Entity, balance::Column::LotId)),
        )
        .and_where(of_balance(balance::Column::AccountKind).eq(columns::ZONE))
        .and_where(of_balance(balance::Column::Condition).eq(Condition::Usable.name()))
        .and_where(of_lot(lot::Column::RecalledAt).is_null())
        .and_where(of_lot(lot::Column::RestrictionKind).eq("none"))
        .and_where(
            of_lot(lot::Column::ExpiresOn)
                .is_null()
                .or(of_lot(lot::Column::ExpiresOn).gte(day.to_string())),
        )
        .to_owned()
}

fn of_balance(column: rows::balance::Column) -> SimpleExpr {
    Expr::col((rows::balance::Entity, column))
}

fn of_lot(column: rows::lot::Column) -> SimpleExpr {
    Expr::col((rows::lot::Entity, column))
}

// PostgreSQL adds whole numbers up to a decimal.
fn free() -> SimpleExpr {
    use rows::balance::Column;
    let free = of_balance(Column::OnHand).sub(of_balance(Column::Reserved));
    Expr::expr(Func::sum(free)).cast_as("bigint")
}

/// The sum, in base units, at the depot and of the item that the two expressions name, on `day`.
pub(crate) fn free_at(depot: SimpleExpr, item: SimpleExpr, day: NaiveDate) -> SimpleExpr {
    use rows::{balance, lot};
    let there = free_goods(day)
        .expr(free())
        .and_where(of_balance(balance::Column::DepotId).eq(depot))
        .and_where(of_lot(lot::Column::ItemId).eq(item))
        .to_owned();
    Expr::expr(Func::coalesce([
        SimpleExpr::SubQuery(None, Box::new(there.into())),
        Expr::val(0_i64).cast_as("bigint"),
    ]))
}

/// Free goods of a lot in a depot that will not be in date for long.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub(crate) struct Ageing {
    pub(crate) depot_id: Uuid,
    pub(crate) lot_id: Uuid,
    pub(crate) item_id: Uuid,
    /// The last day of use.
    pub(crate) expires_on: String,
    pub(crate) maker: Option<String>,
    /// In base units.
    pub(crate) free: i64,
}

/// What is free on `day` and past its last day of use after `until`, in the depots that `depots`
/// selects, the first to expire first, at most `limit` rows: one statement.
pub(crate) async fn ageing(
    db: &impl ConnectionTrait,
    scope: &Scope,
    depots: SelectStatement,
    item: Option<Id<kinds::Item>>,
    (day, until): (NaiveDate, NaiveDate),
    limit: u64,
) -> Result<Vec<Ageing>, Problem> {
    use rows::{balance, lot};
    let mut goods = free_goods(day);
    goods
        .column((balance::Entity, balance::Column::DepotId))
        .column((balance::Entity, balance::Column::LotId))
        .column((lot::Entity, lot::Column::ItemId))
        .column((lot::Entity, lot::Column::ExpiresOn))
        .column((lot::Entity, lot::Column::Maker))
        .expr_as(free(), "free")
        .and_where(of_lot(lot::Column::ExpiresOn).lte(until.to_string()))
        .and_where(of_balance(balance::Column::DepotId).in_subquery(depots))
        .cond_where(<balance::Entity as Visible>::within(scope))
        .group_by_columns([
            (balance::Entity, balance::Column::DepotId),
            (balance::Entity, balance::Column::LotId),
        ])
        .group_by_columns([
            (lot::Entity, lot::Column::ItemId),
            (lot::Entity, lot::Column::ExpiresOn),
            (lot::Entity, lot::Column::Maker),
        ])
        .and_having(free().gt(0))
        .order_by((lot::Entity, lot::Column::ExpiresOn), Order::Asc)
        .order_by((balance::Entity, balance::Column::DepotId), Order::Asc)
        .order_by((balance::Entity, balance::Column::LotId), Order::Asc)
        .limit(limit);
    if let Some(item) = item {
        goods.and_where(of_lot(lot::Column::ItemId).eq(item.uuid()));
    }
    let rows = db.query_all(&goods).await?;
    let rows = rows.iter().map(|row| Ageing::from_query_result(row, ""));
    Ok(rows.collect::<Result<_, _>>()?)
}
