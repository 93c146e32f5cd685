//! Agreements and call-offs, as they are shown.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    agreements::Agreement,
    kernel::{Id, kinds},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{catalogue::ItemFacts, depots::DepotContact, http::versioned, problem::Problem};

use super::{
    price,
    rows::{agreement, agreement_item, confirmation},
};

/// What a supplier promised.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct AgreementView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Agreement>,
    /// The society that made it.
    #[schema(value_type = String, max_length = 30)]
    pub(crate) organisation_id: Id<kinds::Organisation>,
    #[schema(value_type = String, max_length = 30)]
    pub(crate) supplier_id: Id<kinds::Organisation>,
    #[schema(max_length = 200)]
    pub(crate) supplier_name: String,
    #[schema(max_length = 64)]
    pub(crate) number: String,
    #[schema(format = Date, max_length = 10)]
    pub(crate) first_day: String,
    #[schema(format = Date, max_length = 10)]
    pub(crate) last_day: Option<String>,
    /// Today: `upcoming`, `in_force`, `expired` or `ended`.
    #[schema(max_length = 16, pattern = "^(upcoming|in_force|expired|ended)$")]
    pub(crate) standing: String,
    /// Whether it ends, or has ended by itself, within a year of today.
    pub(crate) due_for_renewal: bool,
    /// The supplier's depot that the goods come from.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) depot_id: Option<Id<kinds::Depot>>,
    #[schema(max_length = 12)]
    pub(crate) division_code: Option<String>,
    pub(crate) longitude: Option<f64>,
    pub(crate) latitude: Option<f64>,
    #[schema(max_length = 500)]
    pub(crate) address: Option<String>,
    /// Whom to call.
    #[schema(max_items = 10)]
    pub(crate) contacts: Vec<DepotContact>,
    #[schema(max_length = 1000)]
    pub(crate) note: Option<String>,
    #[schema(max_items = 200)]
    pub(crate) lines: Vec<AgreementItemView>,
    pub(crate) created_at: DateTime<Utc>,
    /// When somebody ended it before its time.
    pub(crate) ended_at: Option<DateTime<Utc>>,
    /// The principal, as the journal names it.
    #[schema(max_length = 64)]
    pub(crate) ended_by: Option<String>,
    #[schema(max_length = 500)]
    pub(crate) end_reason: Option<String>,
    /// The count of edits, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

/// An item of an agreement.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct AgreementItemView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(crate) item_name: String,
    /// What the quantities count.
    #[schema(max_length = 32)]
    pub(crate) base_unit: String,
    /// How much was agreed.
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
    /// How much of it was called off and not given up.
    #[schema(minimum = 0)]
    pub(crate) called: i64,
    /// What may be called off today; nothing, where the agreement is not in force.
    #[schema(minimum = 0)]
    pub(crate) promised: i64,
    /// Hours from the call until the goods stand ready to leave.
    #[schema(minimum = 0)]
    pub(crate) response_h: i64,
    /// What one base unit costs.
    #[schema(max_length = 20)]
    pub(crate) price: Option<String>,
    #[schema(max_length = 3)]
    pub(crate) currency: Option<String>,
    /// How much the supplier last said is really there.
    #[schema(minimum = 0)]
    pub(crate) confirmed: Option<i64>,
    /// When the supplier said so.
    pub(crate) confirmed_at: Option<DateTime<Utc>>,
}

versioned!(AgreementView);

pub(super) fn named(item: Option<&ItemFacts>) -> (String, String) {
    item.map(|item| {
        let unit = item.units.base().as_str().to_owned();
        (item.name.clone(), unit)
    })
    .unwrap_or_default()
}

impl AgreementItemView {
    pub(in crate::agreements) fn new(
        row: agreement_item::Model,
        item: Option<&ItemFacts>,
        promised: i64,
        confirmed: Option<(i64, DateTime<Utc>)>,
    ) -> Result<Self, Problem> {
        let (item_name, base_unit) = named(item);
        Ok(Self {
            item_id: Id::from_uuid(row.item_id),
            item_name,
            base_unit,
            quantity: row.quantity,
            called: row.called,
            promised,
            response_h: row.response_h,
            price: price(row.price_e4, row.currency.as_deref())?,
            currency: row.currency,
            confirmed: confirmed.map(|(quantity, _)| quantity),
            confirmed_at: confirmed.map(|(_, at)| at),
        })
    }
}

impl AgreementView {
    pub(in crate::agreements) fn new(
        row: agreement::Model,
        supplier_name: String,
        judged: &Agreement,
        day: NaiveDate,
        lines: Vec<AgreementItemView>,
    ) -> Result<Self, Problem> {
        Ok(Self {
            id: Id::from_uuid(row.id),
            organisation_id: Id::from_uuid(row.organisation_id),
            supplier_id: Id::from_uuid(row.supplier_id),
            supplier_name,
            number: row.number,
            first_day: row.first_day,
            last_day: row.last_day,
            standing: judged.standing(day).name().to_owned(),
            due_for_renewal: judged.is_due_for_renewal(day),
            depot_id: row.depot_id.map(Id::from_uuid),
            division_code: row.division_code,
            longitude: row.longitude,
            latitude: row.latitude,
            address: row.address,
            contacts: serde_json::from_str(&row.contacts).map_err(Problem::internal)?,
            note: row.note,
            lines,
            created_at: row.created_at,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
            end_reason: row.end_reason,
            version: row.version,
        })
    }
}

/// What a supplier said is there.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ConfirmationView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Confirmation>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(crate) item_name: String,
    /// What the quantity counts.
    #[schema(max_length = 32)]
    pub(crate) base_unit: String,
    #[schema(minimum = 0)]
    pub(crate) quantity: i64,
    /// Who at the supplier's said so.
    #[schema(max_length = 100)]
    pub(crate) confirmed_by: String,
    pub(crate) confirmed_at: DateTime<Utc>,
    /// Who asked, as the journal names them.
    #[schema(max_length = 64)]
    pub(crate) recorded_by: String,
    pub(crate) recorded_at: DateTime<Utc>,
    #[schema(max_length = 1000)]
    pub(crate) note: Option<String>,
}

impl ConfirmationView {
    pub(in crate::agreements) fn new(row: confirmation::Model, item: Option<&ItemFacts>) -> Self {
        let (item_name, base_unit) = named(item);
        Self {
            id: Id::from_uuid(row.id),
            item_id: Id::from_uuid(row.item_id),
            item_name,
            base_unit,
            quantity: row.quantity,
            confirmed_by: row.confirmed_by,
            confirmed_at: row.confirmed_at,
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at,
            note: row.note,
        }
    }
}
