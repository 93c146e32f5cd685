//! Changes of owner and of purpose as they are shown.
//!
//! **Invariant.** What goods were and what they became stand side by side on each line.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    stock::{Consent, LotChangeTo},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    http::versioned,
    problem::Problem,
    stock::rows::{lot_changes::lot_change, reservation_line},
};

use super::super::parts::RestrictionView;

/// Goods of one owner in one depot that get another owner or serve something else.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct LotChangeView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::LotChange>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    /// Whose goods they were when it was asked for.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) owner_id: Id<kinds::Organisation>,
    /// `owner` or `purpose`.
    #[schema(max_length = 16)]
    pub(crate) kind: String,
    /// `asked`, `approved`: the new owner has not accepted yet, `done`, `refused` or `withdrawn`.
    #[schema(max_length = 16)]
    pub(crate) state: String,
    #[schema(max_length = 500)]
    pub(crate) reason: String,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) to_owner_id: Option<Id<kinds::Organisation>>,
    pub(crate) to_restriction: Option<RestrictionView>,
    pub(crate) consent: Option<ConsentView>,
    pub(crate) asked_at: DateTime<Utc>,
    /// The principal, as the journal names it.
    #[schema(max_length = 64)]
    pub(crate) asked_by: String,
    pub(crate) approved_at: Option<DateTime<Utc>>,
    #[schema(max_length = 64)]
    pub(crate) approved_by: Option<String>,
    /// When the new owner took title.
    pub(crate) accepted_at: Option<DateTime<Utc>>,
    #[schema(max_length = 64)]
    pub(crate) accepted_by: Option<String>,
    /// When it was refused or withdrawn.
    pub(crate) ended_at: Option<DateTime<Utc>>,
    #[schema(max_length = 64)]
    pub(crate) ended_by: Option<String>,
    #[schema(max_length = 500)]
    pub(crate) end_reason: Option<String>,
    /// What holds the goods until it has ended.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) reservation_id: Id<kinds::Reservation>,
    /// The movement by which they changed.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) movement_id: Option<Id<kinds::Movement>>,
    #[schema(max_items = 500)]
    pub(crate) lines: Vec<LotChangeLineView>,
    /// The count of changes, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(LotChangeView);

impl LotChangeView {
    pub(in crate::stock) fn new(
        row: lot_change::Model,
        lines: Vec<LotChangeLineView>,
    ) -> Result<Self, Problem> {
        let (to_restriction, consent) = match row.to()? {
            LotChangeTo::Owner { .. } => (None, None),
            LotChangeTo::Purpose { consent, .. } => {
                let kind = row.to_restriction_kind.as_deref().unwrap_or_default();
                let to = RestrictionView::read(kind, row.to_restriction.as_deref())?;
                (Some(to), Some(ConsentView::new(&consent)))
            }
        };
        Ok(Self {
            id: Id::from_uuid(row.id),
            depot_id: Id::from_uuid(row.depot_id),
            owner_id: Id::from_uuid(row.owner_id),
            kind: row.kind,
            state: row.state,
            reason: row.reason,
            to_owner_id: row.to_owner_id.map(Id::from_uuid),
            to_restriction,
            consent,
            asked_at: row.asked_at,
            asked_by: row.asked_by,
            approved_at: row.approved_at,
            approved_by: row.approved_by,
            accepted_at: row.accepted_at,
            accepted_by: row.accepted_by,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
            end_reason: row.end_reason,
            reservation_id: Id::from_uuid(row.reservation_id),
            movement_id: row.movement_id.map(Id::from_uuid),
            lines,
            version: row.version,
        })
    }
}

/// The donor's word.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ConsentView {
    #[schema(max_length = 200)]
    pub(crate) given_by: String,
    #[schema(max_length = 64)]
    pub(crate) reference: String,
    #[schema(max_length = 10)]
    pub(crate) given_on: String,
    #[schema(max_length = 200)]
    pub(crate) heard_by: String,
    #[schema(max_length = 64)]
    pub(crate) evidence_sha256: String,
}

impl ConsentView {
    fn new(consent: &Consent) -> Self {
        Self {
            given_by: consent.given_by.to_string(),
            reference: consent.reference.to_string(),
            given_on: consent.given_on.to_string(),
            heard_by: consent.heard_by.to_string(),
            evidence_sha256: consent.evidence_sha256.to_string(),
        }
    }
}

/// Goods of one lot that change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct LotChangeLineView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) zone_id: Id<kinds::Zone>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) lot_id: Id<kinds::Lot>,
    /// The lot that they became, once it is done.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) new_lot_id: Option<Id<kinds::Lot>>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(crate) item_name: String,
    #[schema(max_length = 16)]
    pub(crate) base_unit: String,
    #[schema(max_length = 16)]
    pub(crate) condition: String,
    /// In base units.
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
}

impl LotChangeLineView {
    pub(in crate::stock) fn new(
        line: reservation_line::Model,
        (item_id, (item_name, base_unit)): (Id<kinds::Item>, (String, String)),
        new_lot: Option<Uuid>,
    ) -> Self {
        Self {
            zone_id: Id::from_uuid(line.zone_id),
            lot_id: Id::from_uuid(line.lot_id),
            new_lot_id: new_lot.map(Id::from_uuid),
            item_id,
            item_name,
            base_unit,
            condition: line.condition,
            quantity: line.quantity,
        }
    }
}

/// Which changes to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::stock) struct LotChangeFilter {
    /// Those at this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) depot_id: Option<Id<kinds::Depot>>,
    /// Those of goods of this owner.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) owner_id: Option<Id<kinds::Organisation>>,
    /// Those that make goods this owner's.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) to_owner_id: Option<Id<kinds::Organisation>>,
    /// Those of the owner, or of the purpose.
    #[param(max_length = 16, pattern = "^(owner|purpose)$")]
    pub(in crate::stock) kind: Option<String>,
    /// Those in this state.
    #[param(max_length = 16, pattern = "^(asked|approved|done|refused|withdrawn)$")]
    pub(in crate::stock) state: Option<String>,
    /// Those of goods of this lot.
    #[param(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) lot_id: Option<Id<kinds::Lot>>,
}
