//! What every handler shares.
//!
//! **Invariant.** Made once at start; nothing in it changes but the counters, the clock's shift and
//! whether the server stops.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use metrics_exporter_prometheus::PrometheusHandle;

use crate::{
    clock::Clock,
    config::Config,
    exchange::{self, export::Lists},
    http::Contract,
    identity, journal,
    routing::Sources,
    storage::Db,
    webhooks::{Busy, Messenger},
};

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
    /// The lists that can be had as a file.
    pub(crate) lists: Arc<Lists>,
    pub(crate) metrics: PrometheusHandle,
    /// Password hashes made at once at most: each takes 19 MiB and a core.
    pub(crate) hashing: Arc<tokio::sync::Semaphore>,
    /// When the use of a session was last noted.
    pub(crate) uses: identity::Uses,
    /// Who else may say who somebody is.
    pub(crate) provider: identity::Provider,
    /// The imports of this server that are under way.
    pub(crate) imports: exchange::Imports,
    /// Who is asked how far it is.
    pub(crate) routing: Sources,
    /// How far the journal is sealed, and who waits for more.
    pub(crate) seals: journal::Seals,
    /// Who tells other systems what happens.
    pub(crate) messenger: Messenger,
    /// Whom it is telling something.
    pub(crate) telling: Busy,
    stopping: Arc<AtomicBool>,
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
        Self::with(config, db, clock)
    }

    /// The same for those who only look: a database that is not there is not made.
    ///
    /// # Errors
    /// When there is none, or it cannot be opened safely.
    pub(crate) async fn open_existing(config: Config, clock: Clock) -> anyhow::Result<Self> {
        let db = Db::open_existing(&config).await?;
        Self::with(config, db, clock)
    }

    /// From now on the server finishes what runs and is not ready for more.
    pub(crate) fn begin_to_stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    fn with(config: Config, db: Db, clock: Clock) -> anyhow::Result<Self> {
        let document = crate::http::describe();
        Ok(Self {
            messenger: Messenger::new(config.webhook_hosts.clone())?,
            telling: Busy::default(),
            provider: identity::Provider::new(config.oidc.as_ref())?,
            routing: Sources::new(&config)?,
            config: Arc::new(config),
            db,
            clock,
            contract: Arc::new(Contract::compile(&document)?),
            lists: Arc::new(Lists::read(&document)?),
            metrics: crate::http::metrics_handle()?,
            hashing: Arc::new(tokio::sync::Semaphore::new(HASHES_AT_ONCE)),
            uses: identity::Uses::default(),
            imports: exchange::Imports::default(),
            seals: journal::Seals::default(),
            stopping: Arc::default(),
        })
    }
}
