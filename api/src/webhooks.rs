//! Webhooks: other systems are told what happens in their part of the tree.
//!
//! **Invariant.** The journal is the outbox: an event is queued for an endpoint in the transaction
//! that moves the endpoint's place in the journal on, so that none is lost or queued twice, whatever
//! crashes. It is told at least once, always under the same id, and events about one thing in their
//! order. Nothing is sent to an address inside anybody's house unless the operator named its host.

mod address;
mod client;
mod commands;
mod queries;
mod routes;
mod rows;
mod sealed;
mod sending;
mod signature;
mod wire;

pub(crate) use address::is_public;
pub(crate) use client::{Hosts, Messenger};
pub(crate) use routes::router;
pub(crate) use sealed::seal_what_is_clear;
pub(crate) use sending::{Busy, sweep, tell};
pub(crate) use wire::published;

/// Who sees which of its tables, for the database to keep.
pub(crate) fn guards() -> Vec<crate::scope::Guard> {
    rows::guards()
}
