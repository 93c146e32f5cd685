//! How much of one owner's goods an organisation may order for itself while they are scarce.
//!
//! **Invariant.** A limit is the greater of an amount that is always free and a share of the pool, and
//! what was permitted beside it. Nobody is told no for what lies within it, whatever others have.
//!
//! No published rule gives the figures: whoever owns the goods sets them, for as long as they like.

/// The figures of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FairUse {
    share_percent: i64,
    free: i64,
}

/// Why figures are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FairUseError {
    /// Neither nothing nor everything is a share.
    #[error("a share is 1 to 99 per cent")]
    Share,
    /// An amount in base units.
    #[error("what is free is 0 to {} base units", FairUse::FREE_MAX)]
    Free,
}

/// Of what one organisation wants, and has had, of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Claim {
    /// What there is, and what has left for good since the rule began, in base units.
    pub pool: i64,
    /// What the organisation has ordered since, and was not given up.
    pub drawn: i64,
    /// What it was permitted beside its share.
    pub permitted: i64,
    /// What it wants now.
    pub wanted: i64,
}

impl FairUse {
    /// The most that may be free, in base units.
    pub const FREE_MAX: i64 = 1_000_000_000;

    /// A rule of these figures.
    ///
    /// # Errors
    /// [`FairUseError`] for a share outside 1..=99 per cent, or a free amount outside
    /// 0..=[`FairUse::FREE_MAX`].
    pub fn new(share_percent: i64, free: i64) -> Result<Self, FairUseError> {
        if !(1..=99).contains(&share_percent) {
            return Err(FairUseError::Share);
        }
        if !(0..=Self::FREE_MAX).contains(&free) {
            return Err(FairUseError::Free);
        }
        Ok(Self {
            share_percent,
            free,
        })
    }

    /// In whole per cent.
    #[must_use]
    pub const fn share_percent(self) -> i64 {
        self.share_percent
    }

    /// In base units.
    #[must_use]
    pub const fn free(self) -> i64 {
        self.free
    }

    /// What an organisation may have of a pool with nobody's permission, in base units: a share is
    /// rounded down.
    #[must_use]
    pub fn limit(self, pool: i64) -> i64 {
        let share = i128::from(pool.max(0)) * i128::from(self.share_percent) / 100;
        i64::try_from(share).unwrap_or(i64::MAX).max(self.free)
    }

    /// What a claim may still be for, in base units.
    #[must_use]
    pub fn left(self, claim: Claim) -> i64 {
        let allowed = i128::from(self.limit(claim.pool)) + i128::from(claim.permitted.max(0));
        let left = allowed - i128::from(claim.drawn.max(0));
        i64::try_from(left.max(0)).unwrap_or(i64::MAX)
    }

    /// By how much a claim goes beyond what is allowed, if by anything.
    #[must_use]
    pub fn excess(self, claim: Claim) -> Option<i64> {
        let allowed = i128::from(self.limit(claim.pool)) + i128::from(claim.permitted.max(0));
        let would_have = i128::from(claim.drawn.max(0)) + i128::from(claim.wanted.max(0));
        let over = i64::try_from(would_have - allowed).unwrap_or(i64::MAX);
        // Who has more than the limit already and wants nothing more is not refused anything.
        (over > 0 && claim.wanted > 0).then(|| over.min(claim.wanted))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_share_or_what_is_free_whichever_is_more() {
        // share %, free, pool, drawn, permitted, wanted, beyond
        let table: &[([i64; 6], Option<i64>)] = &[
            ([30, 0, 1000, 0, 0, 300], None),
            ([30, 0, 1000, 0, 0, 301], Some(1)),
            ([30, 0, 1000, 250, 0, 51], Some(1)),
            ([30, 0, 1000, 250, 1, 51], None),
            // Rounded down.
            ([33, 0, 10, 0, 0, 3], None),
            ([33, 0, 10, 0, 0, 4], Some(1)),
            // The free amount counts where the share is less, and not beside it.
            ([30, 50, 100, 0, 0, 50], None),
            ([30, 50, 100, 0, 0, 51], Some(1)),
            ([30, 50, 1000, 0, 0, 300], None),
            // An empty pool, and one that shrank below what was drawn.
            ([30, 0, 0, 0, 0, 1], Some(1)),
            ([30, 0, 100, 80, 0, 5], Some(5)),
            ([30, 0, 100, 80, 0, 0], None),
            (
                [1, 0, i64::MAX, i64::MAX, i64::MAX, i64::MAX],
                Some(9_131_138_316_486_228_049),
            ),
        ];
        for &([share, free, pool, drawn, permitted, wanted], beyond) in table {
            let rule = FairUse::new(share, free).unwrap();
            let claim = Claim {
                pool,
                drawn,
                permitted,
                wanted,
            };
            assert_eq!(rule.excess(claim), beyond, "{share} % {free} {claim:?}");
        }
    }

    #[test]
    fn figures_have_bounds() {
        for share in [i64::MIN, -1, 0, 100, i64::MAX] {
            assert_eq!(FairUse::new(share, 0), Err(FairUseError::Share));
        }
        for free in [i64::MIN, -1, FairUse::FREE_MAX + 1] {
            assert_eq!(FairUse::new(50, free), Err(FairUseError::Free));
        }
        assert!(FairUse::new(1, 0).is_ok());
        assert!(FairUse::new(99, FairUse::FREE_MAX).is_ok());
    }

    proptest! {
        // What is allowed as it stands is allowed with what is beyond taken off, and with one unit
        // less taken off it is not.
        #[test]
        fn what_is_beyond_is_exactly_what_is_too_much(
            share in 1..=99_i64, free in 0..1_000_i64, pool in 0..100_000_i64,
            drawn in 0..100_000_i64, permitted in 0..1_000_i64, wanted in 0..100_000_i64,
        ) {
            let rule = FairUse::new(share, free).unwrap();
            let claim = Claim { pool, drawn, permitted, wanted };
            let left = Claim { wanted: rule.left(claim), ..claim };
            prop_assert_eq!(rule.excess(left), None);
            let more = Claim { wanted: left.wanted + 1, ..claim };
            prop_assert!(rule.excess(more).is_some());
            match rule.excess(claim) {
                None => prop_assert!(
                    wanted == 0 || drawn + wanted <= rule.limit(pool) + permitted
                ),
                Some(over) => {
                    prop_assert!(over >= 1 && over <= wanted);
                    let less = |by: i64| rule.excess(Claim { wanted: wanted - by, ..claim });
                    prop_assert_eq!(less(over), None);
                    prop_assert!(less(over - 1).is_some());
                }
            }
        }

        // Any order of small claims within the limit adds up to no more than the limit.
        #[test]
        fn nobody_gets_more_by_asking_often(
            share in 1..=99_i64, pool in 0..10_000_i64,
            claims in prop::collection::vec(1..500_i64, 0..60),
        ) {
            let rule = FairUse::new(share, 0).unwrap();
            let mut drawn = 0;
            for wanted in claims {
                let claim = Claim { pool, drawn, permitted: 0, wanted };
                if rule.excess(claim).is_none() {
                    drawn += wanted;
                }
            }
            prop_assert!(drawn <= rule.limit(pool));
        }
    }
}
