//! Entries by their positions, for whoever tells by them what was written when.
//!
//! **Invariant.** An entry without a position comes after all that have one.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, PaginatorTrait, QueryFilter, QueryResult,
    sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr, UnionType},
};
use uuid::Uuid;

use crate::{
    journal::rows::{entry, position, waiting},
    problem::Problem,
    scope::{Scope, visible},
    storage::VALUES_A_STATEMENT,
};

use super::sealed;

/// The ids of the entries that a checkpoint of this size has, as a part of a query.
pub(crate) fn sealed_before(size: i64) -> SelectStatement {
    Query::select()
        .column((position::Entity, position::Column::EntryId))
        .from(position::Entity)
        .and_where(Expr::col((position::Entity, position::Column::Position)).lt(size))
        .to_owned()
}

/// The ids of the entries from one position to before another, as a part of a query.
pub(crate) fn sealed_between(begin: i64, end: i64) -> SelectStatement {
    let mut entries = sealed_before(end);
    entries.and_where(Expr::col((position::Entity, position::Column::Position)).gte(begin));
    entries
}

/// How far entries reach that were recorded before a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// From this position on there is none of them yet.
    pub(crate) size: i64,
    /// Before this position there is nothing else.
    pub(crate) settled: i64,
}

/// How far the entries reach that were recorded before a moment, if nothing before `begin` is younger.
pub(crate) async fn extent_before(
    db: &impl ConnectionTrait,
    begin: i64,
    moment: DateTime<Utc>,
) -> Result<Extent, Problem> {
    let recorded_at = || Expr::col((entry::Entity, entry::Column::RecordedAt));
    let place = || Expr::col((position::Entity, position::Column::Position));
    let first = |is: SimpleExpr, order| {
        Query::select()
            .expr_as(place(), "position")
            .from(position::Entity)
            .inner_join(
                entry::Entity,
                Expr::col((entry::Entity, entry::Column::Id))
                    .equals((position::Entity, position::Column::EntryId)),
            )
            .and_where(place().gte(begin))
            .and_where(is)
            .order_by((position::Entity, position::Column::Position), order)
            .limit(1)
            .to_owned()
    };
    let read = |row: Option<QueryResult>| {
        row.map(|row| row.try_get::<i64>("", "position"))
            .transpose()
    };
    let last = first(recorded_at().lt(moment), Order::Desc);
    let younger = first(recorded_at().gte(moment), Order::Asc);
    let size = read(db.query_one(&last).await?)?.map_or(begin, |last| last + 1);
    let settled = match read(db.query_one(&younger).await?)? {
        Some(younger) => younger,
        None => sealed::size(db).await?,
    };
    Ok(Extent { size, settled })
}

/// What entries say, by their ids.
pub(crate) async fn bodies(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<BTreeMap<Uuid, (String, String)>, Problem> {
    let mut found = BTreeMap::new();
    let ids: Vec<_> = ids.into_iter().collect();
    for ids in ids.chunks(VALUES_A_STATEMENT) {
        let rows = visible::<entry::Entity>(&Scope::Everything)
            .filter(entry::Column::Id.is_in(ids.iter().copied()))
            .all(db)
            .await?;
        found.extend(
            rows.into_iter()
                .map(|row| (row.id, (row.command, row.body))),
        );
    }
    Ok(found)
}

/// How many entries a command has left.
pub(crate) async fn count_of(db: &impl ConnectionTrait, command: &str) -> Result<u64, Problem> {
    Ok(visible::<entry::Entity>(&Scope::Everything)
        .filter(entry::Column::Command.eq(command))
        .count(db)
        .await?)
}

/// The ids of the entries that no checkpoint of this size has, as a part of a query: those from
/// this position on, and those that have none yet.
pub(crate) fn written_since(size: i64) -> SelectStatement {
    let waiting = Query::select()
        .column(waiting::Column::EntryId)
        .from(waiting::Entity)
        .to_owned();
    Query::select()
        .column(position::Column::EntryId)
        .from(position::Entity)
        .and_where(position::Column::Position.gte(size))
        .union(UnionType::All, waiting)
        .to_owned()
}
