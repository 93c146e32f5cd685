//! Who sends what where, on whose word, and what arrived.
//!
//! **Invariant.** Nothing here moves stock: a plan proposes, an order permits, a hand-over tells
//! what happened, and the ledger follows.

pub mod direct;
pub mod fair_use;
pub mod hand_over;
pub mod order;
pub mod planner;
pub mod shipment;
mod tier;
pub mod transport;

pub use tier::{EASTERN_BLOCK, Tier};
