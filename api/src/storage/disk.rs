//! What is known of the disk under the database.
//!
//! **Invariant.** After SQLite's file could not be written or flushed, nobody knows what of the last
//! commit reached the disk: no more is written until the process has begun anew and read the file.
//! A full disk refuses cleanly and is well again when there is space.

use std::sync::Arc;

use tokio::sync::watch;

/// The state of the disk, seen by all who share the database.
#[derive(Debug, Clone)]
pub struct Disk(Arc<watch::Sender<State>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Well,
    Full,
    Failed,
}

impl Default for Disk {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(State::Well)))
    }
}

impl Disk {
    /// Waits until the disk has failed; nothing may be written from then on.
    pub async fn has_failed(&self) {
        let mut seen = self.0.subscribe();
        // The sender lives as long as `self`.
        let _ = seen.wait_for(|state| *state == State::Failed).await;
    }

    /// Whether nothing may be written any more.
    pub(crate) fn is_failed(&self) -> bool {
        *self.0.borrow() == State::Failed
    }

    /// Whether the last writer found no space.
    pub(crate) fn is_full(&self) -> bool {
        *self.0.borrow() == State::Full
    }

    /// Notes that something could not be written or flushed.
    pub(crate) fn note_failure(&self) {
        self.0.send_replace(State::Failed);
    }

    /// Notes whether there was space for what was written.
    pub(crate) fn note_space(&self, there_is: bool) {
        let found = if there_is { State::Well } else { State::Full };
        self.0.send_if_modified(|state| {
            let news = *state != State::Failed && *state != found;
            if news {
                *state = found;
            }
            news
        });
    }
}
