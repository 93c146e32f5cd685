//! Changes of dispatch: one file a use case.
//!
//! **Invariant.** A paper and the stock that it moves change in one transaction.

mod close_incident;
mod confirm_plan;
mod create_order;
mod make_plan;
mod order_actions;
mod order_paper;
mod recall_order;
mod send_between_depots;
mod ship_order;
mod sign_hand_over;

use chrono::{DateTime, Utc};
use domain::kernel::{Id, Kind, Text};

pub(super) use close_incident::EndIncident;
pub(super) use confirm_plan::{ConfirmPlan, DiscardPlan};
pub(super) use create_order::{CreateOrder, Destination, Wish};
pub(super) use make_plan::MakePlan;
pub(super) use order_actions::{Act, ActOnOrder};
pub(super) use recall_order::RecallOrder;
pub(super) use send_between_depots::{Cargo, SendBetweenDepots};
pub(super) use ship_order::ShipOrder;
pub(super) use sign_hand_over::SignHandOver;

/// What carries a load.
#[derive(Debug)]
pub(super) struct Transport {
    pub(super) vehicle: Option<Text<100>>,
    pub(super) driver: Option<Text<100>>,
    pub(super) expected_at: Option<DateTime<Utc>>,
    pub(super) occurred_at: Option<DateTime<Utc>>,
}

// A number for a paper: the day at the depot and the last eight signs of the id, which no two ids
// of a day share.
fn number<K: Kind>(prefix: &str, id: Id<K>, now: DateTime<Utc>) -> String {
    let day = crate::clock::day_at_depots(now).format("%Y%m%d");
    let id = id.to_string().to_uppercase();
    format!("{prefix}{day}-{}", &id[id.len() - 8..])
}
