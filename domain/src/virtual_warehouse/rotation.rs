//! Where goods should go that will not be in date for long.
//!
//! **Invariant.** Nothing is proposed twice, nothing beyond what is free, and no depot is proposed
//! more than it lacks. What expires first is placed first, in the nearest depot that lacks it; what
//! no depot lacks is left to programmes, or to an exchange where its maker is known.
//!
//! Ouhai (Wenzhou) regulates agreements over goods within one year of their storage life
//! (RULES 3.11); which way is taken is for people to decide.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::kernel::{Id, Place, kinds};

/// How far ahead one looks if nobody says otherwise, in days: one year (RULES 3.11).
pub const HORIZON_DAYS: u16 = 365;

/// Free goods of one lot in one depot.
#[derive(Debug, Clone, PartialEq)]
pub struct AgeingGoods {
    /// Where they are.
    pub depot: Id<kinds::Depot>,
    /// The lot.
    pub lot: Id<kinds::Lot>,
    /// Of which item.
    pub item: Id<kinds::Item>,
    /// The last day of use.
    pub expires_on: NaiveDate,
    /// In base units, above zero.
    pub free: i64,
    /// Whether the lot says who made it.
    pub maker_known: bool,
}

/// What a depot lacks of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lack {
    /// The depot.
    pub depot: Id<kinds::Depot>,
    /// The item.
    pub item: Id<kinds::Item>,
    /// In base units, above zero.
    pub missing: i64,
}

/// Where goods should go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Way {
    /// To a depot that lacks them.
    Depot {
        /// The depot.
        depot: Id<kinds::Depot>,
        /// As the crow flies, where both places are known.
        distance_km: Option<f64>,
    },
    /// To a programme that uses them, or back to their maker for fresh ones.
    ProgrammeOrMaker,
    /// To a programme that uses them: nobody knows who made them.
    Programme,
}

/// A part of a lot and where it should go.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The goods as they were asked about.
    pub goods: AgeingGoods,
    /// How much of them, in base units.
    pub quantity: i64,
    /// Where to.
    pub way: Way,
}

/// Places all `goods`, the first to expire first.
#[must_use]
pub fn rotate(
    mut goods: Vec<AgeingGoods>,
    lacks: &[Lack],
    places: &BTreeMap<Id<kinds::Depot>, Place>,
) -> Vec<Proposal> {
    goods.sort_by_key(|goods| (goods.expires_on, goods.depot, goods.lot));
    let mut open: BTreeMap<_, Vec<Lack>> = BTreeMap::new();
    for lack in lacks {
        open.entry(lack.item).or_default().push(*lack);
    }
    let mut proposals = Vec::new();
    for goods in goods {
        let mut left = goods.free;
        let lacks = open.get_mut(&goods.item).map(Vec::as_mut_slice);
        for (distance_km, lack) in nearest(&goods, lacks.unwrap_or_default(), places) {
            let quantity = left.min(lack.missing);
            if quantity == 0 {
                continue;
            }
            left -= quantity;
            lack.missing -= quantity;
            proposals.push(Proposal {
                goods: goods.clone(),
                quantity,
                way: Way::Depot {
                    depot: lack.depot,
                    distance_km,
                },
            });
        }
        if left > 0 {
            let way = if goods.maker_known {
                Way::ProgrammeOrMaker
            } else {
                Way::Programme
            };
            proposals.push(Proposal {
                quantity: left,
                goods,
                way,
            });
        }
    }
    proposals
}

// The other depots that lack the item, the nearest first; those without a place come last.
fn nearest<'a>(
    goods: &AgeingGoods,
    lacks: &'a mut [Lack],
    places: &BTreeMap<Id<kinds::Depot>, Place>,
) -> Vec<(Option<f64>, &'a mut Lack)> {
    let from = places.get(&goods.depot);
    let mut found: Vec<_> = lacks
        .iter_mut()
        .filter(|lack| lack.depot != goods.depot)
        .map(|lack| {
            let to = places.get(&lack.depot);
            let distance = from.zip(to).map(|(from, to)| from.distance_km(*to));
            (distance, lack)
        })
        .collect();
    found.sort_by(|(one, a), (other, b)| {
        let far = |distance: &Option<f64>| distance.unwrap_or(f64::INFINITY);
        far(one).total_cmp(&far(other)).then(a.depot.cmp(&b.depot))
    });
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id<K: crate::kernel::Kind>(number: u128) -> Id<K> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn goods(depot: u128, lot: u128, item: u128, day: u32, free: i64) -> AgeingGoods {
        AgeingGoods {
            depot: id(depot),
            lot: id(lot),
            item: id(item),
            expires_on: NaiveDate::from_ymd_opt(2027, 1, day).unwrap(),
            free,
            maker_known: lot.is_multiple_of(2),
        }
    }

    fn lack(depot: u128, item: u128, missing: i64) -> Lack {
        Lack {
            depot: id(depot),
            item: id(item),
            missing,
        }
    }

    fn places() -> BTreeMap<Id<kinds::Depot>, Place> {
        // Ever farther to the east.
        (1..5)
            .map(|depot| {
                let east = 119.0 + f64::from(u8::try_from(depot).unwrap());
                (id(depot), Place::new(east, 30.0).unwrap())
            })
            .collect()
    }

    #[test]
    fn the_first_to_expire_goes_to_the_nearest_that_lacks_it() {
        let all = vec![goods(1, 11, 7, 20, 10), goods(1, 12, 7, 10, 10)];
        let lacks = [lack(3, 7, 8), lack(2, 7, 5), lack(9, 7, 4), lack(1, 7, 99)];
        let placed: Vec<_> = rotate(all, &lacks, &places())
            .into_iter()
            .map(|proposal| {
                let to = match proposal.way {
                    Way::Depot { depot, distance_km } => {
                        assert_eq!(distance_km.is_some(), depot != id(9));
                        depot.uuid().as_u128()
                    }
                    Way::ProgrammeOrMaker => 100,
                    Way::Programme => 200,
                };
                (proposal.goods.lot.uuid().as_u128(), to, proposal.quantity)
            })
            .collect();
        // Nothing goes to the depot where it is, whose levels count it already.
        assert_eq!(
            placed,
            [(12, 2, 5), (12, 3, 5), (11, 3, 3), (11, 9, 4), (11, 200, 3)]
        );
    }

    proptest! {
        #[test]
        fn all_is_placed_once_and_nobody_gets_more_than_is_lacking(
            goods_of in prop::collection::vec((1..5_u128, 1..3_u128, 1..28_u32, 1..50_i64), 0..12),
            lacks_of in prop::collection::btree_map((1..6_u128, 1..3_u128), 1..60_i64, 0..8),
        ) {
            let all: Vec<_> = goods_of.iter().enumerate()
                .map(|(lot, &(depot, item, day, free))| goods(depot, 100 + lot as u128, item, day, free))
                .collect();
            let lacks: Vec<_> = lacks_of.iter()
                .map(|(&(depot, item), &missing)| lack(depot, item, missing))
                .collect();
            let proposals = rotate(all.clone(), &lacks, &places());
            for goods in &all {
                let placed: i64 = proposals.iter()
                    .filter(|proposal| proposal.goods.lot == goods.lot)
                    .map(|proposal| proposal.quantity).sum();
                prop_assert_eq!(placed, goods.free);
            }
            for lack in &lacks {
                let sent: i64 = proposals.iter()
                    .filter(|proposal| proposal.goods.item == lack.item
                        && matches!(proposal.way, Way::Depot { depot, .. } if depot == lack.depot))
                    .map(|proposal| proposal.quantity).sum();
                prop_assert!(sent <= lack.missing);
            }
            prop_assert!(proposals.iter().all(|proposal| proposal.quantity > 0));
        }
    }
}
