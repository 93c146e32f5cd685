//! Recalls of lots: goods that nobody may use any more, wherever they are.
//!
//! **Invariant.** A recall is lifted at most once, by somebody and for a reason, and never before it
//! was made. A lot is recalled as long as any recall of it is in force, since the first of them.

use chrono::{DateTime, Utc};

use super::Signature;
use crate::kernel::named;

/// The most lots of one recall.
pub const RECALL_LOTS_MAX: usize = 5_000;

named! {
    /// How grave the harm is that the goods may do.
    pub enum RecallGrade {
        /// 一级: they may do grave harm, or kill.
        First = "first",
        /// 二级: they may do harm that passes.
        Second = "second",
        /// 三级: they are not what they should be, and hardly do harm.
        Third = "third",
    }
}

named! {
    /// What a recall is of.
    pub enum RecallExtent {
        /// Single lots.
        Lots = "lots",
        /// A maker's batch of an item, in every depot below the organisation that recalls it, and
        /// whatever of it comes in later.
        Batch = "batch",
    }
}

named! {
    /// Why a recall holds a lot back.
    pub enum HeldAs {
        /// It is what was recalled.
        Lot = "lot",
        /// It is a lot of kits that hold some of it.
        Kit = "kit",
    }
}

named! {
    /// The names of the states.
    pub enum LotRecallStateName {
        /// 召回中
        InForce = "in_force",
        /// 已解除
        Lifted = "lifted",
    }
}

/// Where a recall stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LotRecallState {
    /// The goods are held back.
    InForce,
    /// They may be used again.
    Lifted {
        /// Who lifted it.
        lifted: Signature,
        /// Why.
        reason: String,
    },
}

/// Why a recall is not lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the recall was lifted at {at}")]
pub struct LiftedAlready {
    /// When.
    pub at: DateTime<Utc>,
}

impl LotRecallState {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(&self) -> LotRecallStateName {
        match self {
            Self::InForce => LotRecallStateName::InForce,
            Self::Lifted { .. } => LotRecallStateName::Lifted,
        }
    }

    /// Lets the goods be used again.
    ///
    /// # Errors
    /// [`LiftedAlready`].
    pub fn lift(&self, lifted: Signature, reason: String) -> Result<Self, LiftedAlready> {
        match self {
            Self::InForce => Ok(Self::Lifted { lifted, reason }),
            Self::Lifted { lifted, .. } => Err(LiftedAlready { at: lifted.at }),
        }
    }

    /// Whether it held goods back at a moment, if it was made at `recalled_at`.
    #[must_use]
    pub fn held_back(&self, recalled_at: DateTime<Utc>, moment: DateTime<Utc>) -> bool {
        recalled_at <= moment
            && match self {
                Self::InForce => true,
                Self::Lifted { lifted, .. } => moment < lifted.at,
            }
    }
}

/// Since when a lot is recalled, by the recalls that were ever made of it.
#[must_use]
pub fn recalled_since<'a>(
    recalls: impl IntoIterator<Item = (DateTime<Utc>, &'a LotRecallState)>,
) -> Option<DateTime<Utc>> {
    recalls
        .into_iter()
        .filter(|(_, state)| matches!(state, LotRecallState::InForce))
        .map(|(recalled_at, _)| recalled_at)
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn lifted(second: i64) -> LotRecallState {
        let by = Signature {
            by: "approver".to_owned(),
            at: at(second),
        };
        LotRecallState::InForce.lift(by, "误报".to_owned()).unwrap()
    }

    #[test]
    fn a_recall_is_lifted_once() {
        let state = lifted(9);
        assert_eq!(state.name(), LotRecallStateName::Lifted);
        assert_eq!(LotRecallState::InForce.name(), LotRecallStateName::InForce);
        let again = Signature {
            by: "another".to_owned(),
            at: at(10),
        };
        let refused = state.lift(again, "再次".to_owned());
        assert_eq!(refused, Err(LiftedAlready { at: at(9) }));
    }

    #[test]
    fn goods_are_held_back_from_the_recall_until_it_is_lifted() {
        let check = |state: &LotRecallState, moment, expected| {
            assert_eq!(
                state.held_back(at(5), at(moment)),
                expected,
                "{state:?} {moment}"
            );
        };
        check(&LotRecallState::InForce, 4, false);
        check(&LotRecallState::InForce, 5, true);
        check(&lifted(9), 8, true);
        check(&lifted(9), 9, false);
    }

    #[test]
    fn a_lot_is_recalled_as_long_as_any_recall_of_it_is_in_force() {
        let (open, over) = (LotRecallState::InForce, lifted(9));
        assert_eq!(recalled_since([]), None);
        assert_eq!(recalled_since([(at(1), &over)]), None);
        assert_eq!(
            recalled_since([(at(1), &over), (at(3), &open)]),
            Some(at(3))
        );
        assert_eq!(
            recalled_since([(at(7), &open), (at(3), &open)]),
            Some(at(3))
        );
    }
}
