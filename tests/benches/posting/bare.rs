//! Hand-written SQL on a copy of the server's own SQLite file.
//!
//! **Invariant.** It leaves what an issue over HTTP leaves: the movement, its line, the guarded
//! change of the balance, the journal entry and the idempotency record. It reads and checks nothing.

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use rusqlite::{Connection, params};
use uuid::Uuid;

/// A copy of a database, gone with the value.
pub(crate) struct Copy {
    connection: Connection,
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
        Self {
            connection,
            _directory: directory,
        }
    }

    /// Movements in a second, `group` of them to a transaction.
    pub(crate) fn post(
        &self,
        account: &str,
        depot: Uuid,
        lots: &[Uuid],
        group: usize,
        time: Duration,
    ) -> f64 {
        let zone: Uuid = self
            .connection
            .query_row(
                "SELECT account_id FROM balance WHERE depot_id = ?1 AND lot_id = ?2",
                params![depot, lots[0]],
                |row| row.get(0),
            )
            .expect("the lot lies in a zone");
        let began = Instant::now();
        let mut posted = 0;
        while began.elapsed() < time {
            self.connection
                .execute_batch("BEGIN IMMEDIATE")
                .expect("a transaction begins");
            for _ in 0..group {
                self.one(account, depot, zone, lots[posted % lots.len()])
                    .expect("it is posted");
                posted += 1;
            }
            self.connection.execute_batch("COMMIT").expect("it is kept");
        }
        posted as f64 / began.elapsed().as_secs_f64()
    }

    fn one(&self, account: &str, depot: Uuid, zone: Uuid, lot: Uuid) -> rusqlite::Result<()> {
        let (movement, entry) = (fresh(), fresh());
        let key = entry.to_string();
        let now = "2026-11-26T10:00:00.000000+00:00";
        let body = BODY;
        let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
            let done = self.connection.prepare_cached(sql)?.execute(values)?;
            assert_eq!(done, 1, "{sql}");
            Ok::<_, rusqlite::Error>(())
        };
        run(
            "INSERT INTO idempotency (principal, key, request_hash, journal_id, response, created_at) \
             VALUES (?1, ?2, ?3, NULL, NULL, ?4)",
            params![account, key, HASH, now],
        )?;
        run(
            "INSERT INTO movement (depot_id, id, kind, occurred_at, recorded_at, journal_id) \
             VALUES (?1, ?2, 'issue', ?3, ?3, ?4)",
            params![depot, movement, now, entry],
        )?;
        run(
            "INSERT INTO movement_line (depot_id, movement_id, line, lot_id, condition, quantity, \
             from_kind, from_depot_id, from_id, to_kind, to_depot_id, to_id) \
             VALUES (?1, ?2, 0, ?3, 'usable', 1, 'zone', ?1, ?4, 'recipient', ?1, ?1)",
            params![depot, movement, lot, zone],
        )?;
        run(
            "UPDATE balance SET on_hand = on_hand - 1 WHERE depot_id = ?1 AND account_kind = 'zone' \
             AND account_id = ?2 AND lot_id = ?3 AND condition = 'usable' AND on_hand - 1 >= reserved",
            params![depot, zone, lot],
        )?;
        run(
            "INSERT INTO journal (id, recorded_at, command, principal, subject, request_id, \
             idempotency_key, body) VALUES (?1, ?2, 'stock.issue', ?3, ?4, '4bf92f3577b34da6', ?5, ?6)",
            params![entry, now, account, movement.to_string(), key, body],
        )?;
        run(
            "UPDATE idempotency SET response = ?1, journal_id = ?2 WHERE principal = ?3 AND key = ?4",
            params![body, entry, account, key],
        )
    }
}

// Ids that grow, as those of the server do.
fn fresh() -> Uuid {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    Uuid::from_u64_pair(0x019b_0000_0000_7000 + count, 0x8000_0000_0000_0000 | count)
}

/// A SHA-256 in hex.
pub(crate) const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// About as long as the view of a movement.
pub(crate) const BODY: &str = concat!(
    r#"{"counterparty":null,"depot_id":"depot_01kb0000000000000000000000","hidden_lines":0,"#,
    r#""id":"movement_01kb0000000000000000000000","incident_id":null,"kind":"issue","lines":"#,
    r#"[{"base_unit":"unit","condition":"usable","from":{"depot_id":"depot_01kb0000000000000000000000","#,
    r#""kind":"zone","zone_id":"zone_01kb0000000000000000000000"},"item_id":"item_01kb0000000000000000000000","#,
    r#""item_name":"quilt","line":0,"lot_id":"lot_01kb0000000000000000000000","quantity":1,"to":"#,
    r#"{"depot_id":"depot_01kb0000000000000000000000","kind":"recipient"}}],"occurred_at":"#,
    r#""2026-11-26T10:00:00Z","recorded_at":"2026-11-26T10:00:00Z","reversed_by":null}"#
);
