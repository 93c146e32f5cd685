//! The one clock.
//!
//! **Invariant.** Nothing else in the project reads the time of day; commands get it from the unit
//! of work. Times are UTC and whole milliseconds, so that both databases give back what they got.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// Tells the time. Clones share the shift, so that a test can move a running server's clock.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    shift_ms: Arc<AtomicI64>,
}

impl Clock {
    /// The present moment.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the clock"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        let shift = TimeDelta::milliseconds(self.shift_ms.load(Ordering::Relaxed));
        Utc::now().trunc_subsecs(3) + shift
    }

    /// Moves the clock forward, for tests of deadlines and expiry.
    pub fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.shift_ms.fetch_add(ms, Ordering::Relaxed);
    }
}
