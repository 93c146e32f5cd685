//! What is known of the disk under the database.
//!
//! **Invariant.** After SQLite's file could not be written or flushed, nobody knows what of the last
//! commit reached the disk: no more is written until the process has begun anew and read the file.
//! A full disk refuses cleanly and is well again when there is space.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use sea_orm::DbErr;
use tokio::sync::watch;

use super::Fault;

/// After the disk was full, the server is well again when this many bytes are free: a small entry
/// may find a place where the next one finds none.
const ROOM_MIN: u64 = 8 << 20;

/// The state of the disk, seen by all who share the database.
#[derive(Debug, Clone)]
pub struct Disk {
    state: Arc<watch::Sender<State>>,
    /// Where SQLite's file lies.
    place: Option<Arc<Path>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Well,
    Full,
    Failed,
}

impl Disk {
    /// The disk under the file of SQLite; that of PostgreSQL is not ours to look at.
    pub(super) fn under(file: Option<PathBuf>) -> Self {
        Self {
            state: Arc::new(watch::Sender::new(State::Well)),
            place: file.as_deref().and_then(Path::parent).map(Arc::from),
        }
    }

    /// Whether there is space for more than a small entry, as far as one can see.
    pub(crate) fn has_room(&self) -> bool {
        let Some(Ok(found)) = self.place.as_deref().map(rustix::fs::statvfs) else {
            return true;
        };
        found.f_bavail.saturating_mul(found.f_frsize) >= ROOM_MIN
    }

    /// Waits until the disk has failed; nothing may be written from then on.
    pub async fn has_failed(&self) {
        let mut seen = self.state.subscribe();
        // The sender lives as long as `self`.
        let _ = seen.wait_for(|state| *state == State::Failed).await;
    }

    /// Whether nothing may be written any more.
    pub(crate) fn is_failed(&self) -> bool {
        *self.state.borrow() == State::Failed
    }

    /// Whether the last writer found no space.
    pub(crate) fn is_full(&self) -> bool {
        *self.state.borrow() == State::Full
    }

    /// Notes what an error of the database tells of it.
    pub(crate) fn learn(&self, error: &DbErr) {
        match Fault::of(error) {
            Fault::DiskFailed => {
                tracing::error!(%error, "the disk failed; nothing is written any more");
                self.note_failure();
            }
            Fault::NoSpace => self.note_space(false),
            Fault::LostRace | Fault::Away | Fault::TookTooLong | Fault::Ours => {}
        }
    }

    /// Notes that something could not be written or flushed.
    pub(crate) fn note_failure(&self) {
        self.state.send_replace(State::Failed);
    }

    /// Notes whether there was space for what was written.
    pub(crate) fn note_space(&self, there_is: bool) {
        let found = if there_is { State::Well } else { State::Full };
        self.state.send_if_modified(|state| {
            let news = *state != State::Failed && *state != found;
            if news {
                *state = found;
            }
            news
        });
    }
}
