//! How many wrong passwords one network may send, whomever it tries.
//!
//! **Invariant.** A burst costs nothing, and after it one try is left every so often: a network is
//! slowed down, never shut out for good, because an office shares an address.

use chrono::{DateTime, TimeDelta, Utc};

/// How failures turn into waiting. They fill a vessel that drains: what is kept of a network is when
/// it will be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkRule {
    /// This many failures at once cost nothing.
    pub free_failures: u32,
    /// After so many seconds one failure is forgotten.
    pub forgets_one_in_s: u32,
    /// No lock lasts longer than this, in seconds.
    pub longest_lock_s: u32,
}

impl NetworkRule {
    /// When the vessel is empty that drained at `drains_at` and gets one failure more `now`.
    #[must_use]
    pub fn after_failure(
        &self,
        drains_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> DateTime<Utc> {
        let filled = drains_at.map_or(now, |drains_at| drains_at.max(now));
        let one_more = later(filled, i64::from(self.forgets_one_in_s));
        let fullest = i64::from(self.longest_lock_s).saturating_add(self.free_s());
        one_more.min(later(now, fullest))
    }

    /// Until when nobody of the network is listened to, if not now already.
    #[must_use]
    pub fn locked_until(
        &self,
        drains_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let until = drains_at.checked_sub_signed(TimeDelta::seconds(self.free_s()))?;
        (until > now).then_some(until)
    }

    fn free_s(&self) -> i64 {
        i64::from(self.free_failures) * i64::from(self.forgets_one_in_s)
    }
}

fn later(moment: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
    TimeDelta::try_seconds(seconds)
        .and_then(|wait| moment.checked_add_signed(wait))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULE: NetworkRule = NetworkRule {
        free_failures: 3,
        forgets_one_in_s: 60,
        longest_lock_s: 1_800,
    };

    #[test]
    fn a_burst_is_free_and_then_one_in_a_minute() {
        let mut now = DateTime::UNIX_EPOCH;
        let mut drains_at = None;
        let mut fail = |now| {
            let after = RULE.after_failure(drains_at, now);
            drains_at = Some(after);
            RULE.locked_until(after, now)
                .map(|until| (until - now).num_seconds())
        };
        for _ in 0..3 {
            assert_eq!(fail(now), None);
        }
        assert_eq!(fail(now), Some(60));
        // One that was under way with it.
        assert_eq!(fail(now), Some(120));
        now += TimeDelta::seconds(120);
        assert_eq!(fail(now), Some(60));
        // After a quiet while the burst is free again.
        now += TimeDelta::seconds(4 * 60);
        for _ in 0..3 {
            assert_eq!(fail(now), None);
        }
        assert_eq!(fail(now), Some(60));
    }

    proptest! {
        #[test]
        fn no_lock_is_longer_than_the_longest_and_each_ends(
            free_failures in 0_u32..10_000,
            forgets_one_in_s in 1_u32..10_000,
            longest_lock_s in 1_u32..100_000,
            waits in prop::collection::vec(0_i64..5_000, 0..100),
        ) {
            let rule = NetworkRule { free_failures, forgets_one_in_s, longest_lock_s };
            let mut now = DateTime::UNIX_EPOCH;
            let mut drains_at = None;
            for wait in waits {
                now += TimeDelta::seconds(wait);
                let after = rule.after_failure(drains_at, now);
                prop_assert!(drains_at.is_none_or(|before: DateTime<Utc>| after >= before.min(now)));
                drains_at = Some(after);
                if let Some(until) = rule.locked_until(after, now) {
                    prop_assert!(until - now <= TimeDelta::seconds(longest_lock_s.into()));
                    prop_assert_eq!(rule.locked_until(after, until), None);
                }
            }
        }
    }
}
