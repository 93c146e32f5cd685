//! Plans with something shared that are so small that every answer can be tried.

use super::*;

prop_compose! {
    /// Two items, two depots, up to three needs of a few units.
    fn small_coupled()(
        needs in prop::collection::vec((1_u128..3, 1_i64..4, 1_u8..3, prop::option::of(0_i64..300)), 1..4),
        stock in prop::collection::vec(0_i64..4, 4),
        levels in prop::collection::vec(0_usize..5, 2),
        times in prop::collection::vec(1_u32..4, 2),
        sizes in prop::collection::vec((0_i64..4, 0_i64..4), 2),
        per_hour in prop::collection::vec(prop::option::of(0_i64..10), 2),
        fleet in prop::option::of((0_i64..16, prop::option::of(0_i64..16))),
        (fair, respect_level_rule) in any::<(bool, bool)>(),
    ) -> PlanInput {
        let sizes = (1..).zip(sizes).map(|(item, (volume_ml, weight_g))| (id(item), Size {
            volume_ml: Some(volume_ml), weight_g: Some(weight_g),
        }));
        PlanInput {
            needs: (1..).zip(needs).map(|(number, (item, units, priority, by))| PlanNeed {
                needed_by: by.map(|minutes| noon() + TimeDelta::minutes(minutes)),
                ..need(number, item, units, priority, 1)
            }).collect(),
            sites: vec![PlanSite { id: id(1), division: "330105".to_owned(), purpose: Purpose::default() }],
            sources: (0..2_usize).map(|depot| {
                let lots = [(1, stock[2 * depot]), (2, stock[2 * depot + 1])];
                let lots = lots.into_iter().filter(|(_, units)| *units > 0);
                let lots = lots.map(|(item, units)| lot(item, item, units, None)).collect();
                Source {
                    handling_ml_per_h: per_hour[depot],
                    ..source(depot as u128 + 1, Level::ALL[levels[depot]], "330106", lots)
                }
            }).collect(),
            standing: vec![],
            floors: vec![],
            limits: Vec::new(),
            sizes: sizes.collect(),
            matrix: (1..).zip(times).map(|(depot, time)| reach(depot, 1, 100 * time)).collect(),
            policy: Policy {
                fair,
                respect_level_rule,
                horizon_h: Some(1),
                vehicles: fleet.into_iter().map(|(volume_ml, payload_g)| Vehicles {
                    depot: None, count: 1, trips: 1, volume_ml: Some(volume_ml), payload_g,
                }).collect(),
                ..Policy::default()
            },
            departs_at: noon(),
        }
    }
}

/// Whether there is so much of everything, counted without the planner's code.
fn can_be(input: &PlanInput, scene: &Scene<'_>, shares: &[Share]) -> bool {
    let of = |share: &Share| scene.needs[share.need];
    let sum = |is_meant: &dyn Fn(&Share) -> bool, one: &dyn Fn(&Share) -> i64| {
        let meant = shares.iter().filter(|share| is_meant(share));
        meant.map(|share| share.units * one(share)).sum::<i64>()
    };
    let volume = |share: &Share| input.sizes[&of(share).item].volume_ml.unwrap_or(0);
    let weight = |share: &Share| input.sizes[&of(share).item].weight_g.unwrap_or(0);
    let served = (0..scene.needs.len())
        .all(|need| sum(&|share| share.need == need, &|_| 1) <= scene.needs[need].quantity.get());
    let shelved = (0..2).all(|depot| {
        let stock = |item| {
            let lots = input.sources[depot]
                .lots
                .iter()
                .filter(|lot| lot.item == item);
            lots.map(|lot| lot.available.get()).sum::<i64>()
        };
        [id(1), id(2)].into_iter().all(|item| {
            sum(
                &|share| share.depot == depot && of(share).item == item,
                &|_| 1,
            ) <= stock(item)
        })
    });
    let handled = (0..2).all(|depot| {
        let limit = input.sources[depot].handling_ml_per_h;
        limit.is_none_or(|limit| sum(&|share| share.depot == depot, &volume) <= limit)
    });
    let carried = input.policy.vehicles.iter().all(|it| {
        it.volume_ml
            .is_none_or(|limit| sum(&|_| true, &volume) <= limit)
            && it
                .payload_g
                .is_none_or(|limit| sum(&|_| true, &weight) <= limit)
    });
    served && shelved && handled && carried
}

/// What every answer comes to that could be given.
fn tried(input: &PlanInput) -> Vec<Values> {
    let scene = Scene::new(input);
    let pairs: Vec<(usize, usize)> = (0..scene.needs.len())
        .flat_map(|need| [(need, 0), (need, 1)])
        .collect();
    let answer = |code: usize| -> Vec<Share> {
        let shares = pairs
            .iter()
            .enumerate()
            .map(|(place, &(need, depot))| Share {
                need,
                depot,
                units: (code >> (2 * place) & 3) as i64,
            });
        shares.filter(|share| share.units > 0).collect()
    };
    let answers = (0..4_usize.pow(u32::try_from(pairs.len()).unwrap())).map(answer);
    let possible = answers.filter(|shares| can_be(input, &scene, shares));
    possible.map(|shares| Values::of(&scene, &shares)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_answer_undercuts_a_bound_and_the_plan_is_one_of_them(input in small_coupled()) {
        let tried = tried(&input);
        let result = plan(&input);
        let measures: Vec<_> = result.measures.iter().filter(|it| it.yardstick <= Yardstick::Loads).collect();
        let is_ours = |values: &Values| measures.iter().all(|it| values.get(it.yardstick) == it.value);
        prop_assert!(tried.iter().any(is_ours), "{:?}", result.measures);
        for (place, measure) in measures.iter().enumerate() {
            // Yardsticks by which the plan came to nothing count too.
            let as_good = |values: &&Values| {
                let before = &measures[..place];
                let known = before.iter().all(|it| values.get(it.yardstick) <= it.value);
                let named = |it: &Yardstick| measures.iter().any(|measure| measure.yardstick == *it);
                let mut others = values.yardsticks().filter(|it| *it < measure.yardstick && !named(it));
                known && others.all(|it| values.get(it) <= 0)
            };
            let least = tried.iter().filter(as_good).map(|it| it.get(measure.yardstick)).min();
            prop_assert!(measure.bound <= least, "{measure:?}: {least:?}");
        }
    }
}
