use uuid::Uuid;

use super::*;
use crate::stock::{Kind, Line};

fn id<K: crate::kernel::Kind>(number: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(number))
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn hold(zone: u128, quantity: i64) -> Hold {
    Hold {
        zone: id(zone),
        lot: id(1),
        condition: Condition::Usable,
        quantity: Quantity::new(quantity).unwrap(),
    }
}

// Two zones, ten and twenty, until second 100.
fn held() -> Reservation {
    let holds = vec![hold(1, 10), hold(2, 20)];
    Reservation::hold(id(1), id(1), holds, at(0), at(100)).unwrap()
}

fn issue(taken: &[(u128, i64)]) -> Movement {
    let line = |&(zone, quantity): &(u128, i64)| Line {
        lot: id(1),
        condition: Condition::Usable,
        quantity: Quantity::new(quantity).unwrap(),
        from: hold(zone, 1).key(id(1)).account,
        to: Account::Outside {
            depot: id(1),
            side: Outside::Recipient,
        },
    };
    Movement::new(id(7), id(1), Kind::Issue, taken.iter().map(line).collect()).unwrap()
}

#[test]
fn what_is_not_a_reservation_is_refused() {
    let check = |holds: Vec<Hold>, deadline, expected: Option<ReservationError>| {
        let answer = Reservation::hold(id(1), id(1), holds, at(0), at(deadline));
        assert_eq!(answer.err(), expected);
    };
    let passed = |second| {
        Some(ReservationError::DeadlinePassed {
            deadline: at(second),
        })
    };
    check(vec![hold(1, 1), hold(2, 1)], 1, None);
    check(vec![hold(1, 1)], 0, passed(0));
    check(vec![hold(1, 1)], -1, passed(-1));
    check(vec![], 1, Some(ReservationError::NoLines));
    check(
        vec![hold(1, 1); 1_001],
        1,
        Some(ReservationError::TooManyLines),
    );
    let twice = vec![hold(1, 1), hold(2, 1), hold(1, 3)];
    check(twice, 1, Some(ReservationError::Repeated { line: 2 }));
}

#[test]
fn whole_or_part_may_be_posted_and_no_more() {
    let check = |taken: &[(u128, i64)], expected: Result<Vec<i64>, EndError>| {
        let answer = held().post(at(99), &issue(taken));
        let answer = answer.map(|posted| match posted.state() {
            ReservationState::Posted { taken, .. } => taken.clone(),
            state => panic!("{state:?}"),
        });
        assert_eq!(answer, expected, "{taken:?}");
    };
    check(&[(1, 10), (2, 20)], Ok(vec![10, 20]));
    check(&[(2, 5)], Ok(vec![0, 5]));
    check(&[(2, 5), (2, 15)], Ok(vec![0, 20]));
    let more = |zone, reserved, requested| {
        Err(EndError::MoreThanReserved {
            key: hold(zone, 1).key(id(1)),
            reserved,
            requested,
        })
    };
    check(&[(1, 11)], more(1, 10, 11));
    // Two lines together, each of which would fit.
    check(&[(2, 15), (2, 6)], more(2, 20, 21));
    let key = hold(3, 1).key(id(1));
    check(&[(1, 1), (3, 1)], Err(EndError::NotReserved { key }));
}

#[test]
fn only_movements_out_of_the_depot_are_posted() {
    let zone = |zone| hold(zone, 1).key(id(1)).account;
    let line = |from, to| Line {
        lot: id(1),
        condition: Condition::Usable,
        quantity: Quantity::new(1).unwrap(),
        from,
        to,
    };
    let (shipment, depot) = (id(1), id(1));
    let road = Account::Road { depot, shipment };
    let side = Outside::Loss;
    let loss = Account::Outside { depot, side };
    let check = |kind, lines: Vec<Line>, expected: Option<EndError>| {
        let movement = Movement::new(id(7), depot, kind, lines).unwrap();
        assert_eq!(held().post(at(1), &movement).err(), expected);
    };
    let refused = |line| Some(EndError::NotOutward { line });
    let departs = line(zone(1), road);
    check(Kind::Transfer, vec![departs], None);
    check(
        Kind::Transfer,
        vec![departs, line(zone(1), zone(2))],
        refused(1),
    );
    check(Kind::Disposal, vec![line(zone(1), loss)], None);
    let side = Outside::CountDifference;
    let missing = Account::Outside { depot, side };
    check(
        Kind::CountDifference,
        vec![line(zone(1), missing)],
        refused(0),
    );
    check(Kind::Reversal { of: id(3) }, vec![departs], refused(0));
}

#[test]
fn a_reservation_ends_exactly_once() {
    let whole = issue(&[(1, 10), (2, 20)]);
    let ends = [
        (held().post(at(1), &whole), End::Posted),
        (held().release(at(1)), End::Released),
        (held().release(at(200)), End::Released),
        (held().expire(at(100)), End::Expired),
    ];
    for (ended, end) in ends {
        let ended = ended.unwrap();
        assert_eq!(ended.state().end(), Some(end));
        assert_eq!(ended.holds(), held().holds());
        let again = [
            ended.post(at(2), &whole),
            ended.release(at(2)),
            ended.expire(at(200)),
        ];
        for answer in again {
            assert_eq!(answer, Err(EndError::Ended { end }));
        }
    }
    assert_eq!(held().state().end(), None);
}

#[test]
fn the_deadline_parts_posting_from_expiring() {
    let deadline = at(100);
    let whole = issue(&[(1, 10), (2, 20)]);
    assert!(held().post(at(99), &whole).is_ok());
    assert_eq!(held().expire(at(99)), Err(EndError::NotYet { deadline }));
    assert_eq!(
        held().post(at(100), &whole),
        Err(EndError::DeadlinePassed { deadline })
    );
    assert!(held().expire(at(100)).is_ok());
}

#[test]
fn what_is_short_is_not_held_any_more() {
    let gone = |quantity| Quantity::new(quantity).unwrap();
    let key = |zone| hold(zone, 1).key(id(1));
    let short = held().shorten(&key(2), gone(5)).unwrap();
    let short = short.shorten(&key(2), gone(5)).unwrap();
    assert_eq!(short.left(), [hold(1, 10), hold(2, 10)]);
    assert_eq!(short.reserved().get(&key(2)), Some(&10));
    assert_eq!(short.state().end(), None);
    let refused = short.shorten(&key(2), gone(11));
    assert!(matches!(
        refused,
        Err(EndError::MoreThanReserved { reserved: 10, .. })
    ));
    assert!(matches!(
        short.shorten(&key(3), gone(1)),
        Err(EndError::NotReserved { .. })
    ));
    // The rest may leave, no more, and what holds nothing of a line holds the others.
    let more = short.post(at(1), &issue(&[(2, 11)]));
    assert!(matches!(
        more,
        Err(EndError::MoreThanReserved { reserved: 10, .. })
    ));
    let posted = short.post(at(1), &issue(&[(1, 10), (2, 10)])).unwrap();
    assert_eq!(posted.state().end(), Some(End::Posted));
    let nothing = held().shorten(&key(1), gone(10)).unwrap();
    assert_eq!(nothing.left(), [hold(2, 20)]);
    // It ends as any other, and then loses nothing more.
    assert!(short.expire(at(99)).is_err());
    let ends = [short.release(at(1)), short.expire(at(100)), Ok(posted)];
    for ended in ends {
        let again = ended.unwrap().shorten(&key(1), gone(1));
        assert!(matches!(again, Err(EndError::Ended { .. })));
    }
}

#[test]
fn a_table_cannot_say_that_a_reservation_is_short_of_what_it_never_held() {
    let check = |short: Vec<i64>, fits: bool| {
        let deadline = at(100);
        let state = ReservationState::Shorted { deadline, short };
        let holds = vec![hold(1, 10), hold(2, 20)];
        let read = Reservation::from_parts(id(1), id(1), holds, state);
        assert_eq!(read.is_ok(), fits, "{read:?}");
    };
    check(vec![0, 20], true);
    check(vec![10, 20], true);
    check(vec![0, 0], false);
    check(vec![11, 0], false);
    check(vec![-1, 1], false);
    check(vec![1], false);
}
