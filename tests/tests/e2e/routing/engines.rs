//! The real engines, where they are to be had.

use std::path::PathBuf;

use serde_json::{Value, json};
use tests::{
    Database, Server,
    engines::{self, Engine, NoEngine},
};

use super::{draw, from_hangzhou, legs, square};

fn trunk() -> PathBuf {
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../api/data/roads/zhejiang-trunk.osm.pbf"
    )
    .into()
}

// What is not installed is not tried; what is has to run.
fn there(engine: Result<Engine, NoEngine>) -> Option<Engine> {
    match engine {
        Ok(engine) => Some(engine),
        Err(why @ NoEngine::NotThere) => {
            println!("NOT TRIED: {why}");
            None
        }
        Err(NoEngine::Broken(why)) => panic!("{why}"),
    }
}

/// A server that asks an engine first.
async fn beside(setting: &'static str, url: &str) -> Server {
    let url: &'static str = url.to_owned().leak();
    let settings: &'static [_] = vec![(setting, url)].leak();
    Server::start(Database::Sqlite, settings).await
}

fn block_on(body: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(body);
}

// Shengsi, an island that no road reaches.
async fn island(relief: &tests::Relief) -> String {
    let body = json!({
        "code": "SHENGSI", "name": "嵊泗库", "level": "county", "operation": "own",
        "organisation_id": relief.ground.county, "division_code": "330922",
        "place": { "longitude": 122.45, "latitude": 30.73 },
    });
    tests::client::id(&relief.worker.post("/v1/depots", body).await.expect(201))
}

fn plausible(leg: &Value) {
    let (metres, minutes) = (leg["distance_m"].as_u64(), leg["time_min"].as_u64());
    assert!(
        metres.is_some_and(|it| (130_000..220_000).contains(&it)),
        "{leg}"
    );
    assert!(minutes.is_some_and(|it| (90..300).contains(&it)), "{leg}");
}

#[test]
fn osrm_answers_until_something_is_closed() {
    block_on(async {
        let Some(engine) = there(engines::osrm(&trunk(), "mld").await) else {
            return;
        };
        let server = beside("osrm_url", &engine.url).await;
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        let shengsi = island(&relief).await;
        let found = legs(&relief, &disaster).await;
        let leg = &from_hangzhou(&found, &relief)["leg"];
        assert_eq!(
            (&leg["source"]["name"], &leg["degraded"]),
            (&json!("osrm"), &json!(false))
        );
        plausible(leg);
        let far = found.iter().find(|leg| leg["depot_id"] == json!(shengsi));
        assert_eq!(far.expect("it is seen")["barrier"], "far_from_road");
        draw(&relief, square(119.0, 27.5, 0.1)).await;
        let found = legs(&relief, &disaster).await;
        let leg = &from_hangzhou(&found, &relief)["leg"];
        assert_eq!(
            (&leg["source"]["name"], &leg["degraded"]),
            (&json!("great_circle"), &json!(true))
        );
        server.remove().await;
    });
}

#[test]
fn valhalla_drives_round_what_is_closed() {
    block_on(async {
        let Some(engine) = there(engines::valhalla(&trunk()).await) else {
            return;
        };
        let server = beside("valhalla_url", &engine.url).await;
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        let shengsi = island(&relief).await;
        let found = legs(&relief, &disaster).await;
        let open = from_hangzhou(&found, &relief)["leg"].clone();
        assert_eq!(
            (&open["source"]["name"], &open["degraded"]),
            (&json!("valhalla"), &json!(false))
        );
        plausible(&open);
        let far = found.iter().find(|leg| leg["depot_id"] == json!(shengsi));
        assert_eq!(far.expect("it is seen")["barrier"], "no_way");
        draw(&relief, square(120.6, 29.9, 0.3)).await;
        let found = legs(&relief, &disaster).await;
        let round = &from_hangzhou(&found, &relief)["leg"];
        assert_eq!(round["source"]["name"], "valhalla");
        assert!(
            round["time_min"].as_u64() > open["time_min"].as_u64(),
            "{round} {open}"
        );
        server.remove().await;
    });
}
