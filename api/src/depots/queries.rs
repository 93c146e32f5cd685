//! Reads of depots.
//!
//! **Invariant.** A list costs a fixed number of statements, whatever its length.

mod facts;

pub(crate) use facts::{
    DepotFacts, DepotSelection, ZoneFacts, default_zone, depot, depots_facts, depots_where, floors,
    zone_exists, zones,
};
