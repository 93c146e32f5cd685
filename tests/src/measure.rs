//! What benches share: rounds, their spread, and what a process takes of the memory.
//!
//! **Invariant.** A figure is never told without its spread, and a ratio never without both sides.

use std::{fmt, time::Instant};

use tokio::runtime::{Builder, Runtime};

/// The least, the middle and the most of what some rounds gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The least.
    pub least: f64,
    /// The middle.
    pub middle: f64,
    /// The most.
    pub most: f64,
}

impl Spread {
    /// Of these figures.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        let (Some(least), Some(most)) = (figures.first(), figures.last()) else {
            panic!("nothing was measured");
        };
        Self {
            least: *least,
            middle: figures[figures.len() / 2],
            most: *most,
        }
    }

    /// How many times the middle of the baseline the middle is.
    #[must_use]
    pub fn over(&self, baseline: &Self) -> f64 {
        self.middle / baseline.middle
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            least,
            middle,
            most,
        } = self;
        // Three digits say all that such figures say.
        let digits = if *middle < 100.0 { 1 } else { 0 };
        write!(f, "{middle:.digits$} ({least:.digits$} to {most:.digits$})")
    }
}

/// How long something takes, in milliseconds, and what it gives.
pub fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let began = Instant::now();
    let given = work();
    (began.elapsed().as_secs_f64() * 1_000.0, given)
}

/// The same of what is awaited.
pub async fn timed_async<T>(work: impl Future<Output = T>) -> (f64, T) {
    let began = Instant::now();
    let given = work.await;
    (began.elapsed().as_secs_f64() * 1_000.0, given)
}

/// A runtime with so many threads.
///
/// # Panics
/// When the system has none to give.
#[must_use]
pub fn runtime(threads: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .expect("a runtime can be made")
}

/// What a process has in memory, in MiB, by a line of `/proc/…/status`: `VmRSS` for now, `VmHWM` for
/// the most that it ever had. `None` once it has ended.
#[must_use]
pub fn memory(process: u32, line: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let rest = status
        .lines()
        .find_map(|text| text.strip_prefix(line)?.strip_prefix(':'))?;
    let kib: f64 = rest.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib / 1_024.0)
}
