//! Changes of condition on the wire.
//!
//! **Invariant.** A line is a step that the reason of its paper permits, or a fault of its `to`.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, Text, kinds},
    stock::{Condition, ConditionReason, ConditionStep},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::Whole,
    problem::{Fault, Faults, Problem},
};

use super::{
    super::{
        commands::{ChangeCondition, ConditionLine},
        rows::{conditions::condition_change, lot, movement, movement_line},
    },
    parts::{count, lines, paper_body},
};

paper_body! {
    /// Goods whose condition was found to be another. `paper_number` is the number of the report,
    /// the recall or the repair order; the result of a test must name it.
    pub(crate) struct ConditionChangeBody {
        #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
        depot_id: Id<kinds::Depot>,
        /// Why, for all lines: `suspect`, `damaged`, `expired`, `recalled`, `test_passed`,
        /// `test_failed`, `repaired` or `beyond_repair`.
        #[schema(
            max_length = 16,
            pattern = "^(suspect|damaged|expired|recalled|test_passed|test_failed|repaired|beyond_repair)$"
        )]
        reason: String,
        /// Who found it, tested or repaired the goods.
        #[schema(min_length = 1, max_length = 100)]
        found_by: String,
        #[schema(min_items = 1, max_items = 500)]
        lines: Vec<ConditionChangeLineBody>,
    }
}

/// Goods of one lot in one zone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct ConditionChangeLineBody {
    #[schema(value_type = String, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    lot_id: Id<kinds::Lot>,
    #[schema(value_type = String, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    zone_id: Id<kinds::Zone>,
    /// The zone where they are set apart; they stay where they are, if absent.
    #[schema(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    to_zone_id: Option<Id<kinds::Zone>>,
    /// The condition that the book says.
    #[schema(
        max_length = 16,
        pattern = "^(usable|quarantined|needs_repair|condemned)$"
    )]
    from: String,
    /// The condition that was found. What is condemned stays so; what is quarantined is usable
    /// again by `test_passed` only.
    #[schema(
        max_length = 16,
        pattern = "^(usable|quarantined|needs_repair|condemned)$"
    )]
    to: String,
    /// How many units.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000_000_i64)]
    quantity: Whole,
    /// The name of the item's base unit or of one of its packs; the base unit if absent.
    #[schema(min_length = 1, max_length = 16)]
    unit: Option<String>,
}

impl ConditionChangeLineBody {
    fn parse(
        &self,
        faults: &mut Faults,
        line: &str,
        reason: Option<ConditionReason>,
    ) -> Option<ConditionLine> {
        let count = count(faults, line, self.quantity, self.unit.as_deref());
        let from = faults.take(format!("{line}/from"), self.from.parse());
        let to = faults.take(format!("{line}/to"), self.to.parse());
        let step = self.step(faults, line, reason, from, to);
        Some(ConditionLine {
            lot: self.lot_id,
            zone: self.zone_id,
            to_zone: self.to_zone_id,
            step: step?,
            count: count?,
        })
    }

    fn step(
        &self,
        faults: &mut Faults,
        line: &str,
        reason: Option<ConditionReason>,
        from: Option<Condition>,
        to: Option<Condition>,
    ) -> Option<ConditionStep> {
        let pointer = format!("{line}/to");
        if self.from == self.to {
            let same = Fault::new("same", "质量状态没有变化", "must be another condition");
            return faults.take(pointer, Err(same));
        }
        let step = ConditionStep::new(reason?, from?, to?).map_err(|error| {
            Fault::new(
                "not-permitted",
                format!(
                    "不得因 {} 由 {} 变为 {}",
                    error.reason, error.from, error.to
                ),
                error.to_string(),
            )
        });
        faults.take(pointer, step)
    }
}

impl ConditionChangeBody {
    pub(crate) fn parse(self) -> Result<ChangeCondition, Problem> {
        let mut faults = Faults::default();
        let paper = self.paper(&mut faults);
        let reason: Option<ConditionReason> = faults.take("/reason", self.reason.parse());
        let found_by = faults.take("/found_by", Text::new(&self.found_by));
        if self.paper_number.is_none() && reason.is_some_and(ConditionReason::asks_for_a_report) {
            faults.note(
                "/paper_number",
                "required",
                "检验结果须注明检验报告的编号",
                "the result of a test names its report",
            );
        }
        let lines = lines(&self.lines, &mut faults, |body, faults, line| {
            body.parse(faults, line, reason)
        });
        let command = (|| {
            Some(ChangeCondition {
                depot: self.depot_id,
                paper: paper?,
                reason: reason?,
                found_by: found_by?,
                lines: lines?,
            })
        })();
        faults.finish(command)
    }
}

/// Goods that were found to be in another condition.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ConditionChangeView {
    /// The movement, by which the change is known.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) movement_id: Id<kinds::Movement>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    /// `suspect`, `damaged`, `expired`, `recalled`, `test_passed`, `test_failed`, `repaired` or
    /// `beyond_repair`; `unstated` for what was written down before reasons were asked for.
    #[schema(max_length = 16)]
    pub(crate) reason: String,
    /// Who found it.
    #[schema(max_length = 100)]
    pub(crate) found_by: Option<String>,
    /// What the field says.
    pub(crate) occurred_at: DateTime<Utc>,
    /// What the server says.
    pub(crate) recorded_at: DateTime<Utc>,
    #[schema(max_length = 64)]
    pub(crate) paper_number: Option<String>,
    #[schema(max_length = 200)]
    pub(crate) counterparty: Option<String>,
    #[schema(max_length = 1000)]
    pub(crate) note: Option<String>,
    /// The movement that undid it.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) reversed_by_id: Option<Id<kinds::Movement>>,
    #[schema(max_items = 500)]
    pub(crate) lines: Vec<ConditionChangeLineView>,
    /// How many more lines it has, of goods that the reader does not see.
    #[schema(minimum = 0, maximum = 500)]
    pub(crate) hidden_line_count: i64,
}

impl ConditionChangeView {
    pub(in crate::stock) fn new(
        row: movement::Model,
        kept: condition_change::Model,
        reversed_by: Option<uuid::Uuid>,
        lines: Vec<ConditionChangeLineView>,
        hidden_line_count: i64,
    ) -> Self {
        Self {
            movement_id: Id::from_uuid(row.id),
            depot_id: Id::from_uuid(row.depot_id),
            reason: kept.reason,
            found_by: kept.found_by,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            paper_number: row.paper_number,
            counterparty: row.counterparty,
            note: row.note,
            reversed_by_id: reversed_by.map(Id::from_uuid),
            lines,
            hidden_line_count,
        }
    }
}

/// Goods of one lot that are in another condition than before.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ConditionChangeLineView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) lot_id: Id<kinds::Lot>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(crate) item_name: String,
    #[schema(max_length = 16)]
    pub(crate) base_unit: String,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) zone_id: Id<kinds::Zone>,
    /// Where they are since; the same zone, if they stayed.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) to_zone_id: Id<kinds::Zone>,
    #[schema(max_length = 16)]
    pub(crate) from_condition: String,
    #[schema(max_length = 16)]
    pub(crate) to_condition: String,
    /// In base units.
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
}

impl ConditionChangeLineView {
    /// Of the two lines of a movement that it is: out in the one condition, in in the other.
    pub(in crate::stock) fn new(
        halves: &[movement_line::Model],
        lot: &lot::Model,
        (item_name, base_unit): (String, String),
    ) -> Self {
        let (out, back) = (&halves[0], &halves[halves.len() - 1]);
        Self {
            lot_id: Id::from_uuid(lot.id),
            item_id: Id::from_uuid(lot.item_id),
            item_name,
            base_unit,
            zone_id: Id::from_uuid(out.from_id),
            to_zone_id: Id::from_uuid(back.to_id),
            from_condition: out.condition.clone(),
            to_condition: back.condition.clone(),
            quantity: out.quantity,
        }
    }
}

/// Which changes of condition to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::stock) struct ConditionChangeFilter {
    /// Those at this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) depot_id: Option<Id<kinds::Depot>>,
    /// Those of this lot.
    #[param(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) lot_id: Option<Id<kinds::Lot>>,
    /// Those for this reason.
    #[param(
        max_length = 16,
        pattern = "^(suspect|damaged|expired|recalled|test_passed|test_failed|repaired|beyond_repair|unstated)$"
    )]
    pub(in crate::stock) reason: Option<String>,
    /// Those by which goods came into this condition.
    #[param(
        max_length = 16,
        pattern = "^(usable|quarantined|needs_repair|condemned)$"
    )]
    pub(in crate::stock) condition: Option<String>,
    /// Those that occurred at this moment or later.
    pub(in crate::stock) since: Option<DateTime<Utc>>,
}
