//! Plans where orders stand already.

use super::*;

/// Line 0 of an order: so much of item 1 from the depot's lot of that number to the need.
fn line(order: u128, need: u128, depot: u128, units: i64) -> StandingLine {
    StandingLine {
        order: id(order),
        line: 0,
        is_approved: false,
        need: id(need),
        item: id(1),
        site: id(1),
        depot: id(depot),
        zone: id(1),
        lot: id(depot),
        quantity: quantity(units),
    }
}

/// What a plan would have ordered, a line for each of its allocations.
fn ordered(plan: &PlanResult) -> Vec<StandingLine> {
    let lines = (0..).zip(&plan.allocations);
    lines
        .map(|(line, sent)| StandingLine {
            order: id(number(sent.depot) * 100 + number(sent.site)),
            line,
            is_approved: line % 2 == 0,
            need: sent.need,
            item: sent.item,
            site: sent.site,
            depot: sent.depot,
            zone: sent.zone,
            lot: sent.lot,
            quantity: sent.quantity,
        })
        .collect()
}

/// `order:kept/said reason` of every line.
fn changes(result: &PlanResult) -> String {
    let changes = result.changes.iter().map(|it| {
        let reason = it.reason.map_or("", |reason| reason.name());
        let (order, said) = (number(it.said.order), it.said.quantity.get());
        format!("{order}:{}/{said} {reason}", it.kept)
            .trim()
            .to_owned()
    });
    changes.collect::<Vec<_>>().join(", ")
}

fn value(measures: &[Measure], yardstick: Yardstick) -> Option<i128> {
    let mut found = measures.iter().filter(|it| it.yardstick == yardstick);
    found.next().map(|it| it.value)
}

fn cut_off(input: &mut PlanInput, depot: u128) {
    let unreachable = Reach::Unreachable {
        from: id(depot),
        to: id(1),
        source: LegSource::GreatCircle(GreatCircle::default()),
        barrier: Barrier::NoWay,
    };
    input.matrix = input
        .matrix
        .reaches()
        .copied()
        .chain([unreachable])
        .collect();
}

#[test]
fn orders_change_for_what_counts_more_and_not_for_a_shorter_drive() {
    let check =
        |lines: &[StandingLine], change: &dyn Fn(&mut PlanInput), sent: &str, said: &str| {
            let mut input = wenzhou(vec![need(1, 1, 10, 1, 1)], [10, 10, 10, 10, 10]);
            input.standing = lines.to_vec();
            change(&mut input);
            let result = plan(&input);
            assert_eq!(summary(&result), sent, "{lines:?}");
            assert_eq!(changes(&result), said, "{lines:?}");
        };
    let by_nearness = |input: &mut PlanInput| input.policy.respect_level_rule = false;
    // A drive that is four hours shorter is no reason; one that is in time is, and so is the level.
    check(&[line(1, 1, 3, 10)], &by_nearness, "1<3:10", "1:10/10");
    let soon = |input: &mut PlanInput| {
        by_nearness(input);
        input.needs[0].needed_by = Some(noon() + TimeDelta::minutes(60));
    };
    check(
        &[line(1, 1, 3, 10)],
        &soon,
        "1<4:10",
        "1:0/10 goes_elsewhere",
    );
    check(
        &[line(1, 1, 3, 10)],
        &|_| {},
        "1<1:10",
        "1:0/10 goes_elsewhere",
    );
    // A part that stands is kept, and the rest comes from where it would anyway.
    check(&[line(1, 1, 3, 4)], &by_nearness, "1<4:6 1<3:4", "1:4/4");
    let cut = |input: &mut PlanInput| {
        by_nearness(input);
        cut_off(input, 3);
    };
    check(&[line(1, 1, 3, 4)], &cut, "1<4:10", "1:0/4 unreachable");
    let closed = |input: &mut PlanInput| input.sources[0].state = DepotState::Closed;
    check(&[line(1, 1, 1, 10)], &closed, "1<2:10", "1:0/10 closed");
    let gone = |input: &mut PlanInput| input.sources[0].lots.clear();
    check(&[line(1, 1, 1, 10)], &gone, "1<2:10", "1:0/10 no_stock");
    let fewer = |input: &mut PlanInput| input.sources[0].lots[0].available = quantity(7);
    check(
        &[line(1, 1, 1, 10)],
        &fewer,
        "1<1:7 1<2:3",
        "1:7/10 no_stock",
    );
    let floor = |input: &mut PlanInput| {
        input.floors = vec![Floor {
            depot: id(1),
            item: id(1),
            quantity: quantity(4),
        }];
    };
    check(
        &[line(1, 1, 1, 10)],
        &floor,
        "1<1:6 1<2:4",
        "1:6/10 kept_floor",
    );
    // The need was taken back.
    check(&[line(1, 9, 1, 10)], &|_| {}, "1<1:10", "1:0/10 not_wanted");
    // The need became smaller: what the owner agreed to stays.
    let lines = [
        line(1, 1, 1, 7),
        StandingLine {
            is_approved: true,
            ..line(2, 1, 1, 8)
        },
    ];
    let more = |input: &mut PlanInput| input.sources[0].lots[0].available = quantity(15);
    check(&lines, &more, "1<1:10", "1:2/7 goes_elsewhere, 2:8/8");
}

#[test]
fn where_there_is_less_than_was_promised_all_share_it() {
    let mut input = wenzhou(
        vec![need(1, 1, 10, 1, 1), need(2, 1, 10, 1, 1)],
        [10, 0, 0, 0, 0],
    );
    input.standing = vec![line(1, 1, 1, 10), line(2, 2, 1, 10)];
    let result = plan(&input);
    assert_eq!(changes(&result), "1:5/10 no_stock, 2:5/10 no_stock");
    assert_eq!(result.allocations.iter().map(|it| it.kept).sum::<i64>(), 10);
}

#[test]
fn the_rows_that_orders_name_are_kept_although_others_expire_first() {
    let mut input = wenzhou(vec![need(1, 1, 9, 1, 1)], [0; 5]);
    input.sources[0].lots = vec![lot(1, 1, 6, Some(20)), lot(2, 1, 6, Some(10))];
    input.standing = vec![StandingLine {
        lot: id(1),
        ..line(1, 1, 1, 5)
    }];
    let taken: Vec<(u128, i64, i64)> = (plan(&input).allocations.iter())
        .map(|it| (number(it.lot), it.quantity.get(), it.kept))
        .collect();
    assert_eq!(taken, [(2, 4, 0), (1, 5, 5)]);
}

#[test]
fn bound_goods_that_others_cannot_do_without_are_given_up() {
    // Both sites get five, but only the first may have what is bound, and its order names the rest.
    let needs = vec![need(1, 1, 5, 1, 1), need(2, 1, 5, 1, 2)];
    let mut input = wenzhou(needs, [0; 5]);
    input.sites[0].purpose = used_in("330327");
    input.sites.push(PlanSite {
        id: id(2),
        division: "330302".to_owned(),
        purpose: used_in("330302"),
    });
    input.matrix = [reach(1, 1, 10), reach(1, 2, 10)].into_iter().collect();
    let bound = SourceLot {
        restriction: Restriction::Division("330327".parse().unwrap()),
        ..lot(2, 1, 5, None)
    };
    input.sources[0].lots = vec![lot(1, 1, 5, None), bound];
    input.standing = vec![line(1, 1, 1, 5)];
    let result = plan(&input);
    assert_eq!(summary(&result), "1<1:5 2<1:5");
    assert_eq!(changes(&result), "1:0/5 goes_elsewhere");
}

#[test]
fn a_difference_reads_as_sentences() {
    let mut input = wenzhou(vec![need(1, 1, 10, 1, 1)], [10, 8, 0, 0, 0]);
    input.standing = vec![line(1, 1, 1, 6), line(2, 1, 2, 4)];
    cut_off(&mut input, 1);
    let result = plan(&input);
    let missing = Yardstick::Missing(Priority::FIRST);
    assert_eq!(value(&result.keeping, missing), Some(6));
    assert_eq!(value(&result.measures, missing), Some(2));
    assert_eq!(value(&result.keeping, Yardstick::Changed), Some(6));
    let mut names = Names {
        depots: [(id(1), "苍南库".to_owned()), (id(2), "温州库".to_owned())].into(),
        sites: [(id(1), "马站镇".to_owned())].into(),
        items: [(
            id(1),
            ItemName {
                name: "棉被".to_owned(),
                unit: "床".to_owned(),
            },
        )]
        .into(),
        owners: BTreeMap::new(),
        orders: [(id(1), "DB-1".to_owned())].into(),
    };
    assert_eq!(
        result.sentences(Language::Zh, &names)[..3],
        [
            "与维持已下调拨单相比：优先级 1 的缺口从 6 变为 2。",
            "调拨单 DB-1：苍南库发往马站镇的棉被 6 床不再发出：没有可通行的路线。",
            "已下调拨单中有 1 行照旧。",
        ]
    );
    input.needs[0].quantity = quantity(3);
    names.depots = [(id(2), "Wenzhou".to_owned())].into();
    names.sites = [(id(1), "Mazhan".to_owned())].into();
    names.items = [(
        id(1),
        ItemName {
            name: "quilts".to_owned(),
            unit: String::new(),
        },
    )]
    .into();
    names.orders = [(id(2), "DB-2".to_owned())].into();
    input.standing.remove(0);
    assert_eq!(
        plan(&input).sentences(Language::En, &names)[..2],
        [
            "Order DB-2: of 4 of quilts from Wenzhou to Mazhan only 3 go: to send otherwise serves all together better.",
            "0 lines of standing orders stay as they are.",
        ]
    );
    // Who does not plan anew hears nothing of orders.
    input.standing.clear();
    assert!(plan(&input).changes.is_empty() && plan(&input).keeping.is_empty());
}

/// What each need gets from each row.
fn sent(result: &PlanResult) -> BTreeMap<(u128, RowKey), i64> {
    let mut sent = BTreeMap::new();
    for it in &result.allocations {
        let row = (
            number(it.item),
            number(it.depot),
            number(it.zone),
            number(it.lot),
        );
        *sent.entry((number(it.need), row)).or_default() += it.quantity.get();
    }
    sent
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn where_nothing_has_changed_nothing_changes(input in any_input()) {
        let first = plan(&input);
        let again = PlanInput { standing: ordered(&first), ..input };
        let second = plan(&again);
        prop_assert_eq!(sent(&second), sent(&first));
        for change in &second.changes {
            prop_assert_eq!(change.outcome(), Outcome::Kept);
            prop_assert_eq!(change.reason, None);
        }
        for allocation in &second.allocations {
            prop_assert_eq!(allocation.kept, allocation.quantity.get());
        }
        if !again.standing.is_empty() {
            prop_assert_eq!(value(&second.measures, Yardstick::Changed), Some(0));
        }
        // And nothing would be gained by it.
        for measure in second.keeping.iter().filter(|it| it.yardstick != Yardstick::Freshness) {
            prop_assert_eq!(value(&second.measures, measure.yardstick), Some(measure.value));
        }
    }

    /// The orders of one world in another, where ways, depots, floors and rules are not the same.
    #[test]
    fn a_new_plan_is_never_worse_than_to_keep_the_orders(
        before in any_input(), now in any_input(), taken_back in 0_usize..3,
    ) {
        let standing = ordered(&plan(&before));
        let mut input = PlanInput {
            standing, matrix: now.matrix, policy: now.policy, floors: now.floors, ..before
        };
        for (source, other) in input.sources.iter_mut().zip(&now.sources) {
            source.state = other.state;
        }
        input.needs.drain(..taken_back.min(input.needs.len() - 1));
        let result = plan(&input);

        let yardsticks: BTreeSet<Yardstick> = (result.measures.iter().chain(&result.keeping))
            .map(|it| it.yardstick)
            .collect();
        for yardstick in yardsticks.into_iter().filter(|it| *it <= Yardstick::Travel) {
            let (ours, theirs) =
                (value(&result.measures, yardstick), value(&result.keeping, yardstick));
            let (ours, theirs) = (ours.unwrap_or(0), theirs.unwrap_or(0));
            prop_assert!(input.standing.is_empty() || ours <= theirs, "{yardstick:?}");
            if ours < theirs {
                break;
            }
        }
        for measure in result.measures.iter().filter(|it| it.yardstick < Yardstick::Loads) {
            prop_assert!(measure.is_proven(), "{measure:?}");
        }

        // Every line is said once, what is kept of it is in the plan, and nothing lies there twice.
        prop_assert_eq!(result.changes.len(), input.standing.len());
        let mut kept: BTreeMap<(u128, u128), i64> = BTreeMap::new();
        for change in &result.changes {
            prop_assert!((0..=change.said.quantity.get()).contains(&change.kept));
            prop_assert_eq!(change.reason.is_none(), change.outcome() == Outcome::Kept);
            *kept.entry((number(change.said.need), number(change.said.lot))).or_default() +=
                change.kept;
        }
        let mut stock = stock(&input);
        for allocation in &result.allocations {
            prop_assert!(allocation.kept <= allocation.quantity.get());
            *kept.entry((number(allocation.need), number(allocation.lot))).or_default() -=
                allocation.kept;
            let row = (
                number(allocation.item), number(allocation.depot),
                number(allocation.zone), number(allocation.lot),
            );
            let units = &mut stock.get_mut(&row).expect("a row that exists").0;
            *units -= allocation.quantity.get();
            prop_assert!(*units >= 0);
        }
        prop_assert!(kept.values().all(|left| *left == 0), "{kept:?}");

        // The yardstick counts what gives way, but for goods of another lot in the same place.
        let given_way: i64 = (result.changes.iter())
            .map(|change| change.said.quantity.get() - change.kept)
            .sum();
        let changed = value(&result.measures, Yardstick::Changed).unwrap_or(0);
        prop_assert!(changed <= i128::from(given_way));
        // Nothing of the shelves was taken away, so all rows have what all their lines say.
        let is_bound = |lot: &SourceLot| lot.restriction != Restriction::None;
        if !input.sources.iter().flat_map(|source| &source.lots).any(is_bound) {
            prop_assert_eq!(changed, i128::from(given_way));
        }
        let mut turned = input.clone();
        turned.standing.reverse();
        turned.needs.reverse();
        prop_assert_eq!(plan(&turned), result);
    }
}
