//! How much an owner has, wherever it lies.
//!
//! **Invariant.** Usable goods in zones, promised or not; one statement.

use std::collections::BTreeMap;

use domain::{
    kernel::{Id, kinds},
    stock::Condition,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, ExprTrait,
    sea_query::{Expr, Func, Query},
};

use crate::{
    problem::Problem,
    scope::beyond,
    stock::rows::{balance, lot},
};

/// The base units of each of `items` that `owner` has in all depots. For figures about the whole of it:
/// what depots beyond the caller's hold is counted in.
pub(crate) async fn owned(
    db: &impl ConnectionTrait,
    owner: Id<kinds::Organisation>,
    items: &[Id<kinds::Item>],
) -> Result<BTreeMap<Id<kinds::Item>, i64>, Problem> {
    use balance::Column as B;
    use lot::Column as L;
    let of = |column| Expr::col((balance::Entity, column));
    let of_lot = |column| Expr::col((lot::Entity, column));
    // PostgreSQL adds whole numbers up to a decimal.
    let on_hand = Expr::from(Func::sum(of(B::OnHand))).cast_as("bigint");
    let mut query = Query::select();
    query
        .column((lot::Entity, L::ItemId))
        .expr_as(on_hand, "on_hand")
        .from(lot::Entity)
        .inner_join(balance::Entity, of(B::LotId).equals((lot::Entity, L::Id)))
        .cond_where(beyond())
        .and_where(of_lot(L::OwnerId).eq(owner.uuid()))
        .and_where(L::ItemId.is_in(items.iter().map(|id| id.uuid())))
        .and_where(of(B::AccountKind).eq("zone"))
        .and_where(of(B::Condition).eq(Condition::Usable.name()))
        .group_by_col((lot::Entity, L::ItemId));
    let mut owned = BTreeMap::new();
    for row in db.query_all(&query).await? {
        owned.insert(
            Id::from_uuid(row.try_get("", "item_id")?),
            row.try_get("", "on_hand")?,
        );
    }
    Ok(owned)
}
