//! The rules of a relief depot, and nothing else.
//!
//! **Invariant.** Nothing here is async, reads a clock, draws a random number, touches a file, a
//! database or the network.
//! Time, ids and facts are arguments; the answer is a value.
//! So every rule can be tested by a table, and the same call gives the same answer for ever.
//!
//! The order of the modules is the order of the arrows: a module may use those above it.
//! `tests/tests/house` reads the imports and fails on an arrow against this direction.

#![warn(missing_docs)]

pub mod kernel;

pub mod identity;
pub mod organisations;

pub mod catalogue;

pub mod depots;
pub mod devices;

pub mod stock;

pub mod agreements;

pub mod incidents;

pub mod alerts;

pub mod routing;

pub mod virtual_warehouse;

pub mod dispatch;

pub mod disclosure;
pub mod duties;

pub mod rating;

pub mod journal;

pub mod sealed_days;

pub mod webhooks;
