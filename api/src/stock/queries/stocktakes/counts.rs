//! Counts, as they were written down.
//!
//! **Invariant.** A corrected count stays beside its correction. On a blind sheet a counter sees
//! their own counts and no book.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    kernel::{Id, kinds},
    stock::Tally,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, visible},
};

use super::{
    Reader,
    rows::stocktakes::{stocktake, stocktake_count},
    stocktake_row,
    wire::{StocktakeCountFilter, StocktakeCountView},
};
use stocktake_count::{Column, Entity, Model};

fn of(row: &stocktake::Model) -> sea_orm::Select<Entity> {
    visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.eq(row.depot_id))
        .filter(Column::StocktakeId.eq(row.id))
}

/// Everybody who counted, in any round.
pub(in crate::stock) async fn counters(
    db: &impl ConnectionTrait,
    row: &stocktake::Model,
) -> Result<BTreeSet<String>, Problem> {
    let found: Vec<String> = of(row)
        .select_only()
        .column(Column::Counter)
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().collect())
}

/// The tallies of the running round by line, each counter's last word, the earliest first.
pub(in crate::stock) async fn counts_of_round(
    db: &impl ConnectionTrait,
    row: &stocktake::Model,
) -> Result<BTreeMap<i64, Vec<Tally>>, Problem> {
    let found = of(row)
        .filter(Column::Round.eq(row.round))
        .order_by_asc(Column::Line)
        .order_by_asc(Column::RecordedAt)
        .order_by_asc(Column::Revision)
        .all(db)
        .await?;
    let mut last: BTreeMap<i64, Vec<Model>> = BTreeMap::new();
    for count in found {
        let of_line = last.entry(count.line).or_default();
        of_line.retain(|earlier| earlier.counter != count.counter);
        of_line.push(count);
    }
    let tally = |count: &Model| Tally {
        counted: count.counted,
        book: count.book,
    };
    Ok(last
        .into_iter()
        .map(|(line, counts)| (line, counts.iter().map(tally).collect()))
        .collect())
}

/// The last revision that a counter wrote of each of these lines in the running round.
pub(in crate::stock) async fn own_counts(
    db: &impl ConnectionTrait,
    row: &stocktake::Model,
    counter: &str,
    lines: &[i64],
) -> Result<BTreeMap<i64, i64>, Problem> {
    let found = of(row)
        .filter(Column::Round.eq(row.round))
        .filter(Column::Counter.eq(counter))
        .filter(Column::Line.is_in(lines.iter().copied()))
        .order_by_asc(Column::Revision)
        .all(db)
        .await?;
    Ok(found
        .into_iter()
        .map(|count| (count.line, count.revision))
        .collect())
}

/// A page of the counts of a stocktake, by line. Three statements.
pub(in crate::stock) async fn stocktake_counts(
    db: &impl ConnectionTrait,
    reader: &Reader,
    id: Id<kinds::Stocktake>,
    filter: &StocktakeCountFilter,
    page: &PageQuery,
) -> Result<Page<StocktakeCountView>, Problem> {
    let row = stocktake_row(db, &reader.scope, id).await?;
    let sees = reader.sees_figures(&row);
    let mark = format!("{id} {filter:?}");
    let mut select = of(&row);
    if !sees {
        select = select.filter(Column::Counter.eq(&reader.me));
    }
    if let Some(line) = filter.line {
        select = select.filter(Column::Line.eq(line));
    }
    if let Some(cursor) = page.cursor(&mark)? {
        select = select.filter(after(cursor.read(read_place)?));
    }
    for column in ORDER {
        select = select.order_by_asc(column);
    }
    let found = select.limit(page.limit() + 1).all(db).await?;
    let newer = newer(db, &row, &found).await?;
    Ok(Page::cut(found, page, &mark, place, |count| {
        let corrected = newer
            .get(&(count.line, count.round, count.counter.clone()))
            .is_some_and(|last| *last > count.revision);
        StocktakeCountView::new(count, corrected, sees)
    }))
}

const ORDER: [Column; 4] = [
    Column::Line,
    Column::Round,
    Column::Counter,
    Column::Revision,
];

// The last revision of each count on the page, which may stand on the next.
async fn newer(
    db: &impl ConnectionTrait,
    row: &stocktake::Model,
    page: &[Model],
) -> Result<BTreeMap<(i64, i64, String), i64>, Problem> {
    let lines: BTreeSet<_> = page.iter().map(|count| count.line).collect();
    let found = of(row)
        .filter(Column::Line.is_in(lines))
        .filter(Column::Revision.gt(1))
        .order_by_asc(Column::Revision)
        .all(db)
        .await?;
    Ok(found
        .into_iter()
        .map(|count| ((count.line, count.round, count.counter), count.revision))
        .collect())
}

type Place = (i64, i64, String, i64);

fn place(count: &Model) -> (String, Uuid) {
    let Model {
        line,
        round,
        counter,
        revision,
        ..
    } = count;
    (format!("{line}/{round}/{revision}/{counter}"), Uuid::nil())
}

fn read_place(key: &str) -> Option<Place> {
    let mut parts = key.splitn(4, '/');
    let mut number = || parts.next()?.parse().ok();
    let (line, round, revision) = (number()?, number()?, number()?);
    Some((line, round, parts.next()?.to_owned(), revision))
}

fn after((line, round, counter, revision): Place) -> SimpleExpr {
    let columns = ORDER.map(|column| Expr::col((Entity, column)));
    let values = [
        Expr::val(line),
        Expr::val(round),
        Expr::val(counter),
        Expr::val(revision),
    ];
    Expr::tuple(columns).gt(Expr::tuple(values))
}
