//! Numbers of papers, as a keeper reads them out on the telephone.
//!
//! **Invariant.** A depot numbers each kind of paper from 1 every day, without a gap: the number is
//! taken in the transaction that writes the paper.

use domain::kernel::{Id, kinds};
use sea_orm::{
    ActiveValue::Set,
    EntityTrait, ExprTrait,
    sea_query::{Expr, OnConflict},
};

use crate::{clock::day_at_depots, dispatch::rows::paper_number, problem::Problem, uow::Uow};

/// A kind of paper.
#[derive(Debug, Clone, Copy)]
pub(super) enum Series {
    /// 调拨单
    Order,
    /// 随货单
    Waybill,
}

impl Series {
    // As people abbreviate them: 调拨, 运单.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Order => "DB",
            Self::Waybill => "YD",
        }
    }
}

/// The next number of a depot: `DB-HZ-01-20260725-003`.
pub(super) async fn next(
    uow: &Uow<'_>,
    series: Series,
    depot: Id<kinds::Depot>,
    depot_code: &str,
) -> Result<String, Problem> {
    let one = block(uow, series, depot, depot_code, 1).await?.next();
    one.ok_or_else(|| Problem::internal(anyhow::anyhow!("a block of one number has none")))
}

/// The next `many` numbers of a depot, in their order: one statement.
pub(super) async fn block(
    uow: &Uow<'_>,
    series: Series,
    depot: Id<kinds::Depot>,
    depot_code: &str,
    many: i64,
) -> Result<impl Iterator<Item = String>, Problem> {
    use paper_number::{ActiveModel, Column, Entity};
    let (prefix, day) = (series.prefix(), day_at_depots(uow.now()).format("%Y%m%d"));
    let mut counted = OnConflict::columns([Column::DepotId, Column::Series, Column::Day]);
    counted.value(Column::Last, Expr::col((Entity, Column::Last)).add(many));
    let row = ActiveModel {
        depot_id: Set(depot.uuid()),
        series: Set(prefix.to_owned()),
        day: Set(day.to_string()),
        last: Set(many),
    };
    let taken = Entity::insert(row)
        .on_conflict(counted)
        .exec_with_returning(uow.db())
        .await?;
    let start = format!("{prefix}-{depot_code}-{day}");
    let numbers = (taken.last - many + 1)..=taken.last;
    Ok(numbers.map(move |number| format!("{start}-{number:03}")))
}
