//! Reads of stock.
//!
//! **Invariant.** A list costs a fixed number of statements, whatever its length. What the caller
//! does not see is not there.

mod account;
mod balances;
mod books;
mod conditions;
mod conversions;
mod disposals;
mod duties;
mod fold;
mod free;
mod history;
mod kits;
mod late_facts;
mod loans;
mod lot_changes;
mod lots;
mod movements;
mod owned;
mod papers;
mod pooled;
mod promises;
mod rating;
mod recalls;
mod receipt_codes;
mod reservations;
mod returns;
mod shelves;
mod stocktakes;

use super::{columns, rows, wire};

pub(crate) use account::{
    AccountAsked, AccountLot, AccountLots, FlowRow, GiftLot, account_flows, account_lots,
    gift_receipts,
};
pub(crate) use balances::balances;
pub(crate) use books::{depots_moved, item_balances};
pub(super) use conditions::{condition_change, condition_changes};
pub(super) use conversions::{
    CAME_BACK, MISSING, Side, WENT_IN, assembled_among, assembly_of, conversion_of, inside,
    kit_lot_to_change, kit_parts, openings_of, promises_of,
};
pub(super) use disposals::{
    disposal, disposal_of_movement, disposal_row, disposal_to_change, disposals,
};
pub(crate) use duties::{
    bound_gifts, day_of, lots_lying, recorded_papers, recorded_receipts, stored_lots,
};
pub(crate) use free::{Ageing, ageing, free_at};
pub(super) use history::{history, totals};
pub(super) use kits::kits_holding;
pub(super) use late_facts::{
    late_fact, late_fact_of, late_fact_state, late_fact_to_change, late_facts,
};
pub(super) use loans::{loan, loan_of_movement, loan_row, loan_to_change, loans};
pub(super) use lot_changes::{
    lot_change, lot_change_of_movement, lot_change_row, lot_change_to_change, lot_changes,
};
pub(crate) use lots::lot_views;
pub(super) use lots::{held_lots, items_of_lots, lot_standing, lots, lots_by_id, units_of_lots};
pub(crate) use movements::movement;
pub(super) use movements::{movement_exists, movements, posted};
pub(crate) use owned::owned;
pub(super) use papers::{held_lines, holds_lot, movement_rows, reservation_lines, reservation_row};
pub(crate) use pooled::{
    Grain, NearDepot, PooledDepots, PooledGoods, PooledKey, PooledSelection, pooled_goods,
    pooled_keys, pooled_road,
};
pub(super) use promises::promises_on;
pub(crate) use rating::{CountRow, DonatedRow, LotsRow, PapersRow, PileRow, rating_rows};
pub(super) use recalls::{
    lot_recall, lot_recall_row, lot_recall_state, lot_recall_to_change, lot_recalls, lots_of_recall,
};
pub(crate) use recalls::{recall_hands, recalled_among, recalled_lots};
pub(crate) use receipt_codes::{StepRow, coded_receipts, lots_of_receipt, steps_of_lots};
pub(super) use receipt_codes::{code_hash, receipt_code_to_change};
pub(crate) use reservations::{held_by, reservation, shorted_among, shorted_reservations};
pub(super) use reservations::{overdue, reservations};
pub(super) use returns::{goods_return, goods_returns, lots_to_change, not_back};
pub(super) use shelves::{shelves, zones_of_lots};
pub(super) use stocktakes::{
    Covered, Goods, Reader, Sheet, book_at, claimed, count_accuracy, count_limit, counters,
    counts_of_round, difference, differing_lines, limit_in_force, limit_of, limit_row, lines_at,
    lines_of_round, next_line, own_counts, stocktake, stocktake_counts, stocktake_lines,
    stocktake_state, stocktake_to_change, stocktakes, unit_value,
};

/// Whether a depot holds nothing: no goods in its zones or on the road from it, no reservation.
pub(super) use balances::is_empty;
