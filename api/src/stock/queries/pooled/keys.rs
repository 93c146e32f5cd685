//! Under which keys there are goods.
//!
//! **Invariant.** Keys come in the order of their list, from where the last page ended. To know that an
//! item is there now one piece is enough, so nothing is added up for it: a page of items costs what is
//! looked at until a piece of each is found, however many depots there are.

use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement},
};

use crate::{catalogue, problem::Problem, scope::Scope};

use super::{
    Grain, PooledKey, PooledSelection,
    parts::{col, total},
};

/// At most `limit` keys after `after` under which there are goods, in order: one statement.
pub(crate) async fn pooled_keys(
    db: &impl ConnectionTrait,
    scope: &Scope,
    selection: &PooledSelection,
    grain: Grain,
    after: Option<&PooledKey>,
    limit: u64,
) -> Result<Vec<PooledKey>, Problem> {
    if selection.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = if grain == Grain::Item && selection.as_of.is_none() {
        selection.items_there(scope, after)
    } else {
        selection.added_up(scope, grain, after)
    };
    let rows = db.query_all(query.limit(limit)).await?;
    rows.iter().map(|row| grain.key(row, selection)).collect()
}

impl PooledSelection {
    fn items_there(&self, scope: &Scope, after: Option<&PooledKey>) -> SelectStatement {
        let mut there = self.of(scope);
        there
            .expr(Expr::val(1))
            .and_where(col("lot", "item_id").equals(("item", "id")));
        let mut query = Query::select();
        query
            .expr_as(col("item", "id"), "item_id")
            .from("item")
            .and_where(Expr::exists(there))
            .order_by(("item", "id"), Order::Asc);
        if let Some(items) = &self.items {
            query.and_where(col("item", "id").is_in(items.iter().copied()));
        }
        if let Some(categories) = &self.categories {
            let items = catalogue::items_in(categories.clone());
            query.and_where(col("item", "id").in_subquery(items));
        }
        if let Some(after) = after {
            query.and_where(col("item", "id").gt(after.item.uuid()));
        }
        query
    }

    fn added_up(&self, scope: &Scope, grain: Grain, after: Option<&PooledKey>) -> SelectStatement {
        let mut query = self.of(scope);
        let columns = grain.columns(self);
        for (name, column) in &columns {
            query
                .expr_as(column.clone(), Alias::new(*name))
                .add_group_by([column.clone()])
                .order_by_expr(column.clone(), Order::Asc);
        }
        if let Some(after) = after {
            let place = columns.iter().map(|(name, _)| after.value(name));
            let column = columns.iter().map(|(_, column)| column.clone());
            query.and_where(Expr::tuple(column).gt(Expr::tuple(place)));
        }
        // An account that was emptied again adds up to nothing.
        let there = total("on_hand").add(total("on_road"));
        query.and_having(there.gt(0));
        query
    }
}
