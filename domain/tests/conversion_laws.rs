//! The laws of conversions, for any list of contents and any lots: no part is created or lost, and
//! kits that are taken apart, in whatever steps, give back the lots that went in.

#![allow(
    clippy::unwrap_used,
    reason = "what a test makes up itself is known to be right"
)]

use std::collections::BTreeMap;

use domain::{
    catalogue::KitContents,
    kernel::{Id, Kind, Quantity},
    stock::{Condition, Fate, Inside, Named, Out, Part, Restriction, assemble, take_apart},
};
use proptest::prelude::*;
use uuid::Uuid;

fn id<K: Kind>(number: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(number))
}

fn many(quantity: i64) -> Quantity {
    Quantity::new(quantity).unwrap()
}

/// How many kits are opened, and what is said of which part: how much of it, and whether it is
/// missing.
type Opening = (i64, Vec<(usize, i64, bool)>);

/// Kits of some items, the lots that they are put together from, and how they are opened.
#[derive(Debug, Clone)]
struct Case {
    contents: KitContents,
    kits: i64,
    parts: Vec<Part>,
    openings: Vec<Opening>,
}

fn case() -> impl Strategy<Value = Case> {
    let items = prop::collection::vec((1..5_i64, prop::collection::vec(1..100_u32, 1..4)), 1..4);
    let says = prop::collection::vec((0..12_usize, 1..9_i64, any::<bool>()), 0..4);
    let openings = prop::collection::vec((1..6_i64, says), 0..6);
    (items, 1..20_i64, openings).prop_map(|(items, kits, openings)| {
        let mut list = Vec::new();
        let mut parts = Vec::new();
        for (number, (per_kit, shares)) in (10..).zip(items) {
            list.push((id(number), many(per_kit)));
            let mut left = per_kit * kits;
            let last = shares.len() - 1;
            for (place, share) in shares.into_iter().enumerate() {
                let portion = (per_kit * kits * i64::from(share) / 100).min(left);
                let quantity = if place == last { left } else { portion };
                left -= quantity;
                let Ok(quantity) = Quantity::new(quantity) else {
                    continue;
                };
                let days = chrono::Days::new(u64::from(share));
                let first: chrono::NaiveDate = "2027-01-01".parse().unwrap();
                parts.push(Part {
                    lot: id(1_000 + parts.len() as u128),
                    item: id(number),
                    owner: id(9),
                    donor: None,
                    expires_on: (share % 7 > 0).then(|| first + days),
                    unit_value: None,
                    restriction: Restriction::None,
                    quantity,
                });
            }
        }
        Case {
            contents: KitContents::new(id(1), &list, None, None).unwrap(),
            kits,
            parts,
            openings,
        }
    })
}

fn inside(parts: &[Part]) -> Vec<Inside> {
    parts
        .iter()
        .map(|part| Inside {
            lot: part.lot,
            item: part.item,
            expires_on: part.expires_on,
            quantity: part.quantity.get(),
        })
        .collect()
}

fn by_item(out: &[Out]) -> BTreeMap<Id<domain::kernel::kinds::Item>, i64> {
    let mut sums = BTreeMap::new();
    for out in out {
        *sums.entry(out.item).or_insert(0) += out.quantity.get();
    }
    sums
}

proptest! {
    #[test]
    fn a_kit_expires_with_its_first_part_and_takes_all_of_them(case in case()) {
        let made = assemble(&case.contents, many(case.kits), &case.parts).unwrap();
        let first = case.parts.iter().filter_map(|part| part.expires_on).min();
        prop_assert_eq!(made.expires_on, first);
        // One piece more or less of any lot, and there are no kits.
        for place in 0..case.parts.len() {
            for change in [-1, 1] {
                let mut parts = case.parts.clone();
                match Quantity::new(parts[place].quantity.get() + change) {
                    Ok(quantity) => parts[place].quantity = quantity,
                    Err(_) => { parts.remove(place); }
                }
                prop_assert!(assemble(&case.contents, many(case.kits), &parts).is_err());
            }
        }
    }

    #[test]
    fn what_comes_out_is_what_the_list_says_and_in_the_end_what_went_in(case in case()) {
        let mut record = inside(&case.parts);
        let mut left = case.kits;
        let mut all: BTreeMap<_, i64> = BTreeMap::new();
        let mut openings = case.openings.clone();
        openings.push((i64::MAX, Vec::new()));
        for (kits, says) in openings {
            let kits = kits.min(left);
            let Ok(opened) = Quantity::new(kits) else { continue };
            let named: Vec<_> = says.iter().map(|&(place, quantity, missing)| {
                let part = &case.parts[place % case.parts.len()];
                let fate = if missing { Fate::Missing } else { Fate::Back(Condition::Condemned) };
                let lot = (place % 2 == 0).then_some(part.lot);
                Named { item: part.item, lot, quantity: many(quantity), fate }
            }).collect();
            let Ok(out) = take_apart(&case.contents, opened, &record, &named, Condition::Usable) else {
                continue;
            };
            let held = case.contents.of_kits(opened).unwrap();
            let held: BTreeMap<_, _> = held.into_iter().map(|(item, sum)| (item, sum.get())).collect();
            prop_assert_eq!(by_item(&out), held);
            for named in &named {
                let told: i64 = out.iter()
                    .filter(|out| out.item == named.item && out.fate == named.fate)
                    .map(|out| out.quantity.get())
                    .sum();
                prop_assert!(told >= named.quantity.get());
            }
            for out in &out {
                // Nothing is unknown where everything is on record.
                let lot = out.lot.unwrap();
                *all.entry(lot).or_insert(0) += out.quantity.get();
                let there = record.iter_mut().find(|inside| inside.lot == lot).unwrap();
                there.quantity -= out.quantity.get();
                prop_assert!(there.quantity >= 0);
            }
            left -= kits;
        }
        prop_assert_eq!(left, 0);
        let went_in: BTreeMap<_, _> = case.parts.iter()
            .map(|part| (part.lot, part.quantity.get()))
            .collect();
        prop_assert_eq!(all, went_in);
    }
}
