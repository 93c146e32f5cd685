//! The core of the writer.
//!
//! **Invariant.** The writer and the thread of its connection run on one core. They take turns, a
//! statement each, and never have anything to do at the same time; on two cores each would wait for the
//! other's to wake up, which takes longer than most statements.

/// Keeps this thread, and the threads that it starts, on the core on which it runs now.
#[cfg(target_os = "linux")]
pub(super) fn stay() {
    use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};
    let mut here = CpuSet::new();
    here.set(sched_getcpu());
    if let Err(error) = sched_setaffinity(None, &here) {
        // Slower, and right all the same.
        tracing::debug!(%error, "the writer may not choose its core");
    }
}

/// Only Linux is asked.
#[cfg(not(target_os = "linux"))]
pub(super) fn stay() {}
