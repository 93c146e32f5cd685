//! The kinds of movement and the accounts each of them goes between.
//!
//! **Invariant.** A reversal goes exactly where some other kind goes, backwards.

use crate::{
    kernel::{Id, UnknownName, kinds},
    stock::{Account, Outside},
};

/// What a movement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// 入库: from the source into a zone.
    Receipt,
    /// 出库: from a zone, or handed over from the road, to a recipient; from a zone to a borrower, or
    /// left with the borrower for good.
    Issue,
    /// 调拨: onto the road, off the road, or between two zones of a depot.
    Transfer,
    /// 回收: from a recipient or a borrower back into a zone; from the source, where nobody can say which lot it
    /// was of.
    Return,
    /// 组装/拆解: some goods go into the conversion, others come out of it.
    Conversion,
    /// 报废: from a zone or the road to the loss; from a borrower, what is not asked for any more.
    Disposal,
    /// 盘盈盘亏: what a count found more or less.
    CountDifference,
    /// 质量状态变更: the same quantity of a lot leaves in one condition and returns in another,
    /// by way of the conversion account.
    ConditionChange,
    /// 冲红: the mirror of another movement.
    Reversal {
        /// The movement that is undone.
        of: Id<kinds::Movement>,
    },
}

const REVERSAL: &str = "reversal";

impl Kind {
    /// Every kind but the reversal.
    pub const PLAIN: [Self; 8] = [
        Self::Receipt,
        Self::Issue,
        Self::Transfer,
        Self::Return,
        Self::Conversion,
        Self::Disposal,
        Self::CountDifference,
        Self::ConditionChange,
    ];

    /// Every name.
    pub const NAMES: [&'static str; 9] = [
        "receipt",
        "issue",
        "transfer",
        "return",
        "conversion",
        "disposal",
        "count_difference",
        "condition_change",
        REVERSAL,
    ];

    /// The name in tables and on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Issue => "issue",
            Self::Transfer => "transfer",
            Self::Return => "return",
            Self::Conversion => "conversion",
            Self::Disposal => "disposal",
            Self::CountDifference => "count_difference",
            Self::ConditionChange => "condition_change",
            Self::Reversal { .. } => REVERSAL,
        }
    }

    /// The movement that this one undoes.
    #[must_use]
    pub fn reverses(self) -> Option<Id<kinds::Movement>> {
        match self {
            Self::Reversal { of } => Some(of),
            Self::Receipt
            | Self::Issue
            | Self::Transfer
            | Self::Return
            | Self::Conversion
            | Self::Disposal
            | Self::CountDifference
            | Self::ConditionChange => None,
        }
    }

    /// Reads what tables keep: a name and, for a reversal and nothing else, what it undoes.
    ///
    /// # Errors
    /// [`UnknownName`] for another name, or where the two do not fit together.
    pub fn from_parts(
        name: &str,
        reverses: Option<Id<kinds::Movement>>,
    ) -> Result<Self, UnknownName> {
        let kind = match reverses {
            Some(of) => Some(Self::Reversal { of }),
            None => Self::PLAIN.into_iter().find(|kind| kind.name() == name),
        };
        kind.filter(|kind| kind.name() == name).ok_or(UnknownName {
            expected: &Self::NAMES,
        })
    }

    /// Whether such goods go from an account like `from` to an account like `to`.
    pub(super) fn moves(self, from: &Account, to: &Account) -> bool {
        self.moves_between(Shape::of(from), Shape::of(to))
    }

    fn moves_between(self, from: Shape, to: Shape) -> bool {
        use Shape::{Outer, Road, Zone};
        match self {
            Self::Receipt => (from, to) == (Outer(Outside::Source), Zone),
            Self::Issue => matches!(
                (from, to),
                (
                    Zone | Road | Outer(Outside::Loan),
                    Outer(Outside::Recipient)
                ) | (Zone, Outer(Outside::Loan))
            ),
            Self::Transfer => matches!((from, to), (Zone, Zone | Road) | (Road, Zone)),
            Self::Return => {
                matches!(
                    (from, to),
                    (
                        Outer(Outside::Recipient | Outside::Source | Outside::Loan),
                        Zone
                    )
                )
            }
            Self::Conversion | Self::ConditionChange => matches!(
                (from, to),
                (Zone, Outer(Outside::Conversion)) | (Outer(Outside::Conversion), Zone)
            ),
            Self::Disposal => matches!(
                (from, to),
                (Zone | Road | Outer(Outside::Loan), Outer(Outside::Loss))
            ),
            Self::CountDifference => matches!(
                (from, to),
                (Zone, Outer(Outside::CountDifference)) | (Outer(Outside::CountDifference), Zone)
            ),
            Self::Reversal { .. } => Self::PLAIN.iter().any(|kind| kind.moves_between(to, from)),
        }
    }
}

// An account without its ids: all that a kind cares about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Zone,
    Road,
    Outer(Outside),
}

impl Shape {
    pub(super) fn of(account: &Account) -> Self {
        match *account {
            Account::Zone { .. } => Self::Zone,
            Account::Road { .. } => Self::Road,
            Account::Outside { side, .. } => Self::Outer(side),
        }
    }
}
