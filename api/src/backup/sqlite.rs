//! Backups of the embedded database.
//!
//! **Invariant.** The copy is one consistent state, whatever the server writes meanwhile. What is
//! restored is the very bytes that were checked: the file is first copied beside the database and
//! checked there. The new database takes the old one's name in one step.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
};

use crate::storage;

use super::{Restored, Told, beside, checksum, compare_schema, remove, watched};

const WAIT_FOR_WRITER: Duration = Duration::from_secs(30);
// What SQLite keeps beside a database.
const SIDE_FILES: [&str; 2] = ["-wal", "-shm"];

/// Copies the database `from` to `to` and checks the copy.
pub(super) async fn copy(from: &Path, to: &Path, told: Told<'_>) -> anyhow::Result<()> {
    let path = to.to_str().context("the name of a backup must be UTF-8")?;
    let total = fs::metadata(from)?.len();
    let source = connect(from, false).await?;
    let into = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [path.into()]);
    let copied = watched(source.execute_raw(into), to, Some(total), told).await;
    source.close().await?;
    copied.context("the database could not be copied")?;
    inspect(to).await?;
    Ok(())
}

/// Checks `from` and puts it in the place of `database`.
pub(super) async fn replace(
    database: &Path,
    from: &Path,
    expected: &str,
    now: DateTime<Utc>,
    told: Told<'_>,
) -> anyhow::Result<Restored> {
    let incoming = beside(database, ".restoring");
    remove_with_sides(&incoming)?;
    let (up_to, behind) = match take_in(from, &incoming, expected, told).await {
        Ok(found) => found,
        Err(error) => {
            remove_with_sides(&incoming)?;
            return Err(error);
        }
    };
    // Looking at a database leaves empty files beside it.
    remove_sides(&incoming)?;
    let before = if database.exists() {
        Some(keep(database, now).await?)
    } else {
        None
    };
    // Nothing of the old database may be read into the new one.
    remove_sides(database)?;
    fs::rename(&incoming, database)?;
    checksum::settle(database)?;
    Ok(Restored {
        before,
        up_to,
        behind,
    })
}

// Copies a backup beside the database and looks at the copy.
async fn take_in(
    from: &Path,
    incoming: &Path,
    expected: &str,
    told: Told<'_>,
) -> anyhow::Result<(Option<String>, usize)> {
    let mut reader = File::open(from).with_context(|| format!("cannot read {}", from.display()))?;
    let total = reader.metadata()?.len();
    let mut writer = storage::private_file(incoming)?;
    let copying = tokio::task::spawn_blocking(move || io::copy(&mut reader, &mut writer));
    let copied = watched(copying, incoming, Some(total), told).await?;
    copied.with_context(|| format!("cannot copy {}", from.display()))?;
    checksum::check(incoming, expected, told).await?;
    inspect(incoming).await
}

fn remove_with_sides(database: &Path) -> anyhow::Result<()> {
    remove_sides(database)?;
    remove(database)
}

fn remove_sides(database: &Path) -> anyhow::Result<()> {
    for suffix in SIDE_FILES {
        remove(&beside(database, suffix))?;
    }
    Ok(())
}

// Keeps the old database under another name, its last commits included.
async fn keep(database: &Path, now: DateTime<Utc>) -> anyhow::Result<PathBuf> {
    let kept = beside(
        database,
        &format!(".before-restore-{}", now.format("%Y%m%dT%H%M%SZ")),
    );
    if kept.exists() {
        bail!("{} exists already", kept.display());
    }
    // The write-ahead log goes into the file. A database so broken that this fails is kept as it
    // lies, log and all: SQLite looks for the log under the file's name.
    if flush(database).await.is_err() {
        for suffix in SIDE_FILES {
            let side = beside(database, suffix);
            if side.exists() {
                fs::copy(&side, beside(&kept, suffix))?;
            }
        }
    }
    // A second name for the same bytes leaves no moment without a database; where the file system
    // knows none, a copy does.
    if fs::hard_link(database, &kept).is_err() {
        fs::copy(database, &kept)?;
    }
    File::open(&kept)?.sync_all()?;
    Ok(kept)
}

async fn flush(database: &Path) -> anyhow::Result<()> {
    let connection = connect(database, false).await?;
    let row = connection
        .query_one_raw(statement("PRAGMA wal_checkpoint(TRUNCATE)"))
        .await?
        .context("no answer to the checkpoint")?;
    let busy: i32 = row.try_get_by_index(0)?;
    connection.close().await?;
    if busy != 0 {
        bail!("the write-ahead log is in use");
    }
    Ok(())
}

// Refuses a file that is not a sound database of a release that we know; tells how far it goes.
async fn inspect(path: &Path) -> anyhow::Result<(Option<String>, usize)> {
    let connection = connect(path, true).await.context("the file is corrupt")?;
    let inspected = async {
        let verdict = texts(&connection, "PRAGMA integrity_check").await?;
        if verdict != ["ok"] {
            bail!("the file is corrupt: {}", verdict.join("; "));
        }
        let orphans = connection
            .query_all_raw(statement("PRAGMA foreign_key_check"))
            .await?
            .len();
        if orphans > 0 {
            bail!("the file is corrupt: {orphans} row(s) refer to what is not there");
        }
        let tables =
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'";
        let applied = if texts(&connection, tables).await?.is_empty() {
            Vec::new()
        } else {
            texts(&connection, "SELECT version FROM seaql_migrations").await?
        };
        let behind = compare_schema(&applied)?;
        let newest = "SELECT CAST(MAX(recorded_at) AS TEXT) FROM journal HAVING COUNT(*) > 0";
        let up_to = texts(&connection, newest).await?.into_iter().next();
        anyhow::Ok((up_to, behind))
    };
    let found = inspected.await;
    connection.close().await?;
    found
}

async fn connect(path: &Path, read_only: bool) -> anyhow::Result<DatabaseConnection> {
    let file = path.to_owned();
    // The path is given as it is: in an address, a `%` or a `?` would mean something.
    let mut options = ConnectOptions::new("sqlite://file");
    options
        .max_connections(1)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            options
                .filename(&file)
                .create_if_missing(false)
                .read_only(read_only)
                .busy_timeout(WAIT_FOR_WRITER)
        });
    Database::connect(options)
        .await
        .with_context(|| format!("{} cannot be opened as a database", path.display()))
}

async fn texts(connection: &DatabaseConnection, sql: &str) -> anyhow::Result<Vec<String>> {
    let rows = connection
        .query_all_raw(statement(sql))
        .await
        .context("the file is corrupt")?;
    Ok(rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<Result<_, _>>()?)
}

fn statement(sql: &str) -> Statement {
    Statement::from_string(DbBackend::Sqlite, sql)
}
