//! Rating: rule sets, what depots are rated as today and why, and assessments.
//!
//! **Invariant.** No code here knows a level, a threshold or a rater: all of that is in rule sets.
//! What is live is judged at the moment of asking; what was decided keeps the facts that it was
//! decided on. Every answer carries the label of its rule set.

pub(crate) mod audit;
mod builtin;
mod commands;
mod files;
mod queries;
mod routes;
mod rows;
mod sweep;
mod wire;

pub(crate) use files::{FileMistake, read as read_file, schema as file_schema};
pub(crate) use queries::{Compared, StockGrades, compare, stock_grades};
pub(crate) use routes::router;
pub(crate) use sweep::turn_days;

/// Who sees which of its tables, for the database to keep.
pub(crate) fn guards() -> Vec<crate::scope::Guard> {
    rows::guards()
}
