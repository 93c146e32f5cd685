//! Disposals as they are shown.
//!
//! **Invariant.** What was asked for and what left stand side by side on each line.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    stock::LINES_MAX,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{http::versioned, problem::Problem};

use super::super::{
    super::rows::{disposals::disposal, movement_line, reservation_line},
    lots::amount,
};

/// Goods of one owner in one depot that leave for good.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct DisposalView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Disposal>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    /// Whose word it needs.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) owner_id: Id<kinds::Organisation>,
    /// `destroyed`, `parts_reused`, `auctioned` or `returned_to_maker`.
    #[schema(max_length = 20)]
    pub(crate) way: String,
    /// `asked`, `approved`, `carried_out`, `refused` or `withdrawn`.
    #[schema(max_length = 16)]
    pub(crate) state: String,
    #[schema(max_length = 500)]
    pub(crate) reason: String,
    /// The test house or the experts.
    #[schema(max_length = 200)]
    pub(crate) assessed_by: String,
    #[schema(max_length = 64)]
    pub(crate) reference: Option<String>,
    pub(crate) asked_at: DateTime<Utc>,
    /// The principal, as the journal names it.
    #[schema(max_length = 64)]
    pub(crate) asked_by: String,
    pub(crate) approved_at: Option<DateTime<Utc>>,
    #[schema(max_length = 64)]
    pub(crate) approved_by: Option<String>,
    /// When it was carried out, refused or withdrawn.
    pub(crate) ended_at: Option<DateTime<Utc>>,
    #[schema(max_length = 64)]
    pub(crate) ended_by: Option<String>,
    /// Why it was refused or withdrawn.
    #[schema(max_length = 500)]
    pub(crate) end_reason: Option<String>,
    /// What holds the goods until it has ended.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) reservation_id: Id<kinds::Reservation>,
    /// The movement by which they left.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) movement_id: Option<Id<kinds::Movement>>,
    /// The movement that put their parts on the shelves.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) parts_movement_id: Option<Id<kinds::Movement>>,
    /// What an auction brought.
    #[schema(max_length = 20)]
    pub(crate) proceeds: Option<String>,
    #[schema(max_length = 3)]
    pub(crate) currency: Option<String>,
    #[schema(max_items = 1000)]
    pub(crate) lines: Vec<DisposalLineView>,
    #[schema(max_items = 500)]
    pub(crate) parts: Vec<DisposalPartView>,
    /// The count of changes, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(DisposalView);

// A view holds as many lines as a reservation does.
const _: () = assert!(LINES_MAX == 1000);

type Goods = (Id<kinds::Item>, (String, String));

impl DisposalView {
    pub(in crate::stock) fn new(
        row: disposal::Model,
        lines: Vec<DisposalLineView>,
        parts: Vec<DisposalPartView>,
    ) -> Result<Self, Problem> {
        Ok(Self {
            id: Id::from_uuid(row.id),
            depot_id: Id::from_uuid(row.depot_id),
            owner_id: Id::from_uuid(row.owner_id),
            way: row.way,
            state: row.state,
            reason: row.reason,
            assessed_by: row.assessed_by,
            reference: row.reference,
            asked_at: row.asked_at,
            asked_by: row.asked_by,
            approved_at: row.approved_at,
            approved_by: row.approved_by,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
            end_reason: row.end_reason,
            reservation_id: Id::from_uuid(row.reservation_id),
            movement_id: row.movement_id.map(Id::from_uuid),
            parts_movement_id: row.parts_movement_id.map(Id::from_uuid),
            proceeds: amount(row.proceeds_e4)?,
            currency: row.currency,
            lines,
            parts,
            version: row.version,
        })
    }
}

/// Goods of one lot that are to leave, and how many of them did.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct DisposalLineView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) zone_id: Id<kinds::Zone>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) lot_id: Id<kinds::Lot>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(crate) item_name: String,
    #[schema(max_length = 16)]
    pub(crate) base_unit: String,
    #[schema(max_length = 16)]
    pub(crate) condition: String,
    /// Base units asked for.
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
    /// Base units of them that left.
    #[schema(minimum = 0)]
    pub(crate) posted: i64,
}

impl DisposalLineView {
    pub(in crate::stock) fn new(
        line: reservation_line::Model,
        (item_id, (item_name, base_unit)): Goods,
    ) -> Self {
        Self {
            zone_id: Id::from_uuid(line.zone_id),
            lot_id: Id::from_uuid(line.lot_id),
            item_id,
            item_name,
            base_unit,
            condition: line.condition,
            quantity: line.quantity,
            posted: line.posted,
        }
    }
}

/// Parts that were kept, a new lot.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct DisposalPartView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) zone_id: Id<kinds::Zone>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) lot_id: Id<kinds::Lot>,
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

impl DisposalPartView {
    pub(in crate::stock) fn new(
        line: movement_line::Model,
        (item_id, (item_name, base_unit)): Goods,
    ) -> Self {
        Self {
            zone_id: Id::from_uuid(line.to_id),
            lot_id: Id::from_uuid(line.lot_id),
            item_id,
            item_name,
            base_unit,
            condition: line.condition,
            quantity: line.quantity,
        }
    }
}

/// Which disposals to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::stock) struct DisposalFilter {
    /// Those at this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) depot_id: Option<Id<kinds::Depot>>,
    /// Those of goods of this owner.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) owner_id: Option<Id<kinds::Organisation>>,
    /// Those in this state.
    #[param(
        max_length = 16,
        pattern = "^(asked|approved|carried_out|refused|withdrawn)$"
    )]
    pub(in crate::stock) state: Option<String>,
    /// Those that go this way.
    #[param(
        max_length = 20,
        pattern = "^(destroyed|parts_reused|auctioned|returned_to_maker)$"
    )]
    pub(in crate::stock) way: Option<String>,
    /// Those of goods of this lot.
    #[param(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) lot_id: Option<Id<kinds::Lot>>,
}
