//! Reads of dispatch.
//!
//! **Invariant.** A list costs a fixed number of statements, whatever its length.

mod orders;
pub(super) mod plan_input;
mod plans;
mod progress;
mod shipments;

pub(super) use orders::{order, order_row, orders};
pub(super) use plans::{plan, plan_row, plans};
pub(super) use progress::{need, needs, running_orders};
pub(super) use shipments::{shipment, shipment_lines, shipment_row, shipments};
