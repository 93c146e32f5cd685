//! What a plan makes of the orders that stand, on the wire.

use domain::{
    dispatch::planner::Change,
    kernel::{Id, kinds},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What becomes of a line of an order that stands.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(in crate::dispatch) struct ChangeView {
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::dispatch) order_id: Id<kinds::DispatchOrder>,
    /// The number of the order's line.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) line: i64,
    #[schema(value_type = String, max_length = 40)]
    need_id: Id<kinds::Need>,
    #[schema(value_type = String, max_length = 40)]
    item_id: Id<kinds::Item>,
    #[schema(value_type = String, max_length = 40)]
    site_id: Id<kinds::Site>,
    #[schema(value_type = String, max_length = 40)]
    depot_id: Id<kinds::Depot>,
    #[schema(value_type = String, max_length = 40)]
    zone_id: Id<kinds::Zone>,
    #[schema(value_type = String, max_length = 40)]
    lot_id: Id<kinds::Lot>,
    /// What is to leave as the order stands, in base units.
    #[schema(minimum = 1)]
    pub(in crate::dispatch) quantity: i64,
    /// What of it still goes by the plan.
    #[schema(minimum = 0)]
    pub(in crate::dispatch) kept: i64,
    /// `kept`, `reduced` or `dropped`.
    #[schema(max_length = 16)]
    effect: String,
    /// Why not all of it goes: `closed`, `paused`, `excluded`, `place_unknown`, `unreachable`,
    /// `too_far` or `too_late` of the depot, `no_stock` of the goods, `kept_floor`, `handling_capacity` or
    /// `vehicles` if no more could leave, `fair_use` if its owner lets no more go, `not_wanted` if
    /// the need was taken back or answered otherwise, `goes_elsewhere` if the plan is better for it.
    #[schema(max_length = 32)]
    reason: Option<String>,
}

impl ChangeView {
    /// What does not go any more.
    pub(in crate::dispatch) fn given_way(&self) -> i64 {
        self.quantity - self.kept
    }
}

impl From<&Change> for ChangeView {
    fn from(change: &Change) -> Self {
        let said = &change.said;
        Self {
            order_id: said.order,
            line: said.line,
            need_id: said.need,
            item_id: said.item,
            site_id: said.site,
            depot_id: said.depot,
            zone_id: said.zone,
            lot_id: said.lot,
            quantity: said.quantity.get(),
            kept: change.kept,
            effect: change.outcome().name().to_owned(),
            reason: change.reason.map(|reason| reason.name().to_owned()),
        }
    }
}
