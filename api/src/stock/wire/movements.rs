//! Movements on the wire.
//!
//! **Invariant.** A movement is shown as it was posted; whether it was undone is said beside it.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    stock::Account,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

use super::{
    super::{columns, rows},
    parts::{OverrideView, PurposeView},
};

/// An immutable document that moved goods.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct MovementView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Movement>,
    /// The depot that posted it.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    /// `receipt`, `issue`, `transfer`, `return`, `conversion`, `disposal`, `count_difference`,
    /// `condition_change` or `reversal`.
    #[schema(max_length = 32)]
    pub(crate) kind: String,
    /// What the field says.
    pub(crate) occurred_at: DateTime<Utc>,
    /// What the server says; `as_of` goes by it.
    pub(crate) recorded_at: DateTime<Utc>,
    #[schema(max_length = 64)]
    pub(crate) paper_number: Option<String>,
    #[schema(max_length = 200)]
    pub(crate) counterparty: Option<String>,
    #[schema(max_length = 1000)]
    pub(crate) note: Option<String>,
    pub(crate) purpose: PurposeView,
    /// The movement that this one undoes.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) reverses_id: Option<Id<kinds::Movement>>,
    /// The movement that undid this one.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) reversed_by_id: Option<Id<kinds::Movement>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) shipment_id: Option<Id<kinds::Shipment>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) reservation_id: Option<Id<kinds::Reservation>>,
    #[serde(rename = "override")]
    pub(crate) overridden: Option<OverrideView>,
    /// The journal entry of the command that posted it.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) journal_id: Id<kinds::JournalEntry>,
    #[schema(max_items = 1000)]
    pub(crate) lines: Vec<MovementLineView>,
    /// How many more lines it has, of goods that the reader does not see.
    #[schema(minimum = 0, maximum = 1000)]
    pub(crate) hidden_line_count: i64,
}

impl MovementView {
    pub(in crate::stock) fn new(
        row: rows::movement::Model,
        reversed_by: Option<uuid::Uuid>,
        lines: Vec<MovementLineView>,
        hidden_line_count: i64,
    ) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            depot_id: Id::from_uuid(row.depot_id),
            kind: row.kind,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            paper_number: row.paper_number,
            counterparty: row.counterparty,
            note: row.note,
            purpose: PurposeView::new(row.incident_id, row.division_code, row.programme),
            reverses_id: row.reverses_id.map(Id::from_uuid),
            reversed_by_id: reversed_by.map(Id::from_uuid),
            shipment_id: row.shipment_id.map(Id::from_uuid),
            reservation_id: row.reservation_id.map(Id::from_uuid),
            overridden: row
                .override_reason
                .zip(row.override_by)
                .map(|(reason, by)| OverrideView { reason, by }),
            journal_id: Id::from_uuid(row.journal_id),
            lines,
            hidden_line_count,
        }
    }
}

/// A quantity of one lot in one condition that went from one account to another.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct MovementLineView {
    /// Its place in the document, from 0.
    #[schema(minimum = 0, maximum = 999)]
    pub(crate) line: i64,
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
    pub(crate) from: LedgerAccountView,
    pub(crate) to: LedgerAccountView,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) bin_id: Option<Id<kinds::Bin>>,
}

/// Where goods are: in a zone, on the road, or at an end of the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LedgerAccountView {
    /// `zone`, `road`, `source`, `recipient`, `loss`, `conversion`, `count_difference` or `loan`.
    #[schema(max_length = 32)]
    pub(crate) kind: String,
    /// The depot; for goods on the road the one that sent them.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) zone_id: Option<Id<kinds::Zone>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) shipment_id: Option<Id<kinds::Shipment>>,
}

impl LedgerAccountView {
    pub(in crate::stock) fn read(
        kind: &str,
        depot: uuid::Uuid,
        id: uuid::Uuid,
    ) -> Result<Self, Problem> {
        let account = columns::account(kind, depot, id).map_err(Problem::internal)?;
        let (zone_id, shipment_id) = match account {
            Account::Zone { zone, .. } => (Some(zone), None),
            Account::Road { shipment, .. } => (None, Some(shipment)),
            Account::Outside { .. } => (None, None),
        };
        Ok(Self {
            kind: kind.to_owned(),
            depot_id: account.depot(),
            zone_id,
            shipment_id,
        })
    }
}

/// A movement in a list, without its lines.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct MovementSummaryView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Movement>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    #[schema(max_length = 32)]
    pub(crate) kind: String,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) recorded_at: DateTime<Utc>,
    #[schema(max_length = 64)]
    pub(crate) paper_number: Option<String>,
    #[schema(max_length = 200)]
    pub(crate) counterparty: Option<String>,
    pub(crate) purpose: PurposeView,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) reverses_id: Option<Id<kinds::Movement>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) reversed_by_id: Option<Id<kinds::Movement>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) shipment_id: Option<Id<kinds::Shipment>>,
    /// How many lines it has.
    #[schema(minimum = 1, maximum = 1000)]
    pub(crate) line_count: i64,
}

impl MovementSummaryView {
    pub(in crate::stock) fn new(
        row: rows::movement::Model,
        reversed_by: Option<uuid::Uuid>,
        line_count: i64,
    ) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            depot_id: Id::from_uuid(row.depot_id),
            kind: row.kind,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            paper_number: row.paper_number,
            counterparty: row.counterparty,
            purpose: PurposeView::new(row.incident_id, row.division_code, row.programme),
            reverses_id: row.reverses_id.map(Id::from_uuid),
            reversed_by_id: reversed_by.map(Id::from_uuid),
            shipment_id: row.shipment_id.map(Id::from_uuid),
            line_count,
        }
    }
}

/// Which movements to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::stock) struct MovementFilter {
    /// Those posted by this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) depot_id: Option<Id<kinds::Depot>>,
    /// Those that moved this lot.
    #[param(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) lot_id: Option<Id<kinds::Lot>>,
    /// Those that moved lots of this item.
    #[param(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) item_id: Option<Id<kinds::Item>>,
    /// Those of this kind.
    #[param(
        max_length = 32,
        pattern = "^(receipt|issue|transfer|return|conversion|disposal|count_difference|condition_change|reversal)$"
    )]
    pub(in crate::stock) kind: Option<String>,
    /// Those for this incident.
    #[param(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) incident_id: Option<Id<kinds::Incident>>,
    /// Those of this shipment.
    #[param(value_type = Option<String>, pattern = "^shipment_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::stock) shipment_id: Option<Id<kinds::Shipment>>,
    /// Those that occurred at this moment or later.
    pub(in crate::stock) since: Option<DateTime<Utc>>,
    /// Those that occurred before this moment.
    pub(in crate::stock) until: Option<DateTime<Utc>>,
}
