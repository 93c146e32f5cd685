//! Depots: what they are, where they stand, their zones and bins, and the floors of their stock.
//!
//! **Invariant.** Every depot has a zone from its first moment. Its place is WGS-84, and the point
//! as it was given is kept beside it. A depot changes its state only as the domain's table allows,
//! and closes only through the context that knows whether it is empty.

mod queries;
mod rows;

pub(crate) use queries::{
    DepotFacts, DepotSelection, ZoneFacts, bin_zones, default_zone, depot, depots_facts,
    depots_where, floors, zone_exists, zones,
};
