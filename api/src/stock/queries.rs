//! Reads of stock.
//!
//! **Invariant.** A list costs a fixed number of statements, whatever its length. What the caller
//! does not see is not there.

mod balances;
mod fold;
mod history;
mod lots;
mod movements;
mod papers;
mod pooled;
mod reservations;
mod shelves;

use super::{columns, rows, wire};

pub(crate) use balances::balances;
pub(super) use history::{history, totals};
pub(crate) use lots::lot_views;
pub(super) use lots::{lot_standing, lots, lots_by_id, units_of_lots};
pub(crate) use movements::movement;
pub(super) use movements::{movement_exists, movements};
pub(super) use papers::{movement_rows, reservation_lines, reservation_row};
pub(crate) use pooled::{
    Grain, PooledDepots, PooledGoods, PooledKey, PooledSelection, pooled_goods, pooled_keys,
};
pub(crate) use reservations::reservation;
pub(super) use reservations::{overdue, reservations};
pub(super) use shelves::{shelves, zones_of_lots};

/// Whether a depot holds nothing: no goods in its zones or on the road from it, no reservation.
pub(super) use balances::is_empty;
