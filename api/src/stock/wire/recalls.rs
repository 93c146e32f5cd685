//! Recalls of lots on the wire.
//!
//! **Invariant.** A recall is of lots or of a batch, never of both. What is shown of its lots is what
//! the reader sees.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, Text, kinds},
    stock::{HeldAs, RecallGrade},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{IdText, versioned},
    problem::{Faults, Problem},
};

use super::{
    super::{
        commands::{LiftRecall, RecallLots, Recalled},
        rows::recalls::{lot_recall, lot_recall_lot},
    },
    parts::{PurposeView, day},
};

/// Lots to hold back wherever they are: `lot_ids`, or `item_id` and `batch`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct RecallLotsBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^recall_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::LotRecall>>,
    /// On whose behalf: lots that it or any below it owns, keeps or received.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    organisation_id: Id<kinds::Organisation>,
    /// Single lots.
    #[serde(default)]
    #[schema(value_type = Option<Vec<IdText>>, min_items = 1, max_items = 500)]
    lot_ids: Option<Vec<Id<kinds::Lot>>>,
    /// The item of a maker's batch.
    #[schema(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Option<Id<kinds::Item>>,
    /// The maker's batch number. What comes in of it later is recalled, too.
    #[schema(min_length = 1, max_length = 64)]
    batch: Option<String>,
    /// The number of the notice.
    #[schema(min_length = 1, max_length = 64, examples("国药监召回〔2026〕12号"))]
    reference: String,
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// `first`, `second` or `third`; the first is the gravest.
    #[schema(max_length = 8, pattern = "^(first|second|third)$")]
    grade: String,
    /// The maker, or the authority.
    #[schema(min_length = 1, max_length = 200)]
    announced_by: String,
    /// The day of the notice.
    #[schema(value_type = Option<String>, format = "date", max_length = 10)]
    announced_on: Option<String>,
}

impl RecallLotsBody {
    fn recalled(&self, faults: &mut Faults) -> Option<Recalled> {
        let batch = match &self.batch {
            Some(batch) => faults.take("/batch", Text::new(batch)).map(Some),
            None => Some(None),
        };
        let mut missing = |pointer| {
            faults.note(
                pointer,
                "required",
                "须给出 lot_ids，或同时给出 item_id 与 batch",
                "give lot_ids, or item_id and batch",
            );
            None
        };
        match (&self.lot_ids, self.item_id, batch?) {
            (Some(lots), None, None) => {
                let mut lots = lots.clone();
                lots.sort_unstable();
                lots.dedup();
                Some(Recalled::Lots(lots))
            }
            (None, Some(item), Some(batch)) => Some(Recalled::Batch { item, batch }),
            (None, None, None) => missing("/lot_ids"),
            (None, Some(_), None) => missing("/batch"),
            (None, None, Some(_)) => missing("/item_id"),
            (Some(_), ..) => {
                faults.note(
                    "/lot_ids",
                    "ambiguous",
                    "按批次召回与按批号召回只能择一",
                    "a recall is of lots or of a batch",
                );
                None
            }
        }
    }

    pub(in crate::stock) fn parse(self) -> Result<RecallLots, Problem> {
        let mut faults = Faults::default();
        let recalled = self.recalled(&mut faults);
        let reference = faults.take("/reference", Text::new(&self.reference));
        let reason = faults.take("/reason", Text::new(&self.reason));
        let grade: Option<RecallGrade> = faults.take("/grade", self.grade.parse());
        let announced_by = faults.take("/announced_by", Text::new(&self.announced_by));
        let announced_on = day(
            &mut faults,
            "/announced_on".to_owned(),
            self.announced_on.as_deref(),
        );
        let command = (|| {
            Some(RecallLots {
                id: self.id,
                organisation: self.organisation_id,
                recalled: recalled?,
                reference: reference?,
                reason: reason?,
                grade: grade?,
                announced_by: announced_by?,
                announced_on: announced_on?,
            })
        })();
        faults.finish(command)
    }
}

/// Why a recall is lifted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::stock) struct LiftRecallBody {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl LiftRecallBody {
    pub(in crate::stock) fn parse(
        &self,
        recall: Id<kinds::LotRecall>,
    ) -> Result<LiftRecall, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        faults.finish(reason.map(|reason| LiftRecall { recall, reason }))
    }
}

/// A recall of lots.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct LotRecallView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::LotRecall>,
    /// On whose behalf.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) organisation_id: Id<kinds::Organisation>,
    /// `lots` or `batch`.
    #[schema(max_length = 8)]
    pub(crate) extent: String,
    /// The item of the batch.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) item_id: Option<Id<kinds::Item>>,
    #[schema(max_length = 64)]
    pub(crate) batch: Option<String>,
    /// The number of the notice.
    #[schema(max_length = 64)]
    pub(crate) reference: String,
    #[schema(max_length = 500)]
    pub(crate) reason: String,
    /// `first`, `second` or `third`; the first is the gravest.
    #[schema(max_length = 8)]
    pub(crate) grade: String,
    #[schema(max_length = 200)]
    pub(crate) announced_by: String,
    #[schema(max_length = 10)]
    pub(crate) announced_on: Option<String>,
    /// `in_force` or `lifted`.
    #[schema(max_length = 16)]
    pub(crate) state: String,
    /// Nothing of its lots leaves since then.
    pub(crate) recalled_at: DateTime<Utc>,
    /// The principal, as the journal names it.
    #[schema(max_length = 64)]
    pub(crate) recalled_by: String,
    pub(crate) lifted_at: Option<DateTime<Utc>>,
    #[schema(max_length = 64)]
    pub(crate) lifted_by: Option<String>,
    #[schema(max_length = 500)]
    pub(crate) lift_reason: Option<String>,
    /// The lots that it holds back, as far as the reader sees them.
    #[schema(value_type = Vec<String>, max_items = 5000)]
    pub(crate) lot_ids: Vec<Id<kinds::Lot>>,
    /// Those of them that are kits which some of the others went into.
    #[schema(value_type = Vec<String>, max_items = 5000)]
    pub(crate) kit_lot_ids: Vec<Id<kinds::Lot>>,
    /// Reservations of these lots that hold goods now, and cannot be kept while it is in force.
    #[schema(minimum = 0)]
    pub(crate) reservation_count: i64,
    /// The count of changes, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(LotRecallView);

impl LotRecallView {
    pub(in crate::stock) fn new(
        row: lot_recall::Model,
        state: &str,
        lots: &[lot_recall_lot::Model],
        reservation_count: i64,
    ) -> Self {
        let id = |held: &lot_recall_lot::Model| Id::from_uuid(held.lot_id);
        let is_kit = |held: &&lot_recall_lot::Model| held.held_as == HeldAs::Kit.name();
        Self {
            id: Id::from_uuid(row.id),
            organisation_id: Id::from_uuid(row.organisation_id),
            extent: row.extent,
            item_id: row.item_id.map(Id::from_uuid),
            batch: row.batch,
            reference: row.reference,
            reason: row.reason,
            grade: row.grade,
            announced_by: row.announced_by,
            announced_on: row.announced_on,
            state: state.to_owned(),
            recalled_at: row.recalled_at,
            recalled_by: row.recalled_by,
            lifted_at: row.lifted_at,
            lifted_by: row.lifted_by,
            lift_reason: row.lift_reason,
            lot_ids: lots.iter().map(id).collect(),
            kit_lot_ids: lots.iter().filter(is_kit).map(id).collect(),
            reservation_count,
            version: row.version,
        }
    }
}

/// Goods of a recalled lot that left the book of its depots, or came back, and into whose hands.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct RecallHandView {
    /// `recipient`; `lost`: lost or damaged on the way, or disposed of; `missing` at a count;
    /// `converted` into a kit or its contents, or into goods of another owner or purpose; `borrower`;
    /// `other_depot`: to one that the reader does not see;
    /// `returned`: back from a recipient.
    #[schema(max_length = 16)]
    pub(crate) hand: String,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) lot_id: Id<kinds::Lot>,
    #[schema(max_length = 16)]
    pub(crate) condition: String,
    /// In base units.
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
    /// The depot that they left, or came back to.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) movement_id: Id<kinds::Movement>,
    #[schema(minimum = 0, maximum = 999)]
    pub(crate) line: i64,
    #[schema(max_length = 32)]
    pub(crate) kind: String,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) recorded_at: DateTime<Utc>,
    #[schema(max_length = 64)]
    pub(crate) paper_number: Option<String>,
    /// Who took or gave them, as the paper names them.
    #[schema(max_length = 200)]
    pub(crate) counterparty: Option<String>,
    pub(crate) purpose: PurposeView,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) shipment_id: Option<Id<kinds::Shipment>>,
    /// The site that they were brought to.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) site_id: Option<Id<kinds::Site>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) hand_over_id: Option<Id<kinds::HandOver>>,
    /// Who handed them over.
    #[schema(max_length = 100)]
    pub(crate) given_by: Option<String>,
    /// Who signed for them.
    #[schema(max_length = 100)]
    pub(crate) received_by: Option<String>,
    /// The journal entry of the command that posted it.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) journal_id: Id<kinds::JournalEntry>,
}

/// Which recalls to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::stock) struct LotRecallFilter {
    /// `in_force` or `lifted`.
    #[param(max_length = 16, pattern = "^(in_force|lifted)$")]
    pub(in crate::stock) state: Option<String>,
    /// Those of this grade.
    #[param(max_length = 8, pattern = "^(first|second|third)$")]
    pub(in crate::stock) grade: Option<String>,
    /// Those of this lot.
    #[param(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) lot_id: Option<Id<kinds::Lot>>,
    /// Those of lots of this item.
    #[param(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) item_id: Option<Id<kinds::Item>>,
}
