//! When the last backup was made, for whoever asks how the installation stands.
//!
//! **Invariant.** Noted after the backup has its final name, so that what is noted was made. A note
//! that cannot be written fails no backup.

use std::{
    fs,
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    config::Config,
    storage::{make_private_directory, private_file},
};

use super::BackedUp;

const FILE: &str = "last-backup.json";

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Noted {
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// Its file.
    pub(crate) file: String,
    /// The size of it.
    pub(crate) bytes: u64,
    /// Its SHA-256, in hex.
    pub(crate) sha256: String,
}

/// Notes that a backup was made.
///
/// # Errors
/// When the note cannot be written.
pub(crate) fn note(
    config: &Config,
    now: DateTime<Utc>,
    to: &Path,
    done: &BackedUp,
) -> anyhow::Result<()> {
    let noted = Noted {
        at: now,
        file: std::path::absolute(to)?.display().to_string(),
        bytes: done.bytes,
        sha256: done.sha256.clone(),
    };
    make_private_directory(&config.data_directory)?;
    let path = path(config);
    let partial = path.with_extension("json.partial");
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = private_file(&partial)?;
    file.write_all(&serde_json::to_vec(&noted)?)?;
    file.sync_all()?;
    fs::rename(&partial, &path)?;
    Ok(())
}

/// The last backup that was noted.
///
/// # Errors
/// When the note cannot be read.
pub(crate) fn last(config: &Config) -> anyhow::Result<Option<Noted>> {
    let path = path(config);
    match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(io::Error::from)
            .with_context(|| path.display().to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

fn path(config: &Config) -> PathBuf {
    config.data_directory.join(FILE)
}
