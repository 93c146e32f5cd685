//! Stock: lots, movements, balances and reservations; a ledger, not a number.
//!
//! **Invariant.** Every change of stock goes through `ledger`, in the transaction of the command
//! that asks for it. Balances are what movements add up to, always (I3). Goods are seen by those
//! who see their custodian and by those who see their owner.

mod columns;
pub(crate) mod ledger;
mod queries;
mod rows;

pub(crate) use queries::{
    Grain, PooledDepots, PooledGoods, PooledKey, PooledSelection, pooled_goods, pooled_keys,
};
