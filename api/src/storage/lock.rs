//! The lock of a data directory.
//!
//! **Invariant.** At most one server or one restore holds the directory of an embedded database.
//! The lock is the operating system's: it ends with the process that held it, however that ended.

use std::{
    fs::{self, File, TryLockError},
    path::PathBuf,
};

use crate::config::Config;

use super::sqlite_file;

const LOCK_FILE: &str = "serve.lock";

/// The held lock of the directory that the SQLite file lies in; nothing on PostgreSQL, where
/// several servers share a database.
#[derive(Debug)]
pub(crate) struct DataLock {
    _file: Option<File>,
}

/// Why the directory is not ours.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Held {
    /// Another process has it.
    #[error("{} is in use by a running server or restore; stop it first", .0.display())]
    ByAnother(PathBuf),
    /// The lock file cannot be made.
    #[error("cannot lock {}: {cause}", .file.display())]
    Unknown {
        /// The lock file.
        file: PathBuf,
        /// What the operating system says.
        cause: std::io::Error,
    },
}

impl DataLock {
    /// Takes the lock, or says that somebody has it.
    ///
    /// # Errors
    /// [`Held`].
    pub(crate) fn take(config: &Config) -> Result<Self, Held> {
        let Some(directory) = sqlite_file(config).and_then(|file| file.parent().map(PathBuf::from))
        else {
            return Ok(Self { _file: None });
        };
        let file = directory.join(LOCK_FILE);
        let unknown = |cause| Held::Unknown {
            file: file.clone(),
            cause,
        };
        if !directory.as_os_str().is_empty() {
            fs::create_dir_all(&directory).map_err(unknown)?;
        }
        let handle = File::create(&file).map_err(unknown)?;
        match handle.try_lock() {
            Ok(()) => Ok(Self {
                _file: Some(handle),
            }),
            Err(TryLockError::WouldBlock) => Err(Held::ByAnother(directory)),
            Err(TryLockError::Error(cause)) => Err(unknown(cause)),
        }
    }
}
