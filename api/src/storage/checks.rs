//! What a database must be and be set to before anything is kept in it.
//!
//! **Invariant.** Asked of the open connection, and not of what it was told.

use anyhow::{Context, bail};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

// The first release without the corruption that two connections could cause when the WAL was
// reset (sqlite.org, release notes of 3.51.3).
const SQLITE_VERSION_MIN: (u32, u32, u32) = (3, 51, 3);
const POSTGRES_VERSION_MIN: u32 = 150_000;

/// What SQLite answers to a pragma that is written as a `SELECT`.
pub(crate) async fn pragma(connection: &DatabaseConnection, sql: &str) -> anyhow::Result<String> {
    let statement = Statement::from_string(
        DbBackend::Sqlite,
        format!("SELECT CAST(({sql}) AS TEXT) AS value"),
    );
    let row = connection
        .query_one_raw(statement)
        .await?
        .with_context(|| format!("no answer to {sql}"))?;
    Ok(row.try_get("", "value")?)
}

/// Refuses a library that can corrupt the file, and settings that lose what was confirmed.
pub(super) async fn check_sqlite(connection: &DatabaseConnection) -> anyhow::Result<()> {
    let version = pragma(connection, "SELECT sqlite_version()").await?;
    let mut parts = version
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
    );
    if found < SQLITE_VERSION_MIN {
        bail!(
            "the SQLite library {version} can corrupt a database with several connections; 3.51.3 or later is needed"
        );
    }
    for (setting, wanted) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("foreign_keys", "1"),
    ] {
        let found = pragma(
            connection,
            &format!("SELECT {setting} FROM pragma_{setting}"),
        )
        .await?;
        if found != wanted {
            bail!(
                "SQLite's {setting} is `{found}` and must be `{wanted}`; the server would lose stock entries at a power cut"
            );
        }
    }
    Ok(())
}

/// Refuses a server that is too old, and warns of one that loses what was confirmed.
pub(super) async fn check_postgres(connection: &DatabaseConnection) -> anyhow::Result<()> {
    let statement = Statement::from_string(
        DbBackend::Postgres,
        "SELECT current_setting('server_version_num') AS version, current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes",
    );
    let row = connection
        .query_one_raw(statement)
        .await?
        .context("PostgreSQL does not tell its version")?;
    let version: String = row.try_get("", "version")?;
    if version.parse::<u32>().unwrap_or(0) < POSTGRES_VERSION_MIN {
        bail!("PostgreSQL 15 or later is needed; this is {version}");
    }
    let fsync: String = row.try_get("", "fsync")?;
    if fsync != "on" {
        tracing::warn!("PostgreSQL runs with fsync off: it will lose stock entries at a power cut");
    }
    Ok(())
}
