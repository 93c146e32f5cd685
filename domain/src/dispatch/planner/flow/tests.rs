use proptest::prelude::*;

use super::*;

/// An arc of a random network: ends, capacity and its cost by three yardsticks.
type Drawn = (usize, usize, i64, [i64; 3]);

/// Successive shortest paths by Bellman and Ford on a residual network, written without a glance at
/// the simplex. It serves all demands or says that it cannot.
fn by_shortest_paths(supply: &[i64], arcs: &[(usize, usize, i64, i128)]) -> Option<i128> {
    let (source, sink) = (supply.len(), supply.len() + 1);
    let mut excess = supply.to_vec();
    let mut total = 0;
    // Each arc and its way back: (from, to, room, cost); the way back of `n` is `n ^ 1`.
    let mut ways: Vec<(usize, usize, i64, i128)> = Vec::new();
    for &(from, to, capacity, cost) in arcs {
        // What pays for itself is filled at once, so that no circle below zero is left.
        let filled = if cost < 0 { capacity } else { 0 };
        excess[from] -= filled;
        excess[to] += filled;
        total += i128::from(filled) * cost;
        ways.push((from, to, capacity - filled, cost));
        ways.push((to, from, filled, -cost));
    }
    for (node, &units) in excess.iter().enumerate() {
        let ends = if units > 0 {
            (source, node)
        } else {
            (node, sink)
        };
        ways.push((ends.0, ends.1, units.abs(), 0));
        ways.push((ends.1, ends.0, 0, 0));
    }
    loop {
        let mut reached: Vec<Option<(i128, usize)>> = vec![None; sink + 1];
        reached[source] = Some((0, usize::MAX));
        for _ in 0..=sink {
            for (number, &(from, to, room, cost)) in ways.iter().enumerate() {
                if let (Some((so_far, _)), true) = (reached[from], room > 0)
                    && reached[to].is_none_or(|(best, _)| so_far + cost < best)
                {
                    reached[to] = Some((so_far + cost, number));
                }
            }
        }
        let Some((cost, _)) = reached[sink] else {
            break;
        };
        let mut path = Vec::new();
        let mut node = sink;
        while node != source {
            let way = reached[node].unwrap().1;
            path.push(way);
            node = ways[way].0;
        }
        let units = path.iter().map(|&way| ways[way].2).min().unwrap();
        for way in path {
            ways[way].2 -= units;
            ways[way ^ 1].2 += units;
        }
        total += i128::from(units) * cost;
    }
    let served = ways
        .iter()
        .all(|&(from, _, room, _)| from != source || room == 0);
    served.then_some(total)
}

fn network(supply: &[i64], arcs: &[Drawn]) -> (Network, Vec<Arc>) {
    let mut network = Network::default();
    let nodes: Vec<Node> = supply.iter().map(|&units| network.node(units)).collect();
    let made = arcs
        .iter()
        .map(|&(from, to, capacity, _)| network.arc(nodes[from], nodes[to], capacity))
        .collect();
    (network, made)
}

prop_compose! {
    fn any_network()(
        mut supply in prop::collection::vec(-6_i64..7, 2..7),
        arcs in prop::collection::vec(
            (0_usize..7, 0_usize..7, 0_i64..9, [-3_i64..4, -5_i64..9, 0_i64..9]), 0..16),
    ) -> (Vec<i64>, Vec<Drawn>) {
        let nodes = supply.len();
        supply[0] -= supply.iter().sum::<i64>();
        let arcs = arcs.into_iter()
            .map(|(from, to, capacity, cost)| (from % nodes, to % nodes, capacity, cost))
            .collect();
        (supply, arcs)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn every_yardstick_is_as_good_as_by_shortest_paths((supply, arcs) in any_network()) {
        // One yardstick so much heavier than the next that it decides alone.
        const HEAVIER: i128 = 100_000;
        let weights = [HEAVIER * HEAVIER, HEAVIER, 1];
        let weighed: Vec<_> = arcs.iter().map(|&(from, to, capacity, cost)| {
            let cost = cost.iter().zip(weights).map(|(&cost, weight)| i128::from(cost) * weight).sum();
            (from, to, capacity, cost)
        }).collect();
        let expected = by_shortest_paths(&supply, &weighed);

        let (network, made) = network(&supply, &arcs);
        let simplex = Simplex::start(network);
        let Some(expected) = expected else {
            prop_assert!(matches!(simplex, Err(FlowError::Infeasible { .. })), "{simplex:?}");
            return Ok(());
        };
        let mut simplex = simplex.unwrap();
        // Wherever it begins, the end is the same.
        simplex.approach(|arc| arcs[arc.at()].3.iter().sum());
        let mut tiers = Vec::new();
        for yardstick in 0..3 {
            let tier = simplex.minimise(|arc| arcs[arc.at()].3[yardstick]);
            prop_assert_eq!(tier.value, tier.bound);
            tiers.push(tier.value);
        }
        let weighed: i128 = tiers.iter().zip(weights).map(|(value, weight)| value * weight).sum();
        prop_assert_eq!(weighed, expected);

        // The flow is one: nothing appears, nothing vanishes, no arc carries what it cannot.
        let mut balance = supply.clone();
        for (arc, &(from, to, capacity, _)) in made.iter().zip(&arcs) {
            let flow = simplex.flow(*arc);
            prop_assert!((0..=capacity).contains(&flow));
            balance[from] -= flow;
            balance[to] += flow;
        }
        prop_assert!(balance.iter().all(|units| *units == 0));
        // And what was counted is what it costs.
        for (yardstick, value) in tiers.iter().enumerate() {
            let cost: i128 = made.iter().zip(&arcs)
                .map(|(arc, drawn)| i128::from(simplex.flow(*arc)) * i128::from(drawn.3[yardstick]))
                .sum();
            prop_assert_eq!(cost, *value);
        }
    }

    #[test]
    fn what_is_settled_is_the_same_in_every_best_flow((supply, arcs) in any_network()) {
        let (network, made) = network(&supply, &arcs);
        let Ok(mut simplex) = Simplex::start(network) else { return Ok(()) };
        simplex.minimise(|arc| arcs[arc.at()].3[0]);
        let settled: Vec<_> = made.iter()
            .filter(|arc| !simplex.open.contains(&index(simplex.place(**arc))))
            .map(|&arc| (arc, simplex.flow(arc)))
            .collect();
        simplex.minimise(|arc| -arcs[arc.at()].3[1]);
        simplex.minimise(|arc| arcs[arc.at()].3[1]);
        for (arc, flow) in settled {
            prop_assert_eq!(simplex.flow(arc), flow);
        }
    }

    #[test]
    fn a_grown_network_and_its_face_are_as_good_as_one_made_at_once(
        demands in prop::collection::vec((0_i64..7, prop::option::of(1_i64..5)), 1..5),
        heaps in prop::collection::vec((1_i64..9, prop::option::of(0_usize..3)), 1..6),
        later in prop::collection::vec((0_usize..5, 0_usize..6, 0_i64..9, [0_i64..5, -3_i64..9, 0_i64..9]), 0..20),
        at_first in 0_usize..20,
    ) {
        // Needs hang on the root by what is dear, heaps by what is cheap or on another heap; the
        // ways between them come in two batches.
        let (mut grown, root) = Simplex::plant();
        let mut drawn: Vec<Drawn> = Vec::new();
        let mut needs = Vec::new();
        for &(demand, full) in &demands {
            let need = grown.hang(root, demand, UNITS_MAX);
            drawn.push((root.at(), need.at(), 1_000, [9, 0, 0]));
            if let Some(units) = full {
                grown.fill(root, need, units);
                drawn.push((root.at(), need.at(), units, [7, 0, 0]));
            }
            needs.push(need);
        }
        let mut nodes: Vec<Node> = Vec::new();
        for &(units, on) in &heaps {
            let parent = on.and_then(|on| nodes.get(on)).copied().unwrap_or(root);
            let node = grown.hang(parent, 0, units);
            drawn.push((parent.at(), node.at(), units, [0; 3]));
            nodes.push(node);
        }
        for (number, &(need, heap, units, cost)) in later.iter().enumerate() {
            if number == at_first {
                grown.approach(|arc| drawn[arc.at()].3.iter().sum());
            }
            let (need, heap) = (needs[need % needs.len()], nodes[heap % nodes.len()]);
            grown.offer(heap, need, units);
            drawn.push((heap.at(), need.at(), units, cost));
        }
        let total: i64 = demands.iter().map(|(demand, full)| demand + full.unwrap_or(0)).sum();
        let mut supply = vec![0; 1 + needs.len() + nodes.len()];
        supply[0] = total;
        for (need, (demand, full)) in needs.iter().zip(&demands) {
            supply[need.at()] = -demand - full.unwrap_or(0);
        }
        let mut made = Simplex::start(network(&supply, &drawn).0).unwrap();
        for yardstick in 0..2 {
            let tier = grown.minimise(|arc| drawn[arc.at()].3[yardstick]);
            prop_assert_eq!(tier, made.minimise(|arc| drawn[arc.at()].3[yardstick]));
            prop_assert_eq!(tier.value, tier.bound);
        }
        // The last yardstick on the face alone, and what is not in the face stays as it is.
        let expected = made.minimise(|arc| drawn[arc.at()].3[2]).value;
        let cost = |arc: Arc| drawn[arc.at()].3[2];
        let all = (0..drawn.len()).map(Arc::number);
        let Some((mut face, arcs)) = grown.face() else {
            let sum: i64 = all.map(|arc| grown.flow(arc) * cost(arc)).sum();
            prop_assert_eq!(i128::from(sum), expected);
            return Ok(());
        };
        let settled: Vec<Arc> = all.filter(|arc| !arcs.contains(arc)).collect();
        let sum: i64 = settled.iter().map(|&arc| grown.flow(arc) * cost(arc)).sum();
        let tier = face.minimise(|arc| cost(arcs[arc.at()]));
        prop_assert_eq!(tier.value + i128::from(sum), expected);
        prop_assert_eq!(tier.value, tier.bound);
        for arc in settled {
            prop_assert_eq!(made.flow(arc), grown.flow(arc));
        }
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let start = |supply: &[i64], arcs: &[Drawn]| Simplex::start(network(supply, arcs).0).err();
    assert_eq!(
        start(&[3, -2], &[]),
        Some(FlowError::Unbalanced {
            supplied: 3,
            demanded: 2
        })
    );
    assert_eq!(
        start(&[3, -3], &[(0, 1, 2, [0; 3]), (1, 0, 9, [0; 3])]),
        Some(FlowError::Infeasible { stranded: 1 })
    );
    assert_eq!(start(&[i64::MAX, -i64::MAX], &[]), Some(FlowError::TooMany));
    assert_eq!(start(&[], &[]), None);
    assert_eq!(start(&[0, 0], &[(0, 1, -7, [0; 3])]), None);
}
