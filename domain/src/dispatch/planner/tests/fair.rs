//! Plans within what rules of fair use leave.

use super::*;

fn limit(owner: u128, item: u128, left: i64) -> FairLimit {
    FairLimit {
        owner: id(owner),
        item: id(item),
        left,
    }
}

fn taken(result: &PlanResult, owner: u128, item: u128) -> i64 {
    let allocations = result.allocations.iter();
    let of_goods = allocations.filter(|it| (it.owner, it.item) == (id(owner), id(item)));
    of_goods.map(|it| it.quantity.get()).sum()
}

/// `depot:units` of every depot that sends, `need!missing:binding` of every shortfall.
fn by_depot(result: &PlanResult) -> String {
    let mut sent: BTreeMap<u128, i64> = BTreeMap::new();
    for it in &result.allocations {
        *sent.entry(number(it.depot)).or_default() += it.quantity.get();
    }
    let sent = sent
        .into_iter()
        .map(|(depot, units)| format!("{depot}:{units}"));
    sent.chain(missing(result)).collect::<Vec<_>>().join(" ")
}

#[test]
fn nobody_has_more_of_an_owner_than_is_left() {
    let check = |limits: Vec<FairLimit>, others: &[u128], expected: &str| {
        let needs = vec![need(1, 1, 30, 1, 1), need(2, 1, 10, 2, 1)];
        let mut input = wenzhou(needs, [10, 20, 20, 0, 0]);
        for source in &mut input.sources {
            let other = others.contains(&number(source.depot));
            for lot in source.lots.iter_mut().filter(|_| other) {
                lot.owner = id(2);
            }
        }
        input.limits = limits;
        assert_eq!(by_depot(&plan(&input)), expected);
    };
    let free = "1:10 2:20 3:10";
    check(vec![], &[], free);
    // What is enough changes nothing, nor does a limit of other goods.
    check(
        vec![limit(1, 1, 40), limit(1, 2, 0), limit(2, 1, 0)],
        &[],
        free,
    );
    // The most urgent keep theirs; who misses what is told why.
    check(vec![limit(1, 1, 35)], &[], "1:10 2:20 3:5 2!5:fair_use");
    check(
        vec![limit(1, 1, 25)],
        &[],
        "1:10 2:15 1!5:fair_use 2!10:fair_use",
    );
    check(vec![limit(1, 1, -3)], &[], "1!30:fair_use 2!10:fair_use");
    // Of two the smaller counts.
    check(
        vec![limit(1, 1, 35), limit(1, 1, 30)],
        &[],
        "1:10 2:20 2!10:fair_use",
    );
    // Another owner's goods go in their place, as far as those may.
    check(vec![limit(1, 1, 10)], &[3], "1:10 3:20 2!10:fair_use");
    check(
        vec![limit(1, 1, 10), limit(2, 1, 5)],
        &[3],
        "1:10 3:5 1!15:fair_use 2!10:fair_use",
    );
}

#[test]
fn what_is_out_of_reach_keeps_the_floor() {
    let check = |floor: i64, left: i64, expected: &str| {
        let mut input = wenzhou(vec![need(1, 1, 50, 1, 1)], [100, 0, 0, 0, 0]);
        let depot = id(1);
        input.floors = vec![Floor {
            depot,
            item: id(1),
            quantity: quantity(floor),
        }];
        input.limits = vec![limit(1, 1, left)];
        assert_eq!(summary(&plan(&input)), expected, "{floor} {left}");
    };
    check(50, 60, "1<1:50");
    check(50, 30, "1<1:30 1!20:fair_use");
    check(80, 30, "1<1:20 1!30:kept_floor");
    check(80, 10, "1<1:10 1!40:kept_floor");
}

#[test]
fn a_limit_is_said_with_what_it_cost() {
    let mut input = wenzhou(vec![need(1, 1, 30, 1, 1)], [10, 20, 20, 0, 0]);
    input.limits = vec![limit(1, 1, 15)];
    let result = plan(&input);
    let limited = Limited {
        limit: limit(1, 1, 15),
        without: 30,
    };
    assert_eq!(result.limited, vec![limited]);
    assert_eq!(
        result.shortfalls[0].held_back.last(),
        Some(&(Obstacle::FairUse, 15))
    );
    // That nobody could miss less than the first plan is still so, and of what comes after nothing is.
    let proven = |yardstick: &str| {
        let measure = result
            .measures
            .iter()
            .find(|it| it.yardstick.name() == yardstick);
        measure.map(|it| (it.value, it.bound))
    };
    assert_eq!(proven("missing"), Some((15, Some(0))));
    assert_eq!(proven("travel").map(|it| it.1), Some(None));
    let names = Names::default();
    let sentences = result.sentences(Language::En, &names);
    assert!(
        sentences[0].starts_with("By rules of fair use no more than 15"),
        "{sentences:?}"
    );
}

proptest! {
    #[test]
    fn no_limit_is_passed_and_none_changes_what_keeps_to_it(
        input in any_input(),
        owners in prop::collection::vec(1_u128..3, 42),
        limits in prop::collection::vec((1_u128..3, 1_u128..4, -5_i64..80), 0..5),
        nearest_first in any::<bool>(),
    ) {
        let mut input = input;
        let mut owners = owners.into_iter().cycle();
        // Of what is listed twice the owner is the same.
        let mut known = BTreeMap::new();
        for source in &mut input.sources {
            let depot = source.depot;
            for lot in &mut source.lots {
                let owner = owners.next().unwrap();
                let of_row = known.entry((depot, lot.zone, lot.lot)).or_insert((owner, lot.item));
                (lot.owner, lot.item) = (id(of_row.0), of_row.1);
            }
        }
        if nearest_first {
            input.policy.method = Method::NearestFirst;
        }
        let free = plan(&input);
        input.limits = limits.iter().map(|&(owner, item, left)| limit(owner, item, left)).collect();
        let result = plan(&input);
        for it in &input.limits {
            let (owner, item) = (number(it.owner), number(it.item));
            prop_assert!(taken(&result, owner, item) <= it.left.max(0));
        }
        let keeps = input.limits.iter().all(|it| {
            taken(&free, number(it.owner), number(it.item)) <= it.left.max(0)
        });
        prop_assert_eq!(result.limited.is_empty(), keeps);
        if keeps {
            prop_assert_eq!(&result, &free);
        }
        for need in &input.needs {
            let sent = result.allocations.iter().filter(|it| it.need == need.id);
            let sent: i64 = sent.map(|it| it.quantity.get()).sum();
            let missing = result.shortfalls.iter().find(|it| it.need == need.id);
            prop_assert_eq!(sent + missing.map_or(0, |it| it.missing.get()), need.quantity.get());
        }
        for measure in &result.measures {
            prop_assert!(measure.bound.is_none_or(|bound| bound <= measure.value));
        }
        // The order of the input changes nothing.
        input.sources.reverse();
        input.limits.reverse();
        for source in &mut input.sources {
            source.lots.reverse();
        }
        prop_assert_eq!(plan(&input), result);
    }
}
