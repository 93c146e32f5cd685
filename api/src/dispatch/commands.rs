//! Changes of dispatch: one file a use case.
//!
//! **Invariant.** A paper and the stock that it moves change in one transaction.

mod close_incident;
mod confirm_plan;
mod create_order;
mod fair_share;
mod fair_use;
mod for_incidents;
mod hand_over_stock;
mod holding;
mod kept_plan;
mod load;
mod make_plan;
mod make_way;
mod new_order;
mod numbers;
mod order_actions;
mod order_lines;
mod order_paper;
mod recall;
mod receive_back;
mod reverse_hand_over;
mod second_person;
mod send_between_depots;
mod ship_order;
mod shipment_paper;
mod sign_hand_over;
mod signature;

use chrono::{DateTime, Utc};
use domain::kernel::Text;

pub(super) use close_incident::EndIncident;
pub(super) use confirm_plan::{ConfirmPlan, DiscardPlan};
pub(super) use create_order::{CreateOrder, Destination, Wish};
pub(super) use fair_use::{BeginFairUse, EndFairUse, PermitBeyondShare};
pub(crate) use for_incidents::ForIncidents;
pub(super) use kept_plan::{KeptPlan, RecordedPlan};
pub(super) use make_plan::KeepPlan;
pub(super) use new_order::DRAFT;
pub(super) use order_actions::{Act, ActOnOrder};
pub(super) use recall::{RecallOrder, RecallShipment};
pub(super) use receive_back::ReceiveBack;
pub(super) use reverse_hand_over::ReverseHandOver;
pub(super) use second_person::asking_steps;
pub(super) use send_between_depots::{Cargo, SendBetweenDepots};
pub(super) use ship_order::ShipOrder;
pub(super) use sign_hand_over::SignHandOver;
pub(super) use signature::Signature;

/// What carries a load.
#[derive(Debug)]
pub(super) struct Transport {
    pub(super) vehicle: Option<Text<100>>,
    pub(super) driver: Option<Text<100>>,
    pub(super) expected_at: Option<DateTime<Utc>>,
    pub(super) occurred_at: Option<DateTime<Utc>>,
}
