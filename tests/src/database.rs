//! A migrated database for each test, copied from a template that is made once.
//!
//! **Invariant.** No two tests share a database. A template belongs to one build of the tests, so
//! that a changed migration is never tested on an old schema. A missing PostgreSQL fails the test:
//! nothing is skipped.

use std::{
    fs::File,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use api::{app::App, clock::Clock, config::Config};
use sea_orm::{ConnectOptions, ConnectionTrait as _, DatabaseConnection};
use tempfile::TempDir;

use crate::Settings;

/// The file that the server keeps in its data directory.
const SQLITE_FILE: &str = "relief-depot.sqlite";

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file of the test's own.
    Sqlite,
    /// A database of the test's own in the private cluster of the run (`scripts/postgres run`).
    Postgres,
}

/// The place where one test's data lie.
#[derive(Debug)]
pub struct Home {
    /// The data directory of the server.
    pub directory: TempDir,
    /// The `database_url` setting: empty for SQLite in the data directory.
    pub url: String,
    // The database to drop in the end.
    postgres: Option<String>,
}

impl Home {
    /// A database without any table.
    pub async fn empty(database: Database) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let postgres = match database {
            Database::Sqlite => None,
            Database::Postgres => {
                let name = fresh_name();
                let cluster = cluster().await;
                execute(&cluster, &format!("CREATE DATABASE {name}")).await;
                Some(name)
            }
        };
        Self::at(directory, postgres)
    }

    /// A copy of the migrated template.
    pub async fn migrated(database: Database) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let postgres = match database {
            Database::Sqlite => {
                copy_sqlite_template(&directory.path().join(SQLITE_FILE)).await;
                None
            }
            Database::Postgres => Some(postgres_copy().await),
        };
        Self::at(directory, postgres)
    }

    fn at(directory: TempDir, postgres: Option<String>) -> Self {
        let url = postgres.as_deref().map(url_of).unwrap_or_default();
        Self {
            directory,
            url,
            postgres,
        }
    }

    /// The server's settings for this place, `settings` on top.
    #[must_use]
    pub fn config(&self, settings: Settings) -> Config {
        config(self.directory.path(), &self.url, settings)
    }

    /// A connection of the test's own, past the server, that may also write.
    pub async fn connect(&self) -> DatabaseConnection {
        let url = if self.url.is_empty() {
            let file = self.directory.path().join(SQLITE_FILE);
            format!("sqlite://{}", file.display())
        } else {
            self.url.clone()
        };
        connect(&url).await
    }

    /// Takes down what guards tables that are only added to: of the connection on PostgreSQL, which
    /// then looks at no foreign keys either, for everybody on SQLite.
    pub(crate) async fn take_guards_down(&self, connection: &DatabaseConnection) {
        if !self.url.is_empty() {
            return execute(connection, "SET session_replication_role = replica").await;
        }
        let names = "SELECT name FROM sqlite_master WHERE type = 'trigger'".to_owned();
        let names = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, names);
        let rows = connection.query_all_raw(names).await;
        for row in rows.expect("the schema can be read") {
            let name: String = row.try_get("", "name").expect("a trigger has a name");
            execute(connection, &format!("DROP TRIGGER IF EXISTS {name}")).await;
        }
    }

    /// Shuts the PostgreSQL database, throwing everybody out, or opens it again.
    ///
    /// # Panics
    /// When the place is not on PostgreSQL.
    pub async fn shut(&self, shut: bool) {
        let name = self
            .postgres
            .as_deref()
            .expect("the place is on PostgreSQL");
        let cluster = cluster().await;
        execute(
            &cluster,
            &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {}", !shut),
        )
        .await;
        if shut {
            let everybody = format!(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'"
            );
            execute(&cluster, &everybody).await;
        }
    }

    /// `relief-depot <subcommand>` on this database, as the operator beside the server.
    #[must_use]
    pub fn operate(&self, subcommand: &str) -> Command {
        let mut command = Command::new(program());
        command
            .arg(subcommand)
            .env("RELIEF_DEPOT_DATA_DIRECTORY", self.directory.path())
            .env("RELIEF_DEPOT_DATABASE_URL", &self.url);
        command
    }

    /// Removes the database; the directory goes with the value.
    pub async fn remove(&self) {
        if let Some(name) = &self.postgres {
            let cluster = cluster().await;
            execute(&cluster, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

fn config(directory: &Path, url: &str, settings: Settings) -> Config {
    let directory = directory.display().to_string();
    // The whole suite runs by either suite of hashes and signatures (`make test-gm`).
    let suite = std::env::var("RELIEF_DEPOT_CRYPTO_SUITE").unwrap_or_else(|_| "std".to_owned());
    let ground = [
        ("crypto_suite", suite.as_str()),
        ("listen", "127.0.0.1:0"),
        ("data_directory", directory.as_str()),
        ("database_url", url),
        ("database_connections_max", "8"),
        // Every test logs in; what a real hash costs, `selfcheck` and the defaults are tested for.
        ("password_hash_mib", "1"),
        ("language", "en"),
    ];
    let environment = ground
        .iter()
        .chain(settings)
        .map(|(name, value)| {
            (
                format!("RELIEF_DEPOT_{}", name.to_uppercase()),
                (*value).to_owned(),
            )
        })
        .collect::<Vec<_>>();
    Config::load(None, environment).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The directory that Cargo builds into, found beside the running test.
#[must_use]
pub fn target_directory() -> PathBuf {
    let program = std::env::current_exe().expect("the running program has a path");
    // target/debug/deps/e2e-0123456789abcdef
    let target = program.ancestors().nth(3).expect("tests run from target");
    target.to_owned()
}

/// The `relief-depot` program, built before the tests by `make test`.
///
/// # Panics
/// When it has not been built.
#[must_use]
pub fn program() -> PathBuf {
    let test = std::env::current_exe().expect("the running program has a path");
    let profile = test.ancestors().nth(2).expect("tests run from target");
    let program = profile.join("relief-depot");
    assert!(
        program.exists(),
        "{} is not there: `make test` builds it, and so does `cargo build -p api`",
        program.display()
    );
    program
}

// Names the build: another build of the tests gets another template.
fn build() -> String {
    let program = std::env::current_exe().expect("the running program has a path");
    let state = std::fs::metadata(&program).expect("the running program is a file");
    let mut hasher = DefaultHasher::new();
    program.hash(&mut hasher);
    state.len().hash(&mut hasher);
    state.modified().ok().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn fresh_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("test_{}_{count}", std::process::id())
}

// ---- SQLite ----------------------------------------------------------------------------------------

async fn copy_sqlite_template(copy: &Path) {
    let templates = target_directory().join("e2e-templates");
    std::fs::create_dir_all(&templates).expect("the target directory can be written");
    let lock = File::create(templates.join("lock")).expect("the target directory can be written");
    lock.lock().expect("the template's lock can be taken");
    let template = templates.join(format!("{}.sqlite", build()));
    if !template.exists() {
        remove_older(&templates);
        let making = tempfile::tempdir_in(&templates).expect("a temporary directory can be made");
        migrate(config(making.path(), "", &[])).await;
        // Only a finished template bears the name.
        std::fs::rename(making.path().join(SQLITE_FILE), &template)
            .expect("the template can be put in its place");
    }
    std::fs::copy(template, copy).expect("the template can be copied");
}

fn remove_older(templates: &Path) {
    for file in std::fs::read_dir(templates).into_iter().flatten().flatten() {
        if file.path().extension().is_some_and(|it| it == "sqlite") {
            let _ = std::fs::remove_file(file.path());
        }
    }
}

async fn migrate(config: Config) {
    let app = App::open(config, Clock::default())
        .await
        .expect("the template's database opens");
    api::migrate::migrate(&app)
        .await
        .expect("the template's database migrates");
    app.db.close().await.expect("the template closes");
}

// ---- PostgreSQL ------------------------------------------------------------------------------------

async fn postgres_copy() -> String {
    // Any fixed number, so that one process makes the template while the others wait.
    const TEMPLATE_LOCK: i64 = 7_420;
    let cluster = cluster().await;
    let template = format!("template_{}", build());
    let exists = || async {
        let sql = format!("SELECT 1 FROM pg_database WHERE datname = '{template}'");
        let found = cluster.query_one_raw(statement(&sql)).await;
        found.expect("the cluster answers").is_some()
    };
    if !exists().await {
        execute(
            &cluster,
            &format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})"),
        )
        .await;
        if !exists().await {
            let making = fresh_name();
            execute(&cluster, &format!("CREATE DATABASE {making}")).await;
            let directory = tempfile::tempdir().expect("a temporary directory can be made");
            migrate(config(directory.path(), &url_of(&making), &[])).await;
            // Only a finished template bears the name.
            execute(
                &cluster,
                &format!("ALTER DATABASE {making} RENAME TO {template}"),
            )
            .await;
        }
        execute(
            &cluster,
            &format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})"),
        )
        .await;
    }
    let name = fresh_name();
    execute(
        &cluster,
        &format!("CREATE DATABASE {name} TEMPLATE {template}"),
    )
    .await;
    name
}

fn cluster_url() -> String {
    std::env::var("TEST_DATABASE_URL").unwrap_or_else(|_| {
        panic!(
            "TEST_DATABASE_URL is not set: run the tests by `make test`, or wrap the command as \
             `scripts/postgres run cargo nextest run …`; both start a private PostgreSQL"
        )
    })
}

// postgres://relief@localhost/postgres?host=… with another database's name.
fn url_of(name: &str) -> String {
    let cluster = cluster_url();
    let (server, options) = cluster.split_once('?').unwrap_or((&cluster, ""));
    let (server, _) = server.rsplit_once('/').expect("the URL names a database");
    format!("{server}/{name}?{options}")
}

async fn cluster() -> DatabaseConnection {
    connect(&cluster_url()).await
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    sea_orm::Database::connect(options)
        .await
        .unwrap_or_else(|error| panic!("{url} cannot be reached: {error}"))
}

fn statement(sql: &str) -> sea_orm::Statement {
    sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, sql)
}

async fn execute(connection: &DatabaseConnection, sql: &str) {
    let done = connection.execute_unprepared(sql).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}
