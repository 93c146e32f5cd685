//! Reads of the public account.
//!
//! **Invariant.** A statement that was asked for is a sum of the ledger at a place of the journal; one
//! that was published is read as it was written down.

mod content;
mod donors;
mod gifts;
mod names;
mod statements;
mod trace;

use super::{rows, wire};

pub(super) use content::{content, page_of};
pub(super) use donors::{donor, donor_to_change, donors};
pub(crate) use gifts::{GiftRow, emergency_gifts, gift_rows};
pub(super) use gifts::{disclosed_by, gifts_told};
pub(super) use statements::{
    all_of, asked_of, corrected_by, published, published_full, statement, statement_to_change,
    statements,
};
pub(super) use trace::{lot, shipment, trace};
