use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::stock::{Condition, Restriction};

fn id<K: crate::kernel::Kind>(number: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(number))
}

fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 1).unwrap() + chrono::Days::new(number)
}

// Lot `lot`, received as the `lot`-th, of which `available` lie in zone 1.
fn candidate(lot: u32, available: i64, expires_on: Option<u64>) -> Candidate {
    Candidate {
        zone: id(1),
        lot: id(lot.into()),
        fitness: Fitness {
            condition: Condition::Usable,
            recalled: false,
            expires_on: expires_on.map(day),
            restriction: Restriction::None,
        },
        available,
        received: lot.into(),
    }
}

fn wanted(quantity: i64, packs: PackPolicy) -> Wanted {
    Wanted {
        quantity: Quantity::new(quantity).unwrap(),
        day: day(10),
        purpose: Purpose::default(),
        packs,
    }
}

fn tens() -> PackPolicy {
    PackPolicy::OddLotsFirst {
        pack: Quantity::new(10).unwrap(),
    }
}

fn short(picking: &Picking) -> Vec<(u128, i64)> {
    let line = |hold: &Hold| (hold.lot.uuid().as_u128(), hold.quantity.get());
    picking.picked.iter().map(line).collect()
}

#[test]
fn the_order_of_taking() {
    let check = |candidates: &[Candidate], quantity, packs, expected: &[(u128, i64)]| {
        let picking = pick(candidates, &wanted(quantity, packs));
        assert_eq!(short(&picking), expected);
        assert_eq!(picking.missing, 0);
    };
    let shelf = [
        candidate(1, 5, None),
        candidate(2, 20, Some(90)),
        candidate(3, 30, Some(40)),
        candidate(4, 7, Some(40)),
    ];
    check(&shelf, 30, PackPolicy::Loose, &[(3, 30)]);
    check(
        &shelf,
        59,
        PackPolicy::Loose,
        &[(3, 30), (4, 7), (2, 20), (1, 2)],
    );
    // Lot 4 has an opened pack; lot 1 has one too, but does not expire.
    check(&shelf, 30, tens(), &[(4, 7), (3, 23)]);
    check(&shelf, 58, tens(), &[(4, 7), (3, 30), (2, 20), (1, 1)]);
    // Age before ids; one lot in two zones by zone.
    let mut older = candidate(9, 4, None);
    older.received = 0;
    let mut elsewhere = candidate(1, 5, None);
    elsewhere.zone = id(0);
    let picking = pick(
        &[candidate(1, 5, None), older, elsewhere],
        &wanted(10, PackPolicy::Loose),
    );
    assert_eq!(short(&picking), [(9, 4), (1, 5), (1, 1)]);
    assert_eq!(picking.picked[1].zone, id(0));
}

#[test]
fn what_may_not_serve_is_passed_over_and_said_so() {
    let change = |lot, change: fn(&mut Fitness)| {
        let mut changed = candidate(lot, 5, Some(30));
        change(&mut changed.fitness);
        changed
    };
    let candidates = [
        candidate(1, 3, Some(30)),
        change(2, |fitness| fitness.recalled = true),
        change(3, |fitness| fitness.condition = Condition::Quarantined),
        change(4, |fitness| fitness.expires_on = Some(day(9))),
        change(5, |fitness| {
            fitness.restriction = Restriction::Division("330102".parse().unwrap());
        }),
        change(6, |fitness| fitness.expires_on = Some(day(10))),
        candidate(7, 0, None),
        candidate(8, -2, None),
    ];
    let picking = pick(&candidates, &wanted(10, PackPolicy::Loose));
    assert_eq!(short(&picking), [(6, 5), (1, 3)]);
    assert_eq!(picking.missing, 2);
    let reasons: Vec<_> = picking
        .passed_over
        .iter()
        .map(|passed| (passed.goods.lot.uuid().as_u128(), passed.reason))
        .collect();
    assert_eq!(
        reasons,
        [
            (4, Withheld::Expired { expires_on: day(9) }),
            (2, Withheld::Recalled),
            (3, Withheld::Condition(Condition::Quarantined)),
            (5, Withheld::Restricted),
        ]
    );
}

fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    let one = (
        -3..30_i64,
        prop::option::of(0..20_u64),
        0..4_u8,
        any::<bool>(),
        0..3_i64,
    );
    prop::collection::vec(one, 0..12).prop_map(|drawn| {
        let build = |(lot, (available, expires_on, condition, recalled, received))| {
            let mut candidate = candidate(lot, available, expires_on);
            candidate.fitness.condition = Condition::ALL[usize::from(condition / 3)];
            candidate.fitness.recalled = recalled && condition == 1;
            candidate.received = received;
            candidate
        };
        (1..).zip(drawn).map(build).collect()
    })
}

proptest! {
    #[test]
    fn what_expires_first_leaves_first_and_nothing_leaves_twice(
        candidates in candidates(), quantity in 1..200_i64, whole in any::<bool>()
    ) {
        let packs = if whole { tens() } else { PackPolicy::Loose };
        let wanted = wanted(quantity, packs);
        let picking = pick(&candidates, &wanted);
        let taken = |candidate: &Candidate| -> i64 {
            let same = |hold: &&Hold| hold.lot == candidate.lot;
            picking.picked.iter().filter(same).map(|hold| hold.quantity.get()).sum()
        };
        let fits = |candidate: &&Candidate| {
            candidate.fitness.availability(wanted.day, &wanted.purpose) == Availability::Available
        };
        let total: i64 = candidates.iter().map(taken).sum();
        prop_assert_eq!(total + picking.missing, quantity);
        for candidate in &candidates {
            prop_assert!(taken(candidate) <= candidate.available.max(0));
            prop_assert!(fits(&candidate) || taken(candidate) == 0);
        }
        // While something is missing, nothing that fits is left.
        let fitting: Vec<_> = candidates.iter().filter(fits).collect();
        let left = |candidate: &&&Candidate| taken(candidate) < candidate.available;
        prop_assert!(picking.missing == 0 || !fitting.iter().any(|c| left(&c)));
        // What is left never expires before what was taken.
        let last_day = |candidate: &Candidate| candidate.fitness.expires_on.unwrap_or(NaiveDate::MAX);
        for kept in fitting.iter().filter(left) {
            for gone in fitting.iter().filter(|candidate| taken(candidate) > 0) {
                prop_assert!(last_day(gone) <= last_day(kept));
            }
        }
    }

    #[test]
    fn the_order_of_the_question_does_not_matter(
        candidates in candidates(), quantity in 1..200_i64
    ) {
        let mut reversed = candidates.clone();
        reversed.reverse();
        let wanted = wanted(quantity, tens());
        prop_assert_eq!(pick(&candidates, &wanted), pick(&reversed, &wanted));
    }
}
