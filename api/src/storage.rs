//! The door to the database: SQLite or PostgreSQL, opened so that it cannot lose what it confirmed.
//!
//! **Invariant.** On SQLite there is one writing connection and the journal is a WAL flushed at
//! every commit, with foreign keys on and a library that has the WAL-reset fix; otherwise the
//! server does not start. Readers cannot write. Its file is its owner's alone, and nobody puts
//! another in its place while it is open.

mod checks;
mod disk;
mod fault;
mod held;
mod lock;
mod private;
mod reading;
mod turns;
mod writing;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use sea_orm::{
    AccessMode, ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbErr,
    IsolationLevel, TransactionOptions, TransactionTrait,
    sqlx::{
        Connection as _,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};

use crate::config::Config;

pub(crate) use checks::pragma;
use checks::{check_postgres, check_sqlite};
pub use disk::Disk;
pub(crate) use fault::{Fault, violated};
pub(crate) use held::Held;
pub(crate) use lock::PlaceLock;
pub(crate) use private::{make_line_once, make_private, make_private_directory, private_file};
pub(crate) use reading::{READER, Reach, Reading};
use reading::{Wall, within_reach};
pub(crate) use turns::{Lost, Turns, Worked};
use writing::begin_writing;

/// How many values a statement binds at most: SQLite takes 32,766, PostgreSQL 65,535, and longer
/// statements gain nothing more.
pub(crate) const VALUES_A_STATEMENT: usize = 10_000;
/// Statements that a connection keeps prepared; the service has a few hundred.
const STATEMENTS_KEPT: usize = 500;
/// A connection that was not in use for so long is asked whether it is still there before it is.
const IDLE_MAX: Duration = Duration::from_millis(20);
const CLOSE_WAIT: Duration = Duration::from_secs(5);
const SQLITE_FILE: &str = "relief-depot.sqlite";

/// Which database stands behind the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, one file.
    Sqlite,
    /// A server.
    Postgres,
}

/// The open database.
#[derive(Debug, Clone)]
pub struct Db {
    engine: Engine,
    write: DatabaseConnection,
    read: DatabaseConnection,
    reading: Reading,
    wall: Wall,
    /// The line in front of SQLite's one writer; PostgreSQL lets all write side by side.
    turns: Option<Turns>,
    places: held::Places,
    disk: Disk,
    _place: Arc<PlaceLock>,
}

impl Db {
    /// Opens and checks the database that the settings name; makes an SQLite file that is not
    /// there.
    ///
    /// # Errors
    /// When it cannot be reached, is too old, or would not keep what it confirms.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let url = url(config);
        if is_sqlite(&url) {
            Self::open_sqlite(config, &url).await
        } else if is_postgres(&url) {
            Self::open_postgres(config, &url).await
        } else {
            bail!("database_url must start with sqlite: or postgres:");
        }
    }

    /// As [`Db::open`], for those who only look: what is not there is not made.
    ///
    /// # Errors
    /// As [`Db::open`], and when there is no database.
    pub async fn open_existing(config: &Config) -> anyhow::Result<Self> {
        require(config)?;
        Self::open(config).await
    }

    async fn open_sqlite(config: &Config, url: &str) -> anyhow::Result<Self> {
        let place = PlaceLock::in_common(config)?;
        if let Some(file) = sqlite_file(config).filter(|file| file != Path::new(":memory:")) {
            // What SQLite puts beside the file later gets the same permissions.
            make_private(&file)?;
        }
        let disk = Disk::under(sqlite_file(config));
        let mut options = sqlite_options(config, url, 1, false);
        // Whoever opens it anew would not be the writer.
        options.idle_timeout(None).max_lifetime(None);
        let (turns, write) = Turns::open(options, disk.clone(), config.database_wait)
            .await
            .context("cannot open the SQLite database")?;
        let read = Database::connect(sqlite_options(
            config,
            url,
            config.database_connections_max,
            true,
        ))
        .await
        .context("cannot open the SQLite database for reading")?;
        check_sqlite(&write).await?;
        let places = || sqlite_options(config, url, 1, true);
        let places = held::Places::open(Engine::Sqlite, places).await?;
        let wall = Wall::default();
        Ok(Self {
            engine: Engine::Sqlite,
            turns: Some(turns),
            write,
            reading: Reading::new(read.clone(), None, places.clone(), wall.clone()),
            read,
            wall,
            places,
            disk,
            _place: Arc::new(place),
        })
    }

    async fn open_postgres(config: &Config, url: &str) -> anyhow::Result<Self> {
        let options = || postgres_options(config, url);
        let connection = Database::connect(options())
            .await
            .context("cannot reach the PostgreSQL database")?;
        check_postgres(&connection).await?;
        let wall = Wall::default();
        let walled = || {
            let mut options = options();
            within_reach(&mut options, &wall);
            options.connect_lazy(true);
            options
        };
        let within = Database::connect(walled()).await?;
        let places = held::Places::open(Engine::Postgres, walled).await?;
        let reading = Reading::new(
            connection.clone(),
            Some(within),
            places.clone(),
            wall.clone(),
        );
        Ok(Self {
            engine: Engine::Postgres,
            write: connection.clone(),
            read: connection,
            reading,
            wall,
            turns: None,
            places,
            disk: Disk::under(None),
            _place: Arc::new(PlaceLock::in_common(config)?),
        })
    }

    /// Which database it is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// For reads: never waits for a writer, and shows a request what its caller may see. Inside
    /// `Held::read` it reads the state that is held.
    #[must_use]
    pub fn read(&self) -> &Reading {
        &self.reading
    }

    /// For reads of what is true now, whatever state is held and whoever asks.
    pub(crate) fn latest(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Holds on to the state of this moment for many reads; `None` where as many are held as may be.
    pub(crate) async fn hold(&self) -> Result<Option<Held>, DbErr> {
        self.places.hold().await
    }

    /// One state of the whole database, to be read from beside those who write.
    #[expect(
        clippy::disallowed_methods,
        reason = "nothing is written in it: the connection or the transaction is read-only"
    )]
    pub(crate) async fn snapshot(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = match self.engine {
            // Readers of SQLite see the state at their first read until they end.
            Engine::Sqlite => TransactionOptions::default(),
            Engine::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
        };
        self.read.begin_with_options(options).await
    }

    /// A transaction that writes; on SQLite outside the line of the writer.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        begin_writing(&self.write, self.engine).await
    }

    /// For the unit of work and migrations only.
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.write
    }

    /// The line in front of the one writer, where there is but one.
    pub(crate) fn turns(&self) -> Option<&Turns> {
        self.turns.as_ref()
    }

    /// A connection outside the pools, for a lock that belongs to a session.
    pub(crate) async fn lone_connection(
        &self,
        config: &Config,
    ) -> anyhow::Result<DatabaseConnection> {
        let mut options = ConnectOptions::new(url(config));
        options.max_connections(1).min_connections(1);
        Ok(Database::connect(options).await?)
    }

    /// A connection of its own for a change of the schema: what it rewrites takes as long as it takes.
    /// It still waits for no lock for ever, since everybody else would wait behind it.
    pub(crate) async fn migrating(&self, config: &Config) -> anyhow::Result<DatabaseConnection> {
        match self.engine {
            Engine::Sqlite => Ok(self.write.clone()),
            Engine::Postgres => {
                let mut unlimited = config.clone();
                unlimited.statement_timeout = Duration::ZERO;
                let mut options = postgres_options(&unlimited, &url(config));
                options.max_connections(1);
                Ok(Database::connect(options).await?)
            }
        }
    }

    /// From now on PostgreSQL itself keeps callers apart.
    pub(crate) fn raise_wall(&self) {
        self.wall.raise();
    }

    /// Closes all connections, flushing SQLite's WAL. What still runs on one gets a few seconds;
    /// its transaction is undone when the process ends.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn close(self) -> anyhow::Result<()> {
        let closing = async {
            self.places.close().await?;
            self.reading.close().await?;
            if let Some(turns) = &self.turns {
                turns.stop().await;
                self.read.close().await?;
            }
            self.write.close().await
        };
        match tokio::time::timeout(CLOSE_WAIT, closing).await {
            Ok(closed) => closed?,
            Err(_) => tracing::warn!("a connection is still in use and is broken off"),
        }
        Ok(())
    }

    /// Whether the disk refused to keep something.
    #[must_use]
    pub fn disk(&self) -> &Disk {
        &self.disk
    }
}

/// Refuses settings that name an SQLite file which is not there.
///
/// # Errors
/// When it is not there.
pub(crate) fn require(config: &Config) -> anyhow::Result<()> {
    match sqlite_file(config) {
        Some(file) if !file.is_file() => bail!(
            "there is no database at {}; is this the right directory, and data_directory or database_url right?",
            file.display()
        ),
        _ => Ok(()),
    }
}

/// The SQLite file that the settings name, if they name SQLite.
#[must_use]
pub fn sqlite_file(config: &Config) -> Option<PathBuf> {
    let url = url(config);
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
}

/// The address of the database, password included.
pub(crate) fn url(config: &Config) -> String {
    if config.database_url.is_empty() {
        let file = config.data_directory.join(SQLITE_FILE);
        format!("sqlite://{}", file.display())
    } else {
        config.database_url.clone()
    }
}

/// Whether the address is one of an embedded database.
pub(crate) fn is_sqlite(url: &str) -> bool {
    url.starts_with("sqlite:")
}

/// Whether the address is one of PostgreSQL.
pub(crate) fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres:") || url.starts_with("postgresql:")
}

fn sqlite_options(config: &Config, url: &str, connections: u32, reader: bool) -> ConnectOptions {
    let wait = config.database_wait;
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(wait)
        // A file does not hang up.
        .test_before_acquire(false)
        .sqlx_logging_level(log::LevelFilter::Debug)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .create_if_missing(!reader)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(wait)
                .statement_cache_capacity(STATEMENTS_KEPT);
            if reader {
                options.pragma("query_only", "ON")
            } else {
                options
            }
        })
        // A disk that is full breaks a transaction off while it is committed, and the driver does not
        // know that it is over: it would go on inside of what nobody ends, and keep nothing of what it
        // says that it kept.
        .map_sqlx_sqlite_pool_opts(|pool| {
            pool.after_release(|connection, _| {
                let is_out = !connection.is_in_transaction();
                Box::pin(async move { Ok(is_out) })
            })
        });
    options
}

fn postgres_options(config: &Config, url: &str) -> ConnectOptions {
    let lock_timeout = format!("{}ms", config.database_wait.as_millis());
    let statement_timeout = format!("{}ms", config.statement_timeout.as_millis());
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(config.database_connections_max)
        .acquire_timeout(config.database_wait)
        .set_application_name("relief-depot")
        // A ping is a round trip; a connection that was in use a moment ago is there.
        .test_before_acquire_if_idle_for(IDLE_MAX)
        // A lock that somebody holds is waited for as long as SQLite would wait, not for ever, and
        // no statement keeps its connection from others for ever.
        .map_sqlx_postgres_opts(move |options| {
            options
                .options([
                    ("lock_timeout", lock_timeout.as_str()),
                    ("statement_timeout", statement_timeout.as_str()),
                ])
                .statement_cache_capacity(STATEMENTS_KEPT)
        })
        .sqlx_logging_level(log::LevelFilter::Debug)
        .sqlx_slow_statements_logging_settings(log::LevelFilter::Warn, Duration::from_secs(1));
    options
}
