//! Reads of depots.
//!
//! **Invariant.** A list costs a fixed number of statements, whatever its length.

mod bins;
mod facts;
mod fresh;
mod levels;
mod lists;
mod near;
mod places;

pub(crate) use bins::bin_zones;
pub(super) use facts::depot_to_change;
pub(crate) use facts::{
    DEFAULT_ZONE, DepotFacts, DepotSelection, default_zone, depot, depots_facts, depots_where,
    held_depots, is_kept_by, profiles_where, shut_ids, still_depot, zone_exists, zones, zones_of,
};
pub(super) use fresh::{bin_is_new, zone_is_new};
pub(crate) use levels::{
    LevelAndStock, LevelSelection, floors, floors_kept, kept_levels, levels_and_stock,
    levels_short, stock_levels,
};
pub(crate) use lists::{bin, bins, depot_view, depots, level, levels_page, zone, zones_page};
pub(super) use lists::{level_row, zone_count, zone_row};
pub(crate) use places::places;
