use uuid::Uuid;

use super::*;
use crate::stock::Outside;

fn id<K: crate::kernel::Kind>(number: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(number))
}

fn zone(depot: u128, zone: u128) -> Account {
    Account::Zone {
        depot: id(depot),
        zone: id(zone),
    }
}

fn road(depot: u128) -> Account {
    Account::Road {
        depot: id(depot),
        shipment: id(9),
    }
}

fn outside(depot: u128, side: Outside) -> Account {
    Account::Outside {
        depot: id(depot),
        side,
    }
}

fn line(quantity: i64, from: Account, to: Account) -> Line {
    Line {
        lot: id(1),
        condition: Condition::Usable,
        quantity: Quantity::new(quantity).unwrap(),
        from,
        to,
    }
}

fn movement(kind: Kind, lines: &[Line]) -> Result<Movement, MovementError> {
    Movement::new(id(1), id(1), kind, lines.to_vec())
}

#[test]
fn a_kind_moves_goods_between_its_own_accounts_only() {
    let ends: Vec<_> = [
        ("zone", zone(1, 1)),
        ("shelf", zone(1, 2)),
        ("road", road(1)),
    ]
    .into_iter()
    .chain(
        Outside::ALL
            .iter()
            .map(|&side| (side.name(), outside(1, side))),
    )
    .collect();
    // "shelf" is a second zone; what one zone may do, the other may.
    let expected = [
        ("receipt", "source>zone"),
        (
            "issue",
            "zone>recipient road>recipient zone>loan loan>recipient",
        ),
        ("transfer", "zone>shelf shelf>zone zone>road road>zone"),
        ("return", "recipient>zone source>zone loan>zone"),
        ("conversion", ""), // one line alone is one-sided: see below
        ("disposal", "zone>loss road>loss loan>loss"),
        (
            "count_difference",
            "zone>count_difference count_difference>zone",
        ),
        ("condition_change", ""),
    ];
    for (kind, (name, allowed)) in Kind::PLAIN.into_iter().zip(expected) {
        assert_eq!(kind.name(), name);
        for (from_name, from) in &ends {
            for (to_name, to) in &ends {
                let pair = format!("{from_name}>{to_name}");
                let as_zone = match (*from_name, *to_name) {
                    ("zone", "shelf") | ("shelf", "zone") => pair.clone(),
                    _ => pair.replace("shelf", "zone"),
                };
                let may = allowed.split(' ').any(|allowed| allowed == as_zone);
                let answer = movement(kind, &[line(1, *from, *to)]);
                assert_eq!(answer.is_ok(), may, "{name} {pair} {answer:?}");
                // What a kind may do, a reversal may undo.
                if may {
                    let undo = Kind::Reversal { of: id(5) };
                    assert!(
                        movement(undo, &[line(1, *to, *from)]).is_ok(),
                        "{name} {pair}"
                    );
                }
            }
        }
    }
}

#[test]
fn lines_are_counted_and_checked() {
    let source = outside(1, Outside::Source);
    let good = line(1, source, zone(1, 1));
    let check = |kind, lines: &[Line], expected: Option<MovementError>| {
        assert_eq!(movement(kind, lines).err(), expected);
    };
    check(Kind::Receipt, &[], Some(MovementError::NoLines));
    check(Kind::Receipt, &vec![good; 1_000], None);
    check(
        Kind::Receipt,
        &vec![good; 1_001],
        Some(MovementError::TooManyLines),
    );
    check(
        Kind::Transfer,
        &[
            line(1, zone(1, 1), zone(1, 2)),
            line(1, zone(1, 1), zone(1, 1)),
        ],
        Some(MovementError::SameAccount { line: 1 }),
    );
    check(
        Kind::Receipt,
        &[good, line(1, zone(1, 1), source)],
        Some(MovementError::WrongAccounts { line: 1 }),
    );
}

#[test]
fn only_what_arrives_touches_another_depots_road() {
    let check = |kind, from, to, expected: Option<MovementError>| {
        let answer = movement(kind, &[line(1, from, to)]);
        assert_eq!(answer.err(), expected, "{from:?} {to:?}");
    };
    let foreign = Some(MovementError::ForeignAccount { line: 0 });
    let undo = Kind::Reversal { of: id(5) };
    check(Kind::Transfer, road(2), zone(1, 1), None);
    check(undo, zone(1, 1), road(2), None);
    check(Kind::Transfer, zone(1, 1), road(2), foreign);
    check(Kind::Transfer, zone(1, 1), zone(2, 1), foreign);
    check(Kind::Transfer, road(2), zone(2, 1), foreign);
    check(
        Kind::Issue,
        road(2),
        outside(1, Outside::Recipient),
        foreign,
    );
    check(
        Kind::Issue,
        zone(1, 1),
        outside(2, Outside::Recipient),
        foreign,
    );
    check(Kind::Disposal, road(2), outside(1, Outside::Loss), foreign);
    check(
        Kind::Receipt,
        outside(1, Outside::Source),
        zone(2, 1),
        foreign,
    );
}

#[test]
fn a_conversion_takes_and_gives() {
    let inside = outside(1, Outside::Conversion);
    let (takes, gives) = (line(3, zone(1, 1), inside), line(1, inside, zone(1, 1)));
    let kit = Line {
        lot: id(2),
        ..gives
    };
    assert!(movement(Kind::Conversion, &[takes, kit]).is_ok());
    for lines in [vec![takes, takes], vec![gives]] {
        assert_eq!(
            movement(Kind::Conversion, &lines).err(),
            Some(MovementError::OneSidedConversion)
        );
    }
}

#[test]
fn a_change_of_condition_loses_nothing_and_changes_something() {
    let inside = outside(1, Outside::Conversion);
    let takes = |quantity| line(quantity, zone(1, 1), inside);
    let gives = |quantity, condition| Line {
        condition,
        ..line(quantity, inside, zone(1, 1))
    };
    let check = |lines: &[Line], expected: Option<MovementError>| {
        assert_eq!(movement(Kind::ConditionChange, lines).err(), expected);
    };
    let (bad, broken) = (Condition::Quarantined, Condition::NeedsRepair);
    check(&[takes(5), gives(3, bad), gives(2, broken)], None);
    let unequal = |taken, given| {
        Some(MovementError::UnequalChange {
            lot: id(1),
            taken,
            given,
        })
    };
    check(&[takes(5), gives(4, bad)], unequal(5, 4));
    check(&[takes(5)], unequal(5, 0));
    // Two lots do not make up for each other.
    let other = Line {
        lot: id(2),
        ..gives(5, bad)
    };
    check(&[takes(5), other], unequal(5, 0));
    let same = MovementError::SameCondition {
        lot: id(1),
        condition: Condition::Usable,
    };
    check(&[takes(5), gives(5, Condition::Usable)], Some(same));
    check(&[gives(5, Condition::Usable), takes(5)], Some(same));
}

#[test]
fn a_movement_is_reversed_once_and_a_reversal_never() {
    let original = movement(
        Kind::Issue,
        &[line(7, zone(1, 1), outside(1, Outside::Recipient))],
    );
    let original = original.unwrap();
    let undone = original.reversed(id(2), None).unwrap();
    assert_eq!(undone.kind(), Kind::Reversal { of: id(1) });
    assert_eq!(undone.depot(), original.depot());
    assert_eq!(
        undone.lines(),
        [line(7, outside(1, Outside::Recipient), zone(1, 1))]
    );
    assert_eq!(
        original.reversed(id(3), Some(id(2))),
        Err(ReversalError::Already { by: id(2) })
    );
    assert_eq!(
        undone.reversed(id(3), None),
        Err(ReversalError::OfReversal { of: id(1) })
    );
}

#[test]
fn kinds_read_back_from_their_name_and_what_they_reverse() {
    for kind in Kind::PLAIN
        .into_iter()
        .chain([Kind::Reversal { of: id(4) }])
    {
        assert_eq!(Kind::from_parts(kind.name(), kind.reverses()), Ok(kind));
        assert!(Kind::NAMES.contains(&kind.name()));
    }
    for (name, reverses) in [("reversal", None), ("issue", Some(id(4))), ("Issue", None)] {
        assert!(Kind::from_parts(name, reverses).is_err(), "{name}");
    }
}
