//! What of pooled goods is on the road, and when it is due.
//!
//! **Invariant.** Stock does not know when goods are due: whoever sent them tells, by a query of their
//! own. What is on the road here adds up to the figure of that name.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait,
    sea_query::{ExprTrait, JoinType, SelectStatement},
};

use super::{
    Grain, PooledKey, PooledSelection,
    parts::{col, total},
};
use crate::{problem::Problem, scope::Scope};

/// Goods under `keys` that are on the road, by when they are due: one statement. `dues` answers with
/// the `depot_id`, the `id` and the `due_at` of whatever is on the road, if anybody knows it.
pub(crate) async fn pooled_road(
    db: &impl ConnectionTrait,
    scope: &Scope,
    selection: &PooledSelection,
    grain: Grain,
    keys: &BTreeSet<PooledKey>,
    dues: SelectStatement,
) -> Result<Vec<(PooledKey, Option<DateTime<Utc>>, i64)>, Problem> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = selection.under(keys, scope, grain);
    let due_at = || col("due", "due_at");
    query
        .join_subquery(
            JoinType::LeftJoin,
            dues,
            "due",
            col("due", "depot_id")
                .equals(("held", "depot_id"))
                .and(col("due", "id").equals(("held", "account_id"))),
        )
        .and_where(col("held", "on_road").gt(0))
        .expr_as(due_at(), "due_at")
        .add_group_by([due_at()])
        .expr_as(total("on_road"), "on_road");
    let mut found = Vec::new();
    for row in db.query_all(&query).await? {
        let key = grain.key(&row, selection)?;
        if keys.contains(&key) {
            found.push((key, row.try_get("", "due_at")?, row.try_get("", "on_road")?));
        }
    }
    Ok(found)
}
