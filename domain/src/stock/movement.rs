//! Movements: immutable documents that move goods between accounts.
//!
//! **Invariant.** A movement has 1 to 1,000 lines. Each line names where its goods come from and
//! where they go, so that an unbalanced line cannot be written. Its accounts fit the kind of the
//! movement and belong to the depot that posts it; the one exception is a shipment that arrives,
//! which is on the road of the depot that sent it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Account, BalanceKey, Condition};
use crate::kernel::{Id, Quantity, kinds};

mod kind;

pub use kind::Kind;
use kind::Shape;

/// The most lines of one movement.
pub const LINES_MAX: usize = 1_000;

// The sum of all lines of a movement fits an `i64` with room to spare: sums need no checks.
const _: () = assert!(Quantity::MAX <= i64::MAX / (8 * LINES_MAX as i64));

/// A quantity of one lot in one condition that goes from one account to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// Which lot.
    pub lot: Id<kinds::Lot>,
    /// In which condition, before and after.
    pub condition: Condition,
    /// How much, in base units.
    pub quantity: Quantity,
    /// From where.
    pub from: Account,
    /// To where.
    pub to: Account,
}

/// Why lines do not make a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MovementError {
    /// Nothing moves.
    #[error("a movement has at least one line")]
    NoLines,
    /// More lines than a movement may have.
    #[error("a movement has at most {LINES_MAX} lines")]
    TooManyLines,
    /// Goods that stay where they are.
    #[error("line {line} moves goods to where they are")]
    SameAccount {
        /// Which line, from 0.
        line: usize,
    },
    /// The kind of movement does not go from such an account to such an account.
    #[error("line {line} does not fit the kind of movement")]
    WrongAccounts {
        /// Which line, from 0.
        line: usize,
    },
    /// An account of another depot.
    #[error("line {line} reaches into another depot")]
    ForeignAccount {
        /// Which line, from 0.
        line: usize,
    },
    /// A conversion that only takes, or only gives.
    #[error("a conversion takes some goods and gives others")]
    OneSidedConversion,
    /// A change of condition that loses or finds goods.
    #[error("{taken} of the lot {lot} change their condition and {given} come out")]
    UnequalChange {
        /// The lot.
        lot: Id<kinds::Lot>,
        /// How much goes in.
        taken: i64,
        /// How much comes out.
        given: i64,
    },
    /// A change of condition that changes none.
    #[error("goods of the lot {lot} would stay {condition}")]
    SameCondition {
        /// The lot.
        lot: Id<kinds::Lot>,
        /// The condition on both sides.
        condition: Condition,
    },
}

/// Why a movement cannot be reversed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReversalError {
    /// It is a reversal: post the original again instead.
    #[error("the movement is itself the reversal of {of}")]
    OfReversal {
        /// What it reverses.
        of: Id<kinds::Movement>,
    },
    /// It was reversed before.
    #[error("the movement was reversed by {by} already")]
    Already {
        /// The earlier reversal.
        by: Id<kinds::Movement>,
    },
}

/// A document that moves goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    id: Id<kinds::Movement>,
    depot: Id<kinds::Depot>,
    kind: Kind,
    lines: Vec<Line>,
}

impl Movement {
    /// Puts a movement together that `depot` posts.
    ///
    /// A reversal is made by [`Movement::reversed`]; here it is only read back from tables.
    ///
    /// # Errors
    /// [`MovementError`] with the first reason found.
    pub fn new(
        id: Id<kinds::Movement>,
        depot: Id<kinds::Depot>,
        kind: Kind,
        lines: Vec<Line>,
    ) -> Result<Self, MovementError> {
        match lines.len() {
            0 => return Err(MovementError::NoLines),
            1..=LINES_MAX => {}
            _ => return Err(MovementError::TooManyLines),
        }
        for (line, Line { from, to, .. }) in lines.iter().enumerate() {
            if from == to {
                return Err(MovementError::SameAccount { line });
            }
            if !kind.moves(from, to) {
                return Err(MovementError::WrongAccounts { line });
            }
            if !belongs(depot, kind, from, to) {
                return Err(MovementError::ForeignAccount { line });
            }
        }
        match kind {
            Kind::Conversion => check_conversion(&lines)?,
            Kind::ConditionChange => check_condition_change(&lines)?,
            Kind::Receipt
            | Kind::Issue
            | Kind::Transfer
            | Kind::Return
            | Kind::Disposal
            | Kind::CountDifference
            | Kind::Reversal { .. } => {}
        }
        Ok(Self {
            id,
            depot,
            kind,
            lines,
        })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> Id<kinds::Movement> {
        self.id
    }

    /// The depot that posts it.
    #[must_use]
    pub fn depot(&self) -> Id<kinds::Depot> {
        self.depot
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its lines, in the order of the document.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// How much each balance changes, in lock order, whatever the order of the lines.
    /// Balances that end as they began, and the outside world, are not among them.
    #[must_use]
    pub fn deltas(&self) -> BTreeMap<BalanceKey, i64> {
        self.sums(Account::is_balanced)
    }

    /// How much each outside account changes: the other half of [`Movement::deltas`].
    /// The two add up to zero for every lot.
    #[must_use]
    pub fn outside_deltas(&self) -> BTreeMap<BalanceKey, i64> {
        self.sums(|account| !account.is_balanced())
    }

    fn sums(&self, counts: impl Fn(&Account) -> bool) -> BTreeMap<BalanceKey, i64> {
        let mut sums = BTreeMap::new();
        for line in &self.lines {
            let quantity = line.quantity.get();
            for (account, signed) in [(line.from, -quantity), (line.to, quantity)] {
                if counts(&account) {
                    let (lot, condition) = (line.lot, line.condition);
                    let key = BalanceKey {
                        account,
                        lot,
                        condition,
                    };
                    *sums.entry(key).or_insert(0) += signed;
                }
            }
        }
        sums.retain(|_, sum| *sum != 0);
        sums
    }

    /// The mirror movement that undoes this one, line by line. `reversed_by` is the earlier
    /// reversal of this movement, if the ledger holds one.
    ///
    /// # Errors
    /// [`ReversalError`]: nothing is reversed twice, and no reversal is reversed.
    pub fn reversed(
        &self,
        id: Id<kinds::Movement>,
        reversed_by: Option<Id<kinds::Movement>>,
    ) -> Result<Self, ReversalError> {
        if let Some(of) = self.kind.reverses() {
            return Err(ReversalError::OfReversal { of });
        }
        if let Some(by) = reversed_by {
            return Err(ReversalError::Already { by });
        }
        let mirrored = |line: &Line| Line {
            from: line.to,
            to: line.from,
            ..*line
        };
        Ok(Self {
            id,
            depot: self.depot,
            kind: Kind::Reversal { of: self.id },
            lines: self.lines.iter().map(mirrored).collect(),
        })
    }
}

fn belongs(depot: Id<kinds::Depot>, kind: Kind, from: &Account, to: &Account) -> bool {
    // Only what arrives, or the reversal of an arrival, touches another depot's road.
    let on_foreign_road = match kind {
        Kind::Transfer => Shape::of(from) == Shape::Road,
        Kind::Reversal { .. } => Shape::of(to) == Shape::Road,
        Kind::Receipt
        | Kind::Issue
        | Kind::Return
        | Kind::Conversion
        | Kind::Disposal
        | Kind::CountDifference
        | Kind::ConditionChange => false,
    };
    let ours = |account: &Account| {
        account.depot() == depot || (on_foreign_road && Shape::of(account) == Shape::Road)
    };
    ours(from) && ours(to)
}

fn check_conversion(lines: &[Line]) -> Result<(), MovementError> {
    let takes = |line: &Line| line.from.is_balanced();
    if lines.iter().all(takes) || !lines.iter().any(takes) {
        return Err(MovementError::OneSidedConversion);
    }
    Ok(())
}

fn check_condition_change(lines: &[Line]) -> Result<(), MovementError> {
    let mut sums: BTreeMap<_, (i64, i64)> = BTreeMap::new();
    let mut sides: BTreeSet<_> = BTreeSet::new();
    for line in lines {
        let takes = line.from.is_balanced();
        let (taken, given) = sums.entry(line.lot).or_default();
        *(if takes { taken } else { given }) += line.quantity.get();
        sides.insert((line.lot, line.condition, takes));
        if sides.contains(&(line.lot, line.condition, !takes)) {
            return Err(MovementError::SameCondition {
                lot: line.lot,
                condition: line.condition,
            });
        }
    }
    match sums.into_iter().find(|(_, (taken, given))| taken != given) {
        Some((lot, (taken, given))) => Err(MovementError::UnequalChange { lot, taken, given }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
