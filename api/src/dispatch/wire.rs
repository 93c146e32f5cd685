//! Shapes of dispatch on the wire.
//!
//! **Invariant.** Input is parsed into domain types here or refused with every fault at once.

mod change;
mod fair_use;
mod hand_over;
mod need;
mod order;
mod plan;
mod plan_document;
mod policy;
mod shipment;
mod solve;

pub(super) use change::ChangeView;
pub(super) use fair_use::{
    BeginFairUseBody, DrawFilter, EndFairUseBody, FairUseDrawView, FairUsePermitView,
    FairUseRuleFilter, FairUseRuleView, PermitBody,
};
pub(super) use hand_over::{
    CreateHandOverBody, HandOverLineView, HandOverView, ReceiveBackBody, ReverseHandOverBody,
};
pub(super) use need::{NeedProgressView, ProgressView, SubstituteProgressView};
pub(super) use order::{
    CreateOrderBody, OralOrderBody, OrderEventView, OrderFilter, OrderLineView, OrderView,
    ReasonBody,
};
pub(super) use plan::{
    AllocationView, CreatePlanBody, PlanContent, PlanFilter, PlanView, SentencesView,
};
pub(super) use plan_document::{PlanDocument, PlanHead};
pub(in crate::dispatch) use policy::{PolicyBody, PolicyView};
pub(super) use shipment::{
    CreateShipmentBody, ShipOrderBody, ShipmentFilter, ShipmentLineView, ShipmentView, WaybillView,
};
pub(crate) use solve::{SiteBody, SolvePlanBody, SolvedPlanView, SourceBody};

use domain::kernel::Text;

use crate::problem::Faults;

// An optional text: outer `None` when it was at fault.
fn optional<const MAX: usize>(
    faults: &mut Faults,
    pointer: &str,
    text: Option<&str>,
) -> Option<Option<Text<MAX>>> {
    match text {
        Some(text) => faults.take(pointer, Text::new(text)).map(Some),
        None => Some(None),
    }
}
