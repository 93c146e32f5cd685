//! The real server, in this process, on a port of its own.
//!
//! **Invariant.** It is started and stopped by the calls that `relief-depot serve` makes, and the
//! database of a test is removed when the test ends, well or badly.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    panic::AssertUnwindSafe,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use api::{app::App, clock::Clock, verify::Report};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use tokio::{
    net::TcpListener,
    sync::{OnceCell, watch},
    task::JoinHandle,
};

use crate::{Client, Database, database::Home};

// What follows from the journal, a moment later.
const SEALS: &[&str] = &[
    "journal_waiting",
    "journal_position",
    "journal_tile",
    "journal_checkpoint",
    "journal_key",
    "journal_tree",
    "sealer_lease",
];

/// Settings by their names in `relief-depot.toml`.
pub type Settings = &'static [(&'static str, &'static str)];

/// A running server and the database that is its own.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its clock: `server.clock.advance(…)` moves the server's time on.
    pub clock: Clock,
    /// The setup code that it announced.
    pub setup_code: String,
    pub(crate) admin: OnceCell<Client>,
    /// The recovery codes of those who have a second factor, by login.
    recovery_codes: Mutex<BTreeMap<String, Vec<String>>>,
    app: App,
    database: Database,
    settings: Settings,
    home: Arc<Home>,
    running: Running,
}

#[derive(Debug)]
struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Runs `body` against a fresh server, and removes the server and its database afterwards.
///
/// # Panics
/// When the body panics, or the server does not start or stop.
pub fn run(database: Database, settings: Settings, body: impl AsyncFnOnce(&Server)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be made");
    // `RELIEF_DEPOT_LOG_FILTER=info cargo nextest run NAME` shows what its server says.
    if let Ok(filter) = std::env::var("RELIEF_DEPOT_LOG_FILTER") {
        let _ = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .try_init();
    }
    let server = runtime.block_on(Server::start(database, settings));
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(body(&server))));
    runtime.block_on(server.remove());
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

impl Server {
    /// Starts a server on a fresh copy of the migrated template.
    pub async fn start(database: Database, settings: Settings) -> Self {
        let home = Arc::new(Home::migrated(database).await);
        Self::start_in(home, Clock::default(), database, settings).await
    }

    /// Starts a second server on the same database, with the same clock and settings.
    pub async fn beside(&self) -> Self {
        let (home, clock) = (Arc::clone(&self.home), self.clock.clone());
        Self::start_in(home, clock, self.database, self.settings).await
    }

    async fn start_in(
        home: Arc<Home>,
        clock: Clock,
        database: Database,
        settings: Settings,
    ) -> Self {
        let app = App::open(home.config(settings), clock.clone())
            .await
            .expect("the server opens its database");
        api::migrate::migrate(&app)
            .await
            .expect("the schema is current");
        let setup_code = api::setup_code(&app)
            .await
            .expect("the setup code can be made")
            .unwrap_or_default();
        let (address, running) = serve(app.clone()).await;
        Self {
            address,
            clock,
            setup_code,
            admin: OnceCell::new(),
            recovery_codes: Mutex::default(),
            app,
            database,
            settings,
            home,
            running,
        }
    }

    /// Which database it runs on.
    #[must_use]
    pub fn database(&self) -> Database {
        self.database
    }

    /// `relief-depot <subcommand>` on the same database, as the operator beside the server.
    #[must_use]
    pub fn operate(&self, subcommand: &str) -> Command {
        self.home.operate(subcommand)
    }

    /// The place of its data, for a second program on the same database.
    #[must_use]
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// A caller without a token, who reads English.
    #[must_use]
    pub fn anonymous(&self) -> Client {
        Client::new(self.address)
    }

    pub(crate) fn keep_recovery_codes(&self, login: &str, codes: Vec<String>) {
        let mut known = self.recovery_codes.lock().expect("nobody panics with it");
        known.insert(login.to_owned(), codes);
    }

    /// A recovery code that was not used yet, if the person has any.
    pub(crate) fn recovery_code(&self, login: &str) -> Option<String> {
        let mut known = self.recovery_codes.lock().expect("nobody panics with it");
        let codes = known.get_mut(login)?;
        Some(codes.pop().expect("a recovery code is left"))
    }

    /// Does what the server does by itself every hour, now.
    pub async fn run_hourly_jobs(&self) {
        api::jobs::hourly(&self.app).await;
    }

    /// Seals what waits, as the server does by itself every second.
    pub async fn seal(&self) {
        api::jobs::seal(&self.app).await;
    }

    /// Ends reservations that are overdue, as the server does by itself every few seconds.
    pub async fn run_expiry(&self) {
        api::jobs::expiry(&self.app).await;
    }

    /// Verifies the whole database, whatever was verified before.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn verify(&self) -> Report {
        let report = api::verify::verify(&self.app).await;
        report.expect("the database can be verified")
    }

    /// Verifies by the mark of the last run, and leaves one, as `relief-depot verify` does; with
    /// `only_new` what was written since, as `--since-last` does.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn verify_by_mark(&self, only_new: bool) -> Report {
        let report = api::verify::verify_by_mark(&self.app, only_new, &|_, _, _| {}).await;
        report.expect("the database can be verified")
    }

    /// Verifies the journal as `relief-depot verify --journal` does.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn verify_journal(&self) -> Report {
        let report = api::verify::verify_journal(&self.app, &|_, _, _| {}).await;
        report.expect("the journal can be verified")
    }

    /// Verifies the whole database and wants nothing found.
    ///
    /// # Panics
    /// When something is found, with all of it.
    pub async fn prove(&self) {
        let report = self.verify().await;
        assert!(report.findings.is_empty(), "{:#?}", report.findings);
    }

    /// Asks the server to stop, without waiting for it.
    pub fn ask_to_stop(&self) {
        let _ = self.running.stop.send(true);
    }

    /// Stops the server and waits until it has drained; the database stays.
    ///
    /// # Panics
    /// When it does not stop in time.
    pub async fn stop(self) {
        let Self { running, .. } = self;
        let _ = running.stop.send(true);
        tokio::time::timeout(Duration::from_secs(60), running.task)
            .await
            .expect("the server stops within a minute")
            .expect("the server stops cleanly");
    }

    /// Stops the server and leaves its database to whoever removes it.
    pub async fn leave(self) -> Arc<Home> {
        let home = Arc::clone(&self.home);
        self.stop().await;
        home
    }

    /// Stops the server and removes its database.
    pub async fn remove(self) {
        self.leave().await.remove().await;
    }

    /// A connection of the test's own, past the server, that may also write.
    pub async fn connect(&self) -> DatabaseConnection {
        self.home.connect().await
    }

    /// Runs SQL past the server, as whoever owns the database, who takes down what guards it.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn execute(&self, sql: &str) {
        let connection = self.connect().await;
        self.home.take_guards_down(&connection).await;
        let done = connection.execute_unprepared(sql).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
        connection.close().await.expect("the connection closes");
    }

    /// The first column, as a whole number, of the only row that `sql` answers.
    ///
    /// # Panics
    /// When it answers none.
    pub async fn number(&self, sql: &str) -> i64 {
        let connection = self.connect().await;
        let number = number(&connection, sql).await;
        connection.close().await.expect("the connection closes");
        number
    }

    /// How many rows each table holds, by name: equal before and after what must leave no trace.
    /// Those that the sealer fills in its own time are left out.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn row_counts(&self) -> Vec<(String, i64)> {
        let tables = match self.database {
            Database::Sqlite => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
                 ORDER BY name"
            }
            Database::Postgres => {
                "SELECT CAST(tablename AS TEXT) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
            }
        };
        let connection = self.connect().await;
        let rows = connection
            .query_all_raw(statement(&connection, tables))
            .await
            .expect("the tables are known");
        let mut counts = Vec::new();
        for row in rows {
            let name: String = row.try_get("", "name").expect("a table has a name");
            if SEALS.contains(&name.as_str()) {
                continue;
            }
            let count = number(&connection, &format!("SELECT COUNT(*) FROM \"{name}\"")).await;
            counts.push((name, count));
        }
        connection.close().await.expect("the connection closes");
        counts
    }
}

async fn serve(app: App) -> (SocketAddr, Running) {
    let listener = TcpListener::bind(app.config.listen)
        .await
        .expect("there is a free port");
    let address = listener.local_addr().expect("the listener has an address");
    let (stop, mut stopped) = watch::channel(false);
    let jobs = api::jobs::start(app.clone());
    let task = tokio::spawn(async move {
        let stop = async move {
            let _ = stopped.changed().await;
        };
        api::http::serve(app.clone(), listener, stop).await;
        jobs.stop().await;
        app.db.close().await.expect("the database closes");
    });
    (address, Running { stop, task })
}

async fn number(connection: &DatabaseConnection, sql: &str) -> i64 {
    let row = connection
        .query_one_raw(statement(connection, sql))
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
        .unwrap_or_else(|| panic!("{sql}: no row"));
    row.try_get_by_index(0)
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn statement(connection: &DatabaseConnection, sql: &str) -> Statement {
    let backend: DbBackend = connection.get_database_backend();
    Statement::from_string(backend, sql)
}
