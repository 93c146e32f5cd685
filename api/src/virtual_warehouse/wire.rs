//! Shapes of the virtual warehouse on the wire.
//!
//! **Invariant.** What is asked is parsed here into a question of the domain, or refused with every
//! fault at once.

mod answers;
mod filter;
mod graded;
mod levels;

pub(super) use answers::{FiguresView, PooledDepotView, PooledItemView, PooledLotView};
pub(super) use filter::{Asked, Target, WarehouseFilter};
pub(super) use graded::GradedFilter;
pub(super) use levels::{LevelFilter, LevelView, ProposalView, RotationFilter, RotationView};
