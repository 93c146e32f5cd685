//! What every handler shares.
//!
//! **Invariant.** Made once at start; nothing in it changes but the counters and the clock's shift.

use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;

use crate::{clock::Clock, config::Config, exchange, http::Contract, storage::Db};

/// The running server's parts. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    pub(crate) contract: Arc<Contract>,
    pub(crate) metrics: PrometheusHandle,
    /// Password hashes made at once at most: each takes 19 MiB and a core.
    pub(crate) hashing: Arc<tokio::sync::Semaphore>,
    /// The imports of this server that are under way.
    pub(crate) imports: exchange::Imports,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("db", &self.db)
            .finish_non_exhaustive()
    }
}

const HASHES_AT_ONCE: usize = 2;

impl App {
    /// Opens the database and prepares the contract; does not migrate.
    ///
    /// # Errors
    /// When the database cannot be opened safely.
    pub async fn open(config: Config, clock: Clock) -> anyhow::Result<Self> {
        let db = Db::open(&config).await?;
        Ok(Self {
            config: Arc::new(config),
            db,
            clock,
            contract: Arc::new(Contract::compile(&crate::http::describe())?),
            metrics: crate::http::metrics_handle()?,
            hashing: Arc::new(tokio::sync::Semaphore::new(HASHES_AT_ONCE)),
            imports: exchange::Imports::default(),
        })
    }
}
