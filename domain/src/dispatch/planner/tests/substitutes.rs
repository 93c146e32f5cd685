use super::*;

fn instead(item: u128, units: i64, stand_for: i64) -> Substitute {
    Substitute {
        item: id(item),
        rate: SubstituteRate::new(units, stand_for).unwrap(),
    }
}

fn accepting(mut need: PlanNeed, list: &[(u128, i64, i64)]) -> PlanNeed {
    let list = list
        .iter()
        .map(|&(item, units, stand_for)| instead(item, units, stand_for));
    need.substitutes = Substitutes::new(need.item, list.collect()).unwrap();
    need
}

/// Lots of items in the depots of [`wenzhou`]: `(depot, item, units)`.
fn stocked(needs: Vec<PlanNeed>, stock: &[(usize, u128, i64)]) -> PlanInput {
    let mut input = wenzhou(needs, [0; 5]);
    for (number, &(depot, item, units)) in (100..).zip(stock) {
        input.sources[depot - 1]
            .lots
            .push(lot(number, item, units, None));
    }
    input
}

/// `need<depot:quantity×item` of every allocation, `need!missing:binding` of every shortfall.
fn told(input: &PlanInput) -> String {
    let result = plan(input);
    let sent = result.allocations.iter().map(|it| {
        let units = it.quantity.get();
        let (need, depot, item) = (number(it.need), number(it.depot), number(it.item));
        format!("{need}<{depot}:{units}x{item}")
    });
    let missing = result.shortfalls.iter();
    let missing =
        missing.map(|it| format!("{}!{}:{}", number(it.need), it.missing.get(), it.binding));
    sent.chain(missing).collect::<Vec<_>>().join(" ")
}

fn measure_of(input: &PlanInput, yardstick: Yardstick) -> (i128, Option<i128>) {
    let result = plan(input);
    let mut measures = result.measures.iter();
    let found = measures.find(|it| it.yardstick == yardstick);
    found.map_or((-1, None), |it| (it.value, it.bound))
}

const QUILT: u128 = 1;
const BLANKET: u128 = 2;
const TENT: u128 = 3;

#[test]
fn what_is_missing_of_the_item_itself_comes_from_substitutes() {
    let check = |wanted, accepts: &[(u128, i64, i64)], stock: &[(usize, u128, i64)], expected| {
        let need = accepting(need(7, QUILT, wanted, 1, 1), accepts);
        assert_eq!(told(&stocked(vec![need], stock)), expected, "{stock:?}");
    };
    let two_for_one = [(BLANKET, 2, 1)];
    // The item itself, however far, before anything else, however near.
    check(
        10,
        &two_for_one,
        &[(5, QUILT, 10), (1, BLANKET, 99)],
        "7<5:10x1",
    );
    check(
        10,
        &two_for_one,
        &[(5, QUILT, 4), (1, BLANKET, 99)],
        "7<5:4x1 7<1:12x2",
    );
    check(10, &two_for_one, &[(1, BLANKET, 99)], "7<1:20x2");
    // A blanket that stands for no whole quilt stays.
    check(10, &two_for_one, &[(1, BLANKET, 7)], "7<1:6x2 7!7:no_stock");
    check(
        10,
        &two_for_one,
        &[(1, BLANKET, 3), (2, BLANKET, 2)],
        "7<1:3x2 7<2:1x2 7!8:no_stock",
    );
    // The last tent stands for one of two, and is not sent in vain.
    check(5, &[(TENT, 1, 2)], &[(1, TENT, 9)], "7<1:3x3");
    check(10, &[(TENT, 3, 2)], &[(1, TENT, 9)], "7<1:9x3 7!4:no_stock");
    // The preferred first.
    let both = [(TENT, 1, 1), (BLANKET, 2, 1)];
    check(
        10,
        &both,
        &[(1, BLANKET, 99), (5, TENT, 3)],
        "7<5:3x3 7<1:14x2",
    );
}

#[test]
fn needs_of_an_item_come_before_those_that_it_is_to_stand_for() {
    let check = |blankets, priority, expected: &str| {
        let needs = vec![
            accepting(need(7, QUILT, 10, 2, 1), &[(BLANKET, 2, 1)]),
            need(8, BLANKET, 10, priority, 1),
        ];
        let input = stocked(needs, &[(1, BLANKET, blankets)]);
        assert_eq!(told(&input), expected, "{blankets} {priority}");
    };
    check(30, 2, "7<1:20x2 8<1:10x2");
    check(16, 2, "7<1:6x2 8<1:10x2 7!7:no_stock");
    check(16, 1, "8<1:10x2 7<1:6x2 7!7:no_stock");
    // A less urgent one gives way.
    check(16, 3, "7<1:16x2 7!2:no_stock 8!10:taken");
}

#[test]
fn the_item_itself_goes_first_to_those_of_a_class_that_accept_nothing_else() {
    let needs = |priority| {
        vec![
            accepting(need(7, QUILT, 10, 1, 1), &[(BLANKET, 2, 1)]),
            need(8, QUILT, 10, priority, 1),
        ]
    };
    let stock = [(1, QUILT, 10), (1, BLANKET, 99)];
    assert_eq!(told(&stocked(needs(1), &stock)), "7<1:20x2 8<1:10x1");
    let input = stocked(needs(1), &stock);
    assert_eq!(
        measure_of(&input, Yardstick::Missing(Priority::FIRST)),
        (0, Some(0))
    );
    assert_eq!(measure_of(&input, Yardstick::Substituted), (10, Some(10)));
    // A more urgent need has the item itself, though somebody else could then have had it.
    let input = stocked(needs(2), &stock);
    assert_eq!(told(&input), "7<1:10x1 8!10:taken");
    assert_eq!(
        measure_of(&input, Yardstick::Missing(Priority::SECOND)),
        (10, Some(0))
    );
}

#[test]
fn who_can_have_substitutes_leaves_the_item_to_who_cannot() {
    let needs =
        [1, 2].map(|site| accepting(need(6 + site, QUILT, 10, 1, site), &[(BLANKET, 1, 1)]));
    let mut input = stocked(needs.into(), &[(1, QUILT, 12), (2, BLANKET, 9)]);
    let site = PlanSite {
        id: id(2),
        ..input.sites[0].clone()
    };
    input.sites.push(site);
    // Blankets lie where only the first has a way to.
    input.matrix = input
        .matrix
        .reaches()
        .copied()
        .chain([reach(1, 2, 90)])
        .collect();
    assert_eq!(told(&input), "7<1:2x1 7<2:8x2 8<1:10x1");
}

#[test]
fn what_substitutes_stand_for_is_shared_too() {
    let needs = |fair| {
        let needs =
            [7, 8].map(|number| accepting(need(number, QUILT, 20, 1, 1), &[(BLANKET, 2, 1)]));
        let mut input = stocked(needs.into(), &[(1, BLANKET, 40)]);
        input.policy.fair = fair;
        input
    };
    assert_eq!(
        told(&needs(true)),
        "7<1:20x2 8<1:20x2 7!10:no_stock 8!10:no_stock"
    );
    assert_eq!(told(&needs(false)), "7<1:40x2 8!20:no_stock");
}

#[test]
fn needs_that_accept_each_other_s_items_are_planned_like_any() {
    let needs = vec![
        accepting(need(7, QUILT, 10, 1, 1), &[(BLANKET, 2, 1)]),
        accepting(need(8, BLANKET, 10, 1, 1), &[(QUILT, 1, 2)]),
    ];
    let check = |stock: &[(usize, u128, i64)], expected: &str| {
        assert_eq!(told(&stocked(needs.clone(), stock)), expected, "{stock:?}");
    };
    check(&[(1, QUILT, 15)], "7<1:10x1 8<1:5x1");
    check(
        &[(1, QUILT, 15), (1, BLANKET, 4)],
        "7<1:10x1 8<1:4x2 8<1:3x1",
    );
    check(&[(1, BLANKET, 30)], "7<1:20x2 8<1:10x2");
}

#[test]
fn floors_and_limits_hold_for_what_goes_instead() {
    let mut input = stocked(
        vec![accepting(need(7, QUILT, 10, 1, 1), &[(BLANKET, 2, 1)])],
        &[(1, QUILT, 10), (1, BLANKET, 20), (2, BLANKET, 20)],
    );
    input.floors = vec![
        Floor {
            depot: id(1),
            item: id(QUILT),
            quantity: quantity(7),
        },
        Floor {
            depot: id(1),
            item: id(BLANKET),
            quantity: quantity(15),
        },
    ];
    assert_eq!(told(&input), "7<1:3x1 7<1:5x2 7<2:9x2");
    // Quilts take all that the people there can hand out, and blankets go from where others can.
    input.floors.clear();
    let size = |volume_ml| Size {
        volume_ml: Some(volume_ml),
        weight_g: None,
    };
    input.sizes = BTreeMap::from([(id(QUILT), size(10)), (id(BLANKET), size(5))]);
    input.policy.horizon_h = Some(1);
    input.sources[0].handling_ml_per_h = Some(40);
    input.sources[1].handling_ml_per_h = Some(1_000);
    assert_eq!(told(&input), "7<1:4x1 7<2:12x2");
    input.sources[1].handling_ml_per_h = Some(33);
    assert_eq!(told(&input), "7<1:4x1 7<2:6x2 7!3:handling_capacity");
}

#[test]
fn nearest_first_gives_substitutes_by_hand() {
    let mut input = stocked(
        vec![
            accepting(need(7, QUILT, 10, 1, 1), &[(BLANKET, 2, 1)]),
            need(8, BLANKET, 3, 1, 1),
        ],
        &[(1, QUILT, 4), (1, BLANKET, 10), (2, BLANKET, 10)],
    );
    input.policy.method = Method::NearestFirst;
    assert_eq!(told(&input), "7<1:4x1 7<1:7x2 7<2:5x2 8<1:3x2");
}

#[test]
fn a_substitute_is_explained() {
    let need = accepting(need(7, QUILT, 10, 1, 1), &[(BLANKET, 2, 1)]);
    let mut input = stocked(vec![need], &[(1, QUILT, 10), (2, BLANKET, 15)]);
    input.floors = vec![Floor {
        depot: id(1),
        item: id(QUILT),
        quantity: quantity(9),
    }];
    let result = plan(&input);
    let explained = &result.explanations[0];
    assert_eq!((explained.wanted.get(), explained.missing), (10, 2));
    let instead = &explained.substitutions[0];
    assert_eq!(
        (instead.quantity.get(), instead.stands_for, instead.because),
        (14, 7, Obstacle::KeptFloor)
    );
    assert_eq!(number(instead.choices[0].depot), 2);
    assert_eq!(result.shortfalls[0].held_back, [(Obstacle::KeptFloor, 9)]);
    let names = Names {
        items: [(QUILT, "被子", "床"), (BLANKET, "毛毯", "条")]
            .map(|(item, name, unit)| {
                let name = ItemName {
                    name: name.to_owned(),
                    unit: unit.to_owned(),
                };
                (id(item), name)
            })
            .into(),
        ..Names::default()
    };
    let zh = result.sentences(Language::Zh, &names).concat();
    assert!(zh.contains("改发毛毯 14 条代替（每 2 抵 1）"), "{zh}");
    let en = result.sentences(Language::En, &names).concat();
    assert!(en.contains("go instead, 2 of which stand for 1"), "{en}");
}

#[test]
fn orders_for_substitutes_stay_unless_the_item_itself_is_there() {
    let with = |quilts: i64| {
        let need = accepting(need(7, QUILT, 10, 1, 1), &[(BLANKET, 2, 1)]);
        let mut input = stocked(
            vec![need],
            &[(2, BLANKET, 20), (1, BLANKET, 20), (5, QUILT, quilts + 1)],
        );
        // One quilt stays.
        input.floors = vec![Floor {
            depot: id(5),
            item: id(QUILT),
            quantity: quantity(1),
        }];
        input.standing = vec![StandingLine {
            order: id(50),
            line: 0,
            is_approved: true,
            need: id(7),
            item: id(BLANKET),
            site: id(1),
            depot: id(2),
            zone: id(1),
            lot: id(100),
            quantity: quantity(20),
        }];
        input.policy.respect_level_rule = false;
        input
    };
    let changes = |input: &PlanInput| {
        let result = plan(input);
        let change = result.changes[0];
        assert_eq!(number(change.said.need), 7);
        (change.kept, change.reason)
    };
    assert_eq!(changes(&with(0)), (20, None));
    assert_eq!(told(&with(4)), "7<5:4x1 7<2:12x2");
    assert_eq!(changes(&with(4)), (12, Some(Obstacle::GoesElsewhere)));
    assert_eq!(changes(&with(10)), (0, Some(Obstacle::GoesElsewhere)));
}

prop_compose! {
    /// Two items in two depots, and two or three needs that may accept the other.
    fn small_input()(
        needs in prop::collection::vec(
            (1_u128..3, 1_i64..4, 1_u8..3, 0_u128..2, prop::option::of((1_i64..4, 1_i64..3))), 2..4),
        depots in prop::collection::vec((1_i64..5, 1_i64..5, prop::option::of(1_i64..3)), 2),
        open in prop::collection::vec(any::<bool>(), 4),
        fair in any::<bool>(),
        times in prop::collection::vec(1_u32..4, 4),
    ) -> PlanInput {
        PlanInput {
            needs: (1..).zip(&needs).map(|(number, &(item, units, priority, site, accepts))| {
                let need = need(number, item, units, priority, site);
                match accepts {
                    Some((units, stand_for)) => accepting(need, &[(3 - item, units, stand_for)]),
                    None => need,
                }
            }).collect(),
            sites: (0..2).map(|number| PlanSite {
                id: id(number), division: "330105".to_owned(), purpose: Purpose::default(),
            }).collect(),
            sources: (1..).zip(&depots).map(|(number, &(one, other, _))| {
                let lots = vec![lot(1, 1, one, None), lot(2, 2, other, None)];
                source(number, Level::County, "330105", lots)
            }).collect(),
            standing: vec![],
            floors: (1..).zip(&depots).filter_map(|(number, depot)| Some(Floor {
                depot: id(number), item: id(1), quantity: quantity(depot.2?),
            })).collect(),
            limits: Vec::new(),
            sizes: BTreeMap::new(),
            matrix: (0..4).zip(times).zip(open).filter(|(_, open)| *open)
                .map(|((pair, time), _)| reach(1 + pair % 2, pair / 2, 10 * time))
                .collect(),
            policy: Policy { fair, ..Policy::default() },
            departs_at: noon(),
        }
    }
}

/// Ways to give units of one item from two depots to its takers, as totals of each taker.
fn totals(spared: [i64; 2], takers: &[([bool; 2], i64)]) -> Vec<Vec<i64>> {
    let mut found = BTreeSet::new();
    let mut open = vec![(0, spared, Vec::new())];
    while let Some((taker, left, given)) = open.pop() {
        let Some(&(ways, most)) = takers.get(taker) else {
            found.insert(given);
            continue;
        };
        for one in 0..=most.min(if ways[0] { left[0] } else { 0 }) {
            for other in 0..=(most - one).min(if ways[1] { left[1] } else { 0 }) {
                let mut given = given.clone();
                given.push(one + other);
                open.push((taker + 1, [left[0] - one, left[1] - other], given));
            }
        }
    }
    found.into_iter().collect()
}

/// What the needs of each priority can miss, each with the least that is substituted then.
fn tried(input: &PlanInput) -> BTreeMap<[i64; 2], i64> {
    let ways = |site| {
        [1, 2].map(|depot| {
            input
                .matrix
                .reaches()
                .any(|it| it.ends() == (id(depot), site))
        })
    };
    let of_item = |item: u128| {
        let spared = [0, 1].map(|depot| {
            let source = &input.sources[depot];
            let lots = source.lots.iter().filter(|lot| lot.item == id(item));
            let held: i64 = lots.map(|lot| lot.available.get()).sum();
            let floors = input.floors.iter();
            let floor: i64 = floors
                .filter(|it| it.depot == source.depot && it.item == id(item))
                .map(|it| it.quantity.get())
                .sum();
            (held - floor).max(0)
        });
        let takers: Vec<_> = (input.needs.iter())
            .map(|need| {
                let most = if need.item == id(item) {
                    need.quantity.get()
                } else {
                    let rate = need.substitutes.rate(id(item));
                    rate.map_or(0, |rate| rate.takes(need.quantity.get()))
                };
                (ways(need.site), most)
            })
            .collect();
        totals(spared, &takers)
    };
    let (one, two) = (of_item(1), of_item(2));
    let mut found = BTreeMap::new();
    for one in &one {
        for two in &two {
            let (mut missing, mut substituted) = ([0, 0], 0);
            for (place, need) in input.needs.iter().enumerate() {
                let (own, other, other_item) = if need.item == id(1) {
                    (one[place], two[place], id(2))
                } else {
                    (two[place], one[place], id(1))
                };
                let worth = need
                    .substitutes
                    .rate(other_item)
                    .map_or(0, |rate| rate.worth(other));
                let wanted = need.quantity.get();
                missing[usize::from(need.priority.get()) - 1] += (wanted - own - worth).max(0);
                substituted += worth.min(wanted - own);
            }
            let least = found.entry(missing).or_insert(substituted);
            *least = substituted.min(*least);
        }
    }
    found
}

fn missing(result: &PlanResult) -> [i128; 3] {
    [Priority::FIRST, Priority::SECOND, Priority::LAST].map(|class| {
        let mut measures = result.measures.iter();
        let found = measures.find(|it| it.yardstick == Yardstick::Missing(class));
        found.map_or(0, |it| it.value)
    })
}

fn bare(input: &PlanInput) -> PlanInput {
    let mut bare = input.clone();
    for need in &mut bare.needs {
        need.substitutes = Substitutes::default();
    }
    bare
}

fn keeps_its_promises(input: &PlanInput) -> Result<(), TestCaseError> {
    let result = plan(input);
    for source in &input.sources {
        for lot in &source.lots {
            let given = result.allocations.iter();
            let given = given.filter(|it| (it.depot, it.lot) == (source.depot, lot.lot));
            let given: i64 = given.map(|it| it.quantity.get()).sum();
            let floors = input.floors.iter();
            let floor: i64 = floors
                .filter(|it| (it.depot, it.item) == (source.depot, lot.item))
                .map(|it| it.quantity.get())
                .sum();
            prop_assert!(given <= (lot.available.get() - floor).max(0));
        }
    }
    for need in &input.needs {
        let explained = result
            .explanations
            .iter()
            .find(|it| it.need == need.id)
            .unwrap();
        let of_need = result.allocations.iter().filter(|it| it.need == need.id);
        let mut goods: BTreeMap<_, i64> = BTreeMap::new();
        for it in of_need {
            prop_assert_eq!(it.rate, need.substitutes.rate(it.item));
            *goods.entry(it.item).or_default() += it.quantity.get();
        }
        let own = goods.get(&need.item).copied().unwrap_or(0);
        let worth = need.substitutes.worth(&goods);
        let wanted = need.quantity.get();
        prop_assert!(own <= wanted);
        prop_assert_eq!(explained.missing, (wanted - own - worth).max(0));
        // One piece less of anything that goes instead would be missed.
        for substitute in need.substitutes.iter() {
            let units = goods.get(&substitute.item).copied().unwrap_or(0);
            if units > 0 {
                goods.insert(substitute.item, units - 1);
                prop_assert!(own + need.substitutes.worth(&goods) < (own + worth).min(wanted));
            }
        }
        prop_assert_eq!(
            explained.missing,
            result
                .shortfalls
                .iter()
                .find(|it| it.need == need.id)
                .map_or(0, |it| it.missing.get())
        );
    }
    let by = |measures: &[Measure]| -> BTreeMap<_, _> {
        let up_to = measures
            .iter()
            .filter(|it| it.yardstick <= Yardstick::Loads);
        up_to.map(|it| (it.yardstick, it.value)).collect()
    };
    let (nearest, ours) = (by(&result.nearest_first), by(&result.measures));
    let all: BTreeSet<_> = nearest.keys().chain(ours.keys()).collect();
    let value = |of: &BTreeMap<_, i128>, it| of.get(it).copied().unwrap_or(0);
    if let Some(differs) = all
        .into_iter()
        .find(|it| value(&nearest, it) != value(&ours, it))
    {
        prop_assert!(
            value(&ours, differs) < value(&nearest, differs),
            "{differs:?}"
        );
    }
    prop_assert!(missing(&result) <= missing(&plan(&bare(input))));
    prop_assert_eq!(&result, &plan(input));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_plan_undercuts_what_is_proven(input in small_input()) {
        keeps_its_promises(&input)?;
        let result = plan(&input);
        let tried = tried(&input);
        let [first, second] = tried.keys().next().unwrap().map(i128::from);
        let ours = missing(&result);
        let as_good = [ours[0], ours[1]].map(|units| i64::try_from(units).unwrap());
        let least = tried.get(&as_good).copied().map(i128::from);
        prop_assert!(ours[0] >= first);
        let accepts = |need: &PlanNeed| !need.substitutes.is_empty();
        for measure in result.measures.iter().filter(|_| input.needs.iter().any(accepts)) {
            match measure.yardstick {
                Yardstick::Missing(Priority::FIRST) => prop_assert!(measure.bound <= Some(first)),
                // Of plans as good by what is missing of the first class.
                Yardstick::Missing(Priority::SECOND) if ours[0] == first => {
                    prop_assert!(measure.bound <= Some(second));
                }
                Yardstick::Substituted => prop_assert!(least >= measure.bound),
                _ => {}
            }
            prop_assert!(measure.bound.is_none_or(|bound| bound <= measure.value));
        }
    }

    #[test]
    fn people_who_are_short_change_none_of_it(
        input in small_input(), handling in prop::collection::vec(1_i64..8, 2), sizes in (1_i64..3, 1_i64..3),
    ) {
        let mut input = input;
        let size = |volume_ml| Size { volume_ml: Some(volume_ml), weight_g: None };
        input.sizes = BTreeMap::from([(id(1), size(sizes.0)), (id(2), size(sizes.1))]);
        input.policy.horizon_h = Some(1);
        for (source, handling) in input.sources.iter_mut().zip(&handling) {
            source.handling_ml_per_h = Some(*handling);
        }
        keeps_its_promises(&input)?;
        for (source, handling) in input.sources.iter().zip(handling) {
            let result = plan(&input);
            let sent = result.allocations.iter().filter(|it| it.depot == source.depot);
            let volume = sent.map(|it| it.quantity.get() * input.sizes[&it.item].volume_ml.unwrap());
            prop_assert!(volume.sum::<i64>() <= handling);
        }
    }

    #[test]
    fn one_class_at_one_for_one_misses_the_least_where_all_ways_are_open(input in small_input()) {
        let mut input = input;
        input.matrix = (0..4).map(|pair| reach(1 + pair % 2, pair / 2, 10)).collect();
        for need in &mut input.needs {
            need.priority = Priority::FIRST;
            let list = need.substitutes.iter().map(|it| instead(number(it.item), 1, 1));
            need.substitutes = Substitutes::new(need.item, list.collect()).unwrap();
        }
        let least = tried(&input).keys().next().unwrap()[0];
        prop_assert_eq!(missing(&plan(&input))[0], i128::from(least));
    }
}
