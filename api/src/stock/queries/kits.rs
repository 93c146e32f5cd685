//! What goods of lots became: kits that they went into, and lots of another owner or purpose.
//!
//! **Invariant.** What went in once is followed, whether or not it came out again or was undone:
//! whoever asks would rather know of a kit too many than of one too few.

use std::collections::BTreeSet;

use sea_orm::{
    ConnectionTrait,
    sea_query::{
        Alias, CommonTableExpression, Expr, ExprTrait, Func, JoinType, Query, SelectStatement,
        UnionType, WithClause,
    },
};
use uuid::Uuid;

use crate::{problem::Problem, scope::beyond, storage::VALUES_A_STATEMENT};

use super::{
    conversions::WENT_IN,
    rows::{
        conversions::kit_part::{Column, Entity},
        lot,
    },
};

const INTO_KITS: i64 = 0;
const AS_ANOTHERS: i64 = 1;

fn both_ways() -> SelectStatement {
    let number = |number: i64| {
        Query::select()
            .expr_as(Expr::val(number), Alias::new("number"))
            .to_owned()
    };
    number(INTO_KITS)
        .union(UnionType::All, number(AS_ANOTHERS))
        .to_owned()
}

/// The lots themselves, the lots of kits that they ever went into, those that these went into, and
/// the lots of another owner or purpose that any of them became.
pub(in crate::stock) async fn kits_holding(
    db: &impl ConnectionTrait,
    lots: &BTreeSet<Uuid>,
) -> Result<Vec<Uuid>, Problem> {
    let lots: Vec<_> = lots.iter().copied().collect();
    let mut kits = Vec::new();
    for lots in lots.chunks(VALUES_A_STATEMENT) {
        let found = db.query_all(&kits_of(lots.iter().copied())).await?;
        for row in found {
            kits.push(row.try_get("", "id")?);
        }
    }
    kits.sort_unstable();
    kits.dedup();
    Ok(kits)
}

/// As [`kits_holding`], for the queries of others.
pub(super) fn kits_of(lots: impl IntoIterator<Item = Uuid>) -> SelectStatement {
    let name = || Alias::new("followed");
    let of = |column| Expr::col((Entity, column));
    let (way, became) = (|| Alias::new("way"), || Alias::new("became"));
    let by = |number: i64| Expr::col((way(), Alias::new("number"))).eq(number);
    let followed_is = |id: Expr| id.equals((name(), Alias::new("id")));
    // A recursive term may name what it follows but once, so each is gone on from in both ways.
    let into = Expr::expr(Func::coalesce([
        of(Column::KitLotId),
        Expr::col((became(), lot::Column::Id)),
    ]));
    let further = Query::select()
        .expr(into.clone())
        .from(name())
        .join_subquery(
            JoinType::InnerJoin,
            both_ways(),
            way(),
            Expr::val(1_i64).eq(1_i64),
        )
        .left_join(
            Entity,
            by(INTO_KITS)
                .and(followed_is(of(Column::LotId)))
                .and(of(Column::Fate).eq(WENT_IN)),
        )
        .join_as(
            JoinType::LeftJoin,
            lot::Entity,
            became(),
            by(AS_ANOTHERS).and(followed_is(Expr::col((became(), lot::Column::ParentLotId)))),
        )
        .and_where(into.is_not_null())
        // A piece goes through depots that its reader does not see and comes out in one that they do.
        .cond_where(beyond())
        .to_owned();
    let all = Query::select()
        .column((lot::Entity, lot::Column::Id))
        .from(lot::Entity)
        .and_where(Expr::col((lot::Entity, lot::Column::Id)).is_in(lots))
        .union(UnionType::Distinct, further)
        .to_owned();
    let followed = CommonTableExpression::new()
        .query(all)
        .column(Alias::new("id"))
        .table_name(name())
        .to_owned();
    Query::select()
        .column((name(), Alias::new("id")))
        .from(name())
        .with_cte(WithClause::new().recursive(true).cte(followed).to_owned())
        .to_owned()
}
