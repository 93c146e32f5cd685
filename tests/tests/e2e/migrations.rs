//! The schema's history goes up and down, whoever starts it.

use std::process::{Command, Stdio};

use api::{app::App, clock::Clock};
use migrations::Migrator;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use sea_orm_migration::MigratorTrait as _;
use tests::{Database, database::Home};

// Every column of every table, and every index, as the database itself describes them.
async fn schema(connection: &DatabaseConnection, database: Database) -> Vec<String> {
    let queries: &[&str] = match database {
        Database::Sqlite => &[
            "SELECT type || ' ' || name || ': ' || COALESCE(sql, '') AS line FROM sqlite_master WHERE tbl_name <> 'seaql_migrations' AND name NOT LIKE 'sqlite_%' ORDER BY line",
        ],
        Database::Postgres => &[
            "SELECT table_name || '.' || column_name || ': ' || data_type || ' ' || is_nullable AS line FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'seaql_migrations' ORDER BY line",
            "SELECT indexdef AS line FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'seaql_migrations' ORDER BY line",
            "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) AS line FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 'seaql_migrations'::regclass ORDER BY line",
        ],
    };
    let mut lines = Vec::new();
    for query in queries {
        let statement = Statement::from_string(connection.get_database_backend(), *query);
        for row in connection.query_all_raw(statement).await.unwrap() {
            lines.push(row.try_get::<String>("", "line").unwrap());
        }
    }
    lines
}

// The server takes the rules of rows down before it migrates, and writes them again after it.
async fn lower(connection: &DatabaseConnection, database: Database) {
    if database == Database::Postgres {
        let lower = "DO $$ DECLARE guarded record; BEGIN \
                       FOR guarded IN SELECT tablename FROM pg_policies LOOP \
                         EXECUTE format('DROP POLICY seen ON %I', guarded.tablename); \
                         EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', guarded.tablename); \
                       END LOOP; \
                     END $$; DROP SCHEMA relief_depot_wall CASCADE";
        connection.execute_unprepared(lower).await.unwrap();
    }
}

async fn goes_up_and_down(database: Database) {
    let home = Home::empty(database).await;
    let app = App::open(home.config(&[]), Clock::default()).await.unwrap();
    api::migrate::migrate(&app).await.unwrap();
    assert_eq!(
        api::migrate::pending(&app).await.unwrap(),
        Vec::<String>::new()
    );
    let connection = home.connect().await;
    lower(&connection, database).await;
    let first = schema(&connection, database).await;
    assert!(first.len() > 20, "{first:#?}");
    let steps = Migrator::migrations().len();
    // One step down and up again, from the newest to the oldest, then all at once.
    for depth in 1..=u32::try_from(steps).unwrap() {
        Migrator::down(&connection, Some(depth)).await.unwrap();
        assert_eq!(
            api::migrate::pending(&app).await.unwrap().len(),
            depth as usize
        );
        Migrator::up(&connection, None).await.unwrap();
        assert_eq!(
            schema(&connection, database).await,
            first,
            "after {depth} steps"
        );
    }
    Migrator::down(&connection, None).await.unwrap();
    assert_eq!(schema(&connection, database).await, Vec::<String>::new());
    api::migrate::migrate(&app).await.unwrap();
    lower(&connection, database).await;
    assert_eq!(schema(&connection, database).await, first);
    app.db.close().await.unwrap();
    connection.close().await.unwrap();
    home.remove().await;
}

#[tokio::test]
async fn sqlite_goes_up_and_down_and_up() {
    goes_up_and_down(Database::Sqlite).await;
}

#[tokio::test]
async fn postgres_goes_up_and_down_and_up() {
    goes_up_and_down(Database::Postgres).await;
}

// Programs of their own, so that nothing of this process keeps them apart.
async fn several_programs_migrate_together(database: Database) {
    let home = Home::empty(database).await;
    let programs: Vec<_> = (0..4)
        .map(|_| {
            Command::new(tests::database::program())
                .arg("migrate")
                .current_dir(home.directory.path())
                .env("RELIEF_DEPOT_DATA_DIRECTORY", home.directory.path())
                .env("RELIEF_DEPOT_DATABASE_URL", &home.url)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for program in programs {
        let output = program.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
    let connection = home.connect().await;
    let applied = "SELECT COUNT(*) AS count FROM seaql_migrations";
    let statement = Statement::from_string(connection.get_database_backend(), applied);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    let count: i64 = row.try_get("", "count").unwrap();
    assert_eq!(count, i64::try_from(Migrator::migrations().len()).unwrap());
    connection.close().await.unwrap();
    home.remove().await;
}

#[tokio::test]
async fn several_programs_migrate_sqlite_together() {
    several_programs_migrate_together(Database::Sqlite).await;
}

#[tokio::test]
async fn several_programs_migrate_postgres_together() {
    several_programs_migrate_together(Database::Postgres).await;
}

#[tokio::test]
async fn an_sqlite_that_would_lose_entries_is_refused() {
    let home = Home::empty(Database::Sqlite).await;
    let mut config = home.config(&[]);
    // A database in memory has no write-ahead log.
    config.database_url = "sqlite::memory:".to_owned();
    let refused = App::open(config, Clock::default())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("journal_mode") && refused.contains("wal"),
        "{refused}"
    );
    let mut config = home.config(&[]);
    config.database_url = "mysql://localhost/depot".to_owned();
    let refused = App::open(config, Clock::default())
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("sqlite: or postgres:"), "{refused}");
    let mut config = home.config(&[]);
    let file = home.directory.path().join("notes.txt");
    std::fs::write(&file, "this is no database, however long it is made").unwrap();
    config.database_url = format!("sqlite://{}", file.display());
    App::open(config, Clock::default()).await.unwrap_err();
}
