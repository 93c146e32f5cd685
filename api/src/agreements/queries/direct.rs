//! What suppliers bring straight to sites.
//!
//! **Invariant.** What was given up is not coming. One statement.

use std::collections::BTreeMap;

use domain::{
    agreements::{CallOffStateName, Direct},
    kernel::{Id, kinds},
};
use sea_orm::{
    ConnectionTrait, ExprTrait,
    sea_query::{CaseStatement, Expr, Func, Query, SelectStatement},
};

use super::rows::{call_off, call_off_line};
use crate::{problem::Problem, scope::beyond};

/// How much of which item was called off for which of the sites that `sites` answers with, and how much
/// of it is there.
pub(crate) async fn brought_to_sites(
    db: &impl ConnectionTrait,
    sites: SelectStatement,
) -> Result<BTreeMap<(Id<kinds::Site>, Id<kinds::Item>), Direct>, Problem> {
    use call_off::Column as C;
    use call_off_line::Column as L;
    let of = |column| Expr::col((call_off::Entity, column));
    let of_line = |column| Expr::col((call_off_line::Entity, column));
    // PostgreSQL adds whole numbers up to a decimal.
    let sum = |amount: Expr| Expr::from(Func::sum(amount)).cast_as("bigint");
    let outstanding = CaseStatement::new()
        .case(
            of(C::State).eq(CallOffStateName::Called.name()),
            of_line(L::Quantity).sub(of_line(L::Delivered)),
        )
        .finally(Expr::val(0_i64));
    let mut query = Query::select();
    query
        .column((call_off::Entity, C::SiteId))
        .column((call_off_line::Entity, L::ItemId))
        .expr_as(sum(of_line(L::Delivered)), "brought")
        .expr_as(sum(outstanding.into()), "called_off")
        .from(call_off::Entity)
        .inner_join(
            call_off_line::Entity,
            of_line(L::CallOffId).equals((call_off::Entity, C::Id)),
        )
        // Who sees a need is told how far it is answered, by whomever.
        .cond_where(beyond())
        .and_where(of(C::SiteId).in_subquery(sites))
        .group_by_col((call_off::Entity, C::SiteId))
        .group_by_col((call_off_line::Entity, L::ItemId));
    let mut brought = BTreeMap::new();
    for row in db.query_all(&query).await? {
        let site = Id::from_uuid(row.try_get("", "site_id")?);
        let item = Id::from_uuid(row.try_get("", "item_id")?);
        let direct = Direct {
            brought: row.try_get("", "brought")?,
            called_off: row.try_get("", "called_off")?,
        };
        brought.insert((site, item), direct);
    }
    Ok(brought)
}
