//! Call-offs and deliveries, as they are shown.

use chrono::{DateTime, Utc};
use domain::kernel::{Id, kinds};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{catalogue::ItemFacts, http::versioned, problem::Problem};

use super::super::{
    price,
    rows::{call_off, call_off_line, delivery, delivery_line},
    views::named,
};

/// Goods that a supplier was called upon to deliver.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct CallOffView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::CallOff>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) agreement_id: Id<kinds::Agreement>,
    /// The society that called them off.
    #[schema(value_type = String, max_length = 30)]
    pub(crate) organisation_id: Id<kinds::Organisation>,
    #[schema(value_type = String, max_length = 30)]
    pub(crate) supplier_id: Id<kinds::Organisation>,
    #[schema(max_length = 200)]
    pub(crate) supplier_name: String,
    /// Who keeps the depot, or receives at the site.
    #[schema(value_type = String, max_length = 30)]
    pub(crate) receiver_id: Id<kinds::Organisation>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) to_depot_id: Option<Id<kinds::Depot>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) site_id: Option<Id<kinds::Site>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) incident_id: Option<Id<kinds::Incident>>,
    /// `called` while the supplier owes the rest, `delivered` when all of it came, `ended` when some
    /// came and the rest was given up, `cancelled` when all was given up.
    #[schema(max_length = 16, pattern = "^(called|delivered|ended|cancelled)$")]
    pub(crate) state: String,
    #[schema(max_length = 1000)]
    pub(crate) note: Option<String>,
    pub(crate) called_at: DateTime<Utc>,
    /// The principal, as the journal names it.
    #[schema(max_length = 64)]
    pub(crate) called_by: String,
    /// When the last of it is due to stand ready.
    pub(crate) due_at: DateTime<Utc>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    #[schema(max_length = 64)]
    pub(crate) ended_by: Option<String>,
    #[schema(max_length = 500)]
    pub(crate) end_reason: Option<String>,
    #[schema(max_items = 200)]
    pub(crate) lines: Vec<CallOffLineView>,
    /// What came, the first first.
    #[schema(max_items = 10_000)]
    pub(crate) deliveries: Vec<DeliveryView>,
    /// The count of changes, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(CallOffView);

/// An item of a call-off.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct CallOffLineView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(crate) item_name: String,
    /// What the quantities count.
    #[schema(max_length = 32)]
    pub(crate) base_unit: String,
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
    /// How much of it has come.
    #[schema(minimum = 0)]
    pub(crate) delivered: i64,
    pub(crate) due_at: DateTime<Utc>,
    /// What one base unit cost on the day of the call.
    #[schema(max_length = 20)]
    pub(crate) price: Option<String>,
    #[schema(max_length = 3)]
    pub(crate) currency: Option<String>,
}

/// What a supplier brought at one time.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct DeliveryView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Delivery>,
    /// `receipt` into a depot, or `direct` to a site.
    #[schema(max_length = 16, pattern = "^(receipt|direct)$")]
    pub(crate) way: String,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) depot_id: Option<Id<kinds::Depot>>,
    /// The receipt that it became.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) movement_id: Option<Id<kinds::Movement>>,
    /// Who signed at the site.
    #[schema(max_length = 100)]
    pub(crate) received_by: Option<String>,
    #[schema(max_length = 1000)]
    pub(crate) note: Option<String>,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) recorded_at: DateTime<Utc>,
    #[schema(max_length = 64)]
    pub(crate) recorded_by: String,
    /// When it turned out that it had not come.
    pub(crate) undone_at: Option<DateTime<Utc>>,
    #[schema(max_length = 64)]
    pub(crate) undone_by: Option<String>,
    #[schema(max_items = 200)]
    pub(crate) lines: Vec<DeliveryLineView>,
}

/// An item of a delivery.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct DeliveryLineView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    /// In base units.
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
}

impl CallOffLineView {
    pub(in crate::agreements) fn new(
        row: call_off_line::Model,
        item: Option<&ItemFacts>,
    ) -> Result<Self, Problem> {
        let (item_name, base_unit) = named(item);
        Ok(Self {
            item_id: Id::from_uuid(row.item_id),
            item_name,
            base_unit,
            quantity: row.quantity,
            delivered: row.delivered,
            due_at: row.due_at,
            price: price(row.price_e4, row.currency.as_deref())?,
            currency: row.currency,
        })
    }
}

impl From<delivery_line::Model> for DeliveryLineView {
    fn from(row: delivery_line::Model) -> Self {
        Self {
            item_id: Id::from_uuid(row.item_id),
            quantity: row.quantity,
        }
    }
}

impl DeliveryView {
    pub(in crate::agreements) fn new(row: delivery::Model, lines: Vec<DeliveryLineView>) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            way: row.way,
            depot_id: row.depot_id.map(Id::from_uuid),
            movement_id: row.movement_id.map(Id::from_uuid),
            received_by: row.received_by,
            note: row.note,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            recorded_by: row.recorded_by,
            undone_at: row.undone_at,
            undone_by: row.undone_by,
            lines,
        }
    }
}

impl CallOffView {
    pub(in crate::agreements) fn new(
        row: call_off::Model,
        supplier_name: String,
        lines: Vec<CallOffLineView>,
        deliveries: Vec<DeliveryView>,
    ) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            agreement_id: Id::from_uuid(row.agreement_id),
            organisation_id: Id::from_uuid(row.organisation_id),
            supplier_id: Id::from_uuid(row.supplier_id),
            supplier_name,
            receiver_id: Id::from_uuid(row.receiver_id),
            to_depot_id: row.to_depot_id.map(Id::from_uuid),
            site_id: row.site_id.map(Id::from_uuid),
            incident_id: row.incident_id.map(Id::from_uuid),
            state: row.state,
            note: row.note,
            called_at: row.called_at,
            called_by: row.called_by,
            due_at: row.due_at,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
            end_reason: row.end_reason,
            lines,
            deliveries,
            version: row.version,
        }
    }
}
