//! The laws of stock, for any short history: nothing is lost or found, nothing is negative, what is
//! reserved is what is held, a reversal puts everything back.

#![allow(
    clippy::unwrap_used,
    reason = "what a test makes up itself is known to be right"
)]

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, Kind as IdKind, Quantity},
    stock::{
        Account, Balance, BalanceKey, Book, Condition, Hold, Kind, Line, Movement, Outside,
        Reservation, ReservationState,
    },
};
use proptest::prelude::*;
use uuid::Uuid;

fn id<K: IdKind>(number: usize) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(number as u128))
}

fn at(second: usize) -> DateTime<Utc> {
    DateTime::from_timestamp(i64::try_from(second).unwrap(), 0).unwrap()
}

/// Numbers that become one line of a movement, or one hold, of a small world: two depots with two
/// zones, two lots, two conditions, one shipment.
#[derive(Debug, Clone, Copy)]
struct Draw {
    zone: usize,
    other_zone: usize,
    lot: usize,
    condition: usize,
    quantity: i64,
}

/// One call of the book.
#[derive(Debug, Clone)]
enum Call {
    Post {
        depot: usize,
        kind: Kind,
        lines: Vec<Draw>,
        outward: bool,
    },
    Reverse {
        nth: usize,
    },
    Reserve {
        depot: usize,
        holds: Vec<Draw>,
        seconds: usize,
    },
    PostReserved {
        nth: usize,
        share: i64,
    },
    Release {
        nth: usize,
    },
    Expire {
        nth: usize,
    },
}

fn draws() -> impl Strategy<Value = Draw> {
    (0..2_usize, 0..2_usize, 0..2_usize, 0..2_usize, 1..12_i64).prop_map(
        |(zone, other_zone, lot, condition, quantity)| Draw {
            zone,
            other_zone,
            lot,
            condition,
            quantity,
        },
    )
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let lines = || prop::collection::vec(draws(), 1..4);
    let post = (
        0..2_usize,
        // Receipts are drawn more often, or nothing would ever be there.
        prop::sample::select([Kind::PLAIN.as_slice(), &[Kind::Receipt; 4]].concat()),
        lines(),
        any::<bool>(),
    );
    let call = prop_oneof![
        6 => post.prop_map(|(depot, kind, lines, outward)| Call::Post { depot, kind, lines, outward }),
        1 => (0..30_usize).prop_map(|nth| Call::Reverse { nth }),
        3 => (0..2_usize, lines(), 1..20_usize)
            .prop_map(|(depot, holds, seconds)| Call::Reserve { depot, holds, seconds }),
        2 => (0..8_usize, 1..8_i64).prop_map(|(nth, share)| Call::PostReserved { nth, share }),
        1 => (0..8_usize).prop_map(|nth| Call::Release { nth }),
        1 => (0..8_usize).prop_map(|nth| Call::Expire { nth }),
    ];
    prop::collection::vec(call, 1..40)
}

fn zone(depot: usize, zone: usize) -> Account {
    Account::Zone {
        depot: id(depot),
        zone: id(10 * depot + zone),
    }
}

// Accounts that fit the kind. A transfer may come out as going from a zone to itself, and is then
// no movement.
fn ends(kind: Kind, depot: usize, draw: Draw, outward: bool) -> (Account, Account) {
    let here = zone(depot, draw.zone);
    let out = |side| Account::Outside {
        depot: id(depot),
        side,
    };
    let road = |depot| Account::Road {
        depot: id(depot),
        shipment: id(1),
    };
    let both_ways = |side| {
        if outward {
            (here, out(side))
        } else {
            (out(side), here)
        }
    };
    match kind {
        Kind::Receipt => (out(Outside::Source), here),
        Kind::Issue => (here, out(Outside::Recipient)),
        Kind::Transfer if outward => (here, road(depot)),
        Kind::Transfer if draw.condition == 0 => (road(1 - depot), here),
        Kind::Transfer => (here, zone(depot, draw.other_zone)),
        Kind::Return => (out(Outside::Recipient), here),
        Kind::Conversion | Kind::ConditionChange => both_ways(Outside::Conversion),
        Kind::Disposal => (here, out(Outside::Loss)),
        Kind::CountDifference | Kind::Reversal { .. } => both_ways(Outside::CountDifference),
    }
}

fn line(draw: Draw, (from, to): (Account, Account)) -> Line {
    Line {
        lot: id(draw.lot),
        condition: Condition::ALL[draw.condition],
        quantity: Quantity::new(draw.quantity).unwrap(),
        from,
        to,
    }
}

fn movement(
    number: usize,
    depot: usize,
    kind: Kind,
    lines: &[Draw],
    outward: bool,
) -> Option<Movement> {
    let mut drawn: Vec<_> = lines
        .iter()
        .map(|&draw| line(draw, ends(kind, depot, draw, outward)))
        .collect();
    // Conversions and changes of condition need their other half.
    if matches!(kind, Kind::Conversion | Kind::ConditionChange) {
        for (position, draw) in lines.iter().enumerate() {
            let back = ends(kind, depot, *draw, !outward);
            let changed = Draw {
                condition: 1 - draw.condition,
                ..*draw
            };
            drawn.insert(position, line(changed, back));
        }
    }
    Movement::new(id(number), id(depot), kind, drawn).ok()
}

/// Makes the calls and says how many changed the book.
fn play(calls: &[Call], mut after_each: impl FnMut(&Book)) -> (Book, usize) {
    let (mut book, mut done) = (Book::default(), 0);
    for (now, call) in calls.iter().enumerate() {
        let changed = match call {
            Call::Post {
                depot,
                kind,
                lines,
                outward,
            } => movement(now, *depot, *kind, lines, *outward)
                .is_some_and(|movement| book.apply(&movement).is_ok()),
            Call::Reverse { nth } => book.reverse(id(now), id(*nth)).is_ok(),
            Call::Reserve {
                depot,
                holds,
                seconds,
            } => {
                let hold = |draw: &Draw| Hold {
                    zone: id(10 * depot + draw.zone),
                    lot: id(draw.lot),
                    condition: Condition::ALL[draw.condition],
                    quantity: Quantity::new(draw.quantity).unwrap(),
                };
                let holds = holds.iter().map(hold).collect();
                Reservation::hold(id(now), id(*depot), holds, at(now), at(now + seconds))
                    .is_ok_and(|reservation| book.reserve(reservation).is_ok())
            }
            Call::PostReserved { nth, share } => {
                issue_under(&book, *nth, now, *share).is_some_and(|(reservation, movement)| {
                    book.post_reservation(reservation, at(now), &movement)
                        .is_ok()
                })
            }
            Call::Release { nth } => nth_reservation(&book, *nth)
                .is_some_and(|found| book.release(found.id(), at(now)).is_ok()),
            Call::Expire { nth } => nth_reservation(&book, *nth)
                .is_some_and(|found| book.expire(found.id(), at(now)).is_ok()),
        };
        done += usize::from(changed);
        after_each(&book);
    }
    (book, done)
}

fn nth_reservation(book: &Book, nth: usize) -> Option<Reservation> {
    book.reservations().values().nth(nth).cloned()
}

fn issue_under(
    book: &Book,
    nth: usize,
    now: usize,
    share: i64,
) -> Option<(Id<domain::kernel::kinds::Reservation>, Movement)> {
    let reservation = nth_reservation(book, nth)?;
    let depot = reservation.depot();
    let taken = |hold: &Hold| {
        let quantity = hold.quantity.get().min(share);
        Line {
            lot: hold.lot,
            condition: hold.condition,
            quantity: Quantity::new(quantity).unwrap(),
            from: hold.key(depot).account,
            to: Account::Outside {
                depot,
                side: Outside::Recipient,
            },
        }
    };
    let lines = reservation.holds().iter().map(taken).collect();
    let movement = Movement::new(id(now), depot, Kind::Issue, lines).ok()?;
    Some((reservation.id(), movement))
}

fn held(book: &Book) -> BTreeMap<BalanceKey, i64> {
    let mut held = BTreeMap::new();
    for reservation in book.reservations().values() {
        if let ReservationState::Held { .. } = reservation.state() {
            for (key, quantity) in reservation.reserved() {
                *held.entry(key).or_insert(0) += quantity;
            }
        }
    }
    held
}

fn on_hand(book: &Book) -> BTreeMap<BalanceKey, i64> {
    let on_hand = |(key, balance): (&BalanceKey, &Balance)| (*key, balance.on_hand);
    let all = book.balances().iter().map(on_hand);
    all.filter(|(_, on_hand)| *on_hand != 0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_is_lost_found_or_promised_twice(calls in calls()) {
        play(&calls, |book| {
            let mut of_lot: BTreeMap<_, i64> = BTreeMap::new();
            for (key, balance) in book.balances() {
                assert!(balance.reserved >= 0 && balance.reserved <= balance.on_hand, "{key:?}");
                *of_lot.entry(key.lot).or_insert(0) += balance.on_hand;
            }
            for (key, sum) in book.outside() {
                *of_lot.entry(key.lot).or_insert(0) += sum;
            }
            assert!(of_lot.values().all(|&sum| sum == 0), "{of_lot:?}");
            let reserved = book.balances().iter().map(|(key, balance)| (*key, balance.reserved));
            let reserved: BTreeMap<_, _> = reserved.filter(|(_, reserved)| *reserved != 0).collect();
            assert_eq!(reserved, held(book));
        });
    }

    #[test]
    fn a_balance_is_the_sum_of_its_movements(calls in calls()) {
        let (book, _) = play(&calls, |_| ());
        // Ids are the numbers of the calls, so their order is the order of posting.
        let again = Book::fold(book.movements().values()).unwrap();
        prop_assert_eq!(on_hand(&again), on_hand(&book));
    }

    #[test]
    fn a_reservation_that_ended_stays_as_it_ended(calls in calls()) {
        let mut ended: BTreeMap<_, Reservation> = BTreeMap::new();
        play(&calls, |book| {
            for (id, reservation) in book.reservations() {
                if reservation.state().end().is_some() {
                    let first = ended.entry(*id).or_insert_with(|| reservation.clone());
                    assert_eq!(first, reservation);
                }
            }
        });
    }

    #[test]
    fn a_reversal_puts_everything_back(calls in calls(), depot in 0..2_usize, drawn in draws()) {
        let (before, _) = play(&calls, |_| ());
        for kind in Kind::PLAIN {
            let Some(movement) = movement(1_000, depot, kind, &[drawn], true) else { continue };
            let mut book = before.clone();
            if book.apply(&movement).is_ok() {
                prop_assert!(book.reverse(id(1_001), id(1_000)).is_ok());
                prop_assert_eq!(book.balances(), before.balances());
            }
        }
    }

    #[test]
    fn the_order_of_lines_does_not_matter(
        kind in prop::sample::select(Kind::PLAIN.to_vec()),
        lines in prop::collection::vec(draws(), 1..6),
        turn in 0..6_usize,
    ) {
        let Some(movement) = movement(1, 0, kind, &lines, false) else { return Ok(()) };
        let mut turned = movement.lines().to_vec();
        let length = turned.len();
        turned.rotate_left(turn % length);
        let turned = Movement::new(id(1), id(0), kind, turned).unwrap();
        prop_assert_eq!(turned.deltas(), movement.deltas());
        prop_assert_eq!(turned.outside_deltas(), movement.outside_deltas());
    }
}

#[test]
fn the_histories_are_not_all_refusals() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let (mut made, mut done) = (0, 0);
    for _ in 0..100 {
        let history = calls().new_tree(&mut runner).unwrap().current();
        made += history.len();
        done += play(&history, |_| ()).1;
    }
    assert!(done * 4 > made, "{done} of {made} calls changed the book");
}
