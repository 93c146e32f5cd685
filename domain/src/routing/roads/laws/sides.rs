//! From whichever side a search begins, it finds the same.

use super::*;

fn ferries() -> impl Strategy<Value = Vec<Ferry>> {
    let one = (
        prop::sample::select(vec![100_u32, 200]),
        prop::option::of(1..4_u32),
    );
    let one = one.prop_map(|(timetable_percent, tonnes_per_day)| Ferry {
        name: "轮渡".to_owned(),
        timetable_percent,
        tonnes_per_day,
    });
    prop::collection::vec(one, 0..12)
}

proptest! {
    #[test]
    fn both_sides_find_the_same((nodes, edges) in networks(), ferries in ferries(),
        closed in prop::option::of((0..60, 0..60, 1..30)))
    {
        let count = u32::try_from(nodes.len()).unwrap();
        // Every edge costs the same, so that many ways do, and some of them sail.
        let edges: Vec<_> = (0_u16..).zip(edges).map(|(number, it)| {
            let ferry = ferries.get(usize::from(number));
            let percent = ferry.map_or(100, |ferry| ferry.timetable_percent);
            let ferry = ferry.map(|_| number);
            RoadEdge { ferry, time_ms: 60_000 * 100 / percent, distance_dm: 10_000, ..it }
        }).collect();
        let nodes = nodes.iter().map(|(east, north)| node(*east, *north)).collect();
        let graph = RoadGraph::new(nodes, edges, ferries, 5.0).unwrap();
        let ground = closed.map_or_else(ClosedGround::default, |(x, y, side)| square(x, y, side));
        let cut = graph.cut(&ground);
        let all: Vec<u32> = (0..count).collect();
        let table = |side| graph.table_from(side, all.clone(), all.clone(), &cut);
        let (from_starts, from_ends) = (table(Side::Start), table(Side::End));
        for start in 0..count {
            for end in 0..count {
                prop_assert_eq!(from_starts.trip(start, end), from_ends.trip(start, end));
            }
        }
    }
}
