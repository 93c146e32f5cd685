//! Reads of stock.
//!
//! **Invariant.** A list costs a fixed number of statements, whatever its length. What the caller
//! does not see is not there.

mod papers;

pub(super) use papers::{movement_rows, reservation_lines};
