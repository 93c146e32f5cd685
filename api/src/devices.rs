//! Devices that work without a network, and what they tell later.
//!
//! **Invariant.** Each command of a device is run once, as the caller, by the command of its own
//! operation and checked by that operation's contract; that it was heard is written in the very
//! transaction of what it did. Nobody calls this context.

pub(crate) mod audit;
mod commands;
mod queries;
mod routes;
mod rows;
mod wire;

pub(crate) use routes::router;

/// Who sees which of its tables, for the database to keep.
pub(crate) fn guards() -> Vec<crate::scope::Guard> {
    rows::guards()
}
