//! How long an account rests after wrong passwords.
//!
//! **Invariant.** The lock grows with every failure and has an end: an account can be slowed down
//! by a stranger, never shut out for good. Whatever the figures, the answer is a time.

use chrono::{DateTime, TimeDelta, Utc};

/// How failures turn into waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockoutRule {
    /// This many failures in a row cost nothing; the next one locks. It is 0 or more.
    pub free_failures: u32,
    /// How long the first lock lasts, in seconds.
    pub first_lock_s: u32,
    /// No lock lasts longer than this, in seconds.
    pub longest_lock_s: u32,
}

impl Default for LockoutRule {
    /// Five wrong passwords in a row lock for a minute, each further one twice as long, at most
    /// half an hour.
    fn default() -> Self {
        Self {
            free_failures: 4,
            first_lock_s: 60,
            longest_lock_s: 1_800,
        }
    }
}

impl LockoutRule {
    /// Until when the account is locked after `failures` in a row, the last of them at
    /// `last_failure_at`; `None` if it is not. A success sets the count back to 0.
    #[must_use]
    pub fn locked_until(
        &self,
        failures: u32,
        last_failure_at: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let doublings = failures.checked_sub(self.free_failures)?.checked_sub(1)?;
        let lock_s = 2_u64
            .checked_pow(doublings)
            .and_then(|times| times.checked_mul(u64::from(self.first_lock_s)))
            .and_then(|lock_s| u32::try_from(lock_s).ok())
            .map_or(self.longest_lock_s, |lock_s| {
                lock_s.min(self.longest_lock_s)
            });
        Some(
            last_failure_at
                .checked_add_signed(TimeDelta::seconds(i64::from(lock_s)))
                .unwrap_or(DateTime::<Utc>::MAX_UTC),
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_lock_doubles_up_to_its_cap() {
        let rule = LockoutRule::default();
        let noon = DateTime::UNIX_EPOCH;
        for (failures, lock_s) in [
            (0, None),
            (4, None),
            (5, Some(60)),
            (6, Some(120)),
            (9, Some(960)),
            (10, Some(1_800)),
            (11, Some(1_800)),
            (u32::MAX, Some(1_800)),
        ] {
            let until = lock_s.map(|lock_s| noon + TimeDelta::seconds(lock_s));
            assert_eq!(rule.locked_until(failures, noon), until, "{failures}");
        }
        assert!(rule.locked_until(9, DateTime::<Utc>::MAX_UTC).is_some());
    }

    proptest! {
        #[test]
        fn more_failures_never_lock_for_less(
            free_failures: u32,
            first_lock_s: u32,
            longest_lock_s: u32,
            failures in 0_u32..u32::MAX,
        ) {
            let rule = LockoutRule { free_failures, first_lock_s, longest_lock_s };
            let until = |failures| rule.locked_until(failures, DateTime::UNIX_EPOCH);
            prop_assert!(until(failures) <= until(failures + 1));
        }
    }
}
