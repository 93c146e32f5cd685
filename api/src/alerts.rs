//! Alerts of others, as CAP 1.2 documents.
//!
//! **Invariant.** What came is kept as it came, with its digest, under the name that its sender gave it,
//! and only senders that the operator named are believed. Everyone who is logged in reads it. What
//! follows for roads is told by `routing`, which takes alerts in; an incident is declared here,
//! since it may be taken from one.

mod commands;
mod queries;
mod routes;
mod rows;
mod wire;

pub(crate) use commands::{TakeAlert, area_with_outlines, take};
pub(crate) use queries::{hold, shown};
pub(crate) use routes::router;
pub(crate) use wire::{AlertDocument, AlertView, TakeAlertParams};
