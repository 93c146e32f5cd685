//! The one clock.
//!
//! **Invariant.** Nothing else in the project reads the time of day; commands get it from the unit
//! of work. Times are UTC and whole milliseconds, so that both databases give back what they got.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, TimeDelta, Utc};

// China keeps one time, and so do its depots: UTC+8.
const DEPOT_TIME: TimeDelta = TimeDelta::hours(8);

/// The day that the calendar on a depot's wall shows: last days of use are judged by it.
#[must_use]
pub fn day_at_depots(moment: DateTime<Utc>) -> NaiveDate {
    time_at_depots(moment).date()
}

/// What calendar and clock on a depot's wall show.
#[must_use]
pub fn time_at_depots(moment: DateTime<Utc>) -> NaiveDateTime {
    moment
        .checked_add_signed(DEPOT_TIME)
        .unwrap_or(moment)
        .naive_utc()
}

/// The moment at which a day begins at the depots.
#[must_use]
pub fn start_of_day(day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN).and_utc();
    midnight.checked_sub_signed(DEPOT_TIME).unwrap_or(midnight)
}

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
        self.shift_ms.fetch_add(whole_ms(by), Ordering::Relaxed);
    }

    /// Moves the clock back, as a time server does to one that was ahead.
    pub fn set_back(&self, by: Duration) {
        self.shift_ms.fetch_sub(whole_ms(by), Ordering::Relaxed);
    }
}

/// How long the parts of some work take, for the log and never to decide by.
#[derive(Debug)]
pub(crate) struct Laps(Instant);

impl Laps {
    /// The first part begins.
    pub(crate) fn begin() -> Self {
        Self(Instant::now())
    }

    /// How long the part took that ends here; the next one begins.
    pub(crate) fn lap(&mut self) -> Duration {
        let now = Instant::now();
        let took = now.duration_since(self.0);
        self.0 = now;
        took
    }
}

fn whole_ms(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_begins_at_midnight_in_china() {
        for (moment, day) in [
            ("2026-11-03T15:59:59Z", "2026-11-03"),
            ("2026-11-03T16:00:00Z", "2026-11-04"),
        ] {
            let moment: DateTime<Utc> = moment.parse().unwrap();
            assert_eq!(day_at_depots(moment).to_string(), day);
        }
        let day = NaiveDate::from_ymd_opt(2026, 11, 4).unwrap();
        assert_eq!(start_of_day(day).to_rfc3339(), "2026-11-03T16:00:00+00:00");
    }
}
