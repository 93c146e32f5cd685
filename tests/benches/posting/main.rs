//! How fast one-line movements are posted over HTTP, against hand-written SQL on the same database
//! that does one transaction per movement.
//!
//! **Invariant.** Both sides of a ratio are measured in the same run, on the same file system, with
//! the same durability, and leave the same rows behind, but for the mark that an entry waits to be
//! sealed, which the hand-written SQL does not make. Server and clients share the machine, as
//! they share it with nobody else; the baseline has it alone.
//!
//! `make bench` runs it; `POSTING_S` says how many seconds each figure is measured (3 by itself).

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads the clock and prints what it measured"
)]

mod bare;
#[path = "../shared/copy.rs"]
mod copy;
#[path = "../shared/load.rs"]
mod load;
mod pgbench;

use std::time::Duration;

use domain::kernel::{Id, kinds};
use serde_json::{Value, json};
use tests::{Client, Database, Relief, Server, Settings, dice::setting, measure::runtime};
use tokio::runtime::Runtime;
use uuid::Uuid;

use copy::Copy;
use load::Load;

/// Each client draws from a lot of its own, as depots do: 64 lots in one depot.
const LOTS: usize = 64;
const STOCKED: i64 = 1_000_000_000;
/// Who cannot sign does not seal; entries wait.
const UNSEALED: Settings = &[("signing_key", "/dev/null")];
const SEALING_ROUNDS: u32 = 3;

fn main() {
    let time = Duration::from_secs_f64(setting("POSTING_S", 3.0));
    println!(
        "posting of one-line issues over HTTP, {} s each",
        time.as_secs_f64()
    );
    sqlite(time);
    sealing(Database::Sqlite, time);
    if std::env::var_os("TEST_DATABASE_URL").is_some() {
        postgres(time);
        sealing(Database::Postgres, time);
    } else {
        println!("PostgreSQL: not measured; run it by `make bench`");
    }
}

/// A server with stock, on a runtime of its own.
struct Stocked {
    runtime: Runtime,
    server: Server,
    relief: Relief,
    lots: Vec<String>,
}

impl Stocked {
    fn start(database: Database, settings: Settings) -> Self {
        let runtime = runtime(2);
        let (server, relief, lots) = runtime.block_on(async {
            let server = Server::start(database, settings).await;
            let relief = server.relief().await;
            let mut lots = Vec::new();
            for _ in 0..LOTS {
                let facts = json!({});
                lots.push(
                    relief
                        .worker
                        .receive(&relief.depot, &relief.item, STOCKED, facts)
                        .await,
                );
            }
            (server, relief, lots)
        });
        Self {
            runtime,
            server,
            relief,
            lots,
        }
    }

    fn body(&self, lot: usize) -> Value {
        json!({
            "depot_id": self.relief.depot,
            "lines": [{ "lot_id": self.lots[lot % LOTS], "quantity": 1 }],
        })
    }

    /// Movements in a second, posted by so many clients at once.
    fn posted(&self, clients: usize, time: Duration) -> Load {
        let bodies: Vec<_> = (0..clients)
            .map(|client| self.body(client).to_string())
            .collect();
        let worker: &Client = &self.relief.worker;
        let load = load::run(
            self.server.address,
            worker.token(),
            "/v1/issues",
            &bodies,
            time,
        );
        println!("  {clients:>3} clients: {load}");
        load
    }

    fn depot(&self) -> Uuid {
        let id: Id<kinds::Depot> = self.relief.depot.parse().expect("a depot has an id");
        id.uuid()
    }

    fn lots(&self) -> Vec<Uuid> {
        let ids = self.lots.iter().map(|lot| lot.parse::<Id<kinds::Lot>>());
        ids.map(|id| id.expect("a lot has an id").uuid()).collect()
    }

    fn remove(self) {
        self.runtime.block_on(self.server.remove());
    }
}

fn ratio(what: &str, ours: f64, baseline: f64) {
    println!(
        "  {what}: {baseline:.0} a second; ours is {:.2} of it",
        ours / baseline
    );
}

// What sealing costs posting: two servers alike, by turns, of which one cannot sign.
fn sealing(database: Database, time: Duration) {
    println!("Sealing the journal, {database:?}:");
    let sealed = Stocked::start(database, &[]);
    let unsealed = Stocked::start(database, UNSEALED);
    let (mut with, mut without) = (0.0, 0.0);
    for _ in 0..SEALING_ROUNDS {
        with += sealed.posted(64, time).a_second;
        without += unsealed.posted(64, time).a_second;
    }
    let waits = sealed
        .runtime
        .block_on(sealed.server.number("SELECT COUNT(*) FROM journal_waiting"));
    println!(
        "  64 clients: {:.3} of what is posted without sealing; {waits} entries still wait",
        with / without
    );
    sealed.remove();
    unsealed.remove();
}

fn sqlite(time: Duration) {
    println!("SQLite, synchronous=FULL:");
    let stocked = Stocked::start(Database::Sqlite, &[]);
    let one = stocked.posted(1, time);
    let many = stocked.posted(64, time);
    let copy = &Copy::of(
        &stocked
            .server
            .home()
            .directory
            .path()
            .join("relief-depot.sqlite"),
    );
    let (account, depot) = (stocked.relief.worker.account(), stocked.depot());
    let lots = &stocked.lots();
    let alone = bare::post(copy, account, depot, lots, 1, time);
    let grouped = bare::post(copy, account, depot, lots, 32, time);
    ratio(
        "bare rusqlite, one transaction each, beside 1 client",
        one.a_second,
        alone,
    );
    ratio(
        "bare rusqlite, one transaction each, beside 64 clients",
        many.a_second,
        alone,
    );
    ratio(
        "bare rusqlite, 32 to a transaction, beside 64 clients",
        many.a_second,
        grouped,
    );
    stocked.remove();
}

fn postgres(time: Duration) {
    println!("PostgreSQL, fsync and synchronous_commit on:");
    let stocked = Stocked::start(Database::Postgres, &[]);
    stocked
        .runtime
        .block_on(pgbench::check_durable(&stocked.server));
    let one = stocked.posted(1, time);
    let many = stocked.posted(64, time);
    let (account, depot) = (stocked.relief.worker.account(), stocked.depot());
    let lots = &stocked.lots();
    let url = &stocked.server.home().url;
    for (clients, ours) in [(1, one), (64, many)] {
        let baseline = pgbench::post(url, account, depot, lots, clients, time);
        ratio(
            &format!("pgbench, prepared, {clients} clients"),
            ours.a_second,
            baseline,
        );
    }
    stocked.remove();
}
