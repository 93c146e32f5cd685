//! Who has a word in an order.
//!
//! **Invariant.** A word is given on behalf of an organisation. Whether a person may speak for it
//! is decided by their grants, before this.

use chrono::{DateTime, Utc};

use crate::kernel::{Id, kinds, named};

named! {
    /// A side of an order.
    pub enum Party {
        /// Who asks for the goods.
        Requester = "requester",
        /// Whose goods they are.
        Owner = "owner",
        /// Who keeps them: the depot's organisation.
        Keeper = "keeper",
        /// Who receives them.
        Receiver = "receiver",
    }
}

impl Party {
    pub(super) fn list(parties: &[Self]) -> String {
        let names: Vec<&str> = parties.iter().map(|party| party.name()).collect();
        names.join(" or ")
    }
}

/// The organisations behind an order. One may be several of them: a county that asks for its own
/// goods in its own depot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parties {
    /// Who asks for the goods.
    pub requester: Id<kinds::Organisation>,
    /// Whose goods they are.
    pub owner: Id<kinds::Organisation>,
    /// Who keeps them.
    pub keeper: Id<kinds::Organisation>,
    /// Who receives them.
    pub receiver: Id<kinds::Organisation>,
}

impl Parties {
    pub(super) fn organisation(&self, party: Party) -> Id<kinds::Organisation> {
        match party {
            Party::Requester => self.requester,
            Party::Owner => self.owner,
            Party::Keeper => self.keeper,
            Party::Receiver => self.receiver,
        }
    }
}

/// On whose behalf something was said, and when the server heard it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// On whose behalf.
    pub organisation: Id<kinds::Organisation>,
    /// When, by the server.
    pub at: DateTime<Utc>,
}
