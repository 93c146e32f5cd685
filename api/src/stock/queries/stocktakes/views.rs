//! Stocktakes as a whole.
//!
//! **Invariant.** What is told of lines is added up from them at each reading.

use std::collections::BTreeMap;

use domain::kernel::{Id, kinds};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, Statement, Value};
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::visible,
};

use super::{
    Reader, parts,
    rows::stocktakes::stocktake,
    stocktake_row,
    wire::{StocktakeFilter, StocktakeView, Sums},
};
use stocktake::{Column, Entity, Model};

/// One stocktake, or not found.
pub(in crate::stock) async fn stocktake(
    db: &impl ConnectionTrait,
    reader: &Reader,
    id: Id<kinds::Stocktake>,
) -> Result<StocktakeView, Problem> {
    let row = stocktake_row(db, &reader.scope, id).await?;
    let mut views = views(db, reader, vec![row]).await?;
    views.pop().ok_or_else(Problem::not_found)
}

/// A page of stocktakes, the newest first. Three statements.
pub(in crate::stock) async fn stocktakes(
    db: &impl ConnectionTrait,
    reader: &Reader,
    filter: &StocktakeFilter,
    page: &PageQuery,
) -> Result<Page<StocktakeView>, Problem> {
    let mut select = visible::<Entity>(&reader.scope);
    if let Some(depot) = filter.depot_id {
        select = select.filter(Column::DepotId.eq(depot.uuid()));
    }
    if let Some(state) = &filter.state {
        select = select.filter(Column::State.eq(state));
    }
    let mark = format!("{filter:?}");
    let found = page
        .newest(db, select, Column::Id, |row| row.id, &mark)
        .await?;
    Ok(Page {
        items: views(db, reader, found.items).await?,
        next_cursor: found.next_cursor,
    })
}

async fn views(
    db: &impl ConnectionTrait,
    reader: &Reader,
    found: Vec<Model>,
) -> Result<Vec<StocktakeView>, Problem> {
    let mut parts = parts(db, &found).await?;
    let sums = sums(db, &found).await?;
    found
        .into_iter()
        .map(|row| {
            let sees = reader.sees_figures(&row);
            let parts = parts.remove(&row.id).unwrap_or_default();
            let sums = sums.get(&row.id).copied().unwrap_or_default();
            StocktakeView::new(row, &parts, &sums, sees)
        })
        .collect()
}

const SUMS: &str = "SELECT l.stocktake_id, CAST(COUNT(*) AS bigint) AS line_count, \
     CAST(SUM(CASE WHEN l.origin = 'found' THEN 1 ELSE 0 END) AS bigint) AS found, \
     CAST(SUM(CASE WHEN l.difference IS NULL THEN 1 ELSE 0 END) AS bigint) AS to_count, \
     CAST(SUM(CASE WHEN l.difference IS NULL AND NOT EXISTS (SELECT 1 FROM stocktake_count c \
     WHERE c.depot_id = l.depot_id AND c.stocktake_id = l.stocktake_id AND c.line = l.line \
     AND c.round = l.round) THEN 1 ELSE 0 END) AS bigint) AS uncounted, \
     CAST(SUM(CASE WHEN l.round = 1 AND l.difference = 0 THEN 1 ELSE 0 END) AS bigint) \
     AS right_first, \
     CAST(SUM(CASE WHEN l.difference <> 0 THEN 1 ELSE 0 END) AS bigint) AS differing, \
     CAST(COALESCE(SUM(ABS(l.difference)), 0) AS bigint) AS units \
     FROM stocktake_line l WHERE l.stocktake_id IN ";

async fn sums(db: &impl ConnectionTrait, of: &[Model]) -> Result<BTreeMap<Uuid, Sums>, Problem> {
    let mut sums = BTreeMap::new();
    if of.is_empty() {
        return Ok(sums);
    }
    let places: Vec<_> = (1..=of.len()).map(|place| format!("${place}")).collect();
    let sql = format!("{SUMS} ({}) GROUP BY l.stocktake_id", places.join(", "));
    let values = of.iter().map(|row| Value::from(row.id));
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    for row in db.query_all_raw(statement).await? {
        let read = Sums {
            line_count: row.try_get("", "line_count")?,
            found: row.try_get("", "found")?,
            to_count: row.try_get("", "to_count")?,
            uncounted: row.try_get("", "uncounted")?,
            right_first: row.try_get("", "right_first")?,
            differing: row.try_get("", "differing")?,
            units: row.try_get("", "units")?,
        };
        sums.insert(row.try_get("", "stocktake_id")?, read);
    }
    Ok(sums)
}
