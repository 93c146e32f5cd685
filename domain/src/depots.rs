//! Depots: what they are, what their state allows, what is known about the building, how much ought
//! to stand in them.
//!
//! **Invariant.** A depot's level is one of the five of [`crate::organisations::Level`], whoever
//! operates it. Only a depot without stock closes, and a closed depot never opens again: its
//! ledger is finished.

mod levels;
mod profile;
mod state;

pub use levels::{LEVEL_MAX, LevelsError, Standing, StockLevels};
pub use profile::{Contact, Equipment, Field, Profile, ProfileError, ProfileFacts, can_be_dialled};
pub use state::{DepotState, TransitionError};

use crate::kernel::named;

named! {
    /// Who runs the building (RULES 4.4).
    pub enum Operation {
        /// The society's own depot.
        Own = "own",
        /// Run by a partner such as a grain reserve or a logistics firm.
        Partner = "partner",
        /// A storage point (储备点), below the smallest class of depot (RULES §2.1).
        StoragePoint = "storage_point",
        /// A supplier's store that holds agreement stock (协议储备).
        Supplier = "supplier",
    }
}

impl Operation {
    /// Whether it is a depot that a society answers for, and so rated; a supplier's store is not.
    #[must_use]
    pub const fn is_rated(self) -> bool {
        !matches!(self, Self::Supplier)
    }
}
