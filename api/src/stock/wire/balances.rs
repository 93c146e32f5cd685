//! Balances on the wire.
//!
//! **Invariant.** What is available is what is on hand, not reserved, usable, unexpired and not
//! recalled; `withheld` says why it is nothing where it is. What a donor bound is available, and
//! `restriction` says for what.

use chrono::{DateTime, Utc};
use domain::kernel::{Id, kinds};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

use super::parts::RestrictionView;

/// What lies in one zone, or travels in one shipment, of one lot in one condition.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct BalanceView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) depot_id: Id<kinds::Depot>,
    /// `zone` or `road`.
    #[schema(max_length = 16)]
    pub(crate) account: String,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) zone_id: Option<Id<kinds::Zone>>,
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) shipment_id: Option<Id<kinds::Shipment>>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) lot_id: Id<kinds::Lot>,
    #[schema(max_length = 16)]
    pub(crate) condition: String,
    /// Base units that are there.
    #[schema(minimum = 0)]
    pub(crate) on_hand: i64,
    /// Base units of them that are promised.
    #[schema(minimum = 0)]
    pub(crate) reserved: i64,
    /// Base units that may be promised or leave.
    #[schema(minimum = 0)]
    pub(crate) available: i64,
    /// Why nothing of it is available: `recalled`, `expired`, or the condition.
    #[schema(max_length = 16)]
    pub(crate) withheld: Option<String>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(crate) item_name: String,
    #[schema(max_length = 16)]
    pub(crate) base_unit: String,
    #[schema(value_type = String, max_length = 30)]
    pub(crate) owner_id: Id<kinds::Organisation>,
    #[schema(max_length = 64)]
    pub(crate) batch: Option<String>,
    #[schema(max_length = 10)]
    pub(crate) expires_on: Option<String>,
    pub(crate) restriction: RestrictionView,
}

/// Which balances to list. Those of nothing are left out.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BalanceFilter {
    /// Of this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(crate) depot_id: Option<Id<kinds::Depot>>,
    /// Of depots kept by this organisation or one below it.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(crate) organisation_id: Option<Id<kinds::Organisation>>,
    /// Of goods owned by this organisation.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(crate) owner_id: Option<Id<kinds::Organisation>>,
    /// Of this item.
    #[param(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(crate) item_id: Option<Id<kinds::Item>>,
    /// Of items in this category or one below it.
    #[param(value_type = Option<String>, pattern = "^category_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(crate) category_id: Option<Id<kinds::Category>>,
    /// Of this lot.
    #[param(value_type = Option<String>, pattern = "^lot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(crate) lot_id: Option<Id<kinds::Lot>>,
    /// In this zone.
    #[param(value_type = Option<String>, pattern = "^zone_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(crate) zone_id: Option<Id<kinds::Zone>>,
    /// In this condition.
    #[param(
        max_length = 16,
        pattern = "^(usable|quarantined|needs_repair|condemned)$"
    )]
    pub(crate) condition: Option<String>,
    /// `zone` for what lies in depots, `road` for what travels; both, if absent.
    #[param(max_length = 8, pattern = "^(zone|road)$")]
    pub(crate) account: Option<String>,
    /// The stock as the book said at this past moment, by the server's time.
    pub(crate) as_of: Option<DateTime<Utc>>,
    /// Of the lots of this recall; the list of its places asks so.
    #[serde(skip)]
    #[param(ignore)]
    pub(crate) recall: Option<Id<kinds::LotRecall>>,
}

/// Refuses a moment that has not been yet: nobody knows the stock of tomorrow.
pub(in crate::stock) fn check_as_of(
    as_of: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    if as_of.is_none_or(|moment| moment <= now) {
        return Ok(());
    }
    let ahead = Problem::field(
        "as_of",
        "out-of-range",
        "须是过去的时刻",
        "must be a past moment",
    );
    Err(ahead.of_query())
}
