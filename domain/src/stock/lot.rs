//! Lots: goods of one item received together.
//!
//! **Invariant.** A lot's facts fit together in time: nothing expires before it was made, nothing
//! was made after it was received. Whether goods are held for another is never written down: it
//! follows from owner and custodian.

use chrono::{Months, NaiveDate};

use super::Restriction;
use crate::kernel::{Id, Money, Text, kinds, named};

named! {
    /// The state of goods.
    pub enum Condition {
        /// May be issued.
        Usable = "usable",
        /// Kept apart until somebody decides.
        Quarantined = "quarantined",
        /// Would be usable again after repair or cleaning.
        NeedsRepair = "needs_repair",
        /// Waits for disposal.
        Condemned = "condemned",
    }
}

named! {
    /// Where goods came from (RULES 4.2).
    pub enum Source {
        /// Own purchase, from the budget or a relief fund.
        Purchase = "purchase",
        /// A donation.
        Donation = "donation",
        /// From another branch or the government.
        TransferIn = "transfer_in",
        /// Confiscated by customs and handed over.
        Forfeit = "forfeit",
        /// Counted when the books were opened.
        Opening = "opening",
        /// Put together from other lots, or taken out of a kit.
        Conversion = "conversion",
        /// A part of goods that were disposed of.
        Disposal = "disposal",
        /// Came back, and nobody can say of which lot it was.
        Recovery = "recovery",
    }
}

/// Whose goods somebody keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// The custodian's own.
    Own,
    /// 代储: somebody else's.
    ForAnother,
}

/// The facts of a lot, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotFacts {
    /// What it is.
    pub item: Id<kinds::Item>,
    /// Whose it is; often not the one who keeps it.
    pub owner: Id<kinds::Organisation>,
    /// Where it came from.
    pub source: Source,
    /// Who gave it, as named on the receipt; unknown for anonymous gifts.
    pub donor: Option<Text<200>>,
    /// The maker's batch number.
    pub batch: Option<Text<64>>,
    /// Who made it.
    pub maker: Option<Text<200>>,
    /// The day of production.
    pub produced_on: Option<NaiveDate>,
    /// The last day of use.
    pub expires_on: Option<NaiveDate>,
    /// The value of one base unit. The same item comes at several prices (RULES 4.3), and gifts
    /// without a valuation state none (RULES 4.2).
    pub unit_value: Option<Money>,
    /// What it is bound to.
    pub restriction: Restriction,
}

/// Why facts do not make a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LotError {
    /// Goods that expired before they were made.
    #[error("the goods expire on {expires_on}, before they were made on {produced_on}")]
    ExpiryBeforeProduction {
        /// The day of production.
        produced_on: NaiveDate,
        /// The last day of use.
        expires_on: NaiveDate,
    },
    /// Goods that were received before they were made.
    #[error("the goods were made on {produced_on}, after they were received on {received_on}")]
    ProducedAfterReceipt {
        /// The day of production.
        produced_on: NaiveDate,
        /// The day of receipt.
        received_on: NaiveDate,
    },
}

/// What the one who receives goods should be told about their life. Not a refusal: in an
/// emergency short-lived food is welcome, and old stock must be bookable to be disposed of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifeWarning {
    /// The last day of use has passed.
    Expired {
        /// The last day of use.
        expires_on: NaiveDate,
    },
    /// A donation that does not keep long enough (RULES 4.2).
    ShortLife {
        /// The last day of use.
        expires_on: NaiveDate,
        /// The rule asks for a last day of use after this day.
        wanted_after: NaiveDate,
    },
}

/// A lot whose facts were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot(LotFacts);

impl Lot {
    /// Checks facts against the day of receipt.
    ///
    /// # Errors
    /// [`LotError`] for days that contradict each other.
    pub fn new(facts: LotFacts, received_on: NaiveDate) -> Result<Self, LotError> {
        if let Some(produced_on) = facts.produced_on {
            if let Some(expires_on) = facts.expires_on
                && expires_on < produced_on
            {
                return Err(LotError::ExpiryBeforeProduction {
                    produced_on,
                    expires_on,
                });
            }
            if produced_on > received_on {
                return Err(LotError::ProducedAfterReceipt {
                    produced_on,
                    received_on,
                });
            }
        }
        Ok(Self(facts))
    }

    /// The facts.
    #[must_use]
    pub fn facts(&self) -> &LotFacts {
        &self.0
    }

    /// Whose goods these are in the eyes of `custodian`.
    #[must_use]
    pub fn held_by(&self, custodian: Id<kinds::Organisation>) -> Holding {
        if self.0.owner == custodian {
            Holding::Own
        } else {
            Holding::ForAnother
        }
    }

    /// What to tell whoever receives the goods on `received_on`.
    ///
    /// Donated goods that expire should keep for more than 6 months, or for more than 3 where
    /// their whole life is at most 6 (RULES 4.2, Deyang 2023; Wuchang asks 6 for food and drugs).
    /// Where the day of production is unknown, so is the whole life, and 6 months are asked.
    #[must_use]
    pub fn life_warning(&self, received_on: NaiveDate) -> Option<LifeWarning> {
        let expires_on = self.0.expires_on?;
        if expires_on < received_on {
            return Some(LifeWarning::Expired { expires_on });
        }
        if self.0.source != Source::Donation {
            return None;
        }
        let short_lived = self
            .0
            .produced_on
            .and_then(|produced_on| produced_on.checked_add_months(Months::new(6)))
            .is_some_and(|half_a_year_old| expires_on <= half_a_year_old);
        let months = Months::new(if short_lived { 3 } else { 6 });
        let wanted_after = received_on.checked_add_months(months)?;
        (expires_on <= wanted_after).then_some(LifeWarning::ShortLife {
            expires_on,
            wanted_after,
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn lot(
        source: Source,
        produced_on: Option<&str>,
        expires_on: Option<&str>,
    ) -> Result<Lot, LotError> {
        let facts = LotFacts {
            item: Id::from_uuid(Uuid::from_u128(1)),
            owner: Id::from_uuid(Uuid::from_u128(2)),
            source,
            donor: None,
            batch: None,
            maker: None,
            produced_on: produced_on.map(day),
            expires_on: expires_on.map(day),
            unit_value: None,
            restriction: Restriction::None,
        };
        Lot::new(facts, day("2026-01-31"))
    }

    #[test]
    fn days_that_contradict_each_other_are_refused() {
        let check = |produced_on, expires_on, expected: Option<LotError>| {
            let answer = lot(Source::Purchase, produced_on, expires_on);
            assert_eq!(answer.err(), expected, "{produced_on:?} {expires_on:?}");
        };
        check(None, None, None);
        check(None, Some("1999-01-01"), None);
        check(Some("2026-01-31"), Some("2026-01-31"), None);
        check(
            Some("2025-06-02"),
            Some("2025-06-01"),
            Some(LotError::ExpiryBeforeProduction {
                produced_on: day("2025-06-02"),
                expires_on: day("2025-06-01"),
            }),
        );
        check(
            Some("2026-02-01"),
            None,
            Some(LotError::ProducedAfterReceipt {
                produced_on: day("2026-02-01"),
                received_on: day("2026-01-31"),
            }),
        );
    }

    #[test]
    fn donations_should_keep_half_a_year_or_half_their_life() {
        let check = |source, produced_on, expires_on: Option<&str>, wanted_after: Option<&str>| {
            let answer = lot(source, produced_on, expires_on).unwrap();
            let expected = wanted_after.map(|wanted_after| LifeWarning::ShortLife {
                expires_on: day(expires_on.unwrap()),
                wanted_after: day(wanted_after),
            });
            assert_eq!(
                answer.life_warning(day("2026-01-31")),
                expected,
                "{expires_on:?}"
            );
        };
        let long = Some("2025-06-01");
        check(Source::Donation, long, None, None);
        check(Source::Donation, long, Some("2026-08-01"), None);
        check(
            Source::Donation,
            long,
            Some("2026-07-31"),
            Some("2026-07-31"),
        );
        check(Source::Purchase, long, Some("2026-07-31"), None);
        check(
            Source::Donation,
            None,
            Some("2026-07-31"),
            Some("2026-07-31"),
        );
        // A whole life of six months at most: three are enough. April has no 31st.
        let short = Some("2026-01-01");
        check(Source::Donation, short, Some("2026-07-01"), None);
        check(Source::Donation, short, Some("2026-05-01"), None);
        check(
            Source::Donation,
            short,
            Some("2026-04-30"),
            Some("2026-04-30"),
        );
    }

    #[test]
    fn what_has_expired_is_said_to_have_expired() {
        for source in [Source::Donation, Source::Opening] {
            let expired = lot(source, None, Some("2026-01-30")).unwrap();
            let expires_on = day("2026-01-30");
            assert_eq!(
                expired.life_warning(day("2026-01-31")),
                Some(LifeWarning::Expired { expires_on })
            );
        }
        let last_day = lot(Source::Opening, None, Some("2026-01-31")).unwrap();
        assert_eq!(last_day.life_warning(day("2026-01-31")), None);
    }

    #[test]
    fn goods_are_held_for_another_when_owner_and_custodian_differ() {
        let lot = lot(Source::Purchase, None, None).unwrap();
        let custodian = |number| Id::from_uuid(Uuid::from_u128(number));
        assert_eq!(lot.held_by(custodian(2)), Holding::Own);
        assert_eq!(lot.held_by(custodian(3)), Holding::ForAnother);
    }
}
