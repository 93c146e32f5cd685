//! One who behaves badly, and what that costs the others: their time and the server's memory.
//!
//! **Invariant.** Each figure is measured on the real program, in a process of its own, and printed;
//! what is asserted is far above what was measured, so that it fails on a wall that fell and not on a
//! busy machine.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{
    Client, Database, Program, Relief, Server,
    database::Home,
    measure::{memory, timed_async},
    raw::Wire,
};
use tokio::task::JoinSet;

/// Connections of the one who floods.
const BAD: usize = 1_000;
/// Requests of the other.
const GOOD: usize = 200;
/// What the other may wait for the slowest of a hundred, in milliseconds.
const PATIENT_MS: f64 = 5_000.0;
/// What everything that is sent below may take of the memory beyond what the server had, in MiB.
const MORE_MIB: f64 = 192.0;
const LOTS_A_RECEIPT: usize = 500;
const RECEIPTS: usize = 4;
const AT_ONCE: usize = 16;

/// A stocked depot, whose server is gone.
async fn stocked(database: Database) -> (std::sync::Arc<Home>, Relief) {
    let server = Server::start(database, &[]).await;
    let relief = server.relief().await;
    for number in 0..RECEIPTS {
        let line = |at: usize| {
            json!({
                "item_id": relief.item, "quantity": 1, "source": "purchase",
                "batch": format!("B-{number}-{at}"), "remark": "棉".repeat(100),
            })
        };
        let lines: Vec<Value> = (0..LOTS_A_RECEIPT).map(line).collect();
        let body = json!({ "depot_id": relief.depot, "lines": lines });
        relief.worker.post("/v1/receipts", body).await.expect(201);
    }
    (server.leave().await, relief)
}

struct Slowest {
    half: f64,
    hundredth: f64,
}

/// How long a good client waits: half of its requests, and all but a hundredth.
async fn wait(client: &Client) -> Slowest {
    let mut took = Vec::new();
    for _ in 0..GOOD {
        let (ms, answer) = timed_async(client.get("/v1/me").into_future()).await;
        answer.expect(200);
        took.push(ms);
    }
    took.sort_by(f64::total_cmp);
    Slowest {
        half: took[GOOD / 2],
        hundredth: took[GOOD - 1 - GOOD / 100],
    }
}

/// Opens connections that are slow in each way there is, and keeps them open.
async fn slow(program: &Program, token: &str) -> Vec<Wire> {
    let body = format!(
        "POST /v1/organisations HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\nidempotency-key: one\r\ncontent-length: 500\r\n\r\n{{"
    );
    let reader = format!(
        "GET /v1/lots?limit=200 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    let kinds = ["", "GET /v1/me HTTP/1.1\r\nhost: ", &body, &reader];
    let mut wires = Vec::new();
    for number in 0..BAD {
        let mut wire = Wire::open_slow(program.address).await;
        let _ = wire.try_send(kinds[number % kinds.len()].as_bytes()).await;
        wires.push(wire);
    }
    wires
}

/// Guesses passwords without end, each of which costs a hash.
fn guess(client: Client) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        for number in 0_u32.. {
            let body = json!({ "login": format!("nobody{number}"), "password": "a guess" });
            if client
                .post("/v1/sessions", body)
                .unnoted()
                .send()
                .await
                .is_err()
            {
                return;
            }
        }
    })
}

async fn flooded(database: Database) {
    let (home, relief) = stocked(database).await;
    let mut command = home.operate("serve");
    command.env("RELIEF_DEPOT_NETWORK_FAILURES_FREE", "0");
    let program = Program::start(&mut command);
    let stranger = Client::new(program.address);
    let client = stranger.with_token(relief.worker.token());
    wait(&client).await;
    let before = wait(&client).await;
    let wires = slow(&program, relief.worker.token()).await;
    let guessing: Vec<_> = (0..4).map(|_| guess(stranger.clone())).collect();
    let began = Instant::now();
    let during = wait(&client).await;
    println!(
        "{} slow connections and 4 guessers: {:.1} ms and {:.1} ms of 100 before, {:.1} ms and {:.1} ms \
         meanwhile ({:.1?} for {GOOD})",
        wires.len(),
        before.half,
        before.hundredth,
        during.half,
        during.hundredth,
        began.elapsed()
    );
    for guesser in guessing {
        guesser.abort();
    }
    assert!(during.hundredth < PATIENT_MS, "{:.0} ms", during.hundredth);
    program.kill();
    home.remove().await;
}

// Sends what a server could choke on: each of them is refused or answered before it is all there.
async fn choke(program: &Program, token: &str) {
    let head = |more: &str| {
        format!(
            "POST /v1/receipts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\nidempotency-key: one\r\n{more}\r\n"
        )
    };
    let deep = "[".repeat(10_000);
    let deep = format!(
        "{}{deep}",
        head(&format!("content-length: {}\r\n", deep.len()))
    );
    let long = format!(
        "GET /v1/me?x={} HTTP/1.1\r\nhost: x\r\n\r\n",
        "y".repeat(1 << 20)
    );
    let heads = format!(
        "GET /v1/me HTTP/1.1\r\nhost: x\r\n{}\r\n",
        "x-more: y\r\n".repeat(100_000)
    );
    let packed = head("content-encoding: gzip\r\ncontent-length: 10\r\n") + "\x1f\u{b}\u{8}0123456";
    for text in [deep, long, heads, packed] {
        let mut wire = Wire::open(program.address).await;
        // Whoever is refused early is not read to the end.
        let _ = wire.try_send(text.as_bytes()).await;
        wire.end().await;
        let answer = wire.rest().await;
        let is_let_in = answer.starts_with("HTTP/1.1 2");
        assert!(!is_let_in, "{}", &answer[..answer.len().min(200)]);
    }
    // A body without an end, a megabyte at a time.
    let mut wire = Wire::open(program.address).await;
    wire.send(head("transfer-encoding: chunked\r\n").as_bytes())
        .await;
    let chunk = format!("100000\r\n{}\r\n", " ".repeat(1 << 20));
    let mut sent = 0;
    while sent < 256 && wire.try_send(chunk.as_bytes()).await {
        sent += 1;
    }
    assert!(sent < 256, "a body of {sent} MiB was taken");
}

async fn burdened(database: Database) {
    let (home, relief) = stocked(database).await;
    let program = Program::start(&mut home.operate("serve"));
    let client = Client::new(program.address).with_token(relief.worker.token());
    let most = || memory(program.id(), "VmHWM").expect("it runs");
    wait(&client).await;
    let before = most();
    let mut sending = JoinSet::new();
    let program = std::sync::Arc::new(program);
    for _ in 0..AT_ONCE {
        let (program, token) = (program.clone(), relief.worker.token().to_owned());
        sending.spawn(async move { choke(&program, &token).await });
    }
    sending.join_all().await;
    let choked = memory(program.id(), "VmHWM").expect("it runs");
    // The longest lists that there are, as pages and as files, by many at once.
    let mut reading = JoinSet::new();
    for number in 0..AT_ONCE {
        let client = client.clone();
        let accept = ["application/json", "text/csv", tests::files::XLSX][number % 3];
        reading.spawn(async move {
            for list in ["lots", "balances", "journal-entries"] {
                let path = match accept {
                    "application/json" => format!("/v1/{list}?limit=200"),
                    _ => format!("/v1/{list}"),
                };
                let call = client.get(&path).header("accept", accept).unnoted();
                let answer = call.await;
                // The worker may not read the journal, and only so many files are written at once.
                let expected = [200, 403, 406, 503].contains(&answer.status);
                assert!(expected, "{}: {}", answer.request, answer.text);
            }
        });
    }
    reading.join_all().await;
    let listed = memory(program.id(), "VmHWM").expect("it runs");
    println!(
        "{before:.0} MiB at first, {choked:.0} after {AT_ONCE} that send too much, {listed:.0} after \
         {AT_ONCE} that read {} lots",
        LOTS_A_RECEIPT * RECEIPTS
    );
    assert!(
        listed - before < MORE_MIB,
        "{:.0} MiB more",
        listed - before
    );
    client.get("/v1/me").await.expect(200);
    tokio::time::timeout(Duration::from_secs(60), client.get("/health/ready").send())
        .await
        .expect("it answers")
        .expect("it is there");
    drop(program);
    home.remove().await;
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(test);
}

#[test]
fn a_flood_keeps_nobody_else_waiting_on_sqlite() {
    block_on(flooded(Database::Sqlite));
}

#[test]
fn a_flood_keeps_nobody_else_waiting_on_postgres() {
    block_on(flooded(Database::Postgres));
}

#[test]
fn neither_bad_bodies_nor_long_lists_fill_the_memory_on_sqlite() {
    block_on(burdened(Database::Sqlite));
}

#[test]
fn neither_bad_bodies_nor_long_lists_fill_the_memory_on_postgres() {
    block_on(burdened(Database::Postgres));
}
