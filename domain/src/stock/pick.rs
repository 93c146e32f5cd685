//! What to take from the shelves: first expired, first out.
//!
//! **Invariant.** Nothing is picked that may not serve the purpose, and from no shelf more than is
//! available. No goods are left on the shelf that may serve and expire before goods that are
//! picked. The same question has the same answer: the order below has no ties but equal lines.
//!
//! The order: earliest last day of use, goods without one last; where a pack policy says so, odd
//! lots (出零存整, RULES 3.14) before lots of whole packs only; the oldest receipt; lot, zone and
//! condition by id.

use chrono::NaiveDate;

use super::{Availability, Fitness, Hold, Purpose, Withheld};
use crate::kernel::{Id, Quantity, kinds};

/// Goods that lie in one zone, as far as picking needs to know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// In which zone.
    pub zone: Id<kinds::Zone>,
    /// Of which lot.
    pub lot: Id<kinds::Lot>,
    /// Whether they may be used; holds their condition and last day of use.
    pub fitness: Fitness,
    /// Base units that nobody was promised; zero or less counts as nothing.
    pub available: i64,
    /// The place of their receipt in the order of receipts: smaller is older.
    pub received: i64,
}

/// Whether whole packs are kept together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackPolicy {
    /// Base units are all alike.
    Loose,
    /// Among goods that expire on the same day, lots with an opened pack go first, so that whole
    /// packs stay whole.
    OddLotsFirst {
        /// Base units in one pack.
        pack: Quantity,
    },
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// How much, in base units.
    pub quantity: Quantity,
    /// On which day it leaves.
    pub day: NaiveDate,
    /// What for.
    pub purpose: Purpose,
    /// How packs are treated.
    pub packs: PackPolicy,
}

/// Goods that were there and may not serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassedOver {
    /// What would have been available.
    pub goods: Hold,
    /// Why it is not.
    pub reason: Withheld,
}

/// What to take, and what is short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picking {
    /// What to take, in the order in which it should leave.
    pub picked: Vec<Hold>,
    /// Base units that are missing: zero when the want is met.
    pub missing: i64,
    /// What was there and may not serve, in the same order, whether or not anything is missing.
    pub passed_over: Vec<PassedOver>,
}

/// Chooses among what lies in one depot.
#[must_use]
pub fn pick(candidates: &[Candidate], wanted: &Wanted) -> Picking {
    let mut ordered: Vec<_> = candidates.iter().collect();
    ordered.sort_by_key(|candidate| rank(candidate, wanted.packs));
    let mut picking = Picking {
        picked: Vec::new(),
        missing: wanted.quantity.get(),
        passed_over: Vec::new(),
    };
    for candidate in ordered {
        let fitness = &candidate.fitness;
        let goods = |quantity| Hold {
            zone: candidate.zone,
            lot: candidate.lot,
            condition: fitness.condition,
            quantity,
        };
        // No depot holds more of a lot than a line can carry, but a sum of balances might.
        let there = candidate.available.min(Quantity::MAX);
        match fitness.availability(wanted.day, &wanted.purpose) {
            Availability::Withheld(reason) => {
                if let Ok(quantity) = Quantity::new(there) {
                    let goods = goods(quantity);
                    picking.passed_over.push(PassedOver { goods, reason });
                }
            }
            Availability::Available => {
                if let Ok(quantity) = Quantity::new(there.min(picking.missing)) {
                    picking.missing -= quantity.get();
                    picking.picked.push(goods(quantity));
                }
            }
        }
    }
    picking
}

fn rank(candidate: &Candidate, packs: PackPolicy) -> impl Ord + use<> {
    let expires_on = candidate.fitness.expires_on;
    let whole_packs = match packs {
        PackPolicy::Loose => false,
        PackPolicy::OddLotsFirst { pack } => candidate.available % pack.get() == 0,
    };
    (
        expires_on.is_none(),
        expires_on,
        whole_packs,
        candidate.received,
        candidate.lot,
        candidate.zone,
        candidate.fitness.condition,
    )
}

#[cfg(test)]
mod tests;
