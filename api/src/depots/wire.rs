//! Shapes of depots on the wire.
//!
//! **Invariant.** Input is parsed into domain types here or refused with every fault at once.
//! Coordinates that go out are WGS-84, longitude first.

mod depot;
mod inside;
mod place;
mod profile;
mod view;

pub(crate) use depot::{ChangeDepotStateBody, CreateDepotBody, DepotFilter, UpdateDepotBody};
pub(crate) use inside::{
    BinFilter, BinView, CreateBinBody, CreateZoneBody, StockLevelsBody, StockLevelsView,
    UpdateZoneBody, ZoneView,
};
pub(crate) use place::{Near, PlaceBody, PlaceView};
pub(crate) use profile::{DepotContact, DepotProfile, merged, profile_faults};
pub(crate) use view::{DepotView, Warning};

/// Names have at most this many characters.
pub(crate) const NAME_MAX: usize = 200;
/// Codes of depots, zones and bins have at most this many characters.
pub(crate) const CODE_MAX: usize = 32;
/// Addresses, remarks and reasons have at most this many characters.
pub(crate) const LINE_MAX: usize = 500;
