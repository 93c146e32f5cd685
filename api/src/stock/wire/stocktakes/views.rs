//! Stocktakes as they are shown.
//!
//! **Invariant.** A figure that the reader is not shown is null, as one that is not known yet.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    stock::StocktakeStateName,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{http::versioned, problem::Problem};

use super::super::{
    super::rows::stocktakes::{count_limit, stocktake, stocktake_count},
    lots::amount,
};

/// The sheet that shows its figures to everybody, as tables name it.
pub(crate) const OPEN: &str = "open";
/// A line that a counter found, as tables name it.
pub(crate) const FOUND: &str = "found";
/// Where the built-in limit comes from: no rule of the field that we found states one.
pub(crate) const LIMIT_BUILT_IN: &str = "built-in default, no source";
/// That somebody agreed, as tables name it.
pub(crate) const APPROVAL_GIVEN: &str = "given";

/// A count of what is there, set against the book.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct StocktakeView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Stocktake>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    /// `counting`, `recounting`, `counted`, `awaiting_approval`, `settled` or `abandoned`.
    #[schema(max_length = 20)]
    pub(crate) state: String,
    /// The round that runs, or the last one: 1 for the first count.
    #[schema(minimum = 1)]
    pub(crate) round: i64,
    /// `whole`, `zones`, `categories` or `items`.
    #[schema(max_length = 16)]
    pub(crate) extent: String,
    /// Which zones, categories or items.
    #[schema(value_type = Vec<String>, max_items = 500)]
    pub(crate) part_ids: Vec<String>,
    /// Whether those who may count are shown no figures until the counting is done.
    pub(crate) blind: bool,
    /// The journal entry by which the book was fixed: what was committed before it is in the book of
    /// the cut-off, what came after it is not.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) cutoff_entry_id: Id<kinds::JournalEntry>,
    pub(crate) cutoff_at: DateTime<Utc>,
    pub(crate) limit: StocktakeLimitView,
    /// The principal who opened it, as the journal names it.
    #[schema(max_length = 64)]
    pub(crate) opened_by: String,
    #[schema(max_length = 1000)]
    pub(crate) note: Option<String>,
    /// When the last round was closed.
    pub(crate) counted_at: Option<DateTime<Utc>>,
    /// When it was settled or abandoned.
    pub(crate) ended_at: Option<DateTime<Utc>>,
    #[schema(max_length = 64)]
    pub(crate) ended_by: Option<String>,
    /// Whether the differences were past the limit, and whoever ended it agreed to them.
    pub(crate) approved: bool,
    /// Why it was sent back last, or abandoned.
    #[schema(max_length = 500)]
    pub(crate) reason: Option<String>,
    /// Lines of its sheet.
    #[schema(minimum = 0)]
    pub(crate) line_count: i64,
    /// Lines of it that the book did not have at the cut-off.
    #[schema(minimum = 0)]
    pub(crate) lines_found: i64,
    /// Lines that the running round counts.
    #[schema(minimum = 0)]
    pub(crate) lines_to_count: i64,
    /// Lines of them that nobody has counted yet.
    #[schema(minimum = 0)]
    pub(crate) lines_uncounted: i64,
    /// Lines whose first count found the book right.
    pub(crate) lines_right_first: Option<i64>,
    /// Lines that differ from the book.
    pub(crate) lines_differing: Option<i64>,
    /// By how many base units they differ, gains and losses alike.
    pub(crate) difference_units: Option<i64>,
    /// The count of changes, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(StocktakeView, CountLimitView);

/// The limit that a stocktake was opened under.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct StocktakeLimitView {
    /// The share of a line's book, in ten-thousandths: 100 is 1 %.
    #[schema(minimum = 0)]
    pub(crate) share_e4: i64,
    /// The value of all differences together.
    #[schema(max_length = 20)]
    pub(crate) value: String,
    #[schema(max_length = 3)]
    pub(crate) currency: String,
    /// Where the figures come from.
    #[schema(max_length = 200)]
    pub(crate) source: String,
}

/// What the lines of a stocktake add up to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    pub(crate) line_count: i64,
    pub(crate) found: i64,
    pub(crate) to_count: i64,
    pub(crate) uncounted: i64,
    pub(crate) right_first: i64,
    pub(crate) differing: i64,
    pub(crate) units: i64,
}

fn decimal(value_e4: i64) -> Result<String, Problem> {
    Ok(amount(Some(value_e4))?.unwrap_or_default())
}

// An id of a zone, a category or an item, as it is written.
fn part(extent: &str, id: Uuid) -> String {
    match extent {
        "zones" => Id::<kinds::Zone>::from_uuid(id).to_string(),
        "categories" => Id::<kinds::Category>::from_uuid(id).to_string(),
        _ => Id::<kinds::Item>::from_uuid(id).to_string(),
    }
}

impl StocktakeView {
    pub(in crate::stock) fn new(
        row: stocktake::Model,
        parts: &[Uuid],
        sums: &Sums,
        sees: bool,
    ) -> Result<Self, Problem> {
        let counting = [
            StocktakeStateName::Counting.name(),
            StocktakeStateName::Recounting.name(),
        ]
        .contains(&row.state.as_str());
        let figure = |figure| sees.then_some(figure);
        Ok(Self {
            id: Id::from_uuid(row.id),
            depot_id: Id::from_uuid(row.depot_id),
            round: row.round,
            part_ids: parts.iter().map(|id| part(&row.extent, *id)).collect(),
            extent: row.extent,
            blind: row.sheet != OPEN,
            cutoff_entry_id: Id::from_uuid(row.cutoff_journal_id),
            cutoff_at: row.cutoff_at,
            limit: StocktakeLimitView {
                share_e4: row.share_limit_e4,
                value: decimal(row.value_limit_e4)?,
                currency: row.limit_currency,
                source: row.limit_source,
            },
            opened_by: row.opened_by,
            note: row.note,
            counted_at: row.counted_at,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
            approved: row.approval == APPROVAL_GIVEN,
            reason: row.reason,
            line_count: sums.line_count,
            lines_found: sums.found,
            lines_to_count: if counting { sums.to_count } else { 0 },
            lines_uncounted: if counting { sums.uncounted } else { 0 },
            lines_right_first: figure(sums.right_first),
            lines_differing: figure(sums.differing),
            difference_units: figure(sums.units),
            version: row.version,
            state: row.state,
        })
    }
}

/// A line of a sheet.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct StocktakeLineView {
    #[schema(minimum = 1)]
    pub(crate) line: i64,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) zone_id: Id<kinds::Zone>,
    /// The bin that a paper named last for these goods.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) bin_id: Option<Id<kinds::Bin>>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) lot_id: Id<kinds::Lot>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(crate) item_name: String,
    #[schema(max_length = 16)]
    pub(crate) base_unit: String,
    #[schema(max_length = 64)]
    pub(crate) batch: Option<String>,
    #[schema(max_length = 10)]
    pub(crate) produced_on: Option<String>,
    #[schema(max_length = 10)]
    pub(crate) expires_on: Option<String>,
    #[schema(max_length = 16)]
    pub(crate) condition: String,
    /// Whether a counter found it where the book had none at the cut-off.
    pub(crate) found: bool,
    /// Whether the running round counts it.
    pub(crate) to_count: bool,
    /// The round that counts it, or counted it last.
    #[schema(minimum = 1)]
    pub(crate) round: i64,
    /// What the book had at the cut-off.
    pub(crate) cutoff_book: Option<i64>,
    /// What the book had at the moment of the count.
    pub(crate) book: Option<i64>,
    /// What was there.
    pub(crate) counted: Option<i64>,
    /// What was there more than the book had, or less.
    pub(crate) difference: Option<i64>,
    /// Whether that is past the limit by itself.
    pub(crate) past_limit: Option<bool>,
    /// The movement that it became.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) movement_id: Option<Id<kinds::Movement>>,
}

/// What one person counted on one line in one round.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct StocktakeCountView {
    #[schema(minimum = 1)]
    pub(crate) line: i64,
    #[schema(minimum = 1)]
    pub(crate) round: i64,
    /// The principal who counted, as the journal names it.
    #[schema(max_length = 64)]
    pub(crate) counter: String,
    /// From 1; each further one corrects the one before.
    #[schema(minimum = 1)]
    pub(crate) revision: i64,
    /// Whether a later revision corrects it.
    pub(crate) corrected: bool,
    #[schema(minimum = 0)]
    pub(crate) counted: i64,
    /// What the book had at that moment.
    pub(crate) book: Option<i64>,
    pub(crate) difference: Option<i64>,
    pub(crate) counted_at: DateTime<Utc>,
    pub(crate) recorded_at: DateTime<Utc>,
    #[schema(max_length = 500)]
    pub(crate) note: Option<String>,
}

impl StocktakeCountView {
    pub(in crate::stock) fn new(row: stocktake_count::Model, corrected: bool, sees: bool) -> Self {
        Self {
            line: row.line,
            round: row.round,
            counter: row.counter,
            revision: row.revision,
            corrected,
            counted: row.counted,
            book: sees.then_some(row.book),
            difference: sees.then_some(row.counted - row.book),
            counted_at: row.counted_at,
            recorded_at: row.recorded_at,
            note: row.note,
        }
    }
}

/// What a counter wrote down.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct CountedView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) stocktake_id: Id<kinds::Stocktake>,
    /// In the order of the request.
    #[schema(max_items = 1000)]
    pub(crate) counts: Vec<StocktakeCountView>,
    /// The lots that were made of goods of no known lot, in the order of the request.
    #[schema(value_type = Vec<String>, max_items = 100)]
    pub(crate) lot_ids: Vec<Id<kinds::Lot>>,
}

/// How right the book of a depot was, as its settled stocktakes found it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CountAccuracyView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    /// Stocktakes that were settled.
    #[schema(minimum = 0)]
    pub(crate) stocktakes: i64,
    pub(crate) last_settled_at: DateTime<Utc>,
    /// When one of the whole depot was settled last.
    pub(crate) last_whole_settled_at: Option<DateTime<Utc>>,
    /// Lines counted.
    #[schema(minimum = 0)]
    pub(crate) line_count: i64,
    /// Lines whose first count found the book right.
    #[schema(minimum = 0)]
    pub(crate) lines_right_first: i64,
    /// Base units that the book was off by, gains and losses alike.
    #[schema(minimum = 0)]
    pub(crate) difference_units: i64,
}

/// Past which limit what the stocktakes of a depot find needs somebody's approval.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct CountLimitView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    /// The share of a line's book, in ten-thousandths: 100 is 1 %.
    #[schema(minimum = 0)]
    pub(crate) share_e4: i64,
    /// The value of all differences of a stocktake together.
    #[schema(max_length = 20)]
    pub(crate) value: String,
    #[schema(max_length = 3)]
    pub(crate) currency: String,
    /// The rule that the figures come from.
    #[schema(max_length = 200)]
    pub(crate) source: String,
    /// The count of edits; 0 for the built-in limit.
    #[schema(minimum = 0)]
    pub(crate) version: i64,
}

impl CountLimitView {
    pub(in crate::stock) fn new(row: count_limit::Model) -> Result<Self, Problem> {
        Ok(Self {
            depot_id: Id::from_uuid(row.depot_id),
            share_e4: row.share_e4,
            value: decimal(row.value_e4)?,
            currency: row.currency,
            source: row.source,
            version: row.version,
        })
    }
}
