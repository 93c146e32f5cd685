//! The way to the database for those who only read.
//!
//! **Invariant.** While a request is answered on PostgreSQL, it reads as [`READER`], which sees the
//! rows of the organisations that its caller sees and no others, whatever the statement forgot; only a
//! statement that says [`BEYOND`] of itself, or work that [`Reach::beyond`] does, reads more. A request that has not said who asks sees
//! none. What the server does by itself, outside a request, reads everything.

use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult,
    Statement,
    sqlx::{self, PgConnection},
};
use uuid::Uuid;

use crate::scope::{BEYOND, KNOWS, SEES};

use super::held::Places;

/// The role of PostgreSQL that reads for callers.
pub(crate) const READER: &str = "relief_depot_reader";

tokio::task_local! {
    // Of the request that this task answers.
    static REACH: Mutex<Option<Reach>>;
    // While something is done that reads beyond it.
    static LIFTED: ();
}

/// How far a caller sees, as the database is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The subtrees whose stock and papers it sees.
    pub(crate) sees: Vec<Uuid>,
    /// The subtrees whose people and journal it knows.
    pub(crate) knows: Vec<Uuid>,
}

impl Reach {
    /// Does the work of one request, which sees nothing until [`Reach::is`] was said.
    pub(crate) async fn of_request<T>(work: impl Future<Output = T>) -> T {
        REACH.scope(Mutex::new(Some(Self::default())), work).await
    }

    /// Says how far the caller of this request sees; `None` for the operator, who sees everything.
    pub(crate) fn is(reach: Option<Self>) {
        // Outside a request nothing is held back.
        let _ = REACH.try_with(|of_request| {
            *of_request.lock().unwrap_or_else(PoisonError::into_inner) = reach;
        });
    }

    /// Does work that reads past what the caller sees, and tells of it what it may.
    pub(crate) async fn beyond<T>(work: impl Future<Output = T>) -> T {
        LIFTED.scope((), work).await
    }

    fn now() -> Option<Self> {
        if LIFTED.try_with(|()| ()).is_ok() {
            return None;
        }
        REACH
            .try_with(|reach| reach.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .ok()
            .flatten()
    }
}

/// Whether the database keeps callers apart (`row_security.rs`).
#[derive(Debug, Clone, Default)]
pub(super) struct Wall(Arc<AtomicBool>);

impl Wall {
    pub(super) fn stands(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Connections for reads.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Those that see everything.
    all: DatabaseConnection,
    /// Those that see what the request may; PostgreSQL only.
    within: Option<DatabaseConnection>,
    places: Places,
    wall: Wall,
}

impl Reading {
    pub(super) fn new(
        all: DatabaseConnection,
        within: Option<DatabaseConnection>,
        places: Places,
        wall: Wall,
    ) -> Self {
        Self {
            all,
            within,
            places,
            wall,
        }
    }

    // Those that see everything are closed by whom they belong to.
    pub(super) async fn close(&self) -> Result<(), DbErr> {
        match &self.within {
            Some(within) => within.clone().close().await,
            None => Ok(()),
        }
    }

    // The connection for a statement, and whether it is to be lifted beyond the request's reach there.
    fn connection(&self, sql: &str) -> (&DatabaseConnection, bool) {
        let is_beyond = sql.contains(BEYOND);
        match (self.places.here(), &self.within) {
            // A place has one connection, which is set anew for each statement.
            (Some(place), _) => (place, is_beyond),
            (None, Some(within)) if !is_beyond && self.wall.stands() && Reach::now().is_some() => {
                (within, false)
            }
            (None, _) => (&self.all, false),
        }
    }
}

async fn lifted<T>(is_lifted: bool, work: impl Future<Output = T>) -> T {
    if is_lifted {
        Reach::beyond(work).await
    } else {
        work.await
    }
}

#[async_trait]
impl ConnectionTrait for Reading {
    fn get_database_backend(&self) -> DbBackend {
        self.all.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let (db, is_lifted) = self.connection(&statement.sql);
        lifted(is_lifted, db.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let (db, is_lifted) = self.connection(sql);
        lifted(is_lifted, db.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let (db, is_lifted) = self.connection(&statement.sql);
        lifted(is_lifted, db.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (db, is_lifted) = self.connection(&statement.sql);
        lifted(is_lifted, db.query_all_raw(statement)).await
    }
}

/// Lets each connection of the pool see what the request sees that takes it.
pub(super) fn within_reach(options: &mut ConnectOptions, wall: &Wall) {
    let wall = wall.clone();
    options.map_sqlx_postgres_pool_opts(move |pool| {
        let (fresh, used) = (wall.clone(), wall.clone());
        // The statement shows as well that the connection is there.
        pool.test_before_acquire(false)
            .after_connect(move |connection, _| set(connection, fresh.stands()))
            .before_acquire(move |connection, _| {
                let set = set(connection, used.stands());
                Box::pin(async move { set.await.map(|()| true) })
            })
    });
}

fn set(connection: &mut PgConnection, stands: bool) -> BoxFuture<'_, Result<(), sqlx::Error>> {
    let reach = if stands { Reach::now() } else { None };
    let (role, reach) = match reach {
        Some(reach) => (READER, reach),
        None => ("none", Reach::default()),
    };
    Box::pin(async move {
        sqlx::query("SELECT set_config('role', $1, false), set_config($2, $3, false), set_config($4, $5, false)")
            .bind(role)
            .bind(SEES)
            .bind(listed(&reach.sees))
            .bind(KNOWS)
            .bind(listed(&reach.knows))
            .execute(connection)
            .await
            .map(drop)
    })
}

fn listed(organisations: &[Uuid]) -> String {
    let listed: Vec<_> = organisations.iter().map(Uuid::to_string).collect();
    listed.join(",")
}
