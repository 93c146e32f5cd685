//! Depots that can hand out only so much, and vehicles that carry only so much.

use super::*;

fn size(volume_ml: i64, weight_g: i64) -> Size {
    Size {
        volume_ml: Some(volume_ml),
        weight_g: Some(weight_g),
    }
}

fn vehicles(depot: Option<u128>, volume_ml: Option<i64>, payload_g: Option<i64>) -> Vehicles {
    Vehicles {
        depot: depot.map(id),
        count: 1,
        trips: 1,
        volume_ml,
        payload_g,
    }
}

/// Two items of one and ten litres in the county's and the city's depot, 20 units each; and 10 of
/// each wanted, the large one more urgently.
fn two_items() -> PlanInput {
    let needs = vec![need(1, 1, 10, 2, 1), need(2, 2, 10, 1, 1)];
    let mut input = wenzhou(needs, [20, 20, 0, 0, 0]);
    for (source, number) in input.sources.iter_mut().zip([11, 12]) {
        source.lots.push(lot(number, 2, 20, None));
    }
    input.sizes = BTreeMap::from([(id(1), size(1, 5)), (id(2), size(10, 1))]);
    input.policy.horizon_h = Some(2);
    input
}

#[test]
fn what_a_depot_can_hand_out_goes_to_the_most_urgent_and_others_help() {
    let check = |change: &dyn Fn(&mut PlanInput), expected: &str| {
        let mut input = two_items();
        change(&mut input);
        assert_eq!(summary(&plan(&input)), expected);
    };
    let handling = |per_hour: [Option<i64>; 2]| {
        move |input: &mut PlanInput| {
            for (source, per_hour) in input.sources.iter_mut().zip(per_hour) {
                source.handling_ml_per_h = per_hour;
            }
        }
    };
    check(&|_| {}, "2<1:10 1<1:10");
    // 2 hours of 50 would hold all that is urgent, but then the city is asked for ten small ones: it is
    // asked for one large one instead.
    check(&handling([Some(50), None]), "2<1:9 2<2:1 1<1:10");
    check(
        &handling([Some(50), Some(4)]),
        "2<1:10 1<2:8 1!2:handling_capacity",
    );
    check(&handling([Some(55), None]), "2<1:10 1<1:10");
    check(
        &handling([Some(45), Some(0)]),
        "2<1:9 2!1:handling_capacity 1!10:handling_capacity",
    );
    // Without hours nobody knows how much that is.
    let no_hours = |input: &mut PlanInput| {
        handling([Some(0), Some(0)])(input);
        input.policy.horizon_h = None;
    };
    check(&no_hours, "2<1:10 1<1:10");
}

#[test]
fn vehicles_carry_no_more_than_fits_by_volume_and_by_weight() {
    let check = |vehicles: Vec<Vehicles>, expected: &str| {
        let mut input = two_items();
        input.policy.vehicles = vehicles;
        assert_eq!(summary(&plan(&input)), expected);
    };
    check(vec![vehicles(None, Some(110), Some(60))], "2<1:10 1<1:10");
    check(
        vec![vehicles(None, Some(105), None)],
        "2<1:10 1<1:5 1!5:vehicles",
    );
    // 60 g are 10 of the large and 10 of the small.
    check(
        vec![vehicles(None, Some(1_000), Some(25))],
        "2<1:10 1<1:3 1!7:vehicles",
    );
    // Two of them, or one that goes twice.
    let twice = |count, trips| Vehicles {
        count,
        trips,
        ..vehicles(None, Some(55), None)
    };
    check(vec![twice(2, 1)], "2<1:10 1<1:10");
    check(vec![twice(1, 2)], "2<1:10 1<1:10");
    // The county's own are full, and the city sends with those that are anybody's.
    check(
        vec![
            vehicles(Some(1), Some(100), None),
            vehicles(None, Some(7), None),
        ],
        "2<1:10 1<2:7 1!3:vehicles",
    );
    check(
        vec![vehicles(Some(1), Some(100), None)],
        "2<1:9 2<2:1 1<1:10",
    );
    // One that takes any volume leaves no limit of it.
    check(
        vec![vehicles(None, None, None), vehicles(None, Some(1), None)],
        "2<1:10 1<1:10",
    );
}

#[test]
fn an_item_that_nobody_measured_is_counted_as_nothing_and_named() {
    let mut input = two_items();
    input.sizes.remove(&id(2));
    input.policy.vehicles = vec![vehicles(None, Some(4), None)];
    let result = plan(&input);
    assert_eq!(summary(&result), "2<1:10 1<1:4 1!6:vehicles");
    assert_eq!(result.unmeasured, vec![id(2)]);
    input.policy.vehicles.clear();
    assert_eq!(plan(&input).unmeasured, vec![]);
}

#[test]
fn a_shortfall_says_that_people_or_vehicles_are_short() {
    let sentences = |input: &PlanInput, language| {
        let said = plan(input).sentences(language, &Names::default());
        said.into_iter()
            .filter(|it| it.contains("Missing") || it.contains("仍缺"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let mut input = two_items();
    input.sources[0].handling_ml_per_h = Some(45);
    input.sources[1].handling_ml_per_h = Some(0);
    let said = sentences(&input, Language::En);
    assert!(
        said.contains("the depot hands out all it can in the hours of the plan"),
        "{said}"
    );
    let said = sentences(&input, Language::Zh);
    assert!(said.contains("装卸能力已用尽"), "{said}");
    input.policy.horizon_h = None;
    input.policy.vehicles = vec![vehicles(None, Some(50), None)];
    assert!(sentences(&input, Language::En).contains("the vehicles are full"));
    assert!(sentences(&input, Language::Zh).contains("可用车辆已装满"));
}

/// What the rules say is left of everything that is shared, counted without the planner's code: none
/// of it may be below zero.
fn left_of_shared(input: &PlanInput, result: &PlanResult) -> Vec<i64> {
    let size = |item| input.sizes.get(&item).copied().unwrap_or_default();
    let taken = |is_meant: &dyn Fn(Id<kinds::Depot>) -> bool, one: &dyn Fn(Size) -> Option<i64>| {
        let sent = result.allocations.iter().filter(|it| is_meant(it.depot));
        sent.map(|it| it.quantity.get() * one(size(it.item)).unwrap_or(0))
            .sum::<i64>()
    };
    let mut left = Vec::new();
    for source in &input.sources {
        let limit = source.handling_ml_per_h.zip(input.policy.horizon_h);
        let volume = taken(&|depot| depot == source.depot, &|size| size.volume_ml);
        left.extend(limit.map(|(per_hour, hours)| per_hour * i64::from(hours) - volume));
    }
    let owners: BTreeSet<_> = input.policy.vehicles.iter().map(|it| it.depot).collect();
    for &owner in &owners {
        let own: Vec<_> = input
            .policy
            .vehicles
            .iter()
            .filter(|it| it.depot == owner)
            .collect();
        let meant = |depot| match owner {
            Some(owner) => depot == owner,
            None => !owners.contains(&Some(depot)),
        };
        let times = |it: &Vehicles| i64::from(it.count * it.trips);
        let volume: Option<i64> = own.iter().map(|it| Some(it.volume_ml? * times(it))).sum();
        let weight: Option<i64> = own.iter().map(|it| Some(it.payload_g? * times(it))).sum();
        left.extend(volume.map(|all| all - taken(&meant, &|size| size.volume_ml)));
        left.extend(weight.map(|all| all - taken(&meant, &|size| size.weight_g)));
    }
    left
}

prop_compose! {
    /// Any input, with people and vehicles that may be short.
    fn any_coupled()(
        input in any_input(),
        sizes in prop::collection::vec((prop::option::of(0_i64..6), prop::option::of(0_i64..6)), 3),
        per_hour in prop::collection::vec(prop::option::of(0_i64..60), 7),
        horizon_h in prop::option::of(1_u32..4),
        fleet in prop::collection::vec(
            (prop::option::of(1_u128..8), 0_u32..3, 1_u32..3, prop::option::of(0_i64..60), prop::option::of(0_i64..60)), 0..4),
    ) -> PlanInput {
        let mut input = input;
        input.sizes = (1..).zip(sizes).map(|(item, (volume_ml, weight_g))| {
            (id(item), Size { volume_ml, weight_g })
        }).collect();
        for (source, per_hour) in input.sources.iter_mut().zip(per_hour) {
            source.handling_ml_per_h = per_hour;
        }
        input.policy.horizon_h = horizon_h;
        input.policy.vehicles = fleet.into_iter().map(|(depot, count, trips, volume_ml, payload_g)| Vehicles {
            depot: depot.map(id), count, trips, volume_ml, payload_g,
        }).collect();
        input
    }
}

fn counted(measures: &[Measure]) -> BTreeMap<Yardstick, i128> {
    measures.iter().map(|it| (it.yardstick, it.value)).collect()
}

/// By which yardstick up to the loads the first is worse, if it is.
fn worse(ours: &[Measure], theirs: &[Measure]) -> Option<Yardstick> {
    let (ours, theirs) = (counted(ours), counted(theirs));
    let yardsticks: BTreeSet<Yardstick> = ours.keys().chain(theirs.keys()).copied().collect();
    let value = |of: &BTreeMap<_, i128>, yardstick| of.get(&yardstick).copied().unwrap_or(0);
    let differs = |it: &Yardstick| value(&ours, *it) != value(&theirs, *it);
    let first = yardsticks
        .into_iter()
        .filter(|it| *it <= Yardstick::Loads)
        .find(differs);
    first.filter(|it| value(&ours, *it) > value(&theirs, *it))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn nothing_shared_is_overdrawn_and_no_plan_is_worse_than_by_hand(input in any_coupled()) {
        let best = plan(&input);
        let mut by_hand = input.clone();
        by_hand.policy.method = Method::NearestFirst;
        let by_hand = plan(&by_hand);
        for result in [&best, &by_hand] {
            let shared = left_of_shared(&input, result);
            prop_assert!(shared.iter().all(|left| *left >= 0), "{shared:?}");
            let mut stock = stock(&input);
            for it in &result.allocations {
                let (item, depot) = (number(it.item), number(it.depot));
                let row = (item, depot, number(it.zone), number(it.lot));
                let units = &mut stock.get_mut(&row).expect("a row that exists").0;
                *units -= it.quantity.get();
                prop_assert!(*units >= 0);
                prop_assert!(left(&stock, item, depot) >= floor(&input, item, depot));
            }
        }
        prop_assert_eq!(worse(&best.measures, &by_hand.measures), None);
        for measure in &best.measures {
            prop_assert!(measure.bound.is_none_or(|bound| bound <= measure.value), "{measure:?}");
        }
    }

    #[test]
    fn where_there_is_enough_of_everything_it_is_as_if_nothing_were_shared(input in any_coupled()) {
        let mut alone = input.clone();
        alone.policy.vehicles.clear();
        alone.policy.horizon_h = None;
        let mut loose = input;
        for source in &mut loose.sources {
            source.handling_ml_per_h = Some(1_000_000);
        }
        loose.policy.horizon_h = Some(24);
        loose.policy.vehicles = vec![vehicles(None, Some(1_000_000), Some(1_000_000))];
        let (loose, alone) = (plan(&loose), plan(&alone));
        let before_loads = |result: &PlanResult| -> Vec<Measure> {
            let measures = result.measures.iter().copied();
            measures.filter(|it| it.yardstick < Yardstick::Loads).collect()
        };
        prop_assert_eq!(before_loads(&loose), before_loads(&alone));
    }

    #[test]
    fn the_order_in_which_the_shared_is_named_changes_nothing(input in any_coupled()) {
        let mut other = input.clone();
        other.policy.vehicles.reverse();
        other.sources.reverse();
        other.needs.reverse();
        prop_assert_eq!(plan(&other), plan(&input));
    }
}
