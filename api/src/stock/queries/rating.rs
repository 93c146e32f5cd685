//! What rating counts of the ledger, for any number of depots at once.
//!
//! **Invariant.** Five statements, whatever the number of depots. Recalled goods are no stock.

use chrono::{DateTime, NaiveDate, Utc};
use domain::kernel::{Id, kinds};
use sea_orm::{
    ConnectionTrait, DbBackend, FromQueryResult,
    sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use crate::{problem::Problem, stock::columns};

use super::{
    duties::{day_of, opens, stands},
    rows::{
        balance, lot, movement,
        stocktakes::{stocktake, stocktake_line},
    },
};

/// Goods of one item in one depot that are alike.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub(crate) struct PileRow {
    pub(crate) depot_id: Uuid,
    pub(crate) item_id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) condition: String,
    pub(crate) expires_on: Option<String>,
    /// `none`, or what a donor bound them to.
    pub(crate) restriction_kind: String,
    pub(crate) on_hand: i64,
    pub(crate) reserved: i64,
    /// The dearest of them, in ten-thousandths of a yuan.
    pub(crate) unit_value_e4: Option<i64>,
}

/// How well lots of one item in one depot are labelled, and what is past its last day.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub(crate) struct LotsRow {
    pub(crate) depot_id: Uuid,
    pub(crate) item_id: Uuid,
    pub(crate) lots: i64,
    /// Those with batch, maker and day of production.
    pub(crate) labelled: i64,
    /// Base units that are called usable.
    pub(crate) usable: i64,
    /// Those of them that are past their last day of use.
    pub(crate) expired: i64,
}

/// A donated lot with a last day of use.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub(crate) struct DonatedRow {
    pub(crate) depot_id: Uuid,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) produced_on: Option<String>,
    pub(crate) expires_on: Option<String>,
}

/// A settled count of a whole depot.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub(crate) struct CountRow {
    pub(crate) depot_id: Uuid,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) lines: i64,
    /// Those whose first count found the book right.
    pub(crate) right_first: i64,
}

/// Papers of one kind that happened on one day and were recorded on another.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub(crate) struct PapersRow {
    pub(crate) depot_id: Uuid,
    pub(crate) kind: String,
    pub(crate) occurred_on: String,
    pub(crate) recorded_on: String,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RatingRows {
    pub(crate) piles: Vec<PileRow>,
    pub(crate) lots: Vec<LotsRow>,
    pub(crate) donated: Vec<DonatedRow>,
    pub(crate) counts: Vec<CountRow>,
    pub(crate) papers: Vec<PapersRow>,
}

/// Reads it for the depots that `depots` selects. Piles are of `items` alone; papers are those
/// recorded since `since`.
pub(crate) async fn rating_rows(
    db: &impl ConnectionTrait,
    depots: &SelectStatement,
    items: &[Id<kinds::Item>],
    day: NaiveDate,
    since: DateTime<Utc>,
) -> Result<RatingRows, Problem> {
    let backend = db.get_database_backend();
    Ok(RatingRows {
        piles: all(db, piles(depots, items)).await?,
        lots: all(db, lots(depots, day)).await?,
        donated: all(db, donated(depots)).await?,
        counts: all(db, counts(depots)).await?,
        papers: all(db, papers(backend, depots, since)).await?,
    })
}

async fn all<R: FromQueryResult>(
    db: &impl ConnectionTrait,
    select: SelectStatement,
) -> Result<Vec<R>, Problem> {
    let rows = db.query_all(&select).await?;
    let rows = rows.iter().map(|row| R::from_query_result(row, ""));
    Ok(rows.collect::<Result<_, _>>()?)
}

fn of_balance(column: balance::Column) -> SimpleExpr {
    Expr::col((balance::Entity, column))
}

fn of_lot(column: lot::Column) -> SimpleExpr {
    Expr::col((lot::Entity, column))
}

// PostgreSQL adds whole numbers up to a decimal.
fn whole(sum: impl Into<SimpleExpr>) -> SimpleExpr {
    let sum = Func::coalesce([sum.into(), Expr::val(0_i64)]);
    SimpleExpr::from(sum).cast_as(Alias::new("bigint"))
}

fn when(holds: SimpleExpr, then: SimpleExpr) -> SimpleExpr {
    SimpleExpr::Case(Box::new(Expr::case(holds, then).finally(Expr::val(0_i64))))
}

// Goods in zones of the depots, with their lots.
fn goods(depots: &SelectStatement) -> SelectStatement {
    Query::select()
        .from(balance::Entity)
        .inner_join(
            lot::Entity,
            of_lot(lot::Column::Id).equals((balance::Entity, balance::Column::LotId)),
        )
        .and_where(of_balance(balance::Column::AccountKind).eq(columns::ZONE))
        .and_where(of_balance(balance::Column::OnHand).gt(0))
        .and_where(of_balance(balance::Column::DepotId).in_subquery(depots.clone()))
        .to_owned()
}

fn piles(depots: &SelectStatement, items: &[Id<kinds::Item>]) -> SelectStatement {
    use lot::Column as L;
    let by = [
        (lot::Entity, L::ItemId),
        (lot::Entity, L::OwnerId),
        (lot::Entity, L::ExpiresOn),
        (lot::Entity, L::RestrictionKind),
    ];
    let of_goods = [
        (balance::Entity, balance::Column::DepotId),
        (balance::Entity, balance::Column::Condition),
    ];
    let in_yuan = Expr::case(of_lot(L::Currency).eq("CNY"), of_lot(L::UnitValueE4));
    goods(depots)
        .columns(of_goods)
        .columns(by)
        .expr_as(whole(of_balance(balance::Column::OnHand).sum()), "on_hand")
        .expr_as(
            whole(of_balance(balance::Column::Reserved).sum()),
            "reserved",
        )
        .expr_as(SimpleExpr::Case(Box::new(in_yuan)).max(), "unit_value_e4")
        .and_where(of_lot(L::RecalledAt).is_null())
        .and_where(of_lot(L::ItemId).is_in(items.iter().map(|item| item.uuid())))
        .group_by_columns(of_goods)
        .group_by_columns(by)
        .to_owned()
}

fn lots(depots: &SelectStatement, day: NaiveDate) -> SelectStatement {
    use lot::Column as L;
    let labelled = of_lot(L::Batch)
        .is_not_null()
        .and(of_lot(L::Maker).is_not_null())
        .and(of_lot(L::ProducedOn).is_not_null());
    let labelled = Expr::case(labelled, of_lot(L::Id));
    let usable = of_balance(balance::Column::Condition).eq("usable");
    let expired = usable.clone().and(of_lot(L::ExpiresOn).lt(day.to_string()));
    goods(depots)
        .column((balance::Entity, balance::Column::DepotId))
        .column((lot::Entity, L::ItemId))
        .expr_as(whole(Func::count_distinct(of_lot(L::Id))), "lots")
        .expr_as(
            whole(Func::count_distinct(SimpleExpr::Case(Box::new(labelled)))),
            "labelled",
        )
        .expr_as(
            whole(when(usable, of_balance(balance::Column::OnHand)).sum()),
            "usable",
        )
        .expr_as(
            whole(when(expired, of_balance(balance::Column::OnHand)).sum()),
            "expired",
        )
        .group_by_col((balance::Entity, balance::Column::DepotId))
        .group_by_col((lot::Entity, L::ItemId))
        .to_owned()
}

fn donated(depots: &SelectStatement) -> SelectStatement {
    use lot::Column as L;
    goods(depots)
        .distinct()
        .column((balance::Entity, balance::Column::DepotId))
        .columns([
            (lot::Entity, L::Id),
            (lot::Entity, L::CreatedAt),
            (lot::Entity, L::ProducedOn),
            (lot::Entity, L::ExpiresOn),
        ])
        .and_where(of_lot(L::Source).eq("donation"))
        .and_where(of_lot(L::ExpiresOn).is_not_null())
        .to_owned()
}

fn counts(depots: &SelectStatement) -> SelectStatement {
    use stocktake::Column as S;
    use stocktake_line::Column as L;
    let of = |column| Expr::col((stocktake::Entity, column));
    let of_line = |column| Expr::col((stocktake_line::Entity, column));
    let right = of_line(L::Round).eq(1).and(of_line(L::Difference).eq(0));
    let by = [
        (stocktake::Entity, S::DepotId),
        (stocktake::Entity, S::Id),
        (stocktake::Entity, S::EndedAt),
    ];
    Query::select()
        .from(stocktake::Entity)
        .left_join(
            stocktake_line::Entity,
            of_line(L::DepotId)
                .equals((stocktake::Entity, S::DepotId))
                .and(of_line(L::StocktakeId).equals((stocktake::Entity, S::Id))),
        )
        .columns(by)
        .expr_as(whole(of_line(L::Line).count()), "lines")
        .expr_as(whole(when(right, Expr::val(1_i64)).sum()), "right_first")
        .and_where(of(S::State).eq("settled"))
        .and_where(of(S::Extent).eq("whole"))
        .and_where(of(S::DepotId).in_subquery(depots.clone()))
        .group_by_columns(by)
        .to_owned()
}

fn papers(backend: DbBackend, depots: &SelectStatement, since: DateTime<Utc>) -> SelectStatement {
    use movement::Column as M;
    let of = |column| Expr::col((movement::Entity, column));
    Query::select()
        .distinct()
        .from(movement::Entity)
        .columns([(movement::Entity, M::DepotId), (movement::Entity, M::Kind)])
        .expr_as(day_of(backend, of(M::OccurredAt)), "occurred_on")
        .expr_as(day_of(backend, of(M::RecordedAt)), "recorded_on")
        .and_where(of(M::Kind).is_in(["receipt", "issue"]))
        .and_where(of(M::RecordedAt).gte(since))
        .and_where(of(M::DepotId).in_subquery(depots.clone()))
        .and_where(stands())
        .and_where(opens().not())
        .to_owned()
}
