//! Reads of agreements and of what was called off.
//!
//! **Invariant.** A page costs a fixed number of statements: its rows, what hangs on them, and the
//! names of what is shown.

mod agreements;
mod call_offs;
mod direct;
mod numbered;
mod promises;

pub(super) use agreements::{
    agreement, agreement_row, agreement_to_change, agreements, confirmations, items_in_use,
    items_of_agreement, judged,
};
pub(super) use call_offs::{
    call_off, call_off_row, call_off_to_change, call_offs, delivery_row, lines_of_call_off,
    lines_of_delivery,
};
pub(crate) use direct::brought_to_sites;
pub(crate) use numbered::{Numbered, numbered};
pub(crate) use promises::{Promise, PromiseSelection, promises};

use super::{rows, wire};
