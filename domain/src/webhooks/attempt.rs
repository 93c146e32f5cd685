//! When an event is told again.
//!
//! **Invariant.** It is told at most [`ATTEMPTS_MAX`] times over 75 hours and a half, as Standard
//! Webhooks 1.0 recommends; a receiver may ask for more time and never for less.

use chrono::TimeDelta;

/// An event is told so often before it counts as not to be delivered.
pub const ATTEMPTS_MAX: u32 = 10;

// From one attempt to the next.
const PAUSES: [TimeDelta; ATTEMPTS_MAX as usize - 1] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];
// Nobody is waited for longer, whatever they ask.
const ASKED_MAX: TimeDelta = TimeDelta::hours(24);

/// What came of telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// An answer with this status, and the time for which the receiver asked.
    Status {
        /// Of HTTP.
        code: u16,
        /// `Retry-After`, where it came with it.
        retry_after: Option<TimeDelta>,
    },
    /// No answer at all.
    Nothing,
}

/// What follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It has arrived.
    Delivered,
    /// It is told again after this time.
    Again(TimeDelta),
    /// It was told as often as it is.
    Failed,
    /// The receiver wants to hear nothing more, of this or of anything.
    Gone,
}

/// What follows when an event was told for the `attempts`th time, from 1.
#[must_use]
pub fn next(attempts: u32, heard: Heard) -> Next {
    let asked = match heard {
        Heard::Status {
            code: 200..=299, ..
        } => return Next::Delivered,
        Heard::Status { code: 410, .. } => return Next::Gone,
        Heard::Status { retry_after, .. } => retry_after.unwrap_or_default(),
        Heard::Nothing => TimeDelta::zero(),
    };
    let place = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    match PAUSES.get(place) {
        Some(&pause) => Next::Again(pause.max(asked.min(ASKED_MAX))),
        None => Next::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16, retry_after: Option<i64>) -> Heard {
        Heard::Status {
            code,
            retry_after: retry_after.map(TimeDelta::seconds),
        }
    }

    #[test]
    fn what_follows_from_an_answer() {
        let table = [
            (1, status(200, None), Next::Delivered),
            (1, status(204, None), Next::Delivered),
            (10, status(299, None), Next::Delivered),
            (1, status(410, None), Next::Gone),
            (1, status(302, None), Next::Again(TimeDelta::seconds(5))),
            (1, status(404, None), Next::Again(TimeDelta::seconds(5))),
            (2, status(500, None), Next::Again(TimeDelta::minutes(5))),
            (
                1,
                status(429, Some(90)),
                Next::Again(TimeDelta::seconds(90)),
            ),
            (2, status(503, Some(1)), Next::Again(TimeDelta::minutes(5))),
            (1, status(429, Some(-5)), Next::Again(TimeDelta::seconds(5))),
            (
                1,
                status(429, Some(i64::from(u32::MAX))),
                Next::Again(TimeDelta::hours(24)),
            ),
            (9, Heard::Nothing, Next::Again(TimeDelta::hours(24))),
            (10, Heard::Nothing, Next::Failed),
            (10, status(500, Some(5)), Next::Failed),
            (u32::MAX, Heard::Nothing, Next::Failed),
        ];
        for (attempts, heard, expected) in table {
            assert_eq!(next(attempts, heard), expected, "{attempts} {heard:?}");
        }
    }

    #[test]
    fn a_receiver_that_is_down_for_three_days_misses_nothing() {
        let mut all = TimeDelta::zero();
        for attempts in 1..=ATTEMPTS_MAX {
            match next(attempts, Heard::Nothing) {
                Next::Again(pause) => all += pause,
                end => assert_eq!((attempts, end), (ATTEMPTS_MAX, Next::Failed)),
            }
        }
        assert!(all >= TimeDelta::hours(75), "{all}");
    }
}
