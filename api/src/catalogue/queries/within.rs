//! Items by category, for queries of others that join them.
//!
//! **Invariant.** A subquery, so that a list of thousands of items never travels.

use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use uuid::Uuid;

use super::super::rows::item::{Column, Entity};

/// The ids of the items in `categories`, themselves only: ask [`super::category_subtree`] for
/// those below.
pub(crate) fn items_in(categories: Vec<Uuid>) -> SelectStatement {
    Query::select()
        .column((Entity, Column::Id))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::CategoryId)).is_in(categories))
        .to_owned()
}
