//! How long the ways from 200 depots to 50 sites take on the trunk roads of Zhejiang, in process,
//! against OSRM's `/table` over HTTP on the same roads in the same run.
//!
//! **Invariant.** Both sides answer for the same places. OSRM is prepared by contraction, its faster
//! way, and asked with connections kept open; what either takes to be prepared is not measured.
//!
//! `make bench` runs it. OSRM is there after `scripts/tools engines`; without it there is no ratio.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads the clock and prints what it measured"
)]

use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use domain::{
    incidents::{AffectedArea, AreaPart, Circle},
    kernel::Place,
    routing::{ClosedGround, Found, RoadGraph},
};
use serde_json::Value;
use tests::engines;

const STARTS: usize = 200;
const ENDS: usize = 50;
/// Depots and townships of typhoon In-Fa.
const IN_FA: (usize, usize) = (102, 520);
const ROUNDS: usize = 11;

fn main() {
    let extract = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../api/data/roads/zhejiang-trunk.osm.pbf"
    );
    let extract = Path::new(extract);
    let began = Instant::now();
    let graph = api::road_graph(extract).expect("the extract is sound");
    println!("roads: read and prepared in {:.1} ms", ms(began.elapsed()));
    let (starts, ends) = (places(&graph, STARTS, 1), places(&graph, ENDS, 2));
    let open = ClosedGround::default();
    let ours = median(|| {
        black_box(graph.ways(&starts, &ends, &open));
    });
    println!("{STARTS} x {ENDS} in process: {:.1} ms", ms(ours));
    let closed = closed();
    let cut = median(|| {
        black_box(graph.ways(&starts, &ends, &closed));
    });
    println!(
        "{STARTS} x {ENDS} in process with closed ground: {:.1} ms",
        ms(cut)
    );
    let (few, many) = (places(&graph, IN_FA.0, 3), places(&graph, IN_FA.1, 4));
    let in_fa = median(|| {
        black_box(graph.ways(&few, &many, &open));
    });
    println!("{} x {} in process: {:.1} ms", IN_FA.0, IN_FA.1, ms(in_fa));
    let found = graph.ways(&starts, &ends, &open);
    let joined = found.iter().flatten();
    let joined = joined.filter(|it| matches!(it, Found::Way(_))).count();
    println!("{joined} of {} pairs are joined", STARTS * ENDS);
    against_osrm(extract, &starts, &ends, ours);
}

fn against_osrm(extract: &Path, starts: &[Place], ends: &[Place], ours: Duration) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    let engine = match runtime.block_on(engines::osrm(extract, "ch")) {
        Ok(engine) => engine,
        Err(why) => return println!("no ratio to OSRM: {why}"),
    };
    let all: Vec<_> = starts
        .iter()
        .chain(ends)
        .map(|place| format!("{:.6},{:.6}", place.longitude(), place.latitude()))
        .collect();
    let numbers = |range: std::ops::Range<usize>| {
        let numbers: Vec<_> = range.map(|number| number.to_string()).collect();
        numbers.join(";")
    };
    let url = format!(
        "{}/table/v1/driving/{}?sources={}&destinations={}&annotations=duration,distance",
        engine.url,
        all.join(";"),
        numbers(0..STARTS),
        numbers(STARTS..STARTS + ENDS),
    );
    api::tls::prepare();
    let client = reqwest::Client::new();
    let ask = || {
        let answer: Value = runtime.block_on(async {
            let answer = client.get(&url).send().await.expect("OSRM answers");
            answer.json().await.expect("the answer is JSON")
        });
        assert_eq!(answer["durations"].as_array().map(Vec::len), Some(STARTS));
        black_box(answer);
    };
    let theirs = median(ask);
    println!(
        "{STARTS} x {ENDS} by OSRM over HTTP: {:.1} ms; ours takes {:.2} of that",
        ms(theirs),
        ours.as_secs_f64() / theirs.as_secs_f64(),
    );
}

fn median(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[ROUNDS / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

// Places at junctions all over the map, the same in every run.
fn places(graph: &RoadGraph, count: usize, seed: u64) -> Vec<Place> {
    let nodes = graph.nodes();
    let mut state = seed;
    (0..count)
        .filter_map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let number = usize::try_from(state >> 33).unwrap_or(0) % nodes.len();
            nodes[number].place()
        })
        .collect()
}

// A flood of 20 km round Jinhua.
fn closed() -> ClosedGround {
    let centre = Place::new(119.65, 29.08).expect("it is a place");
    let circle = Circle::new(centre, 20.0).expect("it has a radius");
    let area = AffectedArea::new(vec![AreaPart::Circle(circle)]).expect("it has a part");
    ClosedGround::new([area])
}
