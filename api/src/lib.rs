//! The server of Relief Depot.

pub mod exchange;
