//! Agreement stock on the wire.

use chrono::{DateTime, Utc};
use domain::kernel::{Id, kinds};
use serde::Serialize;
use utoipa::ToSchema;

/// What suppliers promise of an item, beside what depots hold and never part of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct PromisedView {
    /// What may still be called off from agreements in force.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) promised: i64,
    /// How many agreements that is.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) agreements: i64,
    /// Hours until the first of it stands ready to leave.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) first_response_h: Option<i64>,
    /// How much suppliers last said is really there; absent if nobody asked.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) confirmed: Option<i64>,
    /// The oldest of these words.
    pub(in crate::virtual_warehouse) confirmed_since: Option<DateTime<Utc>>,
}

/// What one supplier promises of one item.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct AgreementStockView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) agreement_id: Id<kinds::Agreement>,
    #[schema(max_length = 64)]
    pub(in crate::virtual_warehouse) agreement_number: String,
    /// The society that made the agreement.
    #[schema(value_type = String, max_length = 30)]
    pub(in crate::virtual_warehouse) organisation_id: Id<kinds::Organisation>,
    #[schema(value_type = String, max_length = 30)]
    pub(in crate::virtual_warehouse) supplier_id: Id<kinds::Organisation>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) supplier_name: String,
    /// Always `reserved`: at a supplier, promised by an agreement.
    #[schema(max_length = 16, pattern = "^(own|held|consigned|reserved)$")]
    pub(in crate::virtual_warehouse) ownership: String,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) item_name: String,
    /// What the quantities count.
    #[schema(max_length = 32)]
    pub(in crate::virtual_warehouse) base_unit: String,
    /// What may still be called off.
    #[schema(minimum = 1)]
    pub(in crate::virtual_warehouse) promised: i64,
    /// Hours from the call until the goods stand ready to leave.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) response_h: i64,
    /// How much the supplier last said is really there; absent if nobody asked.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) confirmed: Option<i64>,
    pub(in crate::virtual_warehouse) confirmed_at: Option<DateTime<Utc>>,
    /// The last day of the agreement.
    #[schema(format = Date, max_length = 10)]
    pub(in crate::virtual_warehouse) last_day: Option<String>,
    /// The supplier's depot that the goods come from.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(in crate::virtual_warehouse) depot_id: Option<Id<kinds::Depot>>,
    #[schema(max_length = 12)]
    pub(in crate::virtual_warehouse) division_code: Option<String>,
    pub(in crate::virtual_warehouse) longitude: Option<f64>,
    pub(in crate::virtual_warehouse) latitude: Option<f64>,
    /// `given`, or `division` for the centre of a division.
    #[schema(max_length = 16)]
    pub(in crate::virtual_warehouse) place_origin: Option<String>,
    /// As the crow flies to what was asked for.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) distance_km: Option<f64>,
    /// Minutes until it can be there, the response time among them; where `max_time_min` was asked.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) time_min: Option<u32>,
}
