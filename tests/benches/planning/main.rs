//! From stored stock to a confirmed plan over HTTP: 102 depots, 520 townships, 60 items, as many as
//! Zhejiang had during typhoon In-Fa.
//!
//! **Invariant.** Everything is made over the API, and what is measured is what a dispatcher waits for: a
//! plan is asked for, and confirmed. The parts are told by the server itself, as it writes them to its
//! log: reading, ways, solving and putting the plan into a text, and for the confirmation opening it, looking
//! again and reserving. What is left of each answer is writing the plan down, the journal and HTTP. Reading
//! the documents is the client's and told apart.
//!
//! `make bench` runs it; `PLANNING=102x520x60x36` says how much of everything, the last being how many of
//! the items each township needs.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads the clock and prints what it measured"
)]

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{
    Call, Client, Database, Relief, Server, client::id, dice::Dice, heard::Heard, measure::runtime,
};

/// Lines of a receipt, and of needs stated at once.
const LINES: usize = 200;
const ROUNDS: usize = 3;

struct Size {
    depots: usize,
    sites: usize,
    items: usize,
    each: usize,
}

impl Size {
    fn asked() -> Self {
        let text = std::env::var("PLANNING").unwrap_or_else(|_| "102x520x60x36".to_owned());
        let parts = text.split('x').map(|part| part.parse().expect("a number"));
        let [depots, sites, items, each] = parts.collect::<Vec<_>>()[..] else {
            panic!("{text}: depots x sites x items x needs of each site");
        };
        Self {
            depots,
            sites,
            items,
            each,
        }
    }
}

fn main() {
    let heard = Heard::listen(&["api::dispatch"]);
    let runtime = runtime(2);
    runtime.block_on(measure("SQLite", Database::Sqlite, &heard));
    if std::env::var_os("TEST_DATABASE_URL").is_some() {
        runtime.block_on(measure("PostgreSQL", Database::Postgres, &heard));
    } else {
        println!("PostgreSQL: not measured; run it by `make bench`");
    }
}

async fn measure(name: &str, database: Database, heard: &Heard) {
    let size = Size::asked();
    let server = Server::start(database, &[]).await;
    let relief = server.relief().await;
    let mut dice = Dice::new(20_210_725);
    let items = items(&relief, size.items).await;
    stock(&relief, size.depots, &items, &mut dice).await;
    println!(
        "{name}: {} depots × {} townships × {} items, {} needs",
        size.depots,
        size.sites,
        size.items,
        size.sites * size.each
    );
    for round in 1..=ROUNDS {
        // Each round is a disaster of its own, for what the ones before have left.
        let incident = disaster(&relief, &size, &items, &mut dice).await;
        let _ = heard.take();
        let path = format!("/v1/incidents/{incident}/plans");
        let (planned, plan) = asked(relief.worker.post(&path, json!({})), 201).await;
        let path = format!("/v1/plans/{}/confirm", id(&plan));
        let (confirmation, confirmed) = asked(relief.worker.act(&path), 200).await;
        let read = planned.read + confirmation.read;
        let (planned, confirmation) = (planned.answered, confirmation.answered);
        let count = |view: &Value, member: &str| view[member].as_array().map_or(0, Vec::len);
        println!(
            "  round {round}: {} ms in all ({} until the client has read both documents): planned in {} ms, confirmed in {} ms; {}; {} allocations, {} shortfalls, {} orders",
            (planned + confirmation).as_millis(),
            (planned + confirmation + read).as_millis(),
            planned.as_millis(),
            confirmation.as_millis(),
            parts(heard),
            count(&plan, "allocations"),
            count(&plan, "shortfalls"),
            count(&confirmed, "order_ids"),
        );
    }
    server.prove().await;
    server.remove().await;
}

struct Took {
    /// Until the answer was there.
    answered: Duration,
    /// Until it was read as JSON.
    read: Duration,
}

async fn asked(call: Call, status: u16) -> (Took, Value) {
    let began = Instant::now();
    let answer = call.await;
    let answered = began.elapsed();
    let value = answer.expect(status);
    let read = began.elapsed() - answered;
    (Took { answered, read }, value)
}

// How long the parts took, as the server says.
fn parts(heard: &Heard) -> String {
    let said = heard.take().into_iter().flat_map(|said| said.fields);
    let parts = said.filter(|(name, _)| *name != "message");
    let parts = parts.map(|(name, value)| format!("{name} {value}"));
    parts.collect::<Vec<_>>().join(", ")
}

async fn items(relief: &Relief, many: usize) -> Vec<String> {
    let path = format!("/v1/items/{}", relief.item);
    let shown = relief.worker.get(&path).await.expect(200);
    let mut items = vec![relief.item.clone()];
    for number in 1..many {
        let body = json!({
            "category_id": shown["category_id"], "organisation_id": relief.ground.province,
            "name": format!("物资{number}"), "base_unit": "件",
        });
        items.push(id(&relief.worker.post("/v1/items", body).await.expect(201)));
    }
    items
}

// A point of Zhejiang's box.
fn somewhere(dice: &mut Dice) -> (f64, f64) {
    let part = |dice: &mut Dice| f64::from(dice.below(10_000)) / 10_000.0;
    (118.5 + 3.5 * part(dice), 27.5 + 3.5 * part(dice))
}

// Two thirds of the items lie in each depot.
async fn stock(relief: &Relief, many: usize, items: &[String], dice: &mut Dice) {
    for number in 0..many {
        let (longitude, latitude) = somewhere(dice);
        let level = if number % 10 == 0 {
            "municipal"
        } else {
            "county"
        };
        let body = json!({
            "code": format!("K{number}"), "name": format!("{number} 号库"), "level": level,
            "operation": "own", "organisation_id": relief.ground.province, "division_code": "330203",
            "place": { "longitude": longitude, "latitude": latitude },
        });
        let depot = id(&relief.worker.post("/v1/depots", body).await.expect(201));
        let mut lines = Vec::new();
        for item in items {
            if !dice.one_in(3) {
                let quantity = 500 + dice.upto(4_000);
                lines.push(json!({ "item_id": item, "quantity": quantity, "source": "purchase" }));
            }
        }
        for lines in lines.chunks(LINES) {
            let receipt = json!({ "depot_id": depot, "lines": lines });
            relief
                .worker
                .post("/v1/receipts", receipt)
                .await
                .expect(201);
        }
    }
}

async fn disaster(relief: &Relief, size: &Size, items: &[String], dice: &mut Dice) -> String {
    let worker: &Client = &relief.worker;
    let body = json!({
        "organisation_id": relief.ground.province, "name": "台风烟花", "hazard": "typhoon",
        "occurred_at": "2021-07-25T00:00:00Z",
        "affected_area": [{ "kind": "division", "code": "330203" }],
    });
    let incident = id(&worker.post("/v1/incidents", body).await.expect(201));
    let path = format!("/v1/incidents/{incident}/sites");
    let mut lines = Vec::new();
    for number in 0..size.sites {
        let (longitude, latitude) = somewhere(dice);
        let body = json!({
            "organisation_id": relief.ground.city, "name": format!("{number} 号镇"),
            "kind": "distribution_point", "longitude": longitude, "latitude": latitude,
        });
        let site = id(&worker.post(&path, body).await.expect(201));
        let first = dice.below(u32::try_from(items.len()).expect("few items")) as usize;
        for step in 0..size.each {
            lines.push(json!({
                "site_id": site, "item_id": items[(first + step) % items.len()],
                "quantity": dice.upto(60), "priority": dice.upto(3),
            }));
        }
    }
    let path = format!("/v1/incidents/{incident}/needs");
    for lines in lines.chunks(LINES) {
        worker
            .post(&path, json!({ "lines": lines }))
            .await
            .expect(201);
    }
    incident
}
