//! For random instants and random filters what is published balances.
//!
//! `BALANCE_SEED=… BALANCE_STEPS=… BALANCE_INSTANTS=…` ask others; a failure prints the seed and the
//! question.
#![allow(
    clippy::print_stderr,
    reason = "whoever reads a failure needs the seed"
)]

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use tests::{Client, Database, Dice, Server, client::id, dice::setting};

use super::{Scene, balances, lot_of, scene};

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

// Real commands, of which some are refused.
struct Walk<'a> {
    scene: &'a Scene,
    dice: Dice,
    lots: Vec<String>,
    movements: Vec<String>,
    // Each with the lot that it carries.
    shipments: Vec<(String, String)>,
    loans: Vec<(String, String)>,
    zone: String,
    done: BTreeMap<&'static str, usize>,
}

impl Walk<'_> {
    // A command about goods of this lot, or none where there is nothing to do it to.
    fn drawn(&mut self, server: &Server, lot: &str) -> Option<(&'static str, String, Value)> {
        let (depot, item) = (&self.scene.relief.depot, &self.scene.relief.item);
        let incident = &self.scene.disaster.incident;
        let quantity = self.dice.upto(20);
        let one = json!([{ "lot_id": lot, "quantity": quantity }]);
        let which = self.dice.below(10);
        Some(match which {
            0 => {
                let donor = self.dice.of(&["宁波纺织厂", "王五"])?;
                let restriction = if self.dice.one_in(2) {
                    json!({ "kind": "incident", "incident_id": incident })
                } else {
                    json!({ "kind": "none" })
                };
                let lines = json!([{
                    "item_id": item, "quantity": quantity, "source": "donation",
                    "donor": donor, "unit_value": "45.7", "restriction": restriction,
                }]);
                let body = json!({ "depot_id": depot, "lines": lines });
                ("receive", "/v1/receipts".to_owned(), body)
            }
            1 | 2 => {
                let code = self.dice.of(&["330203", "330203104", "330281"])?;
                let purpose = json!({ "incident_id": incident, "division_code": code });
                let body = json!({ "depot_id": depot, "lines": one, "purpose": purpose });
                ("issue", "/v1/issues".to_owned(), body)
            }
            3 => {
                let to = &self.scene.relief.city_depot;
                let body = json!({ "depot_id": depot, "to_depot_id": to, "lines": one });
                ("send", "/v1/shipments".to_owned(), body)
            }
            4 => {
                let (shipment, lot) = self.dice.of(&self.shipments)?;
                let short = self.dice.below(2);
                let lines = json!([{ "lot_id": lot, "received": 1, "short": short }]);
                let body = json!({ "given_by": "甲", "received_by": "乙", "lines": lines });
                ("sign", format!("/v1/shipments/{shipment}/hand-overs"), body)
            }
            5 => {
                let movement = self.dice.of(&self.movements)?;
                let path = format!("/v1/movements/{movement}/reverse");
                ("reverse", path, json!({}))
            }
            6 => {
                let lines = json!([{
                    "lot_id": lot, "quantity": quantity, "condition": "usable",
                    "used_months": 0, "cleaned": true,
                }]);
                let body = json!({
                    "depot_id": depot, "counterparty": "洞桥镇安置点", "lines": lines,
                });
                ("return", "/v1/returns".to_owned(), body)
            }
            7 => {
                let today = api::clock::day_at_depots(server.clock.now());
                let body = json!({
                    "depot_id": depot, "borrower_name": "邻省红十字会", "lines": one,
                    "due_on": today + chrono::Days::new(30), "reference": "借〔2026〕1号",
                });
                ("lend", "/v1/loans".to_owned(), body)
            }
            8 => {
                let (loan, lot) = self.dice.of(&self.loans)?;
                let lines = json!([{ "lot_id": lot, "quantity": 1, "condition": "usable" }]);
                let path = format!("/v1/loans/{loan}/give-back");
                ("give_back", path, json!({ "lines": lines }))
            }
            _ => {
                let before = server.clock.now() - TimeDelta::seconds(1);
                let lines = json!([{ "lot_id": lot, "zone_id": self.zone, "quantity": quantity }]);
                let body = json!({
                    "depot_id": depot, "late_fact": true, "lines": lines,
                    "purpose": { "incident_id": incident }, "occurred_at": before.to_rfc3339(),
                });
                ("late", "/v1/issues".to_owned(), body)
            }
        })
    }

    async fn step(&mut self, server: &Server) {
        let relief = &self.scene.relief;
        let worker = &relief.worker;
        let lot = self
            .dice
            .of(&self.lots)
            .unwrap_or_else(|| relief.lot.clone());
        let Some((name, path, body)) = self.drawn(server, &lot) else {
            return;
        };
        let answer = worker.post(&path, body).await;
        if answer.status != 201 && answer.status != 200 {
            assert!(answer.status < 500, "{}", answer.text);
            return;
        }
        let told = answer.json();
        *self.done.entry(name).or_default() += 1;
        match name {
            "receive" => {
                self.lots.push(lot_of(&told));
                self.movements.push(id(&told["movement"]));
            }
            "issue" | "late" => self.movements.push(id(&told)),
            "send" => self.shipments.push((id(&told), lot)),
            "lend" => self.loans.push((id(&told), lot)),
            _ => {}
        }
    }
}

async fn ask(server: &Server, instants: usize) {
    let seed = setting("BALANCE_SEED", 20_200_131_u64);
    let steps = setting("BALANCE_STEPS", 200_usize);
    let instants = setting("BALANCE_INSTANTS", instants);
    eprintln!("BALANCE_SEED={seed} BALANCE_STEPS={steps} BALANCE_INSTANTS={instants}");
    let scene = scene(server).await;
    let zones = format!("/v1/depots/{}/zones", scene.relief.depot);
    let zones = scene.relief.worker.get(&zones).await.expect(200);
    let mut walk = Walk {
        scene: &scene,
        dice: Dice::new(seed),
        lots: vec![scene.relief.lot.clone()],
        movements: Vec::new(),
        shipments: Vec::new(),
        loans: Vec::new(),
        zone: id(&zones["items"][0]),
        done: BTreeMap::new(),
    };
    let begin = server.clock.now();
    for _ in 0..steps {
        server.clock.advance(Duration::from_secs(5));
        walk.step(server).await;
    }
    let end = server.clock.now();
    server.seal().await;
    eprintln!("{:?}", walk.done);
    for name in [
        "receive",
        "issue",
        "send",
        "sign",
        "reverse",
        "return",
        "lend",
        "give_back",
        "late",
    ] {
        assert!(
            walk.done.contains_key(name),
            "{name} was never done: {:?}",
            walk.done
        );
    }
    let questions = questions(&scene, walk.dice, begin, end, instants);
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
                query += &format!("&item_id={}", relief.item);
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
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for line in lines {
        let figures = &line["figures"];
        assert!(balances(figures), "{question}: {line}");
        let lot = line["lot_id"].as_str().unwrap();
        let placed = issued.remove(lot).unwrap_or(0);
        assert_eq!(figures["issued"], placed, "{question}: {line}");
        for (name, value) in figures.as_object().unwrap() {
            *sums.entry(name).or_default() += value.as_i64().unwrap();
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
        // There is one item only.
        for (name, value) in total["figures"].as_object().unwrap() {
            assert_eq!(
                value.as_i64(),
                sums.get(name.as_str()).copied(),
                "{question}: {name}"
            );
        }
    }
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
