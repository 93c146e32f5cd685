//! The lines of a sheet.
//!
//! **Invariant.** A line shows where what lies. What the book has and what was found of it shows
//! only to readers who see figures.

use std::collections::BTreeMap;

use domain::{
    kernel::{Id, Money, kinds},
    stock::{Limit, LineDifference},
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::{
    catalogue::ItemFacts,
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, visible},
};

use super::{
    super::lots::{items_of, lots_by_id},
    Reader, limit_of, rows,
    rows::stocktakes::{stocktake, stocktake_line},
    stocktake_row,
    wire::{StocktakeLineFilter, StocktakeLineView},
};
use crate::stock::wire::named;
use stocktake_line::{Column, Entity, Model};

fn of(row: &stocktake::Model) -> sea_orm::Select<Entity> {
    visible::<Entity>(&Scope::Everything)
        .filter(Column::DepotId.eq(row.depot_id))
        .filter(Column::StocktakeId.eq(row.id))
        .order_by_asc(Column::Line)
}

/// The lines that the running round counts.
pub(in crate::stock) async fn lines_of_round(
    db: &impl ConnectionTrait,
    row: &stocktake::Model,
) -> Result<Vec<Model>, Problem> {
    Ok(of(row)
        .filter(Column::Round.eq(row.round))
        .filter(Column::Difference.is_null())
        .all(db)
        .await?)
}

/// The lines that were found to differ from the book.
pub(in crate::stock) async fn differing_lines(
    db: &impl ConnectionTrait,
    row: &stocktake::Model,
) -> Result<Vec<Model>, Problem> {
    Ok(of(row)
        .filter(Column::Difference.is_not_null())
        .filter(Column::Difference.ne(0))
        .all(db)
        .await?)
}

/// A page of the lines of a stocktake. Four statements.
pub(in crate::stock) async fn stocktake_lines(
    db: &impl ConnectionTrait,
    reader: &Reader,
    id: Id<kinds::Stocktake>,
    filter: &StocktakeLineFilter,
    page: &PageQuery,
) -> Result<Page<StocktakeLineView>, Problem> {
    let row = stocktake_row(db, &reader.scope, id).await?;
    let sees = reader.sees_figures(&row);
    let mark = format!("{id} {filter:?}");
    let mut select = of(&row);
    if let Some(cursor) = page.cursor(&mark)? {
        let after: i64 = cursor.read(|key| key.parse().ok())?;
        select = select.filter(Column::Line.gt(after));
    }
    if let Some(zone) = filter.zone_id {
        select = select.filter(Column::ZoneId.eq(zone.uuid()));
    }
    if filter.to_count == Some(true) {
        select = select
            .filter(Column::Round.eq(row.round))
            .filter(Column::Difference.is_null());
    }
    if filter.differing == Some(true) {
        // Which lines differ is a figure too.
        if !sees {
            return Ok(Page {
                items: Vec::new(),
                next_cursor: None,
            });
        }
        select = select.filter(Column::Difference.ne(0));
    }
    let found = select.limit(page.limit() + 1).all(db).await?;
    let lots: Vec<_> = found
        .iter()
        .map(|line| Id::from_uuid(line.lot_id))
        .collect();
    let lots = lots_by_id(db, &Scope::Everything, &lots).await?;
    let items = items_of(db, lots.values()).await?;
    let shown = Shown {
        sees,
        limit: limit_of(&row)?,
        row: &row,
        lots: &lots,
        items: &items,
    };
    let cut = Page::cut(
        found,
        page,
        &mark,
        |line| (line.line.to_string(), Uuid::nil()),
        |line| shown.view(line),
    );
    cut.whole()
}

struct Shown<'a> {
    sees: bool,
    limit: Limit,
    row: &'a stocktake::Model,
    lots: &'a BTreeMap<Id<kinds::Lot>, rows::lot::Model>,
    items: &'a BTreeMap<Id<kinds::Item>, ItemFacts>,
}

impl Shown<'_> {
    fn view(&self, line: Model) -> Result<StocktakeLineView, Problem> {
        let lot = self
            .lots
            .get(&Id::from_uuid(line.lot_id))
            .ok_or_else(Problem::not_found)?;
        let item_id = Id::from_uuid(lot.item_id);
        let (item_name, base_unit) = named(self.items.get(&item_id));
        let past_limit = match difference(&line, Some(lot))? {
            Some(found) if found.difference != 0 => Some(self.limit.is_line_past(&found)),
            found => found.map(|_| false),
        };
        let figure = |figure: Option<i64>| figure.filter(|_| self.sees);
        Ok(StocktakeLineView {
            line: line.line,
            zone_id: Id::from_uuid(line.zone_id),
            bin_id: line.bin_id.map(Id::from_uuid),
            lot_id: Id::from_uuid(line.lot_id),
            item_id,
            item_name,
            base_unit,
            batch: lot.batch.clone(),
            produced_on: lot.produced_on.clone(),
            expires_on: lot.expires_on.clone(),
            condition: line.condition,
            found: line.origin == super::wire::FOUND,
            to_count: line.round == self.row.round && line.difference.is_none(),
            round: line.round,
            cutoff_book: figure(Some(line.cutoff_book)),
            book: figure(line.book),
            counted: figure(line.counted),
            difference: figure(line.difference),
            past_limit: past_limit.filter(|_| self.sees),
            movement_id: line.movement_id.map(Id::from_uuid),
        })
    }
}

/// What a line differs by and what that is worth, once it was found.
pub(in crate::stock) fn difference(
    line: &Model,
    lot: Option<&rows::lot::Model>,
) -> Result<Option<LineDifference>, Problem> {
    let (Some(difference), Some(book)) = (line.difference, line.book) else {
        return Ok(None);
    };
    Ok(Some(LineDifference {
        difference,
        book,
        unit_value: lot.map(unit_value).transpose()?.flatten(),
    }))
}

/// What one base unit of a lot is worth, where that was stated.
pub(in crate::stock) fn unit_value(lot: &rows::lot::Model) -> Result<Option<Money>, Problem> {
    let (Some(value), Some(currency)) = (lot.unit_value_e4, &lot.currency) else {
        return Ok(None);
    };
    let currency = currency.parse().map_err(Problem::internal)?;
    Money::from_ten_thousandths(value, currency)
        .map(Some)
        .map_err(Problem::internal)
}
