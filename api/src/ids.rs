//! The one source of ids and random bytes.
//!
//! **Invariant.** Ids made here are UUIDv7: they grow with time, so that new rows go to the end of
//! every index. Secrets have at least 128 bits from the operating system.

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use domain::kernel::{Id, Kind};
use uuid::{Builder, Uuid};

// The last millisecond and its counter: ids of one process never run backwards, even when the
// clock does.
static LAST: Mutex<(u64, u16)> = Mutex::new((0, 0));

/// A fresh id.
pub(crate) fn fresh<K: Kind>(now: DateTime<Utc>) -> Id<K> {
    Id::from_uuid(fresh_uuid(now))
}

fn fresh_uuid(now: DateTime<Utc>) -> Uuid {
    let asked_ms = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    let (ms, counter) = {
        let mut last = LAST
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *last = match *last {
            (ms, counter) if asked_ms <= ms && counter < 0x0FFF => (ms, counter + 1),
            (ms, _) if asked_ms <= ms => (ms + 1, 0),
            _ => (asked_ms, 0),
        };
        *last
    };
    // Twelve bits after the version hold the counter, as RFC 9562 section 6.2 method 1 allows.
    let mut tail = random::<10>();
    tail[0] = (counter >> 8) as u8;
    tail[1] = (counter & 0xFF) as u8;
    Builder::from_unix_timestamp_millis(ms, &tail).into_uuid()
}

/// Random bytes of the operating system.
///
/// # Panics
/// When the operating system has none to give: nothing safe can be done then.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that draws random bytes"
)]
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(
        clippy::expect_used,
        reason = "without randomness no secret may be made"
    )]
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_runs_backwards() {
        let now = crate::clock::Clock::default().now();
        let mut last = fresh_uuid(now);
        for step in 0..10_000_i64 {
            let next = fresh_uuid(now - TimeDelta::milliseconds(step % 7));
            assert!(next > last, "{next} after {last}");
            assert_eq!(next.get_version_num(), 7);
            last = next;
        }
    }
}
