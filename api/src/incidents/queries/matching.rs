//! Which items of the catalogue the lines of a standard mean.
//!
//! **Invariant.** Every line is in the answer: with its item, or with the reason why there is none.
//! The key of a line names the item that has it as a code, in any system; where there is none, the
//! item that has it as a name or an alias. Three statements, whatever the number of lines.

use domain::{
    incidents::{Population, Standard, StandardLine},
    kernel::Quantity,
};
use sea_orm::ConnectionTrait;

use crate::{
    catalogue::{self, ItemFacts},
    incidents::standards,
    problem::Problem,
};

/// A line of a standard, and the item that it means or why there is none: `no-item`, `unit` or
/// `several-items`.
#[derive(Debug, Clone)]
pub(crate) struct MatchedLine {
    pub(crate) line: StandardLine,
    pub(crate) item: Result<ItemFacts, &'static str>,
}

impl MatchedLine {
    /// How many base units of the item are `asked` units of the line.
    pub(crate) fn in_base_units(&self, asked: Quantity) -> Option<Quantity> {
        let item = self.item.as_ref().ok()?;
        standards::in_base_units(asked, &self.line.unit, &item.units)
    }
}

/// A standard whose lines were matched.
#[derive(Debug, Clone)]
pub(crate) struct MatchedStandard {
    pub(crate) standard: Standard,
    pub(crate) lines: Vec<MatchedLine>,
}

impl MatchedStandard {
    /// How many base units of a line's item so many people want for so many days; `None` where
    /// nobody can say.
    pub(crate) fn wanted(&self, line: &MatchedLine, people: u64, days: u32) -> Option<i64> {
        let alone = Standard {
            lines: vec![line.line.clone()],
            ..self.standard.clone()
        };
        let population = Population {
            people,
            households: None,
        };
        match alone.compute(population, days).ok()?.first() {
            // For nobody or for no day.
            None => Some(0),
            Some((_, asked)) => line.in_base_units(*asked).map(Quantity::get),
        }
    }
}

/// Matches the lines of a standard.
pub(in crate::incidents) async fn matched(
    db: &impl ConnectionTrait,
    lines: impl IntoIterator<Item = StandardLine>,
) -> Result<Vec<MatchedLine>, Problem> {
    let lines: Vec<_> = lines.into_iter().collect();
    let keys = lines.iter().map(|line| line.item_key.as_str());
    let found = catalogue::find_items(db, keys).await?;
    let ids: Vec<_> = found.values().flatten().copied().collect();
    let items = catalogue::item_facts(db, &ids).await?;
    let matched = lines.into_iter().map(|line| {
        let found = found.get(&line.item_key).map_or(&[][..], Vec::as_slice);
        let item = match found {
            [] => Err("no-item"),
            [item] => items.get(item).cloned().ok_or("no-item"),
            _ => Err("several-items"),
        };
        // Whether its unit is one of the standard's does not depend on how much is asked for.
        let item = item.and_then(|item| {
            let one = Quantity::new(1).map_err(|_| "unit")?;
            match standards::in_base_units(one, &line.unit, &item.units) {
                Some(_) => Ok(item),
                None => Err("unit"),
            }
        });
        MatchedLine { line, item }
    });
    Ok(matched.collect())
}

/// The standard of this id with its lines matched, or `None`.
pub(crate) async fn matched_standard(
    db: &impl ConnectionTrait,
    id: &str,
) -> Result<Option<MatchedStandard>, Problem> {
    let Some(standard) = standards::standard(id)? else {
        return Ok(None);
    };
    let lines = matched(db, standard.lines.iter().cloned()).await?;
    Ok(Some(MatchedStandard { standard, lines }))
}
