use uuid::Uuid;

use super::*;
use crate::stock::Condition;

const KIT: u128 = 1;
const RICE: u128 = 2;
const OIL: u128 = 3;
const SOAP: u128 = 4;

fn id<K: crate::kernel::Kind>(number: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(number))
}

fn many(quantity: i64) -> Quantity {
    Quantity::new(quantity).unwrap()
}

// Two of rice and one of oil.
fn contents() -> KitContents {
    KitContents::new(
        id(KIT),
        &[(id(RICE), many(2)), (id(OIL), many(1))],
        None,
        None,
    )
    .unwrap()
}

fn part(lot: u128, item: u128, quantity: i64) -> Part {
    Part {
        lot: id(lot),
        item: id(item),
        owner: id(9),
        donor: None,
        expires_on: None,
        unit_value: None,
        restriction: Restriction::None,
        quantity: many(quantity),
    }
}

#[test]
fn kits_take_what_their_list_says_to_the_piece() {
    let check = |kits, given: &[(u128, i64)], expected: &[(u128, i64, i64)]| {
        let parts: Vec<_> = given
            .iter()
            .zip(20..)
            .map(|(&(item, quantity), lot)| part(lot, item, quantity))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|&(item, wanted, given)| AssemblyError::Unequal {
                item: id(item),
                wanted,
                given,
            })
            .collect();
        let answer = assemble(&contents(), many(kits), &parts);
        assert_eq!(answer.err().unwrap_or_default(), expected, "{given:?}");
    };
    check(5, &[(RICE, 10), (OIL, 5)], &[]);
    check(5, &[(RICE, 4), (OIL, 5), (RICE, 6)], &[]);
    check(5, &[(RICE, 9), (OIL, 5)], &[(RICE, 10, 9)]);
    check(5, &[(RICE, 11)], &[(RICE, 10, 11), (OIL, 5, 0)]);
    check(5, &[(RICE, 10), (OIL, 5), (SOAP, 1)], &[(SOAP, 0, 1)]);
    let parts = [part(20, RICE, Quantity::MAX)];
    let answer = assemble(&contents(), many(Quantity::MAX), &parts);
    assert_eq!(answer, Err(vec![AssemblyError::TooMany]));
}

#[test]
fn kits_have_one_owner_and_one_purpose_and_expire_with_the_first() {
    let day = |text: &str| -> Option<NaiveDate> { Some(text.parse().unwrap()) };
    let donor = |name: &str| Some(Text::new(name).unwrap());
    let bound = |name: &str| Restriction::Programme(Text::new(name).unwrap());
    let check = |change: &dyn Fn(&mut [Part; 3]), expected: Result<Assembled, AssemblyError>| {
        let mut parts = [part(20, RICE, 3), part(21, RICE, 1), part(22, OIL, 2)];
        change(&mut parts);
        let answer = assemble(&contents(), many(2), &parts);
        assert_eq!(answer, expected.map_err(|error| vec![error]), "{parts:?}");
    };
    let plain = Assembled {
        owner: id(9),
        donor: None,
        expires_on: None,
        restriction: Restriction::None,
        unit_value: Err(NoValue::Unvalued),
    };
    check(&|_| {}, Ok(plain.clone()));
    let soonest = Assembled {
        expires_on: day("2027-01-01"),
        ..plain.clone()
    };
    check(
        &|parts| {
            parts[1].expires_on = day("2027-01-01");
            parts[2].expires_on = day("2028-01-01");
        },
        Ok(soonest),
    );
    let owners = BTreeSet::from([id(8), id(9)]);
    check(
        &|parts| parts[2].owner = id(8),
        Err(AssemblyError::Owners(owners)),
    );
    let restricted = Assembled {
        restriction: bound("冬令"),
        ..plain.clone()
    };
    check(
        &|parts| parts[1].restriction = bound("冬令"),
        Ok(restricted),
    );
    check(
        &|parts| {
            parts[0].restriction = bound("冬令");
            parts[2].restriction = bound("博爱");
        },
        Err(AssemblyError::Restrictions),
    );
    check(&|parts| parts[0].donor = donor("甲"), Ok(plain.clone()));
    let given = Assembled {
        donor: donor("甲"),
        ..plain
    };
    check(
        &|parts| parts.iter_mut().for_each(|part| part.donor = donor("甲")),
        Ok(given),
    );
}

#[test]
fn a_kit_is_worth_its_contents_exactly_or_nobody_says() {
    let check = |values: [Option<(&str, Currency)>; 3], expected: Result<&str, NoValue>| {
        let mut parts = [part(20, RICE, 3), part(21, RICE, 3), part(22, OIL, 3)];
        for (part, value) in parts.iter_mut().zip(values) {
            part.unit_value =
                value.map(|(amount, currency)| Money::parse(amount, currency).unwrap());
        }
        let answer = assemble(&contents(), many(3), &parts).unwrap().unit_value;
        let answer = answer.map(|value| value.amount().to_string());
        assert_eq!(answer, expected.map(str::to_owned), "{values:?}");
    };
    let yuan = |amount| Some((amount, Currency::CNY));
    let other = "USD".parse::<Currency>().unwrap();
    check([yuan("1.5"), yuan("2"), yuan("10.25")], Ok("13.75"));
    check([yuan("0"), yuan("0"), yuan("0.0001")], Ok("0.0001"));
    check([yuan("1"), None, yuan("1")], Err(NoValue::Unvalued));
    check(
        [yuan("1"), Some(("1", other)), yuan("1")],
        Err(NoValue::Currencies),
    );
    let dear = yuan("1000000000");
    check([dear, dear, dear], Err(NoValue::TooLarge));
    // Four at one price and two at another do not divide among three kits.
    let mut parts = [part(20, RICE, 5), part(21, RICE, 1), part(22, OIL, 3)];
    for (part, amount) in parts.iter_mut().zip(["1", "2", "3"]) {
        part.unit_value = Some(Money::parse(amount, Currency::CNY).unwrap());
    }
    let answer = assemble(&contents(), many(3), &parts).unwrap();
    assert_eq!(answer.unit_value, Err(NoValue::Inexact));
}

// 20 and 21 are rice, 22 is oil; 21 expires first. Six kits of each went in.
fn inside() -> Vec<Inside> {
    [
        (20, RICE, "2028-01-01", 8),
        (21, RICE, "2027-01-01", 4),
        (22, OIL, "2027-06-01", 6),
    ]
    .into_iter()
    .map(|(lot, item, day, quantity)| Inside {
        lot: id(lot),
        item: id(item),
        expires_on: Some(day.parse().unwrap()),
        quantity,
    })
    .collect()
}

fn named(item: u128, lot: Option<u128>, quantity: i64, fate: Fate) -> Named {
    Named {
        item: id(item),
        lot: lot.map(id),
        quantity: many(quantity),
        fate,
    }
}

const USABLE: Fate = Fate::Back(Condition::Usable);
const DAMAGED: Fate = Fate::Back(Condition::Condemned);

#[test]
fn what_expires_first_comes_out_first_unless_somebody_looked() {
    let check =
        |kits, record: &[Inside], says: &[Named], expected: &[(Option<u128>, i64, Fate)]| {
            let out = take_apart(&contents(), many(kits), record, says, Condition::Usable).unwrap();
            let out: Vec<_> = out
                .iter()
                .map(|out| (out.lot, out.quantity.get(), out.fate))
                .collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|&(lot, quantity, fate)| (lot.map(id), quantity, fate))
                .collect();
            assert_eq!(out, expected, "{says:?}");
        };
    let all = inside();
    check(
        1,
        &all,
        &[],
        &[(Some(21), 2, USABLE), (Some(22), 1, USABLE)],
    );
    let three = [
        (Some(20), 2, USABLE),
        (Some(21), 4, USABLE),
        (Some(22), 3, USABLE),
    ];
    check(3, &all, &[], &three);
    check(
        2,
        &all,
        &[
            named(RICE, Some(20), 3, USABLE),
            named(OIL, None, 1, DAMAGED),
        ],
        &[
            (Some(20), 3, USABLE),
            (Some(21), 1, USABLE),
            (Some(22), 1, USABLE),
            (Some(22), 1, DAMAGED),
        ],
    );
    // The lot that is named second is not taken by what is named first.
    check(
        2,
        &all,
        &[
            named(RICE, None, 2, Fate::Missing),
            named(RICE, Some(21), 2, DAMAGED),
        ],
        &[
            (Some(21), 2, DAMAGED),
            (Some(21), 2, Fate::Missing),
            (Some(22), 2, USABLE),
        ],
    );
    // Kits that came in whole: nobody knows what went into them.
    check(
        2,
        &[],
        &[named(RICE, None, 1, Fate::Missing)],
        &[
            (None, 3, USABLE),
            (None, 1, Fate::Missing),
            (None, 2, USABLE),
        ],
    );
    // More kits were found than were assembled.
    let seven = [
        (None, 2, USABLE),
        (Some(20), 8, USABLE),
        (Some(21), 4, USABLE),
        (None, 1, USABLE),
        (Some(22), 6, USABLE),
    ];
    check(7, &all, &[], &seven);
}

#[test]
fn nobody_takes_out_what_is_not_in_there() {
    let check = |says: &[Named], expected: &[TakeApartError]| {
        let answer = take_apart(&contents(), many(2), &inside(), says, Condition::Usable);
        assert_eq!(answer, Err(expected.to_vec()), "{says:?}");
    };
    let (item, lot) = (id(SOAP), id(99));
    check(
        &[named(SOAP, None, 1, USABLE)],
        &[TakeApartError::Foreign { named: 0, item }],
    );
    let more = |named| TakeApartError::MoreThanHeld {
        named,
        item: id(RICE),
        held: 4,
    };
    check(&[named(RICE, None, 5, Fate::Missing)], &[more(0)]);
    check(
        &[named(RICE, None, 3, USABLE), named(RICE, None, 2, DAMAGED)],
        &[more(1)],
    );
    check(
        &[
            named(RICE, Some(99), 1, USABLE),
            named(SOAP, None, 1, USABLE),
        ],
        &[
            TakeApartError::NotInside {
                named: 0,
                lot,
                left: 0,
            },
            TakeApartError::Foreign { named: 1, item },
        ],
    );
    let spent = [Inside {
        quantity: 1,
        ..inside()[0].clone()
    }];
    let says = [named(RICE, Some(20), 2, USABLE)];
    let answer = take_apart(&contents(), many(2), &spent, &says, Condition::Usable);
    let lot = id(20);
    let left = [TakeApartError::NotInside {
        named: 0,
        lot,
        left: 1,
    }];
    assert_eq!(answer, Err(left.to_vec()));
}
