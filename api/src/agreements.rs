//! Agreement stock: what suppliers promised, said was there, were called upon for, and brought.
//!
//! **Invariant.** What is called off of an item is judged under the lock of its agreement, so that
//! no unit is called off twice. What comes to a depot is a receipt of the ledger and a delivery of
//! the call-off in one transaction, and is undone in one.

pub(crate) mod audit;
mod commands;
mod queries;
mod routes;
mod rows;
mod wire;

pub(crate) use commands::{AgreedLine, CreateAgreement, Terms, Wanted};
pub(crate) use queries::{
    Numbered, Promise, PromiseSelection, brought_to_sites, numbered, promises,
};
pub(crate) use routes::router;

/// Who sees which of its tables, for the database to keep.
pub(crate) fn guards() -> Vec<crate::scope::Guard> {
    rows::guards()
}
