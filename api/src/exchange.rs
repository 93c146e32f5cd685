//! Files in and out: CSV and XLSX, templates, and the rules by which a foreign cell becomes a value.
//!
//! **Invariant.** Nothing in a file is replaced, guessed or dropped in silence: a cell is read by
//! one stated rule or named with its sheet and address, what was skipped or filled is counted,
//! and a file that could exhaust the machine is refused before any parser sees it. This half
//! knows no database.
#![cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "the import and export commands, which call all of this, are the other half"
    )
)]

pub(crate) mod clean;
pub(crate) mod columns;
pub(crate) mod csv_in;
pub(crate) mod export;
pub(crate) mod fault;
pub(crate) mod guard;
pub(crate) mod intake;
pub(crate) mod mapping;
pub(crate) mod open;
pub(crate) mod out;
pub(crate) mod refusal;
pub(crate) mod sheet;
pub(crate) mod template;
pub(crate) mod value;
pub(crate) mod xlsx_in;

#[cfg(test)]
mod golden;
