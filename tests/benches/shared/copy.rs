//! A copy of the server's own SQLite file, for hand-written SQL with the server's durability.
//!
//! **Invariant.** What a command leaves beside its own rows is left here too: the claim of the key,
//! the journal entry and the remembered answer. Nothing is read and nothing is checked.

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use rusqlite::{Connection, ToSql};
use uuid::Uuid;

/// A SHA-256 in hex.
pub(crate) const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
pub(crate) const NOW: &str = "2026-11-26T10:00:00.000000+00:00";

/// A copy of a database, gone with the value.
pub(crate) struct Copy {
    pub(crate) connection: Connection,
    _directory: tempfile::TempDir,
}

impl Copy {
    pub(crate) fn of(file: &Path) -> Self {
        // Beside the original, so that both lie on one file system.
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let copy = directory.path().join("copy.sqlite");
        let original = Connection::open(file).expect("the database opens");
        let target = copy.to_str().expect("a temporary name is text");
        original
            .execute("VACUUM INTO ?1", [target])
            .expect("the database can be copied");
        let connection = Connection::open(&copy).expect("the copy opens");
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON",
            )
            .expect("SQLite takes the settings");
        connection.set_prepared_statement_cache_capacity(64);
        Self {
            connection,
            _directory: directory,
        }
    }

    /// Everything inside is one transaction.
    pub(crate) fn together(&self, work: impl FnOnce()) {
        let run = |sql| self.connection.execute_batch(sql);
        run("BEGIN IMMEDIATE").expect("a transaction begins");
        work();
        run("COMMIT").expect("it is kept");
    }

    /// What a command of `account` leaves, with its own rows in between; these get the entry.
    pub(crate) fn command(&self, account: &str, name: &str, body: &str, rows: impl FnOnce(Uuid)) {
        let entry = fresh();
        let key = entry.to_string();
        self.one(
            "INSERT INTO idempotency (principal, key, request_hash, journal_id, response, created_at) \
             VALUES (?1, ?2, ?3, NULL, NULL, ?4)",
            &[&account, &key, &HASH, &NOW],
        );
        rows(entry);
        self.one(
            "INSERT INTO journal (id, recorded_at, command, principal, subject, request_id, \
             idempotency_key, body) VALUES (?1, ?2, ?3, ?4, ?5, '4bf92f3577b34da6', ?5, ?6)",
            &[&entry, &NOW, &name, &account, &key, &body],
        );
        self.one(
            "UPDATE idempotency SET response = ?1, journal_id = ?2 WHERE principal = ?3 AND key = ?4",
            &[&body, &entry, &account, &key],
        );
    }

    /// Runs a statement that changes one row.
    pub(crate) fn one(&self, sql: &str, values: &[&dyn ToSql]) {
        let done = self
            .connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values));
        let done = done.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(done, 1, "{sql}");
    }
}

/// Ids that grow, as those of the server do.
pub(crate) fn fresh() -> Uuid {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    Uuid::from_u64_pair(0x019b_0000_0000_7000 + count, 0x8000_0000_0000_0000 | count)
}
