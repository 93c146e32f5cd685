//! The virtual warehouse: all depots seen as one.
//!
//! **Invariant.** It has no tables. Every figure is added up from the ledger at the moment of asking
//! by `domain::virtual_warehouse`, and the three lists under one filter have one total.

mod queries;
mod routes;
mod wire;

pub(crate) use routes::router;
