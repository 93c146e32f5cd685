//! What the virtual warehouse answers.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds},
    virtual_warehouse::Figures,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::stock::RestrictionView;

use super::{promised::PromisedView, road::RoadView};

/// How much there is, in base units, kept apart by what may be done with it. `on_hand` is the sum
/// of `reserved`, `available`, `at_shut_depots`, `restricted`, `expiring_before_arrival`, `expiring`,
/// `expired`, `recalled` and `not_usable`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct FiguresView {
    /// In the depots, in the condition that was asked for.
    #[schema(minimum = 0)]
    on_hand: i64,
    /// Of these: promised to somebody.
    #[schema(minimum = 0)]
    reserved: i64,
    /// Of these: free, usable, in date until the day asked for, not recalled, not bound to another
    /// purpose, in a depot that lets goods out.
    #[schema(minimum = 0)]
    available: i64,
    /// Of these: fit and free as well, but in a depot that is paused or closed today.
    #[schema(minimum = 0)]
    at_shut_depots: i64,
    /// Of these: free and fit, but bound to another purpose.
    #[schema(minimum = 0)]
    restricted: i64,
    /// Of these: free and in date today, but not any more when they would arrive, however soon they
    /// left; nothing, unless `max_time_min` was asked.
    #[schema(minimum = 0)]
    expiring_before_arrival: i64,
    /// Of these: free and in date today and on arrival, but not until the day asked for.
    #[schema(minimum = 0)]
    expiring: i64,
    /// Of these: free and past their last day of use.
    #[schema(minimum = 0)]
    expired: i64,
    /// Of these: free and of a recalled lot.
    #[schema(minimum = 0)]
    recalled: i64,
    /// Of these: free and not to be issued in this condition; nothing, unless a condition other
    /// than usable was asked for.
    #[schema(minimum = 0)]
    not_usable: i64,
    /// Beside these: in the depots, in another condition.
    #[schema(minimum = 0)]
    other_conditions: i64,
    /// Beside these: sent by the depots and not arrived, in whatever condition.
    #[schema(minimum = 0)]
    on_road: i64,
}

impl FiguresView {
    pub(in crate::virtual_warehouse) fn available(&self) -> i64 {
        self.available
    }
}

impl From<Figures> for FiguresView {
    fn from(figures: Figures) -> Self {
        let Figures {
            on_hand,
            reserved,
            available,
            at_shut_depots,
            restricted,
            expiring_before_arrival,
            expiring,
            expired,
            recalled,
            not_usable,
            other_conditions,
            on_road,
        } = figures;
        Self {
            on_hand,
            reserved,
            available,
            at_shut_depots,
            restricted,
            expiring_before_arrival,
            expiring,
            expired,
            recalled,
            not_usable,
            other_conditions,
            on_road,
        }
    }
}

/// An item in all depots together.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct PooledItemView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) item_name: String,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) category_id: Id<kinds::Category>,
    /// What the figures count.
    #[schema(max_length = 32)]
    pub(in crate::virtual_warehouse) base_unit: String,
    pub(in crate::virtual_warehouse) figures: FiguresView,
    /// What plans leave untouched of what is free today and bound to nothing, in depots that the
    /// caller sees; absent for a past instant and for another condition than usable.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) floors_kept: Option<i64>,
    /// When what is on the road is due; absent where nothing is.
    pub(in crate::virtual_warehouse) on_road_due: Option<RoadView>,
    /// What suppliers promise, beside all of this.
    pub(in crate::virtual_warehouse) agreements: PromisedView,
}

/// An item in one depot.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct PooledDepotView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) depot_id: Id<kinds::Depot>,
    #[schema(max_length = 32)]
    pub(in crate::virtual_warehouse) depot_code: String,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) depot_name: String,
    #[schema(max_length = 16)]
    pub(in crate::virtual_warehouse) level: String,
    #[schema(max_length = 16)]
    pub(in crate::virtual_warehouse) operation: String,
    #[schema(max_length = 16)]
    pub(in crate::virtual_warehouse) state: String,
    /// The custodian.
    #[schema(value_type = String, max_length = 30)]
    pub(in crate::virtual_warehouse) organisation_id: Id<kinds::Organisation>,
    #[schema(max_length = 12)]
    pub(in crate::virtual_warehouse) division_code: Option<String>,
    pub(in crate::virtual_warehouse) longitude: Option<f64>,
    pub(in crate::virtual_warehouse) latitude: Option<f64>,
    /// As the crow flies to what was asked for; absent where nothing was, and where the depot has
    /// no known place.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) distance_km: Option<f64>,
    /// Minutes on the way, where `max_time_min` was asked.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) time_min: Option<u32>,
    /// How far the stock of the whole depot goes today: the code of a level, `below` all that could be
    /// judged, or `not_assessed`. Absent unless `stock_grade` or `rule_set` asked for it, where the
    /// caller sees goods in the depot and not the depot, and for the store of a supplier, which is not
    /// rated.
    #[schema(max_length = 64)]
    pub(in crate::virtual_warehouse) stock_grade: Option<String>,
    /// By which rule set stock was graded, as `id/edition`, where that was asked.
    #[schema(max_length = 80)]
    pub(in crate::virtual_warehouse) rule_set: Option<String>,
    /// What every answer by this rule set must say.
    #[schema(max_length = 2000)]
    pub(in crate::virtual_warehouse) label_zh: Option<String>,
    #[schema(max_length = 2000)]
    pub(in crate::virtual_warehouse) label_en: Option<String>,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) item_name: String,
    /// What the figures count.
    #[schema(max_length = 32)]
    pub(in crate::virtual_warehouse) base_unit: String,
    pub(in crate::virtual_warehouse) figures: FiguresView,
    /// What of `available` plans leave untouched; absent for a past instant and for another
    /// condition than usable.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) floors_kept: Option<i64>,
    /// When what is on the road is due; absent where nothing is.
    pub(in crate::virtual_warehouse) on_road_due: Option<RoadView>,
}

/// A lot in one depot.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::virtual_warehouse) struct PooledLotView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) depot_id: Id<kinds::Depot>,
    #[schema(max_length = 32)]
    pub(in crate::virtual_warehouse) depot_code: String,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) depot_name: String,
    /// As the crow flies to what was asked for; absent where nothing was, and where the depot has
    /// no known place.
    #[schema(minimum = 0)]
    pub(in crate::virtual_warehouse) distance_km: Option<f64>,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) item_id: Id<kinds::Item>,
    #[schema(max_length = 200)]
    pub(in crate::virtual_warehouse) item_name: String,
    /// What the figures count.
    #[schema(max_length = 32)]
    pub(in crate::virtual_warehouse) base_unit: String,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::virtual_warehouse) lot_id: Id<kinds::Lot>,
    /// Whose goods they are.
    #[schema(value_type = String, max_length = 30)]
    pub(in crate::virtual_warehouse) owner_id: Id<kinds::Organisation>,
    /// `own` by who keeps them, `held` for another society, or `consigned` by a partner body.
    #[schema(max_length = 16, pattern = "^(own|held|consigned|reserved)$")]
    pub(in crate::virtual_warehouse) ownership: String,
    #[schema(max_length = 64)]
    pub(in crate::virtual_warehouse) batch: Option<String>,
    #[schema(format = Date, max_length = 10)]
    pub(in crate::virtual_warehouse) produced_on: Option<String>,
    #[schema(format = Date, max_length = 10)]
    pub(in crate::virtual_warehouse) expires_on: Option<String>,
    /// What the donor bound the goods to.
    pub(in crate::virtual_warehouse) restriction: RestrictionView,
    pub(in crate::virtual_warehouse) recalled_at: Option<DateTime<Utc>>,
    pub(in crate::virtual_warehouse) figures: FiguresView,
    /// When what is on the road is due; absent where nothing is.
    pub(in crate::virtual_warehouse) on_road_due: Option<RoadView>,
}
