//! Which kits lots went into.
//!
//! **Invariant.** What went in once is followed, whether or not it came out again or was undone:
//! whoever asks would rather know of a kit too many than of one too few.

use std::collections::BTreeSet;

use sea_orm::{
    ConnectionTrait,
    sea_query::{
        Alias, CommonTableExpression, Expr, ExprTrait, Query, SelectStatement, UnionType,
        WithClause,
    },
};
use uuid::Uuid;

use crate::{problem::Problem, storage::VALUES_A_STATEMENT};

use super::{
    conversions::WENT_IN,
    rows::{
        conversions::kit_part::{Column, Entity},
        lot,
    },
};

/// The lots themselves, the lots of kits that they ever went into, and those that these went into.
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

/// The lots themselves, the kits that they went into, and the kits that those went into.
pub(super) fn kits_of(lots: impl IntoIterator<Item = Uuid>) -> SelectStatement {
    let name = || Alias::new("followed");
    let of = |column| Expr::col((Entity, column));
    let further = Query::select()
        .column((Entity, Column::KitLotId))
        .from(Entity)
        .inner_join(name(), of(Column::LotId).equals((name(), Alias::new("id"))))
        .and_where(of(Column::Fate).eq(WENT_IN))
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
