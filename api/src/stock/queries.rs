//! Reads of stock.
//!
//! **Invariant.** A list costs a fixed number of statements, whatever its length. What the caller
//! does not see is not there.

mod papers;
mod pooled;

pub(super) use papers::{movement_rows, reservation_lines};
pub(crate) use pooled::{
    Grain, PooledDepots, PooledGoods, PooledKey, PooledSelection, pooled_goods, pooled_keys,
};
