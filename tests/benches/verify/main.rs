//! How long `relief-depot verify` takes over a large ledger, whole and from its mark on, against
//! reading every row of its tables; how long the server takes to be ready with it; and what both
//! take of the memory.
//!
//! **Invariant.** The database was begun over HTTP and multiplied: every movement that is added is
//! a copy of one that was posted, with an entry of its own that commits to it, sealed by the server,
//! and the balances follow (`copies`); `verify` finds nothing in it. The baseline reads all columns of all rows of the tables
//! of the ledger and of the journal, in the same file and the same run, and does nothing with them.
//!
//! `make bench` runs it; `VERIFY_MOVEMENTS` says how many movements (1,000,000, for which it takes
//! 2 GB), `VERIFY_ROUNDS` how often each is measured (3).

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads the clock and prints what it measured"
)]

mod copies;
#[path = "../shared/load.rs"]
mod load;

use std::{
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use tests::{
    Client, Database, Program, Relief, Server,
    database::Home,
    dice::setting,
    measure::{Spread, memory, runtime, timed},
};

const LOTS: usize = 64;
const STOCKED: i64 = 1_000_000_000;
const SINCE: u64 = 1_000;
const TABLES: &[&str] = &["movement", "movement_line", "balance", "lot", "journal"];

fn main() {
    let movements: u64 = setting("VERIFY_MOVEMENTS", 1_000_000);
    let rounds: usize = setting("VERIFY_ROUNDS", 3);
    let runtime = runtime(2);
    let (time, made) = timed(|| runtime.block_on(make(movements)));
    let (home, relief, lots) = made;
    println!("SQLite, {movements} movements, made in {:.0} s", time / 1e3);
    let size = std::fs::metadata(file(&home)).expect("the database is a file");
    println!("  the file has {} MiB", size.len() / (1 << 20));

    let scans: Vec<_> = (0..rounds).map(|_| timed(|| scan(&home))).collect();
    let rows = scans[0].1;
    let scan = Spread::of(scans.into_iter().map(|scan| scan.0).collect());
    println!("  all {rows} rows read: {scan} ms");
    let whole = verify(&home, &[], rounds, &scan);
    println!("{whole}");

    start(&home, rounds);
    let program = Program::start(&mut serving(&home));
    std::thread::sleep(Duration::from_secs(2));
    let idle = memory(program.id(), "VmRSS").expect("it runs");
    let more = bodies(&relief, &lots);
    let token = runtime.block_on(token(&program, &relief));
    let mut posted = 0.0;
    while posted < SINCE as f64 {
        let time = Duration::from_secs(3);
        let load = load::run(program.address, &token, "/v1/issues", &more, time);
        posted += load.a_second * time.as_secs_f64();
    }
    let loaded = memory(program.id(), "VmRSS").expect("it runs");
    let most = memory(program.id(), "VmHWM").expect("it runs");
    println!(
        "  the server has {idle:.0} MiB idle, {loaded:.0} MiB when 64 clients have posted {posted:.0} movements, {most:.0} MiB at most"
    );
    std::thread::sleep(Duration::from_secs(3));
    program.kill();
    let once = verify(&home, &["--since-last"], 1, &scan);
    println!("{once}");
    println!("{}", verify(&home, &["--since-last"], rounds, &scan));
    drop(home);
}

fn file(home: &Home) -> std::path::PathBuf {
    home.directory.path().join("relief-depot.sqlite")
}

// A server with 64 lots and an issue of each, multiplied and sealed.
async fn make(movements: u64) -> (Arc<Home>, Relief, Vec<String>) {
    let server = Server::start(Database::Sqlite, &[]).await;
    let relief = server.relief().await;
    let mut lots = Vec::new();
    for _ in 0..LOTS {
        let lot = relief
            .worker
            .receive(&relief.depot, &relief.item, STOCKED, json!({}))
            .await;
        lots.push(lot);
    }
    for body in bodies(&relief, &lots) {
        let body = serde_json::from_str(&body).expect("it is JSON");
        relief.worker.post("/v1/issues", body).await.expect(201);
    }
    copies::multiply(&file(server.home()), movements);
    server.seal().await;
    (server.leave().await, relief, lots)
}

fn bodies(relief: &Relief, lots: &[String]) -> Vec<String> {
    let body = |lot| {
        json!({ "depot_id": relief.depot, "lines": [{ "lot_id": lot, "quantity": 1 }] }).to_string()
    };
    lots.iter().map(body).collect()
}

// Every column of every row.
fn scan(home: &Home) -> u64 {
    let connection = Connection::open_with_flags(file(home), OpenFlags::SQLITE_OPEN_READ_ONLY)
        .expect("the database opens");
    let mut read = 0;
    for table in TABLES {
        let sql = format!("SELECT * FROM {table}");
        let mut statement = connection.prepare(&sql).expect("there is the table");
        let columns = statement.column_count();
        let mut rows = statement.query([]).expect("it can be read");
        while let Some(row) = rows.next().expect("a row is read") {
            for column in 0..columns {
                std::hint::black_box(row.get_ref(column).expect("a column is read"));
            }
            read += 1;
        }
    }
    read
}

// The program, so many times, with the most that it had in memory.
fn verify(home: &Home, words: &[&str], rounds: usize, scan: &Spread) -> String {
    let (mut times, mut most, mut said) = (Vec::new(), 0_f64, String::new());
    for _ in 0..rounds {
        let mut command = home.operate("verify");
        command
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let began = Instant::now();
        let mut process = command.spawn().expect("the program starts");
        loop {
            if let Some(now) = memory(process.id(), "VmHWM") {
                most = most.max(now);
            }
            if process.try_wait().expect("one may ask").is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        times.push(began.elapsed().as_secs_f64() * 1e3);
        let output = process.wait_with_output().expect("its output is ours");
        said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}");
    }
    let times = Spread::of(times);
    let first = said.lines().next().unwrap_or_default();
    format!(
        "  verify {}: {times} ms, {:.1} times the scan, {most:.0} MiB at most; {first}",
        words.join(" "),
        times.over(scan)
    )
}

fn serving(home: &Home) -> Command {
    let mut command = home.operate("serve");
    command.env("RELIEF_DEPOT_LOG_FILTER", "warn");
    command
}

// From the start of the program until it says that it is ready.
fn start(home: &Home, rounds: usize) {
    let times = (0..rounds).map(|_| {
        let runtime = runtime(1);
        let (time, program) = timed(|| {
            let program = Program::start(&mut serving(home));
            let client = Client::new(program.address);
            runtime.block_on(async {
                while client.get("/health/ready").await.status != 200 {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            });
            program
        });
        program.kill();
        time
    });
    println!("  started and ready: {} ms", Spread::of(times.collect()));
}

async fn token(program: &Program, relief: &Relief) -> String {
    let login = relief.worker.login.as_deref().expect("an account has one");
    let client = Client::new(program.address);
    let body = json!({ "login": login, "password": tests::people::PASSWORD });
    let session = client.post("/v1/sessions", body).await.expect(201);
    session["token"].as_str().expect("a token").to_owned()
}
