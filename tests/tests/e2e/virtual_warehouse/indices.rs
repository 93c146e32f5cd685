//! Every filter of the pooled lists, in any mix, is answered from indices.
//!
//! The statements are overheard and their plans asked for: of SQLite by `EXPLAIN QUERY PLAN`, of
//! PostgreSQL by `auto_explain`. The latter's planner rightly reads a small table whole, so that it is told
//! to do so only where no index will do. That it reads all of an index of a few rows then says nothing;
//! SQLite, which joins by nested loops alone, is the stricter judge.

use std::collections::BTreeSet;

use serde_json::Value;
use tests::{
    Client, Database, Server,
    heard::{Heard, Said},
    on_both,
};

use super::{Stocked, day};

/// The tables that grow with stock.
const GROWING: [&str; 7] = [
    "balance",
    "lot",
    "movement",
    "movement_line",
    "reservation",
    "reservation_line",
    "shipment",
];

const STATEMENT: &str = "sqlx::query";
const NOTICE: &str = "sqlx::postgres::notice";

const LISTS: [&str; 3] = ["items", "depots", "lots"];

type Filter = Vec<(&'static str, String)>;

// What may be asked, and what goes with it.
fn filters(stocked: &Stocked, now: chrono::DateTime<chrono::Utc>) -> Vec<Filter> {
    let one = |name, value: &str| vec![(name, value.to_owned())];
    let near = |name, value: &str| {
        let point = [
            ("longitude", "121.54"),
            ("latitude", "29.86"),
            (name, value),
        ];
        point.map(|(name, value)| (name, value.to_owned())).to_vec()
    };
    vec![
        one("item_id", &stocked.items[0]),
        one("category_id", &stocked.categories[0]),
        one("division", "330200"),
        one("organisation_id", &stocked.ground.city),
        one("level", "county"),
        one("operation", "own"),
        one("state", "operating"),
        one("owner_id", &stocked.ground.county),
        one("ownership", "held"),
        one("condition", "usable"),
        one("usable_until", &day(now, 30)),
        one("purpose_division", "330203"),
        near("radius_km", "100"),
        near("max_time_min", "600"),
    ]
}

// Nothing, each filter, and each two of them; now, and at a moment that has passed.
fn mixes(filters: &[Filter], then: &str) -> Vec<Filter> {
    let mut mixes = vec![Vec::new()];
    for (number, one) in filters.iter().enumerate() {
        mixes.push(one.clone());
        for other in &filters[number + 1..] {
            let names: BTreeSet<_> = one.iter().map(|(name, _)| name).collect();
            let fresh = other.iter().filter(|(name, _)| !names.contains(name));
            mixes.push(one.iter().chain(fresh).cloned().collect());
        }
    }
    let past = mixes.clone().into_iter().map(|mut mix| {
        mix.push(("as_of", then.to_owned()));
        mix
    });
    mixes.extend(past.collect::<Vec<_>>());
    mixes
}

async fn ask(who: &Client, list: &str, mix: &Filter) {
    let mut call = who.get(&format!("/v1/virtual-warehouse/{list}"));
    for (name, value) in mix {
        call = call.query(name, value);
    }
    call.await.expect(200);
}

// PostgreSQL sends the plan of every statement along with its answer, on connections made from now on.
async fn explain(server: &Server) {
    for setting in [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_format = 'json'",
        "auto_explain.log_level = 'notice'",
        "auto_explain.log_timing = off",
        "enable_seqscan = off",
        // Such plans look so dear that each would be compiled.
        "jit = off",
    ] {
        let quoted = setting.replace('\'', "''");
        server
            .execute(&format!(
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {quoted}', current_database()); \
                 END $$"
            ))
            .await;
    }
}

fn explained(notice: &str) -> Option<Value> {
    let json = notice.find('{').map(|start| &notice[start..])?;
    serde_json::from_str(json).ok()
}

// Nodes of a plan that read a growing table whole because no index answers.
fn whole_in_postgres(plan: &Value, found: &mut BTreeSet<String>) {
    let table = plan["Relation Name"].as_str().unwrap_or_default();
    if plan["Node Type"] == "Seq Scan" && GROWING.contains(&table) {
        found.insert(format!("Seq Scan on {table}"));
    }
    for below in plan["Plans"].as_array().into_iter().flatten() {
        whole_in_postgres(below, found);
    }
}

fn whole_in_sqlite(file: &rusqlite::Connection, statement: &str) -> BTreeSet<String> {
    let explain = format!("EXPLAIN QUERY PLAN {statement}");
    let mut explain = file.prepare(&explain).expect("what was asked can be asked");
    // What is not bound is NULL, and the plan is the same.
    let mut rows = explain.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().expect("a plan has rows") {
        steps.push(row.get::<_, String>(3).expect("a step has a detail"));
    }
    // A part of a statement may bear the name of the table that it stands for.
    let made = |name: &str| {
        let made = ["MATERIALIZE", "CO-ROUTINE"].map(|how| format!("{how} {name}"));
        steps.iter().any(|step| made.contains(step))
    };
    let scans = |step: &&String| {
        let table = step
            .strip_prefix("SCAN ")
            .and_then(|rest| rest.split(' ').next());
        table.is_some_and(|table| GROWING.contains(&table) && !made(table))
    };
    steps.iter().filter(scans).cloned().collect()
}

// Looks at the plans of statements about lots.
struct Watch {
    // The file, on SQLite.
    file: Option<rusqlite::Connection>,
    seen: BTreeSet<String>,
}

impl Watch {
    fn whole(&mut self, heard: &[Said]) -> BTreeSet<String> {
        let mut whole = BTreeSet::new();
        if let Some(file) = &self.file {
            for statement in heard.iter().filter_map(|said| said.of("db.statement")) {
                let is_asked = statement.starts_with("SELECT") && statement.contains("\"lot");
                if is_asked && self.seen.insert(statement.to_owned()) {
                    whole.extend(whole_in_sqlite(file, statement));
                }
            }
            return whole;
        }
        let notices = heard.iter().filter(|said| said.target == NOTICE);
        for plan in notices.filter_map(|said| explained(said.of("message")?)) {
            let text = plan["Query Text"].as_str().unwrap_or_default();
            if text.contains("\"lot") {
                self.seen.insert(text.to_owned());
                whole_in_postgres(&plan["Plan"], &mut whole);
            }
        }
        whole
    }
}

on_both!(
    any_mix_of_filters_is_answered_from_indices,
    async |server| {
        let stocked = Stocked::new(server).await;
        let on_postgres = server.database() == Database::Postgres;
        if on_postgres {
            explain(server).await;
        }
        let then = stocked.past[5].0.clone();
        let beside = server.beside().await;
        let who = Client::new(beside.address).with_token(stocked.worker.token());
        let mut watch = Watch {
            file: (!on_postgres).then(|| {
                let file = server.home().directory.path().join("relief-depot.sqlite");
                rusqlite::Connection::open(file).expect("the database opens")
            }),
            seen: BTreeSet::new(),
        };
        let heard = Heard::listen(&[STATEMENT, NOTICE]);
        let mut faults = Vec::new();
        for mix in mixes(&filters(&stocked, server.clock.now()), &then) {
            for list in LISTS {
                let _ = heard.take();
                ask(&who, list, &mix).await;
                let whole = watch.whole(&heard.take());
                if !whole.is_empty() {
                    faults.push(format!("{list} {mix:?}: {whole:?}"));
                }
            }
        }
        beside.stop().await;
        let seen = watch.seen.len();
        assert!(seen > 100, "{seen} statements were looked at");
        let all = faults.join("\n");
        assert!(faults.is_empty(), "{} read all:\n{all}", faults.len());
    }
);
