//! Depots: what they are, where they stand, their zones and bins, and the levels of their stock.
//!
//! **Invariant.** Every depot has a zone from its first moment. Its place is WGS-84, and the point
//! as it was given is kept beside it. A depot changes its state only as the domain's table allows,
//! and closes only through the context that knows whether it is empty.

mod commands;
mod queries;
mod routes;
mod rows;
mod wire;

pub(crate) use commands::{CreateDepot, SetStockLevels, create_depots, given_place, lock_depot};
pub(crate) use queries::{
    DEFAULT_ZONE, DepotFacts, DepotSelection, LevelAndStock, LevelSelection, bin_zones,
    default_zone, depot, depots_facts, depots_where, floors, floors_kept, held_depots, is_kept_by,
    kept_levels, levels_and_stock, levels_short, places, profiles_where, shut_ids, still_depot,
    stock_levels, zones, zones_of,
};
pub(crate) use routes::router;
pub(crate) use wire::{DepotContact, DepotView};

/// Who sees which of its tables, for the database to keep.
pub(crate) fn guards() -> Vec<crate::scope::Guard> {
    rows::guards()
}
