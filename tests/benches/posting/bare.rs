//! Hand-written SQL on a copy of the server's own SQLite file.
//!
//! **Invariant.** It leaves what an issue over HTTP leaves: the movement, its line, the guarded
//! change of the balance, the journal entry and the idempotency record. It reads and checks nothing.

use std::time::{Duration, Instant};

use rusqlite::params;
use uuid::Uuid;

use super::copy::{Copy, NOW, fresh};

/// Movements in a second, `group` of them to a transaction.
pub(crate) fn post(
    copy: &Copy,
    account: &str,
    depot: Uuid,
    lots: &[Uuid],
    group: usize,
    time: Duration,
) -> f64 {
    let zone: Uuid = copy
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
        copy.together(|| {
            for _ in 0..group {
                one(copy, account, depot, zone, lots[posted % lots.len()]);
                posted += 1;
            }
        });
    }
    posted as f64 / began.elapsed().as_secs_f64()
}

fn one(copy: &Copy, account: &str, depot: Uuid, zone: Uuid, lot: Uuid) {
    let movement = fresh();
    copy.command(account, "stock.issue", BODY, |entry| {
        copy.one(
            "INSERT INTO movement (depot_id, id, kind, occurred_at, recorded_at, journal_id) \
             VALUES (?1, ?2, 'issue', ?3, ?3, ?4)",
            &[&depot, &movement, &NOW, &entry],
        );
        copy.one(
            "INSERT INTO movement_line (depot_id, movement_id, line, lot_id, condition, quantity, \
             from_kind, from_depot_id, from_id, to_kind, to_depot_id, to_id) \
             VALUES (?1, ?2, 0, ?3, 'usable', 1, 'zone', ?1, ?4, 'recipient', ?1, ?1)",
            &[&depot, &movement, &lot, &zone],
        );
        copy.one(
            "UPDATE balance SET on_hand = on_hand - 1 WHERE depot_id = ?1 AND account_kind = 'zone' \
             AND account_id = ?2 AND lot_id = ?3 AND condition = 'usable' AND on_hand - 1 >= reserved",
            &[&depot, &zone, &lot],
        );
    });
}

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
