//! For random instants and random filters what is published balances.
//!
//! `BALANCE_SEED=… BALANCE_STEPS=… BALANCE_INSTANTS=…` ask others; a failure prints the seed and the
//! question.
#![allow(
    clippy::print_stderr,
    reason = "whoever reads a failure needs the seed"
)]

mod walk;

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use tests::{Client, Database, Dice, Server, dice::setting};

use super::{Scene, balances, scene};
use walk::Walk;

const SETTINGS: tests::Settings = &[];
const ASKED_AT_ONCE: usize = 8;

#[test]
fn whatever_is_asked_balances_on_sqlite() {
    tests::run(Database::Sqlite, SETTINGS, async |server| {
        ask(server, INSTANTS_ON_SQLITE).await
    });
}

#[test]
fn whatever_is_asked_balances_on_postgres() {
    tests::run(Database::Postgres, SETTINGS, async |server| {
        ask(server, INSTANTS_ON_POSTGRES).await
    });
}

// Ten thousand together.
const INSTANTS_ON_SQLITE: usize = 7_500;
const INSTANTS_ON_POSTGRES: usize = 2_500;

async fn ask(server: &Server, instants: usize) {
    let seed = setting("BALANCE_SEED", 20_200_131_u64);
    let steps = setting("BALANCE_STEPS", 300_usize);
    let instants = setting("BALANCE_INSTANTS", instants);
    eprintln!("BALANCE_SEED={seed} BALANCE_STEPS={steps} BALANCE_INSTANTS={instants}");
    let scene = scene(server).await;
    let mut walk = Walk::new(&scene, Dice::new(seed)).await;
    let begin = server.clock.now();
    for _ in 0..steps {
        server.clock.advance(Duration::from_secs(5));
        walk.step(server).await;
    }
    let end = server.clock.now();
    server.seal().await;
    eprintln!("{:?}", walk.done);
    for name in walk::COMMANDS {
        assert!(
            walk.done.contains_key(name),
            "{name} was never done: {:?}",
            walk.done
        );
    }
    let items = walk.items.clone();
    let questions = questions(&scene, &items, walk.dice, begin, end, instants);
    let started = std::time::Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    let mut lines = 0;
    for question in questions {
        if tasks.len() == ASKED_AT_ONCE {
            lines += tasks.join_next().await.unwrap().unwrap();
        }
        tasks.spawn(answer(scene.relief.worker.clone(), question));
    }
    while let Some(told) = tasks.join_next().await {
        lines += told.unwrap();
    }
    eprintln!(
        "{instants} instants, {lines} lines, {:?}",
        started.elapsed()
    );
    assert!(lines > instants, "{lines} lines prove nothing");
    agrees_with_the_book(&scene, end).await;
    server.prove().await;
}

fn questions(
    scene: &Scene,
    items: &[String],
    mut dice: Dice,
    begin: DateTime<Utc>,
    end: DateTime<Utc>,
    instants: usize,
) -> Vec<String> {
    let relief = &scene.relief;
    let length = u32::try_from((end - begin).num_milliseconds()).unwrap();
    let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let bodies = [
        &relief.ground.province,
        &relief.ground.province,
        &relief.ground.city,
    ];
    (0..instants)
        .map(|_| {
            let organisation = dice.of(&bodies).unwrap();
            let until = begin + TimeDelta::milliseconds(dice.upto(length));
            let mut query = format!(
                "/v1/statement-drafts?organisation_id={organisation}&until={}",
                text(until)
            );
            if dice.one_in(2) {
                let before = u32::try_from((until - begin).num_milliseconds()).unwrap();
                let from = until - TimeDelta::milliseconds(dice.upto(before));
                query += &format!("&from={}", text(from));
            }
            if dice.one_in(3) {
                query += &format!("&incident_id={}", scene.disaster.incident);
            }
            if dice.one_in(4) {
                query += &format!("&item_id={}", dice.of(items).unwrap());
            }
            if dice.one_in(4) {
                let source = dice.of(&["purchase", "donation", "recovery"]).unwrap();
                query += &format!("&source={source}");
            }
            query
        })
        .collect()
}

// How many lines the answer has, all of which balance.
async fn answer(client: Client, question: String) -> usize {
    let told = client.get(&question).await.expect(200);
    let lines = told["lines"].as_array().unwrap();
    let mut issued: BTreeMap<&str, i64> = BTreeMap::new();
    for place in told["places"].as_array().unwrap() {
        let quantity = place["quantity"].as_i64().unwrap();
        *issued.entry(place["lot_id"].as_str().unwrap()).or_default() += quantity;
    }
    let mut sums: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for line in lines {
        let figures = &line["figures"];
        assert!(balances(figures), "{question}: {line}");
        let lot = line["lot_id"].as_str().unwrap();
        let placed = issued.remove(lot).unwrap_or(0);
        assert_eq!(figures["issued"], placed, "{question}: {line}");
        for (name, value) in figures.as_object().unwrap() {
            let item = line["item_id"].as_str().unwrap();
            *sums.entry((item, name)).or_default() += value.as_i64().unwrap();
        }
        for name in [
            "on_hand",
            "on_road",
            "on_loan",
            "opening_on_hand",
            "opening_on_road",
            "opening_on_loan",
        ] {
            assert!(figures[name].as_i64().unwrap() >= 0, "{question}: {line}");
        }
    }
    assert!(issued.is_empty(), "{question}: {issued:?}");
    for total in told["totals"].as_array().unwrap() {
        assert!(balances(&total["figures"]), "{question}: {total}");
        let item = total["item_id"].as_str().unwrap();
        for (name, value) in total["figures"].as_object().unwrap() {
            assert_eq!(
                value.as_i64(),
                sums.remove(&(item, name.as_str())),
                "{question}: {name}"
            );
        }
    }
    assert!(sums.is_empty(), "{question}: {sums:?} are in no total");
    lines.len()
}

// What statements say is there is what the list of balances says, which is kept apart from them.
async fn agrees_with_the_book(scene: &Scene, end: DateTime<Utc>) {
    let worker = &scene.relief.worker;
    let path = format!(
        "/v1/statement-drafts?organisation_id={}",
        scene.relief.ground.province
    );
    let told = worker.get(&path).await.expect(200);
    let sum = |name: &str| -> i64 {
        let lines = told["lines"].as_array().unwrap().iter();
        lines
            .map(|line| line["figures"][name].as_i64().unwrap())
            .sum()
    };
    let mut book = BTreeMap::from([("zone", 0), ("road", 0)]);
    let mut cursor: Option<String> = None;
    loop {
        let mut call = worker.get("/v1/balances").query("limit", 200);
        if let Some(cursor) = &cursor {
            call = call.query("cursor", cursor);
        }
        let page = call.await.expect(200);
        for row in page["items"].as_array().unwrap() {
            let account = row["account"].as_str().unwrap();
            *book.get_mut(account).unwrap() += row["on_hand"].as_i64().unwrap();
        }
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(
        (sum("on_hand"), sum("on_road")),
        (book["zone"], book["road"]),
        "at {end}"
    );
}
