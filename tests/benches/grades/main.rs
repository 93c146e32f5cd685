//! How long it takes to rate all depots of the demonstration in one call, against one hand-written
//! statement that fetches the same facts from the same file.
//!
//! **Invariant.** Both are asked of one database in the same run. The statement judges nothing and
//! explains nothing: it is the floor below which no rating can come.
//!
//! `make bench` runs it.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads the clock and prints what it measured"
)]

use rusqlite::{Connection, OpenFlags, named_params};
use serde_json::json;
use tests::{
    Client, Database, Server,
    measure::{Spread, runtime, timed, timed_async},
};

const ROUNDS: usize = 20;
/// The items of the yardstick's list.
const NAMES: &[&str] = &[
    "棉被",
    "单帐篷",
    "毛毯",
    "家庭生活应急包",
    "冲锋衣",
    "折叠床",
    "医用外科口罩",
];

fn main() {
    runtime(2).block_on(measure());
}

async fn measure() {
    let server = Server::start(Database::Sqlite, &[]).await;
    let steward = steward(&server).await;
    let (first, depots) = timed_async(rate(&steward)).await;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let (time, rated) = timed_async(rate(&steward)).await;
        assert_eq!(rated, depots);
        times.push(time);
    }
    let (rows, by_hand) = fetch(&server);
    let (rated, fetched) = (Spread::of(times), Spread::of(by_hand));
    println!(
        "{depots} depots in one call: the first {first:.0} ms, then {rated} ms; one statement by hand ({rows} rows): {fetched} ms; ratio {:.1}",
        rated.over(&fetched),
    );
    server.remove().await;
}

async fn rate(client: &Client) -> usize {
    let rated = client.get("/v1/grades?limit=200").await.expect(200);
    assert!(rated["next_cursor"].is_null(), "one page holds all");
    rated["items"].as_array().map_or(0, Vec::len)
}

// The demonstration, and its steward of the whole province.
async fn steward(server: &Server) -> Client {
    let made = server.operate("demo").output().expect("the program runs");
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{said}");
    let file = server.home().directory.path().join("demo-accounts.txt");
    let text = std::fs::read_to_string(file).expect("the accounts are written down");
    let mut accounts = text.lines().filter_map(|line| line.split_once('\t'));
    let (login, rest) = accounts
        .find(|(login, _)| *login == "steward")
        .expect("a steward");
    let password = rest.split('\t').next().unwrap_or_default();
    let body = json!({ "login": login, "password": password });
    let anonymous = server.anonymous();
    let session = anonymous.post("/v1/sessions", body).await.expect(201);
    anonymous.with_token(session["token"].as_str().expect("a token"))
}

fn fetch(server: &Server) -> (usize, Vec<f64>) {
    let file = server.home().directory.path().join("relief-depot.sqlite");
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .expect("the database opens");
    let mut statement = connection
        .prepare(include_str!("facts.sql"))
        .expect("the statement is right");
    let names = json!(NAMES).to_string();
    let mut rows = 0;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let (time, ()) = timed(|| {
            let found = statement.query(named_params! {
                ":names": names, ":day": "2021-07-31", ":since": "2020-07-31 00:00:00+00:00",
            });
            let mut found = found.expect("it runs");
            rows = 0;
            while let Some(row) = found.next().expect("a row is read") {
                for column in 0..9 {
                    std::hint::black_box(row.get_ref(column).expect("a column is read"));
                }
                rows += 1;
            }
        });
        times.push(time);
    }
    (rows, times)
}
