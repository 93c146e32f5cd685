//! Who sends what where: plans, orders, shipments and hand-overs.
//!
//! **Invariant.** A confirmed plan has reserved everything that it uses, or nothing. Goods leave
//! only under an order or a keeper's own transfer, are on the road until somebody signs, and every
//! piece that was sent is received, damaged, short or still on the road. Stock moves only through
//! `stock::ledger`, in the transaction of the paper that moves it.

pub(crate) mod audit;
mod commands;
mod queries;
mod routes;
mod rows;
mod wire;

pub(crate) use commands::ForIncidents;
pub(crate) use queries::{
    OrderTimes, coming_to_depots, dues, oral_orders, order_times, shipment_by_waybill,
    sites_of_shipments,
};
pub(crate) use routes::router;
pub(crate) use wire::{SiteBody, SolvePlanBody, SolvedPlanView, SourceBody};

/// Who sees which of its tables, for the database to keep.
pub(crate) fn guards() -> Vec<crate::scope::Guard> {
    rows::guards()
}
