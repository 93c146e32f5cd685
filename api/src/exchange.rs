//! Files in and out: CSV and XLSX, templates, and the rules by which a foreign cell becomes a value.
//!
//! **Invariant.** Nothing in a file is replaced, guessed or dropped in silence: a cell is read by
//! one stated rule or named with its sheet and address, what was skipped or filled is counted,
//! and a file that could exhaust the machine is refused before any parser sees it. A file is
//! written in one transaction, through the commands of the contexts that its rows belong to.

pub(crate) mod clean;
pub(crate) mod columns;
mod commands;
pub(crate) mod csv_in;
pub(crate) mod export;
pub(crate) mod fault;
pub(crate) mod guard;
pub(crate) mod intake;
mod kinds;
pub(crate) mod mapping;
pub(crate) mod open;
pub(crate) mod out;
mod progress;
mod queries;
pub(crate) mod refusal;
mod report;
mod routes;
mod rows;
mod run;
pub(crate) mod sheet;
mod strangers;
pub(crate) mod template;
pub(crate) mod value;
mod wire;
pub(crate) mod xlsx_in;

pub(crate) use commands::{Order, sweep_imports};
pub(crate) use kinds::ImportKind;
pub(crate) use progress::{Imports, Progress};
pub(crate) use routes::router;
pub(crate) use run::Job;
pub(crate) use wire::mapping as read_mapping;

#[cfg(test)]
mod golden;

/// Who sees which of its tables, for the database to keep.
pub(crate) fn guards() -> Vec<crate::scope::Guard> {
    rows::guards()
}
