//! Reads of dispatch.
//!
//! **Invariant.** A list costs a fixed number of statements, whatever its length.

mod coming;
mod duties;
mod fair_use;
mod orders;
pub(super) mod plan_input;
mod plans;
mod progress;
mod propose;
mod recall_hands;
mod shipments;
mod standing;

pub(crate) use coming::{coming_to_depots, dues};
pub(crate) use duties::{OrderTimes, oral_orders, order_times};
pub(super) use fair_use::{
    claims, fair_limits, fair_use_draws, fair_use_permits, fair_use_rule, fair_use_rules, figures,
};
pub(super) use orders::{
    account, lines_of, order, order_lines, order_of_shipment_to_change, order_to_change, orders,
};
pub(super) use plans::{head, plan, plan_parties, plan_text, plan_to_change, plans};
pub(super) use progress::{need, needs, progress};
pub(super) use propose::{Proposal, Reach, propose};
pub(super) use recall_hands::recall_hands;
pub(super) use shipments::{
    hand_over_row, shipment, shipment_lines, shipment_row, shipment_to_change, shipments,
};
pub(crate) use shipments::{shipment_by_waybill, sites_of_shipments};
pub(super) use standing::Standing;
