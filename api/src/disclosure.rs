//! The public account: statements, who gave, and what became of a gift.
//!
//! **Invariant.** Every figure is a sum of the ledger at one place of the sealed journal; what was
//! published stays as it is and is corrected by a newer statement alone. What anybody may read names
//! no person who did not agree to it.

pub(crate) mod audit;
mod commands;
mod queries;
mod routes;
mod rows;
mod wire;

pub(crate) use queries::{GiftRow, emergency_gifts, gift_rows};
pub(crate) use routes::{pages, router};

/// Who sees which of its tables, for the database to keep.
pub(crate) fn guards() -> Vec<crate::scope::Guard> {
    rows::guards()
}
