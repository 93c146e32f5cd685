//! Plans that are so small that every answer can be tried.

use super::*;

prop_compose! {
    /// One item, two depots, up to three needs of a few units.
    fn small_input()(
        needs in prop::collection::vec((1_i64..4, 1_u8..3, 0_u128..3, prop::option::of(0_i64..300), prop::option::of(1_i64..4)), 1..4),
        depots in prop::collection::vec((0_usize..5, 0_usize..3, 1_i64..4, 0_i64..4, prop::option::of(1_i64..3)), 2),
        times in prop::collection::vec(0_u32..4, 6),
        (fair, respect_level_rule) in any::<(bool, bool)>(),
        standing in prop::collection::vec((0_usize..4, 1_u128..3, 1_u128..3, 1_i64..4, any::<bool>()), 0..3),
    ) -> PlanInput {
        const DIVISIONS: [&str; 3] = ["330105", "330106", "310104"];
        let site = |number: u128| DIVISIONS[usize::try_from(number).unwrap()];
        PlanInput {
            needs: (1..).zip(&needs).map(|(number, &(units, priority, site, by, minimum))| PlanNeed {
                needed_by: by.map(|minutes| noon() + TimeDelta::minutes(minutes)),
                minimum: minimum.map(quantity),
                ..need(number, 1, units, priority, site)
            }).collect(),
            sites: (0..3).map(|number| PlanSite {
                id: id(number),
                division: site(number).to_owned(),
                purpose: used_in(site(number)),
            }).collect(),
            sources: (1..).zip(&depots).map(|(number, &(level, division, free, bound, _))| {
                // What is bound may serve only the first site.
                let bound = (bound > 0).then(|| SourceLot {
                    restriction: Restriction::Division("330105".parse().unwrap()),
                    ..lot(2, 1, bound, None)
                });
                let lots = std::iter::once(lot(1, 1, free, None)).chain(bound).collect();
                source(number, Level::ALL[level], DIVISIONS[division], lots)
            }).collect(),
            // The need past the last is one that was taken back.
            standing: (1..).zip(standing).map(|(order, (need, depot, lot, units, is_approved))| StandingLine {
                order: id(order),
                line: 0,
                is_approved,
                need: id(1 + need as u128),
                item: id(1),
                site: id(needs.get(need).map_or(0, |need| need.2)),
                depot: id(depot),
                zone: id(1),
                lot: id(lot),
                quantity: quantity(units),
            }).collect(),
            floors: (1..).zip(&depots).filter_map(|(number, depot)| Some(Floor {
                depot: id(number), item: id(1), quantity: quantity(depot.4?),
            })).collect(),
            limits: Vec::new(),
            sizes: BTreeMap::new(),
            matrix: (0..6).zip(times)
                // A time of zero stands for no way.
                .filter(|(_, time)| *time > 0)
                .map(|(pair, time)| reach(1 + pair % 2, pair / 2, 100 * time))
                .collect(),
            policy: Policy { fair, respect_level_rule, ..Policy::default() },
            departs_at: noon(),
        }
    }
}

/// Whether both depots can give this: what is free and what is bound, each at most once, and above
/// the floor.
fn can_give(input: &PlanInput, scene: &Scene<'_>, shares: &[Share]) -> bool {
    (0..2).all(|depot| {
        let given = shares.iter().filter(|share| share.depot == depot);
        let (mut to_first, mut to_others) = (0, 0);
        for share in given {
            if scene.open_way(share.need, depot).is_none() {
                return false;
            }
            if number(scene.needs[share.need].site) == 0 {
                to_first += share.units;
            } else {
                to_others += share.units;
            }
        }
        let lots = &input.sources[depot].lots;
        let free = lots[0].available.get();
        let bound = lots.get(1).map_or(0, |lot| lot.available.get());
        let floors = input.floors.iter();
        let kept = floors
            .filter(|floor| floor.depot == input.sources[depot].depot)
            .map(|floor| floor.quantity.get())
            .sum::<i64>();
        let spared = (free + bound - kept).max(0);
        to_others <= free && to_first + to_others <= (free + bound).min(spared)
    })
}

/// The best of all answers, by every yardstick up to the loads.
fn tried(input: &PlanInput) -> Values {
    let scene = Scene::new(input);
    let pairs: Vec<(usize, usize)> = (0..scene.needs.len())
        .flat_map(|need| [(need, 0), (need, 1)])
        .collect();
    let mut best: Option<Values> = None;
    for code in 0..4_usize.pow(u32::try_from(pairs.len()).unwrap()) {
        let units = |place: usize| (code >> (2 * place) & 3) as i64;
        let shares: Vec<Share> = pairs
            .iter()
            .enumerate()
            .filter(|(place, _)| units(*place) > 0)
            .map(|(place, &(need, depot))| Share {
                need,
                depot,
                units: units(place),
            })
            .collect();
        let asked = |need| {
            let of_need = shares.iter().filter(|share| share.need == need);
            of_need.map(|share| share.units).sum::<i64>()
        };
        let too_much =
            (0..scene.needs.len()).any(|need| asked(need) > scene.needs[need].quantity.get());
        if too_much || !can_give(input, &scene, &shares) {
            continue;
        }
        let values = Values::of(&scene, &shares);
        if best
            .as_ref()
            .is_none_or(|best| values.better_than(best, Yardstick::Loads))
        {
            best = Some(values);
        }
    }
    best.expect("nothing for anybody is an answer")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_answer_at_all_is_better(input in small_input()) {
        let expected = tried(&input);
        for measure in plan(&input).measures {
            let best = expected.get(measure.yardstick);
            if measure.yardstick < Yardstick::Loads {
                prop_assert_eq!(measure.value, best, "{:?}", measure);
            }
            // Loads are searched for, and what is proven of them holds.
            if measure.yardstick == Yardstick::Loads {
                prop_assert!(measure.value >= best, "{:?}", measure);
                prop_assert!(measure.bound <= Some(best), "{:?}", measure);
            }
        }
    }
}
