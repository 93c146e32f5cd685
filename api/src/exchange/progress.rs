//! How far the imports of this server are.
//!
//! **Invariant.** Progress lives in memory beside the row of the run: on SQLite the one writer is
//! busy with the import's own transaction, and on PostgreSQL that transaction is not to be seen
//! either. At most [`AT_ONCE`] imports run and [`WAITING_MAX`] wait; more are refused as busy.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use domain::kernel::{Id, kinds::ImportRun};
use tokio::sync::Semaphore;

use crate::problem::{Code, Problem};

use super::report::Report;

/// Imports that run side by side. Each may hold a file of 64 MiB and what became of it.
pub(crate) const AT_ONCE: usize = 2;
/// Imports that wait for their turn, each with its spooled file.
pub(crate) const WAITING_MAX: usize = 8;

/// What one import does at this moment.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    total: AtomicU64,
    done: AtomicU64,
    writing: AtomicBool,
    report: Mutex<Option<Report>>,
}

impl Progress {
    /// Tells how many rows were read so far.
    pub(crate) fn read(&self, rows: u64) {
        self.total.store(rows, Ordering::Relaxed);
    }

    /// Reading is over and writing begins; a lost race begins again.
    pub(crate) fn begin_writing(&self) {
        self.done.store(0, Ordering::Relaxed);
        self.writing.store(true, Ordering::Relaxed);
    }

    /// One row more was dealt with.
    pub(crate) fn advance(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn rows_total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    pub(crate) fn rows_done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    pub(crate) fn is_writing(&self) -> bool {
        self.writing.load(Ordering::Relaxed)
    }

    /// Keeps what is known of the file, so that a refusal that rolls everything back leaves it.
    pub(crate) fn keep(&self, report: Report) {
        *self.report.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
    }

    /// What is known of the file.
    pub(crate) fn report(&self) -> Option<Report> {
        self.report
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The imports of this server that have not ended.
#[derive(Debug, Clone)]
pub(crate) struct Imports {
    running: Arc<Mutex<BTreeMap<Id<ImportRun>, Arc<Progress>>>>,
    places: Arc<Semaphore>,
    openings: Arc<Semaphore>,
}

impl Default for Imports {
    fn default() -> Self {
        Self {
            running: Arc::default(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            openings: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Imports {
    /// Refuses when as many imports wait as may.
    pub(crate) fn admit(&self) -> Result<(), Problem> {
        if self.lock().len() >= AT_ONCE + WAITING_MAX {
            return Err(Problem::new(Code::Busy).detail(
                "正在处理的导入过多，请稍后再试",
                "too many imports are under way; try again later",
            ));
        }
        Ok(())
    }

    pub(crate) fn begin(&self, id: Id<ImportRun>) -> Arc<Progress> {
        Arc::clone(self.lock().entry(id).or_default())
    }

    pub(crate) fn end(&self, id: Id<ImportRun>) {
        self.lock().remove(&id);
    }

    pub(crate) fn progress(&self, id: Id<ImportRun>) -> Option<Arc<Progress>> {
        self.lock().get(&id).cloned()
    }

    /// Places to read and write a file.
    pub(crate) fn places(&self) -> Arc<Semaphore> {
        Arc::clone(&self.places)
    }

    /// Places to look whether a file can be read at all, which takes its size in memory.
    pub(crate) fn openings(&self) -> Arc<Semaphore> {
        Arc::clone(&self.openings)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Id<ImportRun>, Arc<Progress>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
