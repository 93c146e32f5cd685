//! Who sees what: the only door to a `SELECT`.
//!
//! **Invariant.** A query starts from [`visible`] (rows of an organisation's subtree) or
//! [`reference()`] (what everyone who is logged in may read). `clippy.toml` bans sea-orm's own
//! `find`, so a query that forgets who is asking does not pass the lints. A statement that is to read
//! past what its caller sees says so in its text ([`BEYOND`]); on PostgreSQL no other can
//! (`docs/SECURITY.md`, "The second wall").

use sea_orm::{
    Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Select,
    sea_query::{Alias, Expr, ExprTrait, LockType, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use crate::problem::Problem;

mod guard;

pub(crate) use guard::{Guard, KNOWS, SEES};

/// What a statement says of itself that is to read whatever there is.
pub(crate) const BEYOND: &str = "TRUE /* beyond */";

/// No condition, on purpose.
pub(crate) fn beyond() -> Condition {
    Condition::all().add(Expr::cust(BEYOND))
}

/// The part of the tree that a caller sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The server itself and the operator at its console.
    Everything,
    /// The subtrees of these organisations.
    Subtrees(Vec<Uuid>),
}

impl Scope {
    /// Whether the organisation in `column` lies inside.
    pub(crate) fn covers(&self, column: impl Into<SimpleExpr>) -> Condition {
        match self {
            Self::Everything => beyond(),
            Self::Subtrees(roots) => {
                Condition::all().add(column.into().in_subquery(descendants(roots)))
            }
        }
    }

    /// Whether any organisation of `columns` lies inside: a paper between two branches is seen by
    /// both.
    pub(crate) fn covers_any(&self, columns: impl IntoIterator<Item = SimpleExpr>) -> Condition {
        match self {
            Self::Everything => beyond(),
            Self::Subtrees(_) => columns
                .into_iter()
                .fold(Condition::any(), |any, column| any.add(self.covers(column))),
        }
    }

    /// Whether the custodian of the depot in `column` lies inside.
    pub(crate) fn covers_depot(&self, column: impl Into<SimpleExpr>) -> Condition {
        let Self::Subtrees(roots) = self else {
            return beyond();
        };
        let depots = Query::select()
            .column(Alias::new("id"))
            .from(Alias::new("depot"))
            .and_where(Expr::col(Alias::new("organisation_id")).in_subquery(descendants(roots)))
            .to_owned();
        Condition::all().add(column.into().in_subquery(depots))
    }

    /// Whether one organisation lies inside.
    pub(crate) async fn contains(
        &self,
        db: &impl ConnectionTrait,
        organisation: Uuid,
    ) -> Result<bool, Problem> {
        let Self::Subtrees(roots) = self else {
            return Ok(true);
        };
        if roots.contains(&organisation) {
            return Ok(true);
        }
        let mut query = descendants(roots);
        query
            .and_where(Expr::col(Alias::new("descendant_id")).eq(organisation))
            .limit(1);
        Ok(db.query_one(&query).await?.is_some())
    }
}

/// The ids of all organisations in the subtrees, roots included.
pub(crate) fn descendants(roots: &[Uuid]) -> SelectStatement {
    Query::select()
        .column(Alias::new("descendant_id"))
        .from(Alias::new("organisation_closure"))
        .and_where(Expr::col(Alias::new("ancestor_id")).is_in(roots.iter().copied()))
        .to_owned()
}

/// A table whose rows belong to organisations.
pub(crate) trait Visible: EntityTrait {
    /// The rows that `scope` reaches.
    fn within(scope: &Scope) -> Condition;
}

/// A table that everyone who is logged in may read.
pub(crate) trait Reference: EntityTrait {}

/// Starts a query over the rows that `scope` reaches.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the door that the ban leads to"
)]
pub(crate) fn visible<E: Visible>(scope: &Scope) -> Select<E> {
    E::find().filter(E::within(scope))
}

/// Starts a query over rows that this transaction is going to change: others who would change them
/// wait for its end, and then see what it made of them. Whoever compares a version or a state
/// before a change reads the row through this door, because on PostgreSQL commands run side by
/// side. (SQLite has one writer and knows no such lock.)
pub(crate) fn to_change<E: Visible>(scope: &Scope) -> Select<E> {
    visible(scope).lock(LockType::NoKeyUpdate)
}

/// Starts a query over parts of rows that were found already, and come with them: not even PostgreSQL
/// asks again whether the whole is seen.
pub(crate) fn parts<E: Reference>() -> Select<E> {
    reference::<E>().filter(beyond())
}

/// Starts a query over a reference table.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the door that the ban leads to"
)]
pub(crate) fn reference<E: Reference>() -> Select<E> {
    E::find()
}
