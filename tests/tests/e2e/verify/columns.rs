//! Every column of the ledger is flipped in a copy of a database, and `verify` is asked each time.
//!
//! **Invariant.** Each flip of each column in each row is found.
//!
//! The server is gone meanwhile, so that nothing follows from a flip but what is found.

use std::{collections::BTreeSet, time::Instant};

use api::{app::App, verify::verify_by_mark};
use domain::kernel::{Id, kinds};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use tests::{Database, Server};
use uuid::Uuid;

use crate::journal::tampering::Column;

use super::scene;

/// The tables, each with the column by which a finding names its rows.
const TABLES: &[(&str, &str)] = &[
    ("movement", "id"),
    ("movement_line", "movement_id"),
    ("balance", "lot_id"),
    ("lot", "id"),
    ("reservation", "id"),
    ("reservation_line", "reservation_id"),
];

/// Rows that were put back lie anywhere.
const IN_ORDER: &str = "CAST(t AS TEXT)";

struct Book {
    connection: DatabaseConnection,
    database: Database,
}

impl Book {
    async fn run(&self, sql: &str) {
        let done = self.connection.execute_unprepared(sql).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    async fn texts(&self, sql: &str) -> Vec<(String, String)> {
        let backend = self.connection.get_database_backend();
        let rows = self
            .connection
            .query_all_raw(Statement::from_string(backend, sql))
            .await;
        let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let pair = |row: &sea_orm::QueryResult| {
            let text = |at| row.try_get_by_index(at).expect("a text");
            (text(0), text(1))
        };
        rows.iter().map(pair).collect()
    }

    /// The columns of a table as they can be flipped.
    async fn columns(&self, table: &str) -> Vec<Column> {
        let sql = match self.database {
            Database::Sqlite => format!("SELECT name, type FROM pragma_table_info('{table}')"),
            Database::Postgres => format!(
                "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) \
                 FROM information_schema.columns WHERE table_name = '{table}'"
            ),
        };
        let known = self.texts(&sql).await;
        let column = |(name, kind): (String, String)| {
            let (name, kind): (&'static str, _) = (name.leak(), kind.to_lowercase());
            match kind {
                kind if kind.contains("uuid") => Column::Id(name),
                kind if kind.contains("timestamp") => Column::Time(name),
                kind if kind.contains("int") => Column::Number(name),
                _ => Column::Text(name),
            }
        };
        known.into_iter().map(column).collect()
    }

    /// The names of the rows of a table, as findings tell them.
    async fn names(&self, table: &str, by: &str) -> Vec<String> {
        let (digits, order) = match self.database {
            Database::Sqlite => (format!("HEX({by})"), "rowid"),
            Database::Postgres => (format!("CAST({by} AS TEXT)"), IN_ORDER),
        };
        let sql = format!("SELECT {digits}, '' FROM {table} t ORDER BY {order}");
        let name = |(digits, _): (String, String)| {
            let id = Uuid::parse_str(&digits).expect("an id");
            match (table, by) {
                (_, "lot_id") | ("lot", _) => Id::<kinds::Lot>::from_uuid(id).to_string(),
                ("movement" | "movement_line", _) => {
                    Id::<kinds::Movement>::from_uuid(id).to_string()
                }
                _ => Id::<kinds::Reservation>::from_uuid(id).to_string(),
            }
        };
        self.texts(&sql).await.into_iter().map(name).collect()
    }
}

/// What the program says of the book. A row that cannot be read is a finding like another: what stood
/// behind it would not be looked at.
async fn told(app: &App) -> Vec<String> {
    let report = verify_by_mark(app, false, &|_, _, _| {}).await;
    let findings = report.expect("it reads whatever is there").findings;
    findings.into_iter().map(|finding| finding.what).collect()
}

async fn flips(database: Database) {
    let server = Server::start(database, &[]).await;
    scene(&server).await;
    server.seal().await;
    server.run_hourly_jobs().await;
    server.seal().await;
    // SQLite's guards are taken down for everybody.
    server.execute("SELECT 1").await;
    let clock = server.clock.clone();
    let home = server.leave().await;
    let app = App::open(home.config(&[]), clock).await.unwrap();
    let book = Book {
        connection: home.connect().await,
        database,
    };
    book.run(match database {
        Database::Sqlite => "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON",
        Database::Postgres => "SET session_replication_role = replica",
    })
    .await;
    assert_eq!(told(&app).await, Vec::<String>::new());
    let mark = home.directory.path().join("verified.mark");
    let kept_mark = std::fs::read(&mark).expect("a run that finds nothing leaves a mark");

    for (table, _) in TABLES {
        if database == Database::Postgres {
            // Whoever owns the database drops what stands in the way.
            let checks = format!(
                "SELECT CAST(conname AS TEXT), '' FROM pg_constraint \
                 WHERE conrelid = '{table}'::regclass AND contype = 'c'"
            );
            for (name, _) in book.texts(&checks).await {
                book.run(&format!("ALTER TABLE {table} DROP CONSTRAINT \"{name}\""))
                    .await;
            }
        }
        book.run(&format!(
            "CREATE TABLE kept_{table} AS SELECT * FROM {table}"
        ))
        .await;
    }
    let (row_id, order) = match database {
        Database::Sqlite => ("rowid", "rowid"),
        Database::Postgres => ("ctid", IN_ORDER),
    };
    let (mut unseen, mut nameless) = (BTreeSet::new(), BTreeSet::new());
    let (began, mut flips) = (Instant::now(), 0);
    for (table, by) in TABLES {
        let columns = book.columns(table).await;
        let names = book.names(table, by).await;
        assert!(!names.is_empty() && !columns.is_empty(), "{table} is empty");
        for (row, name) in names.iter().enumerate() {
            for column in &columns {
                let flip = column.flipped(database);
                book.run(&format!(
                    "UPDATE {table} SET {flip} WHERE {row_id} = \
                     (SELECT {row_id} FROM {table} t ORDER BY {order} LIMIT 1 OFFSET {row})"
                ))
                .await;
                flips += 1;
                let found = told(&app).await;
                let place = format!("{table}.{}", column.name());
                match found.first() {
                    None => {
                        unseen.insert(place);
                    }
                    Some(_) if found.iter().any(|what| what.contains(name)) => {}
                    Some(what) => {
                        nameless.insert(format!("{place}: {what}"));
                    }
                }
                book.run(&format!(
                    "DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table}"
                ))
                .await;
                std::fs::write(&mark, &kept_mark).unwrap();
            }
        }
    }
    println!(
        "{flips} flips in {:.1?}; found, and the row is not named: {nameless:#?}",
        began.elapsed(),
    );
    assert_eq!(told(&app).await, Vec::<String>::new());
    app.db.close().await.unwrap();
    book.connection.close().await.unwrap();
    home.remove().await;
    assert_eq!(unseen, BTreeSet::new());
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(test);
}

#[test]
fn each_flip_of_the_ledger_is_found_on_sqlite() {
    block_on(flips(Database::Sqlite));
}

#[test]
fn each_flip_of_the_ledger_is_found_on_postgres() {
    block_on(flips(Database::Postgres));
}
