//! What was done that was due, on the wire.
//!
//! **Invariant.** A test has an outcome and nothing else has; what is done to lots names them, and
//! what is done for the depot names none.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    duties::{DutyKind, TestOutcome},
    kernel::{Id, Text, kinds},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    super::{
        commands::{RecordDuty, WithdrawDutyRecord},
        rows::duty_record,
    },
    day,
};
use crate::{
    http::versioned,
    problem::{Faults, Problem},
};

/// What somebody did that the book cannot know.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordDutyBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^duty_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::DutyRecord>>,
    #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    depot_id: Id<kinds::Depot>,
    #[schema(
        max_length = 16,
        pattern = "^(restack|quality_test|fire_check|fire_training|fire_drill)$"
    )]
    kind: String,
    /// Today or within the last ten years.
    #[schema(format = Date, max_length = 10)]
    done_on: String,
    #[schema(min_length = 1, max_length = 100)]
    done_by: String,
    /// Of a test, and of nothing else.
    #[schema(max_length = 8, pattern = "^(passed|failed)$")]
    outcome: Option<String>,
    /// The lots that were restacked or tested; none for what is done for the depot.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, schema_with = lot_ids)]
    lot_ids: Vec<Id<kinds::Lot>>,
    /// The number of the report, what was found.
    #[schema(min_length = 1, max_length = 1000)]
    note: Option<String>,
}

fn lot_ids() -> utoipa::openapi::schema::Array {
    use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
    let id = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$"))
        .max_length(Some(40));
    ArrayBuilder::new()
        .items(id.build())
        .max_items(Some(500))
        .unique_items(true)
        .build()
}

impl RecordDutyBody {
    pub(in crate::duties) fn parse(self) -> Result<RecordDuty, Problem> {
        let mut faults = Faults::default();
        let kind: Option<DutyKind> = faults.take("/kind", self.kind.parse());
        let done_on = day(&mut faults, "/done_on", &self.done_on);
        let done_by = faults.take("/done_by", Text::new(&self.done_by));
        let outcome = self.outcome.as_deref().map(str::parse::<TestOutcome>);
        let outcome = faults.take_if("/outcome", outcome);
        let note = faults.take_if("/note", self.note.as_deref().map(Text::paragraphs));
        if let Some(kind) = kind {
            check_kind(
                &mut faults,
                kind,
                self.outcome.is_some(),
                !self.lot_ids.is_empty(),
            );
        }
        let command = (|| {
            Some(RecordDuty {
                id: self.id,
                depot: self.depot_id,
                kind: kind?,
                done_on: done_on?,
                done_by: done_by?,
                outcome: outcome?,
                lots: self.lot_ids,
                note: note?,
            })
        })();
        faults.finish(command)
    }
}

fn check_kind(faults: &mut Faults, kind: DutyKind, has_outcome: bool, has_lots: bool) {
    match (kind == DutyKind::QualityTest, has_outcome) {
        (true, false) => faults.note(
            "/outcome",
            "required",
            "抽检须写明结果",
            "a test has an outcome",
        ),
        (false, true) => faults.note(
            "/outcome",
            "contradictory",
            "只有抽检才有检验结果",
            "only a test has an outcome",
        ),
        _ => {}
    }
    match (kind.is_of_lots(), has_lots) {
        (true, false) => faults.note(
            "/lot_ids",
            "required",
            "须写明涉及的批次",
            "it is done to lots: name them",
        ),
        (false, true) => faults.note(
            "/lot_ids",
            "contradictory",
            "该事项针对整座库，不涉及批次",
            "it is done for the depot and not to lots",
        ),
        _ => {}
    }
}

/// Why a record was wrong.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithdrawDutyRecordBody {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl WithdrawDutyRecordBody {
    pub(in crate::duties) fn parse(
        &self,
        record: Id<kinds::DutyRecord>,
    ) -> Result<WithdrawDutyRecord, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        let command = reason.map(|reason| WithdrawDutyRecord { record, reason });
        faults.finish(command)
    }
}

/// Which records.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DutyRecordFilter {
    /// Of this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::duties) depot_id: Option<Id<kinds::Depot>>,
    /// Of this kind.
    #[param(
        max_length = 16,
        pattern = "^(restack|quality_test|fire_check|fire_training|fire_drill)$"
    )]
    pub(in crate::duties) kind: Option<String>,
    /// Done to this lot.
    #[param(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::duties) lot_id: Option<Id<kinds::Lot>>,
}

/// What was done that was due.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct DutyRecordView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::DutyRecord>,
    #[schema(value_type = String, max_length = 40)]
    depot_id: Id<kinds::Depot>,
    #[schema(max_length = 16)]
    kind: String,
    #[schema(value_type = String, format = Date, max_length = 10)]
    done_on: NaiveDate,
    #[schema(max_length = 100)]
    done_by: String,
    /// `passed` or `failed`.
    #[schema(max_length = 8)]
    outcome: Option<String>,
    #[schema(value_type = Vec<String>, max_items = 500)]
    lot_ids: Vec<Id<kinds::Lot>>,
    #[schema(max_length = 1000)]
    note: Option<String>,
    recorded_at: DateTime<Utc>,
    #[schema(max_length = 64)]
    recorded_by: String,
    /// When it was found to be wrong; it counts no more since.
    withdrawn_at: Option<DateTime<Utc>>,
    #[schema(max_length = 64)]
    withdrawn_by: Option<String>,
    #[schema(max_length = 500)]
    withdrawn_reason: Option<String>,
    #[schema(minimum = 1)]
    version: i64,
}

versioned!(DutyRecordView);

impl DutyRecordView {
    pub(in crate::duties) fn new(
        row: duty_record::Model,
        lot_ids: Vec<Id<kinds::Lot>>,
    ) -> Result<Self, Problem> {
        Ok(Self {
            id: Id::from_uuid(row.id),
            depot_id: Id::from_uuid(row.depot_id),
            kind: row.kind,
            done_on: row.done_on.parse().map_err(Problem::internal)?,
            done_by: row.done_by,
            outcome: row.outcome,
            lot_ids,
            note: row.note,
            recorded_at: row.recorded_at,
            recorded_by: row.recorded_by,
            withdrawn_at: row.withdrawn_at,
            withdrawn_by: row.withdrawn_by,
            withdrawn_reason: row.withdrawn_reason,
            version: row.version,
        })
    }
}
