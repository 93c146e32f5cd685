use proptest::prelude::*;

use super::*;

/// A problem in whole costs: rows of ways with the supply last, then the minima and the maxima.
fn problem(
    rows: &[(&[i64], i64, i64)],
    minima: &[i64],
    maxima: &[i64],
    ship_all: bool,
) -> Result<Transport, Vec<TransportFault>> {
    let way = |cost: &i64| {
        // Nothing may go where the cost is below zero.
        (*cost >= 0).then_some(Way {
            cost: cost * COST_UNIT,
            capacity: None,
        })
    };
    let sites = minima.iter().zip(maxima);
    Transport::new(
        rows.iter()
            .map(|&(_, supply, opening)| Supplier {
                supply,
                opening_cost: opening * COST_UNIT,
            })
            .collect(),
        sites
            .map(|(&minimum, &maximum)| Receiver { minimum, maximum })
            .collect(),
        rows.iter()
            .map(|(costs, ..)| costs.iter().map(way).collect())
            .collect(),
        ship_all,
    )
}

fn cost(plan: &TransportPlan) -> i128 {
    assert_eq!(plan.cost % i128::from(COST_UNIT), 0);
    plan.cost / i128::from(COST_UNIT)
}

#[test]
fn what_is_missing_comes_before_what_it_costs() {
    // Six units for two sites that want five each: the costs say who misses four, not that nobody
    // is served.
    let plan = problem(&[(&[9, 3], 6, 0)], &[5, 5], &[5, 5], false)
        .unwrap()
        .solve();
    assert_eq!((plan.missing, plan.cost), (vec![4, 0], 24_000_000));
    // Nothing is sent beyond the minimum unless all is to be sent.
    let check = |ship_all, expected: i128| {
        let plan = problem(&[(&[9, 3], 6, 0)], &[1, 1], &[5, 5], ship_all);
        assert_eq!(cost(&plan.unwrap().solve()), expected);
    };
    check(false, 12);
    check(true, 24);
}

#[test]
fn opening_is_paid_once_and_only_where_it_is_worth_it() {
    let check = |opening: [i64; 3], expected: i128| {
        let rows: [(&[i64], i64, i64); 3] = [
            (&[1, 9], 10, opening[0]),
            (&[9, 1], 10, opening[1]),
            (&[3, 3], 20, opening[2]),
        ];
        let plan = problem(&rows, &[5, 5], &[5, 5], false).unwrap().solve();
        assert_eq!(cost(&plan), expected, "{opening:?}");
        assert_eq!(plan.bound, plan.cost);
    };
    check([0, 0, 0], 10);
    check([10, 10, 0], 30);
    check([10, 10, 25], 30);
    check([30, 30, 25], 55);
    check([5, 30, 40], 45);
}

#[test]
fn every_fault_is_found_before_any_work() {
    let faults = |rows: &[(&[i64], i64, i64)], minima: &[i64], maxima: &[i64], ship_all| {
        problem(rows, minima, maxima, ship_all).unwrap_err()
    };
    use TransportFault::{Cells, Rows, Site, Size, Source, Stranded, Unreachable, Way as BadWay};
    let none: &[(&[i64], i64, i64)] = &[];
    let size = |sources, sites| vec![Size { sources, sites }];
    assert_eq!(faults(none, &[1], &[1], false), size(0, 1));
    let wide = vec![0; 2_001];
    assert_eq!(faults(&[(&[1], 1, 0)], &wide, &wide, false), size(1, 2_001));
    let cells = Cells {
        source_number: 0,
        cells: 2,
    };
    assert_eq!(faults(&[(&[1, 1], 1, 0)], &[1], &[1], false), [cells]);
    assert_eq!(
        faults(&[(&[-1, 1], -3, 0)], &[1, 5], &[1, 4], false),
        [Source(0), Site(1), Unreachable(0), Unreachable(1)]
    );
    assert_eq!(
        faults(&[(&[COST_MAX + 1], 1, 0)], &[1], &[1], false),
        [BadWay(0, 0)]
    );
    assert_eq!(faults(&[(&[1], 7, 0)], &[1], &[5], true), [Stranded(2)]);
    let one = Receiver {
        minimum: 1,
        maximum: 1,
    };
    assert_eq!(
        Transport::new(
            vec![Supplier {
                supply: 1,
                opening_cost: 0
            }],
            vec![one],
            vec![],
            false
        ),
        Err(vec![Rows { rows: 0 }])
    );
}

/// The cost of every choice of doors, tried one by one.
fn tried(rows: &[(Vec<i64>, i64, i64)], wanted: &[i64]) -> (i128, i128) {
    let choices = (0..1_u32 << rows.len()).map(|open| {
        let is_open = |source: usize| open >> source & 1 == 1;
        let rows: Vec<(&[i64], i64, i64)> = rows
            .iter()
            .enumerate()
            .map(|(source, (costs, supply, _))| {
                let supply = if is_open(source) { *supply } else { 0 };
                (costs.as_slice(), supply, 0)
            })
            .collect();
        // A source of its own that is too dear for everything but what would be missing.
        let dear = vec![100_000; wanted.len()];
        let mut with_last = rows.clone();
        with_last.push((&dear, 1_000, 0));
        let plan = problem(&with_last, wanted, wanted, false).unwrap().solve();
        let dear_units: i64 = plan
            .sent
            .iter()
            .filter(|sent| sent.source == rows.len())
            .map(|sent| sent.units)
            .sum();
        (
            i128::from(dear_units),
            cost(&plan) - 100_000 * i128::from(dear_units),
            open,
        )
    });
    let opened = |open: u32| -> i128 {
        let rows = rows.iter().enumerate();
        rows.filter(|(source, _)| open >> source & 1 == 1)
            .map(|(_, row)| i128::from(row.2))
            .sum()
    };
    choices
        .map(|(missed, cost, open)| (missed, cost + opened(open)))
        .min()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_choice_of_doors_is_better(
        rows in prop::collection::vec((prop::collection::vec(0_i64..9, 3), 1_i64..9, 0_i64..20), 1..5),
        wanted in prop::collection::vec(0_i64..7, 3),
    ) {
        let borrowed: Vec<(&[i64], i64, i64)> = rows.iter()
            .map(|(costs, supply, opening)| (costs.as_slice(), *supply, *opening))
            .collect();
        let plan = problem(&borrowed, &wanted, &wanted, false).unwrap().solve();
        let missed: i64 = plan.missing.iter().sum();
        prop_assert_eq!((i128::from(missed), cost(&plan)), tried(&rows, &wanted));
        prop_assert_eq!(plan.bound, plan.cost);
    }
}
