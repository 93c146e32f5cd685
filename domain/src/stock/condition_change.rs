//! Which goods may become what, and why.
//!
//! **Invariant.** A [`ConditionStep`] is a row of the one table below. What is condemned stays so;
//! what is quarantined is usable again by a test and by nothing else, and what needs repair by the
//! repair. A change that was written down wrongly is undone by a reversal, which is no step.

use super::Condition;
use crate::kernel::named;

named! {
    /// Why goods are in another condition than before.
    pub enum ConditionReason {
        /// 存疑待查: nobody knows yet whether they are sound.
        Suspect = "suspect",
        /// 损坏、受潮、污染: seen to be damaged, wet or soiled.
        Damaged = "damaged",
        /// 过期: past their last day of use (RULES 3.15: set apart and recorded until destroyed).
        Expired = "expired",
        /// 批次召回: their lot was recalled.
        Recalled = "recalled",
        /// 检验合格: tested, and sound (RULES 3.12, 3.16).
        TestPassed = "test_passed",
        /// 检验不合格: tested, and not sound.
        TestFailed = "test_failed",
        /// 已修复: repaired or cleaned.
        Repaired = "repaired",
        /// 无法修复: not worth the repair.
        BeyondRepair = "beyond_repair",
    }
}

impl ConditionReason {
    /// Whether goods go from one condition to another for this reason.
    #[must_use]
    pub const fn permits(self, from: Condition, to: Condition) -> bool {
        use Condition::{Condemned, NeedsRepair, Quarantined, Usable};
        match self {
            Self::Suspect => matches!((from, to), (Usable | NeedsRepair, Quarantined)),
            Self::Damaged => {
                matches!((from, to), (Usable | Quarantined, NeedsRepair | Condemned))
            }
            Self::Expired => matches!(
                (from, to),
                (Usable, Quarantined) | (Usable | Quarantined | NeedsRepair, Condemned)
            ),
            Self::Recalled => matches!(
                (from, to),
                (Usable | NeedsRepair, Quarantined) | (Quarantined, Condemned)
            ),
            Self::TestPassed => matches!((from, to), (Quarantined, Usable)),
            Self::TestFailed => matches!((from, to), (Quarantined, NeedsRepair | Condemned)),
            Self::Repaired => matches!((from, to), (NeedsRepair, Usable | Quarantined)),
            Self::BeyondRepair => matches!((from, to), (NeedsRepair, Condemned)),
        }
    }

    /// Whether it is the result of a test, of which there is a report (RULES 3.12, 3.16).
    #[must_use]
    pub const fn asks_for_a_report(self) -> bool {
        matches!(self, Self::TestPassed | Self::TestFailed)
    }
}

/// A change of condition that its reason permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConditionStep {
    reason: ConditionReason,
    from: Condition,
    to: Condition,
}

/// Why goods do not go from one condition to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("goods that are {from} do not become {to} because of {reason}")]
pub struct ConditionStepError {
    /// The reason that was given.
    pub reason: ConditionReason,
    /// What they are.
    pub from: Condition,
    /// What they were to become.
    pub to: Condition,
}

impl ConditionStep {
    /// A row of the table.
    ///
    /// # Errors
    /// [`ConditionStepError`] for what the reason does not permit.
    pub const fn new(
        reason: ConditionReason,
        from: Condition,
        to: Condition,
    ) -> Result<Self, ConditionStepError> {
        if reason.permits(from, to) {
            Ok(Self { reason, from, to })
        } else {
            Err(ConditionStepError { reason, from, to })
        }
    }

    /// The whole table.
    pub fn all() -> impl Iterator<Item = Self> {
        ConditionReason::ALL.iter().flat_map(|&reason| {
            Condition::ALL.iter().flat_map(move |&from| {
                Condition::ALL
                    .iter()
                    .filter_map(move |&to| Self::new(reason, from, to).ok())
            })
        })
    }

    /// Why.
    #[must_use]
    pub const fn reason(self) -> ConditionReason {
        self.reason
    }

    /// What the goods were.
    #[must_use]
    pub const fn from(self) -> Condition {
        self.from
    }

    /// What they are now.
    #[must_use]
    pub const fn to(self) -> Condition {
        self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From and to by their first letters: usable, quarantined, needs repair, condemned.
    const TABLE: &[(&str, &str)] = &[
        ("suspect", "uq nq"),
        ("damaged", "un uc qn qc"),
        ("expired", "uq uc qc nc"),
        ("recalled", "uq qc nq"),
        ("test_passed", "qu"),
        ("test_failed", "qn qc"),
        ("repaired", "nu nq"),
        ("beyond_repair", "nc"),
    ];

    #[test]
    fn the_table_of_reasons_and_conditions() {
        let letter = |condition: Condition| &condition.name()[..1];
        assert_eq!(TABLE.len(), ConditionReason::ALL.len());
        for ((name, ways), &reason) in TABLE.iter().zip(ConditionReason::ALL) {
            assert_eq!(*name, reason.name());
            let mut permitted = Vec::new();
            for &from in Condition::ALL {
                for &to in Condition::ALL {
                    let step = ConditionStep::new(reason, from, to);
                    assert_eq!(step.is_ok(), reason.permits(from, to));
                    if let Ok(step) = step {
                        assert_eq!((step.reason(), step.from(), step.to()), (reason, from, to));
                        permitted.push(format!("{}{}", letter(from), letter(to)));
                    }
                }
            }
            assert_eq!(permitted.join(" "), *ways, "{reason}");
        }
    }

    #[test]
    fn what_is_condemned_stays_so_and_only_a_test_or_a_repair_makes_usable() {
        let all: Vec<_> = ConditionStep::all().collect();
        assert_eq!(all.len(), 19);
        for step in all {
            assert_ne!(step.from(), Condition::Condemned, "{step:?}");
            assert_ne!(step.from(), step.to(), "{step:?}");
            if step.to() == Condition::Usable {
                let by = match step.from() {
                    Condition::Quarantined => ConditionReason::TestPassed,
                    _ => ConditionReason::Repaired,
                };
                assert_eq!(step.reason(), by, "{step:?}");
            }
        }
    }
}
