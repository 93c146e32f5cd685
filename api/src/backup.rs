//! Copies of the whole database, and the way back.
//!
//! **Invariant.** A file under its final name was verified and reached the disk: until then it is
//! called `.partial`. Beside it lies its SHA-256. A restore looks at everything that could be wrong
//! with a file before it touches what is there, and then keeps the old database beside the new.

mod checksum;
mod noted;
mod postgres;
mod sqlite;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    pin::pin,
    time::Duration,
};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use migrations::Migrator;
use sea_orm_migration::MigratorTrait;

use crate::{
    config::Config,
    storage::{self, PlaceLock},
};

pub(crate) use noted::{Noted, last, note};

/// A finished backup.
#[derive(Debug)]
pub(crate) struct BackedUp {
    /// The size of the file.
    pub(crate) bytes: u64,
    /// Its SHA-256, in hex.
    pub(crate) sha256: String,
}

/// A finished restore.
#[derive(Debug)]
pub(crate) struct Restored {
    /// Where the old database is kept, if there was one.
    pub(crate) before: Option<PathBuf>,
    /// The newest entry of the journal: up to here the books are back.
    pub(crate) up_to: Option<String>,
    /// Migrations that the file is behind; the next start applies them.
    pub(crate) behind: usize,
}

/// Told how far the work is: bytes done, and of how many, if that is known.
pub(crate) type Told<'a> = &'a (dyn Fn(u64, Option<u64>) + Sync);

/// Copies the database of `config` to `to`, while a server may be writing.
///
/// # Errors
/// When `to` exists, the database cannot be read, or the copy is not sound. Nothing is left under
/// the name `to` then.
pub(crate) async fn back_up(
    config: &Config,
    to: &Path,
    told: Told<'_>,
) -> anyhow::Result<BackedUp> {
    if to.exists() {
        bail!(
            "{} exists already; a backup never overwrites one",
            to.display()
        );
    }
    storage::require(config)?;
    let partial = beside(to, ".partial");
    // What an interrupted run left is no backup.
    remove(&partial)?;
    let _place = PlaceLock::in_common(config)?;
    // Neither VACUUM INTO nor pg_dump changes the permissions of an empty file that is there.
    storage::make_private(&partial)?;
    let copied = match storage::sqlite_file(config) {
        Some(file) => sqlite::copy(&file, &partial, told).await,
        None => postgres::dump(config, &partial, told).await,
    };
    if let Err(error) = copied {
        remove(&partial)?;
        return Err(error);
    }
    let bytes = std::fs::metadata(&partial)?.len();
    let sha256 = checksum::of(&partial, told).await?;
    // The checksum goes first, so that a file with its final name is never without one.
    checksum::write(to, &sha256)?;
    std::fs::rename(&partial, to).with_context(|| format!("cannot name {}", to.display()))?;
    checksum::settle(to)?;
    Ok(BackedUp { bytes, sha256 })
}

/// Puts the backup `from` in the place of the database of `config`.
///
/// # Errors
/// When the file is not sound, comes from a newer release, or the place is in use; nothing was
/// changed then.
pub(crate) async fn restore(
    config: &Config,
    from: &Path,
    now: DateTime<Utc>,
    told: Told<'_>,
) -> anyhow::Result<Restored> {
    if !from.is_file() {
        bail!("{} is not there", from.display());
    }
    let _alone = PlaceLock::alone(config)?;
    let expected = checksum::expected(from)?;
    match storage::sqlite_file(config) {
        Some(file) => sqlite::replace(&file, from, &expected, now, told).await,
        None => {
            checksum::check(from, &expected, told).await?;
            postgres::load(config, from, told).await
        }
    }
}

/// Compares the migrations that a file was made with to those of this program: how many it is
/// behind.
///
/// # Errors
/// When the file knows one that this program does not.
fn compare_schema(applied: &[String]) -> anyhow::Result<usize> {
    let known: Vec<String> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    if applied.is_empty() {
        bail!("the file holds no database of Relief Depot");
    }
    let newer: Vec<&str> = applied
        .iter()
        .filter(|name| !known.contains(name))
        .map(String::as_str)
        .collect();
    if !newer.is_empty() {
        bail!(
            "the file was made by a newer release of Relief Depot: this one does not know {}",
            newer.join(", ")
        );
    }
    Ok(known.len() - applied.len())
}

/// A path with something added to its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

// How often a file that grows is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Waits for `work`, which writes `file`, and tells how large that has become meanwhile.
async fn watched<T>(
    work: impl Future<Output = T>,
    file: &Path,
    total: Option<u64>,
    told: Told<'_>,
) -> T {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(LOOK_EVERY) => {
                told(std::fs::metadata(file).map_or(0, |file| file.len()), total);
            }
        }
    }
}

fn remove(path: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
