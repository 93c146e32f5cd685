//! Accounts: where goods can be.
//!
//! **Invariant.** Every account belongs to one depot, so that no row is everyone's bottleneck.
//! Zones and the road keep balances; the outside world is derived by adding up lines. The order of
//! [`BalanceKey`] is the order in which balances are locked, everywhere.

use super::Condition;
use crate::kernel::{Id, kinds, named};

named! {
    /// The ends of the world as a depot sees it.
    pub enum Outside {
        /// Where goods come from: purchase, donor, customs, opening count.
        Source = "source",
        /// Who uses them.
        Recipient = "recipient",
        /// Where they are lost, destroyed or sold.
        Loss = "loss",
        /// Where they turn into something else: another item, another condition.
        Conversion = "conversion",
        /// What a count found more or less than the book.
        CountDifference = "count_difference",
        /// Who borrowed them, and owes them.
        Loan = "loan",
    }
}

/// Where goods are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// In a zone of a depot.
    Zone {
        /// The depot.
        depot: Id<kinds::Depot>,
        /// The zone.
        zone: Id<kinds::Zone>,
    },
    /// On the road, in a shipment.
    Road {
        /// The depot that sent it.
        depot: Id<kinds::Depot>,
        /// The shipment.
        shipment: Id<kinds::Shipment>,
    },
    /// Outside, seen from a depot.
    Outside {
        /// The depot that saw them come or go.
        depot: Id<kinds::Depot>,
        /// Which end of the world.
        side: Outside,
    },
}

impl Account {
    /// The depot the account belongs to.
    #[must_use]
    pub fn depot(&self) -> Id<kinds::Depot> {
        match *self {
            Self::Zone { depot, .. } | Self::Road { depot, .. } | Self::Outside { depot, .. } => {
                depot
            }
        }
    }

    /// Whether a balance is kept for it, which must never fall below zero.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        match self {
            Self::Zone { .. } | Self::Road { .. } => true,
            Self::Outside { .. } => false,
        }
    }
}

/// What a balance is kept for. Ordered by account, lot, condition: the lock order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BalanceKey {
    /// Where.
    pub account: Account,
    /// Of which lot.
    pub lot: Id<kinds::Lot>,
    /// In which condition.
    pub condition: Condition,
}
