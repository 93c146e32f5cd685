//! The same work for many things, on all cores.
//!
//! **Invariant.** Answers stand in the order of what was asked, so how many cores there are and who
//! finishes first changes nothing but the time.

use std::{
    num::NonZero,
    panic,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// Fewer things than this are not worth waking anyone for.
const ALONE_MAX: usize = 8;

/// What `work` makes of each of `things`.
pub(crate) fn map<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    if cores == 1 || things.len() <= ALONE_MAX {
        return things.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let share = || {
        let mut done = Vec::new();
        while let place = next.fetch_add(1, Ordering::Relaxed)
            && let Some(thing) = things.get(place)
        {
            done.push((place, work(thing)));
        }
        done
    };
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let others: Vec<_> = (1..cores).map(|_| scope.spawn(share)).collect();
        let mut done = share();
        for other in others {
            match other.join() {
                Ok(others) => done.extend(others),
                Err(fault) => panic::resume_unwind(fault),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn answers_stand_in_the_order_of_the_questions() {
        for length in [0, 1, 8, 9, 1_000] {
            let things: Vec<usize> = (0..length).collect();
            let doubled: Vec<usize> = things.iter().map(|thing| 2 * thing).collect();
            assert_eq!(super::map(&things, |thing| 2 * thing), doubled);
        }
    }
}
