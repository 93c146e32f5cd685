//! Locks on the place of an embedded database.
//!
//! **Invariant.** Whoever has the database open holds its place in common, so that nobody can put
//! another file there meanwhile: a commit into a file that was replaced is lost, and a reader that
//! ends would take the new file's log away with it. At most one server holds the place. The locks
//! are the operating system's: they end with the process that held them, however that ended. On
//! PostgreSQL there is nothing to hold: several servers share a database.

use std::{
    ffi::OsString,
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::config::Config;

use super::{make_private_directory, sqlite_file};

const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A held lock; it ends with the value.
#[derive(Debug)]
pub(crate) struct PlaceLock {
    _file: Option<File>,
}

/// Why the place is not ours.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Held {
    /// Somebody has the database open.
    #[error(
        "{} is in use by a running server or another command; stop it first", .0.display()
    )]
    InUse(PathBuf),
    /// Somebody puts another database there.
    #[error("{} is being restored; wait until that is done", .0.display())]
    Restoring(PathBuf),
    /// A second server.
    #[error("{} is in use by a running server; stop it first", .0.display())]
    Served(PathBuf),
    /// The lock file cannot be made.
    #[error("cannot lock {}: {cause}", .file.display())]
    Unknown {
        /// The lock file.
        file: PathBuf,
        /// What the operating system says.
        cause: std::io::Error,
    },
}

impl PlaceLock {
    /// For as long as the database is open.
    ///
    /// # Errors
    /// When it is being restored.
    pub(crate) fn in_common(config: &Config) -> Result<Self, Held> {
        take(config, ".open.lock", File::try_lock_shared, Held::Restoring)
    }

    /// For putting another database in the place: nobody may have it open.
    ///
    /// # Errors
    /// When somebody has it open.
    pub(crate) fn alone(config: &Config) -> Result<Self, Held> {
        take(config, ".open.lock", File::try_lock, Held::InUse)
    }

    /// For the one server.
    ///
    /// # Errors
    /// When there is one.
    pub(crate) fn to_serve(config: &Config) -> Result<Self, Held> {
        take(config, ".serve.lock", File::try_lock, Held::Served)
    }

    /// For the one who migrates: waits for its turn, and may be dropped while it waits.
    ///
    /// # Errors
    /// When the lock file cannot be made.
    pub(crate) async fn to_migrate(config: &Config) -> Result<Self, Held> {
        let mut told = false;
        loop {
            match take(config, ".migrate.lock", File::try_lock, Held::InUse) {
                Err(Held::InUse(_)) => {}
                taken => return taken,
            }
            if !told {
                tracing::info!("waiting for another process that migrates the database");
                told = true;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

fn take(
    config: &Config,
    suffix: &str,
    lock: fn(&File) -> Result<(), TryLockError>,
    held: fn(PathBuf) -> Held,
) -> Result<PlaceLock, Held> {
    // A database in memory has no place.
    let Some(database) = sqlite_file(config).filter(|file| file != Path::new(":memory:")) else {
        return Ok(PlaceLock { _file: None });
    };
    let mut file = OsString::from(&database);
    file.push(suffix);
    let file = PathBuf::from(file);
    let unknown = |cause| Held::Unknown {
        file: file.clone(),
        cause,
    };
    if let Some(directory) = database.parent() {
        make_private_directory(directory).map_err(unknown)?;
    }
    let handle = File::create(&file).map_err(unknown)?;
    match lock(&handle) {
        Ok(()) => Ok(PlaceLock {
            _file: Some(handle),
        }),
        Err(TryLockError::WouldBlock) => Err(held(database)),
        Err(TryLockError::Error(cause)) => Err(unknown(cause)),
    }
}
