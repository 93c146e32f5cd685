//! Changes of depots.
//!
//! **Invariant.** A depot is changed by those who manage the depots of its custodian.

mod depot;
mod inside;
mod oddities;
mod state;

pub(crate) use depot::{CreateDepot, GivenPlace, UpdateDepot, create_depots, given_place};
pub(crate) use inside::{CreateBin, CreateZone, SetStockLevels, UpdateZone};
pub(crate) use state::{ChangeDepotState, lock_depot};
