//! What ought to stand in depots: shortages, surpluses, and where ageing goods should go.

use chrono::{Days, TimeDelta};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Relief, Server, on_both};

const LEVELS: &str = "/v1/virtual-warehouse/levels";
const ROTATION: &str = "/v1/virtual-warehouse/rotation";

async fn set(relief: &Relief, depot: &str, version: i64, levels: Value) -> Answer {
    let path = format!("/v1/depots/{depot}/levels/{}", relief.item);
    let call = relief.worker.call(Method::PUT, &path);
    call.if_match(&format!("\"v{version}\"")).json(levels).await
}

// Depot, available, standing and gap of each.
async fn standings(relief: &Relief, query: &str) -> Vec<(String, i64, String, i64)> {
    let page = relief.worker.get(&format!("{LEVELS}?{query}")).await;
    let page = page.expect(200);
    let text = |row: &Value, member: &str| row[member].as_str().unwrap().to_owned();
    let number = |row: &Value, member: &str| row[member].as_i64().unwrap();
    let rows = page["items"].as_array().unwrap().iter();
    rows.map(|row| {
        (
            text(row, "depot_id"),
            number(row, "available"),
            text(row, "standing"),
            number(row, "gap"),
        )
    })
    .collect()
}

fn in_days(server: &Server, days: u64) -> String {
    let day = server
        .clock
        .now()
        .date_naive()
        .checked_add_days(Days::new(days));
    day.unwrap().to_string()
}

on_both!(a_depot_is_short_within_or_over, async |server| {
    let relief = server.relief().await;
    let levels = json!({ "floor": 10, "minimum": 50, "maximum": 150 });
    set(&relief, &relief.depot, 0, levels).await.expect(200);
    let levels = json!({ "floor": 0, "minimum": 30 });
    set(&relief, &relief.city_depot, 0, levels)
        .await
        .expect(200);
    let over = (relief.depot.clone(), 200, "over".to_owned(), 50);
    let short = (relief.city_depot.clone(), 0, "short".to_owned(), 30);
    let mut all = vec![over.clone(), short.clone()];
    all.sort();
    assert_eq!(standings(&relief, "").await, all);
    assert_eq!(standings(&relief, "standing=over").await, [over]);
    assert_eq!(
        standings(&relief, "standing=short").await,
        std::slice::from_ref(&short)
    );
    assert_eq!(standings(&relief, "standing=within").await, []);
    let below = format!("organisation_id={}", relief.ground.city);
    assert_eq!(standings(&relief, &below).await, [short]);
    // One page after the other.
    let first = relief
        .worker
        .get(&format!("{LEVELS}?limit=1"))
        .await
        .expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = relief
        .worker
        .get(LEVELS)
        .query("limit", 1)
        .query("cursor", cursor)
        .await;
    let second = second.expect(200);
    assert_eq!(second["next_cursor"], Value::Null);
    assert_eq!(
        [&first, &second].map(|page| page["items"][0]["depot_id"].as_str().unwrap().to_owned()),
        [all[0].0.clone(), all[1].0.clone()]
    );

    // Whoever sees no depot sees no level of one.
    let stranger = server
        .person(&["keeper"], &relief.ground.other_county)
        .await;
    assert_eq!(stranger.get(LEVELS).await.expect(200)["items"], json!([]));

    // What is promised is not there any more, and neither is what has expired.
    let deadline = (server.clock.now() + TimeDelta::days(10)).to_rfc3339();
    let hold = json!({
        "depot_id": relief.depot, "deadline_at": deadline,
        "lines": [{ "item_id": relief.item, "quantity": 180 }],
    });
    relief
        .worker
        .post("/v1/reservations", hold)
        .await
        .expect(201);
    let old = json!({ "expires_on": in_days(server, 1) });
    relief
        .worker
        .receive(&relief.city_depot, &relief.item, 33, old)
        .await;
    let only = format!("organisation_id={}", relief.ground.city);
    let within = (relief.city_depot.clone(), 33, "within".to_owned(), 0);
    assert_eq!(standings(&relief, &only).await, [within]);
    server.clock.advance(TimeDelta::days(3).to_std().unwrap());
    let worker = server.log_in_again(&relief.worker).await;
    let relief = Relief { worker, ..relief };
    let mut all = vec![
        (relief.depot.clone(), 20, "short".to_owned(), 30),
        (relief.city_depot.clone(), 0, "short".to_owned(), 30),
    ];
    all.sort();
    assert_eq!(standings(&relief, "standing=short").await, all);
});

on_both!(
    levels_that_contradict_each_other_are_refused,
    async |server| {
        let relief = server.relief().await;
        for (levels, pointer) in [
            (json!({ "floor": 60, "minimum": 50 }), "/minimum"),
            (json!({ "floor": 60, "maximum": 50 }), "/maximum"),
            (
                json!({ "floor": 0, "minimum": 51, "maximum": 50 }),
                "/maximum",
            ),
        ] {
            let refused = set(&relief, &relief.depot, 0, levels).await;
            assert_eq!(
                refused.faults(),
                [(pointer.to_owned(), "contradictory".to_owned())]
            );
        }
        set(
            &relief,
            &relief.depot,
            0,
            json!({ "floor": 5, "minimum": 5, "maximum": 5 }),
        )
        .await
        .expect(200);
        let worker = &relief.worker;
        let bad = worker.get(LEVELS).query("standing", "low").await;
        bad.refused(400, "invalid-parameter");
        let bad = worker.get(ROTATION).query("within_days", 0).await;
        bad.refused(400, "invalid-parameter");
    }
);

on_both!(what_ages_goes_where_it_is_lacking, async |server| {
    let relief = server.relief().await;
    let (worker, item) = (&relief.worker, &relief.item);
    let later = json!({ "expires_on": in_days(server, 100), "maker": "杭州被服厂" });
    let later = worker.receive(&relief.depot, item, 40, later).await;
    let sooner = json!({ "expires_on": in_days(server, 50) });
    let sooner = worker.receive(&relief.depot, item, 30, sooner).await;
    let far = json!({ "expires_on": in_days(server, 800) });
    worker.receive(&relief.depot, item, 7, far).await;
    set(
        &relief,
        &relief.city_depot,
        0,
        json!({ "floor": 0, "minimum": 60 }),
    )
    .await
    .expect(200);
    let proposals = async |query: &str| {
        let answer = worker.get(&format!("{ROTATION}?{query}")).await.expect(200);
        let rows = answer["proposals"].as_array().unwrap().clone();
        rows.into_iter()
            .map(|row| {
                assert_eq!(row["depot_id"], relief.depot.as_str());
                let is_sent = row["way"] == "to_depot";
                assert_eq!(row["to_depot_id"] == relief.city_depot.as_str(), is_sent);
                // Hangzhou to Ningbo, as the crow flies.
                assert_eq!(
                    row["distance_km"]
                        .as_f64()
                        .is_some_and(|km| (130.0..150.0).contains(&km)),
                    is_sent
                );
                let lot = row["lot_id"].as_str().unwrap().to_owned();
                (
                    lot,
                    row["way"].as_str().unwrap().to_owned(),
                    row["quantity"].as_i64().unwrap(),
                )
            })
            .collect::<Vec<_>>()
    };
    let goes = |lot: &String, way: &str, quantity: i64| (lot.clone(), way.to_owned(), quantity);
    assert_eq!(
        proposals("").await,
        [
            goes(&sooner, "to_depot", 30),
            goes(&later, "to_depot", 30),
            goes(&later, "programme_or_maker", 10),
        ]
    );
    assert_eq!(
        proposals("within_days=60").await,
        [goes(&sooner, "to_depot", 30)]
    );
    // Nobody lacks anything: the city's levels are not looked at, and its depot is no sender.
    let county = format!("organisation_id={}", relief.ground.county);
    assert_eq!(proposals(&county).await, []);
    // A proposal promises nothing.
    assert_eq!(worker.on_hand(&relief.depot).await, (277, 0));
});
