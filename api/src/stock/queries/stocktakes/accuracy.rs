//! How right the book of a depot was, as its settled stocktakes found it.
//!
//! **Invariant.** Nothing is kept for it: it is added up from the lines of what was settled. A line
//! was right when its first count found the book right.

use domain::kernel::{Id, kinds};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryTrait,
    sea_query::{Alias, Expr, ExprTrait, Func, Order, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, visible},
};

use super::{
    rows::stocktakes::{stocktake, stocktake_line},
    wire::{CountAccuracyFilter, CountAccuracyView},
};
use stocktake::Column as S;
use stocktake_line::Column as L;

fn of(column: S) -> SimpleExpr {
    Expr::col((stocktake::Entity, column))
}

fn of_line(column: L) -> SimpleExpr {
    Expr::col((stocktake_line::Entity, column))
}

fn whole(sum: impl Into<SimpleExpr>) -> SimpleExpr {
    let sum = Func::coalesce([sum.into(), Expr::val(0_i64)]);
    SimpleExpr::from(sum).cast_as(Alias::new("bigint"))
}

// 1 where it holds, else 0.
fn flag(holds: SimpleExpr) -> SimpleExpr {
    SimpleExpr::Case(Box::new(Expr::case(holds, 1_i64).finally(0_i64)))
}

/// A page of depots that settled a stocktake, by id. One statement.
pub(in crate::stock) async fn count_accuracy(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &CountAccuracyFilter,
    page: &PageQuery,
) -> Result<Page<CountAccuracyView>, Problem> {
    let mark = format!("{filter:?}");
    let mut settled = visible::<stocktake::Entity>(scope).filter(S::State.eq("settled"));
    if let Some(depot) = filter.depot_id {
        settled = settled.filter(S::DepotId.eq(depot.uuid()));
    }
    if let Some(from) = filter.settled_from {
        settled = settled.filter(S::EndedAt.gte(from));
    }
    if let Some(cursor) = page.cursor(&mark)? {
        settled = settled.filter(S::DepotId.gt(cursor.id()));
    }
    let mut select = sea_orm::QuerySelect::select_only(settled).into_query();
    let one_stocktake = of_line(L::DepotId)
        .equals((stocktake::Entity, S::DepotId))
        .and(of_line(L::StocktakeId).equals((stocktake::Entity, S::Id)));
    let whole_depot = Expr::case(of(S::Extent).eq("whole"), of(S::EndedAt));
    select
        .column((stocktake::Entity, S::DepotId))
        .expr_as(
            whole(SimpleExpr::from(Func::count_distinct(of(S::Id)))),
            Alias::new("stocktakes"),
        )
        .expr_as(of(S::EndedAt).max(), Alias::new("last_settled_at"))
        .expr_as(
            SimpleExpr::Case(Box::new(whole_depot)).max(),
            Alias::new("last_whole_settled_at"),
        )
        .expr_as(whole(of_line(L::Line).count()), Alias::new("line_count"))
        .expr_as(
            whole(flag(of_line(L::Round).eq(1).and(of_line(L::Difference).eq(0))).sum()),
            Alias::new("right_first"),
        )
        .expr_as(
            whole(SimpleExpr::from(Func::abs(of_line(L::Difference))).sum()),
            Alias::new("units"),
        )
        .left_join(stocktake_line::Entity, one_stocktake)
        .group_by_col((stocktake::Entity, S::DepotId))
        .order_by((stocktake::Entity, S::DepotId), Order::Asc)
        .limit(page.limit() + 1);
    let found = db.query_all(&select).await?;
    let views = found
        .iter()
        .map(|row| {
            let depot: Uuid = row.try_get("", "depot_id")?;
            Ok(CountAccuracyView {
                depot_id: Id::from_uuid(depot),
                stocktakes: row.try_get("", "stocktakes")?,
                last_settled_at: row.try_get("", "last_settled_at")?,
                last_whole_settled_at: row.try_get("", "last_whole_settled_at")?,
                line_count: row.try_get("", "line_count")?,
                lines_right_first: row.try_get("", "right_first")?,
                difference_units: row.try_get("", "units")?,
            })
        })
        .collect::<Result<Vec<CountAccuracyView>, Problem>>()?;
    let place = |view: &CountAccuracyView| {
        let depot: Id<kinds::Depot> = view.depot_id;
        (String::new(), depot.uuid())
    };
    Ok(Page::cut(views, page, &mark, place, |view| view))
}
