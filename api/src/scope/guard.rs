//! The rule by which a table's rows are seen, as PostgreSQL is to keep it.
//!
//! **Invariant.** It is the very condition of [`Visible::within`], with the organisations that the
//! connection is set to in the place of those of a caller: the two cannot say different things.

use sea_orm::{
    EntityTrait, IdenStatic as _,
    sea_query::{Alias, Expr, PostgresQueryBuilder, Query},
};
use uuid::Uuid;

use super::{Scope, Visible};

/// Where the connection says the subtrees whose stock and papers it is to see.
pub(crate) const SEES: &str = "relief_depot.sees";
/// Where it says the subtrees whose people and journal it is to know.
pub(crate) const KNOWS: &str = "relief_depot.knows";

// Stands for the organisations until the rule is written out; nobody has this id.
const SOMEBODY: Uuid = Uuid::from_u128(0x5ec0_4d3a_1100_4000_8000_7265_6c69_6566);

/// A table and who sees its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guard {
    /// The table.
    pub(crate) table: String,
    /// The condition in SQL.
    pub(crate) rule: String,
}

impl Guard {
    /// Rows of stock and papers: for whoever may view their organisations.
    pub(crate) fn seen<E: Visible>() -> Self {
        Self::of::<E>(SEES)
    }

    /// Rows of people and of what they did: for whoever holds any role over their organisations.
    pub(crate) fn known<E: Visible>() -> Self {
        Self::of::<E>(KNOWS)
    }

    /// Parts of a row of `E`, which they name in `columns`: for whoever sees that row.
    pub(crate) fn part<P: EntityTrait, E: EntityTrait>(columns: &[(P::Column, E::Column)]) -> Self {
        let (part, whole) = (table::<P>(), table::<E>());
        let mut joined = Vec::new();
        for (of_part, of_whole) in columns {
            let (of_part, of_whole) = (of_part.as_str(), of_whole.as_str());
            joined.push(format!(
                "\"{whole}\".\"{of_whole}\" = \"{part}\".\"{of_part}\""
            ));
        }
        Self {
            rule: format!(
                "EXISTS (SELECT 1 FROM \"{whole}\" WHERE {})",
                joined.join(" AND ")
            ),
            table: part.to_owned(),
        }
    }

    fn of<E: Visible>(setting: &str) -> Self {
        let mut query = Query::select();
        query
            .expr(Expr::val(1))
            .from(Alias::new(table::<E>()))
            .cond_where(E::within(&Scope::Subtrees(vec![SOMEBODY])));
        let sql = query.to_string(PostgresQueryBuilder);
        let (_, rule) = sql.split_once(" WHERE ").unwrap_or_default();
        let set =
            format!("= ANY (string_to_array(current_setting('{setting}', true), ',')::uuid[])");
        Self {
            table: table::<E>().to_owned(),
            rule: rule.replace(&format!("IN ('{SOMEBODY}')"), &set),
        }
    }
}

fn table<E: EntityTrait>() -> &'static str {
    E::default().table_name()
}
