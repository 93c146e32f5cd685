//! Late facts on the wire.
//!
//! **Invariant.** A late fact is known by the issue that it is; what left is that movement's to tell.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, Text, kinds},
    stock::LateFactStateName,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::versioned,
    problem::{Faults, Problem},
};

use super::super::{
    commands::ReviewLateFact,
    rows::{late_facts::late_fact, movement, movement_line},
};

/// An issue that had happened before the book knew of it, and that the book could not cover.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct LateFactView {
    /// The issue.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) movement_id: Id<kinds::Movement>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    /// `needs_review` or `reviewed`.
    #[schema(max_length = 16)]
    pub(crate) state: String,
    /// When the goods left, as the field says.
    pub(crate) occurred_at: DateTime<Utc>,
    /// When the server learned of it.
    pub(crate) reported_at: DateTime<Utc>,
    /// The principal, as the journal names it.
    #[schema(max_length = 64)]
    pub(crate) reported_by: String,
    /// The count difference that found what the book missed.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) found_movement_id: Option<Id<kinds::Movement>>,
    /// What the book missed.
    #[schema(max_items = 1000)]
    pub(crate) found: Vec<FoundView>,
    /// What the book had promised of the goods.
    #[schema(max_items = 100_000)]
    pub(crate) shortages: Vec<ShortageView>,
    pub(crate) reviewed_at: Option<DateTime<Utc>>,
    #[schema(max_length = 64)]
    pub(crate) reviewed_by: Option<String>,
    /// What the review found.
    #[schema(max_length = 1000)]
    pub(crate) review_note: Option<String>,
    /// The count of changes, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(LateFactView);

/// Goods that the book missed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct FoundView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) zone_id: Id<kinds::Zone>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) lot_id: Id<kinds::Lot>,
    #[schema(max_length = 16)]
    pub(crate) condition: String,
    /// In base units.
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
}

/// What a reservation lost to a late fact.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ShortageView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) reservation_id: Id<kinds::Reservation>,
    /// The dispatch order that it belongs to.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) order_id: Option<Id<kinds::DispatchOrder>>,
    /// The line of the reservation, from 0.
    #[schema(minimum = 0)]
    pub(crate) line: i64,
    /// In base units.
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
}

impl LateFactView {
    pub(in crate::stock) fn new(
        row: late_fact::Model,
        issue: &movement::Model,
        state: LateFactStateName,
        found: Vec<FoundView>,
        shortages: Vec<ShortageView>,
    ) -> Self {
        Self {
            movement_id: Id::from_uuid(row.movement_id),
            depot_id: Id::from_uuid(row.depot_id),
            state: state.name().to_owned(),
            occurred_at: issue.occurred_at,
            reported_at: row.reported_at,
            reported_by: row.reported_by,
            found_movement_id: row.found_id.map(Id::from_uuid),
            found,
            shortages,
            reviewed_at: row.reviewed_at,
            reviewed_by: row.reviewed_by,
            review_note: row.review_note,
            version: row.version,
        }
    }
}

impl FoundView {
    pub(in crate::stock) fn new(line: movement_line::Model) -> Self {
        Self {
            zone_id: Id::from_uuid(line.to_id),
            lot_id: Id::from_uuid(line.lot_id),
            condition: line.condition,
            quantity: line.quantity,
        }
    }
}

/// What a review found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct ReviewBody {
    #[schema(min_length = 1, max_length = 1000)]
    note: String,
}

impl ReviewBody {
    pub(in crate::stock) fn parse(
        &self,
        movement: Id<kinds::Movement>,
    ) -> Result<ReviewLateFact, Problem> {
        let mut faults = Faults::default();
        let note = faults.take("/note", Text::paragraphs(&self.note));
        faults.finish(note.map(|note| ReviewLateFact { movement, note }))
    }
}

/// Which late facts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::stock) struct LateFactFilter {
    /// Those of this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) depot_id: Option<Id<kinds::Depot>>,
    /// `needs_review` or `reviewed`.
    #[param(max_length = 16, pattern = "^(needs_review|reviewed)$")]
    pub(in crate::stock) state: Option<String>,
}
