use uuid::Uuid;

use super::*;
use crate::{
    kernel::Kind as IdKind,
    stock::{Account, Condition, End, Hold, Kind, Line, Outside},
};

fn id<K: IdKind>(number: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(number))
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn hold(quantity: i64) -> Hold {
    Hold {
        zone: id(1),
        lot: id(1),
        condition: Condition::Usable,
        quantity: Quantity::new(quantity).unwrap(),
    }
}

fn key() -> BalanceKey {
    hold(1).key(id(1))
}

fn movement(number: u128, kind: Kind, quantity: i64) -> Movement {
    let (depot, zone) = (id(1), key().account);
    let outside = |side| Account::Outside { depot, side };
    let (from, to) = match kind {
        Kind::Receipt => (outside(Outside::Source), zone),
        _ => (zone, outside(Outside::Recipient)),
    };
    let line = Line {
        lot: id(1),
        condition: Condition::Usable,
        quantity: Quantity::new(quantity).unwrap(),
        from,
        to,
    };
    Movement::new(id(number), depot, kind, vec![line]).unwrap()
}

fn reservation(number: u128, quantity: i64) -> Reservation {
    Reservation::hold(id(number), id(1), vec![hold(quantity)], at(0), at(100)).unwrap()
}

fn insufficient(available: i64, requested: i64) -> Insufficient {
    Insufficient {
        key: key(),
        available,
        requested,
    }
}

// Movement 1 brought ten.
fn ten() -> Book {
    Book::fold(&[movement(1, Kind::Receipt, 10)]).unwrap()
}

#[test]
fn what_is_promised_is_not_issued_to_others() {
    let mut book = ten();
    book.reserve(reservation(1, 7)).unwrap();
    assert_eq!(
        book.apply(&movement(2, Kind::Issue, 4)),
        Err(insufficient(3, 4).into())
    );
    assert_eq!(
        book.reserve(reservation(2, 4)),
        Err(insufficient(3, 4).into())
    );
    book.apply(&movement(2, Kind::Issue, 3)).unwrap();
    let posted = book.post_reservation(id(1), at(1), &movement(3, Kind::Issue, 5));
    posted.unwrap();
    let left = Balance {
        on_hand: 2,
        reserved: 0,
    };
    assert_eq!(book.balance(&key()), left);
}

#[test]
fn a_refused_call_changes_nothing() {
    let mut book = ten();
    book.reserve(reservation(1, 7)).unwrap();
    let before = book.clone();
    let ended = book.reservations()[&id(1)].release(at(1)).unwrap();
    let repeated = PostError::Repeated { movement: id(1) };
    let more = EndError::MoreThanReserved {
        key: key(),
        reserved: 7,
        requested: 8,
    };
    assert_eq!(book.apply(&movement(1, Kind::Issue, 1)), Err(repeated));
    assert_eq!(
        book.reserve(reservation(1, 1)),
        Err(ReserveError::Repeated { reservation: id(1) })
    );
    let renamed = Reservation::from_parts(id(9), id(1), vec![hold(1)], ended.state().clone());
    assert_eq!(book.reserve(renamed.unwrap()), Err(ReserveError::Ended));
    assert_eq!(
        book.post_reservation(id(1), at(1), &movement(2, Kind::Issue, 8)),
        Err(more.into())
    );
    assert_eq!(
        book.post_reservation(id(1), at(1), &movement(1, Kind::Issue, 1)),
        Err(repeated.into())
    );
    assert_eq!(
        book.release(id(2), at(1)),
        Err(ReservedError::UnknownReservation { reservation: id(2) })
    );
    assert_eq!(
        book.expire(id(1), at(99)),
        Err(EndError::NotYet { deadline: at(100) }.into())
    );
    assert_eq!(book, before);
}

#[test]
fn a_reversal_needs_its_goods_back_and_happens_once() {
    let mut book = ten();
    book.apply(&movement(2, Kind::Issue, 4)).unwrap();
    let unknown = PostError::UnknownMovement { of: id(8) };
    assert_eq!(book.reverse(id(9), id(8)), Err(unknown));
    // Four of the ten are gone: the receipt cannot be undone before the issue is.
    assert_eq!(book.reverse(id(3), id(1)), Err(insufficient(6, 10).into()));
    book.reverse(id(3), id(2)).unwrap();
    let already = ReversalError::Already { by: id(3) };
    assert_eq!(book.reverse(id(4), id(2)), Err(already.into()));
    let of_reversal = ReversalError::OfReversal { of: id(2) };
    assert_eq!(book.reverse(id(4), id(3)), Err(of_reversal.into()));
    book.reverse(id(4), id(1)).unwrap();
    assert!(book.balances().is_empty());
    assert!(book.outside().values().all(|&sum| sum == 0));
}

#[test]
fn a_reversal_read_back_must_be_the_mirror() {
    let mut book = ten();
    let of = id(1);
    let forged = |quantity| {
        let lines = movement(1, Kind::Receipt, quantity).reversed(id(2), None);
        let lines = lines.unwrap().lines().to_vec();
        Movement::new(id(2), id(1), Kind::Reversal { of }, lines).unwrap()
    };
    assert_eq!(book.apply(&forged(9)), Err(PostError::NotTheMirror { of }));
    assert_eq!(book.apply(&forged(10)), Ok(()));
}

#[test]
fn a_balance_stays_far_from_the_end_of_the_numbers() {
    let line = movement(1, Kind::Receipt, Quantity::MAX).lines()[0];
    let full = Movement::new(id(1), id(1), Kind::Receipt, vec![line; 1_000]).unwrap();
    let mut book = Book::fold(&[full]).unwrap();
    assert_eq!(book.balance(&key()).on_hand, BALANCE_MAX);
    assert_eq!(
        book.apply(&movement(2, Kind::Receipt, 1)),
        Err(PostError::TooMuch { key: key() })
    );
}

#[test]
fn every_end_frees_what_was_held() {
    type Ending = fn(&mut Book) -> Result<(), ReservedError>;
    let ends: [Ending; 3] = [
        |book| book.release(id(1), at(1)),
        |book| book.expire(id(1), at(100)),
        |book| book.post_reservation(id(1), at(1), &movement(2, Kind::Issue, 1)),
    ];
    for (end, name) in ends
        .into_iter()
        .zip([End::Released, End::Expired, End::Posted])
    {
        let mut book = ten();
        book.reserve(reservation(1, 10)).unwrap();
        assert_eq!(book.balance(&key()).available(), 0);
        end(&mut book).unwrap();
        assert_eq!(book.balance(&key()).reserved, 0);
        assert_eq!(book.reservations()[&id(1)].state().end(), Some(name));
        assert_eq!(
            book.release(id(1), at(2)),
            Err(EndError::Ended { end: name }.into())
        );
    }
}
