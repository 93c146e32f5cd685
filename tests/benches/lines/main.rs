//! How fast papers of many lines are written over HTTP, against hand-written SQL on the same
//! database: issues of 50 lines, and 50 lines over 20 depots that are reserved and released.
//!
//! **Invariant.** Both sides of a ratio are measured in the same run, on the same file system, with
//! the same durability, and leave the same rows behind, but for the mark that an entry waits to be
//! sealed. The hand-written SQL is one transaction per paper; it reads and checks nothing, and what
//! it writes as the answer is one of the server's own.
//!
//! `make bench` runs it; `LINES_S` says how many seconds each figure is measured (3 by itself), and
//! `LINES_ROUNDS` how often the 20 depots are gone through (5).

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads the clock and prints what it measured"
)]

#[path = "../shared/copy.rs"]
mod copy;
#[path = "../shared/load.rs"]
mod load;
mod reservations;

use std::time::{Duration, Instant};

use domain::kernel::{Id, Kind, kinds};
use rusqlite::params;
use serde_json::{Value, json};
use tests::{
    Client, Database, Relief, Server,
    client::id,
    dice::setting,
    measure::{Spread, runtime},
};
use uuid::Uuid;

use copy::{Copy, NOW, fresh};

const LINES: usize = 50;
const STOCKED: i64 = 1_000_000_000;
const ROUNDS: usize = 3;

fn main() {
    let time = Duration::from_secs_f64(setting("LINES_S", 3.0));
    let runtime = runtime(2);
    let (server, relief, lots) = runtime.block_on(stocked());
    println!("SQLite, synchronous=FULL");
    issues(&server, &relief, &lots, time);
    runtime.block_on(reservations::measure(&server, &relief));
    runtime.block_on(reservations::posted(&server, &relief, &lots));
    runtime.block_on(server.remove());
}

async fn stocked() -> (Server, Relief, Vec<String>) {
    let server = Server::start(Database::Sqlite, &[]).await;
    let relief = server.relief().await;
    let lots = receive(&relief.worker, &relief.depot, &relief.item, LINES).await;
    (server, relief, lots)
}

/// Lots of one item in a depot, which came together.
async fn receive(worker: &Client, depot: &str, item: &str, lots: usize) -> Vec<String> {
    let lines: Vec<_> = (0..lots)
        .map(|lot| {
            json!({
                "item_id": item, "quantity": STOCKED, "source": "purchase",
                "batch": format!("B{lot}"),
            })
        })
        .collect();
    let body = json!({ "depot_id": depot, "lines": lines });
    let receipt = worker.post("/v1/receipts", body).await.expect(201);
    let lines = receipt["movement"]["lines"].as_array();
    let lines = lines.expect("a receipt has lines").iter();
    lines
        .map(|line| {
            line["lot_id"]
                .as_str()
                .expect("a line has a lot")
                .to_owned()
        })
        .collect()
}

fn issues(server: &Server, relief: &Relief, lots: &[String], time: Duration) {
    let lines: Vec<_> = lots
        .iter()
        .map(|lot| json!({ "lot_id": lot, "quantity": 1 }))
        .collect();
    let body = json!({ "depot_id": relief.depot, "lines": lines }).to_string();
    let token = relief.worker.token();
    let mut ours = Vec::new();
    for clients in [1, 16] {
        let bodies = vec![body.clone(); clients];
        let rates = (0..ROUNDS).map(|_| {
            let load = load::run(server.address, token, "/v1/issues", &bodies, time);
            println!("  {load}");
            load.a_second
        });
        let rates = Spread::of(rates.collect());
        println!("issues of {LINES} lines, {clients:>2} clients: {rates} a second");
        ours.push((clients, rates));
    }
    let copy = copy_of(server);
    let said = said(&copy, "stock.issue");
    let (depot, zone) = place(&copy, &relief.depot);
    let lots: Vec<_> = lots.iter().map(|lot| uuid::<kinds::Lot>(lot)).collect();
    let account = relief.worker.account();
    let rates = (0..ROUNDS).map(|_| {
        let (began, mut posted) = (Instant::now(), 0);
        while began.elapsed() < time {
            copy.together(|| issue(&copy, account, (depot, zone), &lots, &said));
            posted += 1;
        }
        f64::from(posted) / began.elapsed().as_secs_f64()
    });
    let bare = Spread::of(rates.collect());
    println!("bare rusqlite, one transaction each: {bare} a second");
    for (clients, rates) in ours {
        println!("  {clients:>2} clients: {:.2} of it", rates.over(&bare));
    }
}

fn issue(copy: &Copy, account: &str, (depot, zone): (Uuid, Uuid), lots: &[Uuid], said: &str) {
    let movement = fresh();
    copy.command(account, "stock.issue", said, |entry| {
        copy.one(
            "INSERT INTO movement (depot_id, id, kind, occurred_at, recorded_at, journal_id) \
             VALUES (?1, ?2, 'issue', ?3, ?3, ?4)",
            &[&depot, &movement, &NOW, &entry],
        );
        for (line, lot) in (0_i64..).zip(lots) {
            line_of(copy, (depot, zone), movement, line, lot);
            copy.one(
                "UPDATE balance SET on_hand = on_hand - 1 WHERE depot_id = ?1 \
                 AND account_kind = 'zone' AND account_id = ?2 AND lot_id = ?3 \
                 AND condition = 'usable' AND on_hand - 1 >= reserved",
                &[&depot, &zone, lot],
            );
        }
    });
}

fn copy_of(server: &Server) -> Copy {
    let file = server.home().directory.path().join("relief-depot.sqlite");
    Copy::of(&file)
}

/// What the server wrote of the longest command of this name.
fn said(copy: &Copy, command: &str) -> String {
    copy.connection
        .query_row(
            "SELECT body FROM journal WHERE command = ?1 ORDER BY LENGTH(body) DESC LIMIT 1",
            [command],
            |row| row.get(0),
        )
        .expect("the server ran one")
}

/// A depot and its first zone.
fn place(copy: &Copy, depot: &str) -> (Uuid, Uuid) {
    let depot = uuid::<kinds::Depot>(depot);
    let zone = copy.connection.query_row(
        "SELECT account_id FROM balance WHERE depot_id = ?1 AND account_kind = 'zone'",
        params![depot],
        |row| row.get(0),
    );
    (depot, zone.expect("something lies in the depot"))
}

fn uuid<K: Kind>(text: &str) -> Uuid {
    let id: Id<K> = text.parse().unwrap_or_else(|_| panic!("{text} is no id"));
    id.uuid()
}

/// A depot of the province more.
async fn depot(relief: &Relief, number: usize) -> String {
    let body: Value = json!({
        "code": format!("L{number}"), "name": format!("{number} 号库"), "level": "county",
        "operation": "own", "organisation_id": relief.ground.province,
        "division_code": "330203",
    });
    id(&relief.worker.post("/v1/depots", body).await.expect(201))
}

// One piece of a lot that leaves a zone for a recipient.
fn line_of(copy: &Copy, (depot, zone): (Uuid, Uuid), movement: Uuid, line: i64, lot: &Uuid) {
    copy.one(
        "INSERT INTO movement_line (depot_id, movement_id, line, lot_id, condition, quantity, \
         from_kind, from_depot_id, from_id, to_kind, to_depot_id, to_id) \
         VALUES (?1, ?2, ?3, ?4, 'usable', 1, 'zone', ?1, ?5, 'recipient', ?1, ?1)",
        &[&depot, &movement, &line, lot, &zone],
    );
}
