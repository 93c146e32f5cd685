//! Duties: what must be done in depots by a day, by whom, and how that stands.
//!
//! **Invariant.** What the ledger and the orders know is read there and entered nowhere else: that a
//! receipt or an issue was recorded, that an oral order was papered. Only what they cannot know has
//! rows here: that goods came, that lots were restacked or tested, that somebody looked for fire.
//! Periods and public holidays are data, each with its source.

pub(crate) mod audit;
mod builtin;
mod commands;
mod queries;
mod routes;
mod rows;
mod wire;

pub(crate) use queries::{DutyFacts, duty_facts};
pub(crate) use routes::router;

/// Who sees which of its tables, for the database to keep.
pub(crate) fn guards() -> Vec<crate::scope::Guard> {
    rows::guards()
}
