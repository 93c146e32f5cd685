//! Reads of depots.
//!
//! **Invariant.** A list costs a fixed number of statements, whatever its length.

mod bins;
mod facts;

pub(crate) use bins::bin_zones;
pub(crate) use facts::{
    DepotFacts, DepotSelection, ZoneFacts, default_zone, depot, depots_facts, depots_where, floors,
    zone_exists, zones,
};
