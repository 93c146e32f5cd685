//! States of the database that a long read holds on to, page after page.
//!
//! **Invariant.** Whoever reads inside [`Held::read`] sees one state of the whole database, through
//! any number of requests, and never writes. A place has one connection and that one a transaction,
//! so that nothing that is read there can miss it; one that was broken off is noticed. No state is
//! held longer than [`HELD_MAX`]: the database keeps for its sake what others have changed since.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::ensure;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement};

use super::Engine;

/// States that may be held at once.
const PLACES: usize = 4;
/// How long one is held at most.
const HELD_MAX: Duration = Duration::from_secs(15 * 60);

tokio::task_local! {
    // The place in which this task reads.
    static PLACE: usize;
}

/// The places of a database.
#[derive(Debug, Clone)]
pub(super) struct Places {
    engine: Engine,
    connections: Arc<[DatabaseConnection]>,
    free: Arc<Mutex<Vec<usize>>>,
}

impl Places {
    /// Prepares the places; each connects when it is first taken.
    pub(super) async fn open(
        engine: Engine,
        options: impl Fn() -> ConnectOptions,
    ) -> anyhow::Result<Self> {
        let mut connections = Vec::new();
        for _ in 0..PLACES {
            let mut options = options();
            // A connection that was exchanged for another would have lost its transaction.
            options
                .min_connections(0)
                .max_connections(1)
                .max_lifetime(None)
                .idle_timeout(None)
                .connect_lazy(true);
            connections.push(Database::connect(options).await?);
        }
        Ok(Self {
            engine,
            connections: connections.into(),
            free: Arc::new(Mutex::new((0..PLACES).collect())),
        })
    }

    /// The connection of the place in which this task reads, if it reads in one.
    pub(super) fn here(&self) -> Option<&DatabaseConnection> {
        let place = PLACE.try_with(|place| *place).ok()?;
        self.connections.get(place)
    }

    /// Takes a place and the state of this moment; `None` where all are taken.
    pub(super) async fn hold(&self) -> Result<Option<Held>, DbErr> {
        let taken = self.lock().pop();
        let Some(place) = taken else { return Ok(None) };
        let mut held = Held {
            places: self.clone(),
            place,
            since: Instant::now(),
            mark: String::new(),
            is_back: false,
        };
        let connection = held.connection();
        // Whoever had the place before may have been broken off.
        let _ = connection.execute_unprepared("ROLLBACK").await;
        connection.execute_unprepared(held.begin()).await?;
        // The first read is what takes the state.
        held.mark = held.read_mark().await?;
        Ok(Some(held))
    }

    async fn free(&self, place: usize) {
        let ended = self.connections[place].execute_unprepared("ROLLBACK").await;
        if let Err(error) = ended {
            tracing::warn!(%error, "a state of the database was not given up cleanly");
        }
        self.lock().push(place);
    }

    pub(super) async fn close(&self) -> Result<(), DbErr> {
        for connection in self.connections.iter() {
            connection.clone().close().await?;
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<usize>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One state of the whole database, until it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    places: Places,
    place: usize,
    since: Instant,
    // What only this transaction answers.
    mark: String,
    // Whether the place was given back.
    is_back: bool,
}

impl Held {
    /// Does work whose reads see this state.
    ///
    /// # Errors
    /// When the state has been held for too long, or was lost meanwhile.
    pub(crate) async fn read<T>(&self, work: impl Future<Output = T>) -> anyhow::Result<T> {
        ensure!(
            self.since.elapsed() < HELD_MAX,
            "a state of the database was held for {HELD_MAX:?}"
        );
        let done = PLACE.scope(self.place, work).await;
        let is_kept = self.read_mark().await? == self.mark;
        ensure!(is_kept, "the state of the database that was held is lost");
        Ok(done)
    }

    /// Gives the place back, so that whoever is answered after this can take it. One that is dropped
    /// comes back a little later.
    pub(crate) async fn give_back(mut self) {
        self.places.free(self.place).await;
        self.is_back = true;
    }

    fn connection(&self) -> &DatabaseConnection {
        &self.places.connections[self.place]
    }

    fn begin(&self) -> &'static str {
        match self.places.engine {
            // Readers of SQLite see the state at their first read until they end.
            Engine::Sqlite => "BEGIN",
            Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    async fn read_mark(&self) -> Result<String, DbErr> {
        let connection = self.connection();
        let sql = match self.places.engine {
            // A file is not lost as a link is: what it read shows that it is there.
            Engine::Sqlite => "SELECT CAST(COUNT(*) AS TEXT) AS mark FROM sqlite_schema",
            Engine::Postgres => {
                "SELECT pg_backend_pid() || ' ' || transaction_timestamp()::text AS mark"
            }
        };
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let row = connection.query_one_raw(statement).await?;
        let none = || DbErr::RecordNotFound("a mark".to_owned());
        row.ok_or_else(none)?.try_get("", "mark")
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.is_back {
            return;
        }
        let (places, place) = (self.places.clone(), self.place);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { places.free(place).await });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_state_is_held_and_its_place_comes_back() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", directory.path().join("a").display());
        let writer = Database::connect(&url).await.unwrap();
        let write = async |sql: &str| writer.execute_unprepared(sql).await.unwrap();
        write("PRAGMA journal_mode = WAL").await;
        write("CREATE TABLE t (n INTEGER)").await;
        let places = Places::open(Engine::Sqlite, || ConnectOptions::new(&url));
        let places = places.await.unwrap();
        let count = async || {
            let count = Statement::from_string(
                sea_orm::DbBackend::Sqlite,
                "SELECT COUNT(*) AS n FROM t".to_owned(),
            );
            let connection = places.here().unwrap_or(&writer);
            let row = connection.query_one_raw(count).await.unwrap().unwrap();
            row.try_get::<i64>("", "n").unwrap()
        };
        let mut held = Vec::new();
        while let Some(one) = places.hold().await.unwrap() {
            held.push(one);
        }
        assert_eq!(held.len(), PLACES);
        write("INSERT INTO t VALUES (1)").await;
        assert_eq!(held[0].read(count()).await.unwrap(), 0);
        assert_eq!(count().await, 1, "others see what is there now");
        drop(held.pop());
        // Its place is free when the state is given up.
        let again = loop {
            match places.hold().await.unwrap() {
                Some(again) => break again,
                None => tokio::task::yield_now().await,
            }
        };
        assert_eq!(again.read(count()).await.unwrap(), 1);
        assert_eq!(held[0].read(count()).await.unwrap(), 0);
    }
}
