//! How much faster one question for all counties and items is than asking for each by itself.
//!
//! **Invariant.** Both sides are asked of one server over HTTP by one client, in the same run, and
//! give the same figures.
//!
//! `make bench` runs it.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads the clock and prints what it measured"
)]

use std::time::Instant;

use serde_json::{Value, json};
use tests::{Client, Database, Server, client::id, dice::Dice, measure::runtime};

const ITEMS: usize = 20;

fn main() {
    let runtime = runtime(2);
    runtime.block_on(measure("SQLite", Database::Sqlite));
    if std::env::var_os("TEST_DATABASE_URL").is_some() {
        runtime.block_on(measure("PostgreSQL", Database::Postgres));
    } else {
        println!("PostgreSQL: not measured; run it by `make bench`");
    }
}

async fn measure(name: &str, database: Database) {
    let server = Server::start(database, &[]).await;
    let relief = server.relief().await;
    let worker = &relief.worker;
    let counties = counties(worker).await;
    let items = items(worker, &relief.item, &relief.ground.province).await;
    stock(worker, &relief.ground.province, &counties, &items).await;
    let places: Vec<_> = counties
        .iter()
        .map(|code| json!({ "division_code": code }))
        .collect();
    let begun = Instant::now();
    let together = ask(worker, &places, &items).await;
    let at_once = begun.elapsed();
    let begun = Instant::now();
    for (number, place) in places.iter().enumerate() {
        for (item, id) in items.iter().enumerate() {
            let alone = ask(
                worker,
                std::slice::from_ref(place),
                std::slice::from_ref(id),
            )
            .await;
            let expected = &together["places"][number]["items"][item];
            assert_eq!(&alone["places"][0]["items"][0], expected);
        }
    }
    let one_by_one = begun.elapsed();
    println!(
        "{name}: {} counties × {ITEMS} items from {} depots: at once {:.1} ms, one by one {:.0} ms, {:.0} times as fast",
        counties.len(),
        counties.len() + 2,
        at_once.as_secs_f64() * 1_000.0,
        one_by_one.as_secs_f64() * 1_000.0,
        one_by_one.as_secs_f64() / at_once.as_secs_f64(),
    );
    server.remove().await;
}

async fn ask(worker: &Client, places: &[Value], items: &[String]) -> Value {
    let body = json!({ "places": places, "item_ids": items, "with_steps": false });
    let answer = worker.post("/v1/virtual-warehouse/reach", body).await;
    answer.expect(200)
}

// Every county of Zhejiang.
async fn counties(worker: &Client) -> Vec<String> {
    let page = worker
        .get("/v1/divisions?prefix=33&level=county&limit=200")
        .await
        .expect(200);
    let codes = page["items"].as_array().expect("a page has items").iter();
    codes
        .filter_map(|division| division["code"].as_str().map(str::to_owned))
        .collect()
}

async fn items(worker: &Client, quilt: &str, province: &str) -> Vec<String> {
    let shown = worker.get(&format!("/v1/items/{quilt}")).await.expect(200);
    let mut items = vec![quilt.to_owned()];
    for number in 1..ITEMS {
        let body = json!({
            "category_id": shown["category_id"], "organisation_id": province,
            "name": format!("物资{number}"), "base_unit": "件",
        });
        items.push(id(&worker.post("/v1/items", body).await.expect(201)));
    }
    items
}

// A depot at the centre of each county, with some of each item.
async fn stock(worker: &Client, province: &str, counties: &[String], items: &[String]) {
    let mut dice = Dice::new(5);
    for code in counties {
        let body = json!({
            "code": format!("K{code}"), "name": format!("{code} 库"), "level": "county",
            "operation": "own", "organisation_id": province, "division_code": code,
        });
        let depot = id(&worker.post("/v1/depots", body).await.expect(201));
        let lines: Vec<_> = items
            .iter()
            .map(|item| {
                json!({ "item_id": item, "quantity": dice.upto(5_000), "source": "purchase" })
            })
            .collect();
        let receipt = json!({ "depot_id": depot, "lines": lines });
        worker.post("/v1/receipts", receipt).await.expect(201);
    }
}
