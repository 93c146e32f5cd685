//! Laws of the road graph.

mod sides;

use proptest::prelude::*;

use super::{
    hops::{Cost, Side},
    search::{UNREACHED, Wanted},
    *,
};
use crate::{
    incidents::{AffectedArea, AreaPart, Circle, Polygon},
    kernel::Crs,
    routing::{Barrier, ClosedGround, Found, LegMode},
};

/// A place of the test's own map: hundredths of a degree east and north of 120° E, 30° N.
fn at(east: i32, north: i32) -> Place {
    node(east, north).place().unwrap()
}

fn node(east: i32, north: i32) -> RoadNode {
    RoadNode {
        longitude_e7: 1_200_000_000 + east * 100_000,
        latitude_e7: 300_000_000 + north * 100_000,
    }
}

fn edge(from: u32, to: u32, minutes: u32, both_ways: bool) -> RoadEdge {
    RoadEdge {
        from,
        to,
        time_ms: minutes * 60_000,
        distance_dm: minutes * 10_000,
        both_ways,
        ferry: None,
    }
}

fn graph(nodes: &[(i32, i32)], edges: &[RoadEdge]) -> RoadGraph {
    let nodes = nodes.iter().map(|(east, north)| node(*east, *north));
    RoadGraph::new(nodes.collect(), edges.to_vec(), Vec::new(), 5.0).unwrap()
}

/// Every cost to `goal`, by trying every edge as often as there are nodes.
fn bellman_ford(graph: &RoadGraph, goal: u32, cut: &Cut) -> Vec<Cost> {
    let mut cost = vec![UNREACHED; graph.nodes.len()];
    cost[goal as usize] = 0;
    for _ in 0..graph.nodes.len() {
        for (number, edge) in (0..).zip(&graph.edges) {
            if cut.closes(number) {
                continue;
            }
            let own = u64::from(edge.time_ms) << 32 | u64::from(edge.distance_dm);
            let (from, to) = (edge.from as usize, edge.to as usize);
            cost[from] = cost[from].min(cost[to].saturating_add(own));
            if edge.both_ways {
                cost[to] = cost[to].min(cost[from].saturating_add(own));
            }
        }
    }
    cost
}

fn square(west: i32, south: i32, side: i32) -> ClosedGround {
    let (low, high) = (at(west, south), at(west + side, south + side));
    let (west, south, east, north) = (
        low.longitude(),
        low.latitude(),
        high.longitude(),
        high.latitude(),
    );
    let ring = vec![
        [west, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south],
    ];
    let polygon = Polygon::new(&[ring], Crs::Wgs84).unwrap();
    ClosedGround::new([AffectedArea::new(vec![AreaPart::Polygon(polygon)]).unwrap()])
}

fn networks() -> impl Strategy<Value = (Vec<(i32, i32)>, Vec<RoadEdge>)> {
    let nodes = prop::collection::vec((0..60, 0..60), 1..30);
    nodes.prop_flat_map(|nodes| {
        let count = u32::try_from(nodes.len()).unwrap();
        let one = (0..count, 0..count, 1..40_u32, any::<bool>())
            .prop_map(|(from, to, minutes, both)| edge(from, to, minutes, both));
        (Just(nodes), prop::collection::vec(one, 1..80))
    })
}

proptest! {
    #[test]
    fn every_way_is_the_best_way((nodes, edges) in networks(), goal in 0..30_u32,
        closed in prop::option::of((0..60, 0..60, 1..30)))
    {
        let graph = graph(&nodes, &edges);
        let goal = goal % u32::try_from(nodes.len()).unwrap();
        let ground = closed.map_or_else(ClosedGround::default, |(x, y, side)| square(x, y, side));
        let cut = graph.cut(&ground);
        let expected = bellman_ford(&graph, goal, &cut);
        let all = Wanted::new(nodes.len(), 0..u32::try_from(nodes.len()).unwrap());
        let ways = graph.search(goal, Side::End, &cut, &all);
        for (from, expected) in (0..).zip(expected) {
            let found = ways.trip(from).map(|trip| (trip.time_ms(), trip.distance_dm()));
            let whole = (expected != UNREACHED)
                .then_some((expected >> 32, expected & u64::from(u32::MAX)));
            prop_assert_eq!(found, whole);
            // The steps lead to the goal and cost what was said, over nothing that is closed.
            if whole.is_some() {
                let (mut cost, mut here) = (0, from);
                for step in ways.steps(from) {
                    let edge = &graph.edges[step.edge as usize];
                    prop_assert!(!cut.closes(step.edge));
                    let along = edge.from == here && edge.to == step.to;
                    let back = edge.both_ways && edge.to == here && edge.from == step.to;
                    prop_assert!(along || back);
                    cost += u64::from(edge.time_ms) << 32 | u64::from(edge.distance_dm);
                    here = step.to;
                }
                prop_assert_eq!((here, cost), (goal, expected));
            }
            // A search that may end sooner says the same of what it was asked.
            let one = Wanted::new(nodes.len(), std::iter::once(from));
            let sooner = graph.search(goal, Side::End, &cut, &one);
            prop_assert_eq!(sooner.trip(from), ways.trip(from));
        }
    }

    #[test]
    fn company_is_who_can_be_reached_and_comes_back((nodes, edges) in networks()) {
        let graph = graph(&nodes, &edges);
        let count = u32::try_from(nodes.len()).unwrap();
        let reach: Vec<_> = (0..count)
            .map(|goal| bellman_ford(&graph, goal, &Cut::default()))
            .collect();
        for (one, to_one) in reach.iter().enumerate() {
            let together = |other: usize| {
                to_one[other] != UNREACHED && reach[other][one] != UNREACHED
            };
            let company = (0..nodes.len()).filter(|other| together(*other)).count();
            prop_assert_eq!(graph.company[one] as usize, company);
            for other in 0..nodes.len() {
                let same = graph.component[one] == graph.component[other];
                prop_assert_eq!(same, together(other));
            }
        }
    }

    #[test]
    fn the_nearest_node_is_found((nodes, edges) in networks(), x in -10..70, y in -10..70) {
        let graph = graph(&nodes, &edges);
        let place = at(x, y);
        let nearest = graph.places.iter().map(|it| place.distance_km(*it)).min_by(f64::total_cmp);
        let expected = nearest.filter(|km| *km <= 5.0);
        let found = graph.nearest(place, 5.0, |_| true).map(|access| access.km);
        prop_assert_eq!(found, expected);
    }
}

/// Ten nodes in a row, a kilometre and a minute apart, and a shorter road beside them one way.
fn road() -> RoadGraph {
    let nodes: Vec<_> = (0..10).map(|east| (east, 0)).collect();
    let mut edges: Vec<_> = (0..9).map(|from| edge(from, from + 1, 1, true)).collect();
    edges.push(edge(0, 9, 5, false));
    graph(&nodes, &edges)
}

fn ways(graph: &RoadGraph, from: Place, to: Place, ground: &ClosedGround) -> Found {
    graph.ways(&[from], &[to], ground)[0][0]
}

fn minutes(found: Found) -> u32 {
    match found {
        Found::Way(way) => way.time_min,
        other => panic!("no way: {other:?}"),
    }
}

#[test]
fn one_way_roads_are_driven_one_way() {
    let (road, open) = (road(), ClosedGround::default());
    assert_eq!(minutes(ways(&road, at(0, 0), at(9, 0), &open)), 5);
    assert_eq!(minutes(ways(&road, at(9, 0), at(0, 0), &open)), 9);
    assert_eq!(minutes(ways(&road, at(3, 0), at(5, 0), &open)), 2);
    assert_eq!(minutes(ways(&road, at(5, 0), at(5, 0), &open)), 0);
}

#[test]
fn closed_ground_cuts_at_once_and_says_so() {
    let road = road();
    let middle = square(4, -1, 1);
    assert_eq!(
        road.cut(&middle).count(),
        4,
        "three of the row and the one beside it"
    );
    let cut_off = ways(&road, at(0, 0), at(9, 0), &middle);
    assert_eq!(cut_off, Found::Barred(Barrier::Closed));
    assert_eq!(minutes(ways(&road, at(0, 0), at(3, 0), &middle)), 3);
    // The other way round: what is beside the road closes nothing.
    let beside = square(4, 1, 3);
    assert_eq!(road.cut(&beside).count(), 0);
    let circle = Circle::new(at(4, 0), 0.2).unwrap();
    let area = AffectedArea::new(vec![AreaPart::Circle(circle)]).unwrap();
    assert_eq!(road.cut(&ClosedGround::new([area])).count(), 3);
}

#[test]
fn what_lies_between_a_place_and_the_road_is_part_of_the_way() {
    let (road, open) = (road(), ClosedGround::default());
    let far = at(3, 3);
    let km = far.distance_km(at(3, 0));
    let Found::Way(way) = ways(&road, far, at(5, 0), &open) else {
        panic!("3.3 km from the road is within reach");
    };
    let (detour, speed) = ACCESS;
    let expected = 2.0 + km * detour / speed * 60.0;
    assert!(
        (f64::from(way.time_min) - expected).abs() < 1.0,
        "{way:?} {expected}"
    );
    assert!(
        (f64::from(way.distance_m) / 1_000.0 - 2.0 - km * detour).abs() < 0.06,
        "{way:?}"
    );
    let beyond = ways(&road, far, at(5, 0), &square(2, 1, 1));
    let Found::Way(around) = beyond else {
        panic!("lanes may lead round what is closed between a place and the road");
    };
    assert!(around.marks.around_closure && around.time_min > way.time_min);
}

#[test]
fn neighbours_do_not_go_by_the_road() {
    let (road, open) = (road(), ClosedGround::default());
    assert_eq!(minutes(ways(&road, at(3, 3), at(3, 3), &open)), 0);
    let Found::Way(way) = ways(&road, at(3, 3), at(4, 3), &open) else {
        panic!("they are neighbours");
    };
    let km = at(3, 3).distance_km(at(4, 3)) * ACCESS.0;
    assert!(
        (f64::from(way.distance_m) / 1_000.0 - km).abs() < 0.06,
        "{way:?}"
    );
}

#[test]
fn unreachable_is_said_of_each_pair() {
    // A row of ten, and an island of eight nodes beside it.
    let mut nodes: Vec<_> = (0..10).map(|east| (east, 0)).collect();
    nodes.extend((0..8).map(|east| (east, 20)));
    let mut edges: Vec<_> = (0..9).map(|from| edge(from, from + 1, 1, true)).collect();
    edges.extend((10..17).map(|from| edge(from, from + 1, 1, true)));
    let graph = graph(&nodes, &edges);
    let starts = [at(0, 0), at(0, 20), at(5, 10), at(500, 0)];
    let found = graph.ways(
        &starts,
        &[at(9, 0), at(7, 20), at(5, 9)],
        &ClosedGround::default(),
    );
    let short: Vec<Vec<String>> = (found.iter())
        .map(|row| {
            row.iter()
                .map(|it| match it {
                    Found::Way(way) => way.time_min.to_string(),
                    Found::Barred(barrier) => barrier.name().to_owned(),
                    Found::Unknown => "?".to_owned(),
                })
                .collect()
        })
        .collect();
    assert_eq!(
        short,
        [
            ["9", "no_way", "far_from_road", "?"],
            ["no_way", "7", "far_from_road", "?"],
            ["far_from_road"; 4],
        ]
    );
    assert_eq!(graph.largest_component(), 10);
}

#[test]
fn a_scrap_of_road_is_passed_over_for_a_real_one() {
    let mut nodes: Vec<_> = (0..10).map(|east| (east, 0)).collect();
    nodes.extend([(4, 2), (5, 2)]);
    let mut edges: Vec<_> = (0..9).map(|from| edge(from, from + 1, 1, true)).collect();
    edges.push(edge(10, 11, 1, true));
    let graph = graph(&nodes, &edges);
    let access = |place| graph.access(place).unwrap().node;
    assert_eq!(access(at(4, 1)), 4, "as near as the scrap");
    assert_eq!(access(at(4, 2)), 10, "the real road is 2.2 km further");
    assert_eq!(access(at(2, 2)), 2);
}

#[test]
fn a_ferry_takes_its_timetable_and_carries_so_much() {
    let nodes: Vec<_> = [(0, 0), (1, 0), (30, 0), (31, 0)]
        .map(|(east, north)| node(east, north))
        .to_vec();
    let mut sea = edge(1, 2, 60, true);
    sea.ferry = Some(0);
    let edges = vec![edge(0, 1, 1, true), sea, edge(2, 3, 1, true)];
    let ferry = Ferry {
        name: "轮渡".to_owned(),
        timetable_percent: 150,
        tonnes_per_day: Some(400),
    };
    let graph = RoadGraph::new(nodes, edges, vec![ferry], 5.0).unwrap();
    let way = |from, to| match ways(&graph, from, to, &ClosedGround::default()) {
        Found::Way(way) => (way.time_min, way.marks.mode),
        other => panic!("no way: {other:?}"),
    };
    let tonnes_per_day = Some(400);
    assert_eq!(
        way(at(0, 0), at(31, 0)),
        (92, LegMode::Ferry { tonnes_per_day })
    );
    assert_eq!(way(at(0, 0), at(1, 0)), (1, LegMode::Road));
    let drawn = graph
        .path(at(0, 0), at(31, 0), &ClosedGround::default())
        .unwrap();
    assert_eq!(drawn.len(), 6, "both places and the four nodes");
    assert_eq!(graph.path(at(0, 0), at(31, 0), &square(10, -1, 2)), None);
}

#[test]
fn what_is_no_graph_is_refused() {
    let nodes = || vec![node(0, 0), node(1, 0)];
    let refused = |nodes: Vec<RoadNode>, edges: Vec<RoadEdge>, reach: f64| {
        RoadGraph::new(nodes, edges, Vec::new(), reach).err()
    };
    let good = || vec![edge(0, 1, 1, true)];
    assert_eq!(refused(nodes(), good(), 5.0), None);
    assert_eq!(
        refused(Vec::new(), Vec::new(), 5.0),
        Some(RoadGraphError::Empty)
    );
    assert_eq!(
        refused(nodes(), Vec::new(), 5.0),
        Some(RoadGraphError::Empty)
    );
    for reach in [0.0, 51.0, f64::NAN] {
        assert_eq!(refused(nodes(), good(), reach), Some(RoadGraphError::Reach));
    }
    let nowhere = RoadNode {
        longitude_e7: i32::MAX,
        latitude_e7: 0,
    };
    let wrong = Some(RoadGraphError::Nowhere { node: 1 });
    assert_eq!(refused(vec![node(0, 0), nowhere], good(), 5.0), wrong);
    let at_once = RoadEdge {
        time_ms: 0,
        ..edge(0, 1, 1, true)
    };
    for broken in [edge(0, 2, 1, true), edge(2, 0, 1, true), at_once] {
        let edges = vec![edge(0, 1, 1, true), broken];
        assert_eq!(
            refused(nodes(), edges, 5.0),
            Some(RoadGraphError::Edge { edge: 1 })
        );
    }
    let carried = RoadEdge {
        ferry: Some(0),
        ..edge(0, 1, 1, true)
    };
    let wrong = Some(RoadGraphError::Ferry { edge: 0 });
    assert_eq!(refused(nodes(), vec![carried], 5.0), wrong);
}
