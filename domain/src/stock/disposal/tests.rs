use chrono::DateTime;
use uuid::Uuid;

use super::*;
use crate::kernel::Currency;

fn by(who: &str) -> Signature {
    Signature {
        by: who.to_owned(),
        at: DateTime::from_timestamp(7, 0).unwrap(),
    }
}

fn asked(way: DisposalWay) -> Disposal {
    Disposal {
        asked_by: "keeper".to_owned(),
        way,
        state: DisposalState::Asked,
    }
}

fn outcome(way: DisposalWay) -> Outcome {
    match way {
        DisposalWay::Destroyed => Outcome::Destroyed,
        DisposalWay::PartsReused => Outcome::PartsReused {
            parts: Id::from_uuid(Uuid::from_u128(1)),
        },
        DisposalWay::Auctioned => Outcome::Auctioned {
            proceeds: Money::parse("12.5", Currency::CNY).unwrap(),
        },
        DisposalWay::ReturnedToMaker => Outcome::ReturnedToMaker,
    }
}

fn act(disposal: &Disposal, action: DisposalAction) -> Result<DisposalState, DisposalError> {
    let why = || "原因".to_owned();
    match action {
        DisposalAction::Approve => disposal.approve(by("approver")),
        DisposalAction::Refuse => disposal.refuse(by("approver"), why()),
        DisposalAction::Withdraw => disposal.withdraw(by("keeper"), why()),
        DisposalAction::CarryOut => disposal.carry_out(by("keeper"), outcome(disposal.way)),
    }
}

#[test]
fn what_each_state_allows() {
    use DisposalAction::{Approve, CarryOut, Refuse, Withdraw};
    use DisposalStateName as Name;
    let check = |before: &[DisposalAction], allowed: &[(DisposalAction, Name)]| {
        let mut disposal = asked(DisposalWay::Auctioned);
        for &action in before {
            disposal.state = act(&disposal, action).unwrap();
        }
        for &action in DisposalAction::ALL {
            let expected = allowed.iter().find(|(allowed, _)| *allowed == action);
            let expected =
                expected
                    .map(|(_, name)| *name)
                    .ok_or_else(|| DisposalError::WrongState {
                        state: disposal.state.name(),
                        action,
                    });
            let answer = act(&disposal, action).map(|state| state.name());
            assert_eq!(answer, expected, "{before:?} {action}");
        }
    };
    check(
        &[],
        &[
            (Approve, Name::Approved),
            (Refuse, Name::Refused),
            (Withdraw, Name::Withdrawn),
        ],
    );
    check(
        &[Approve],
        &[(CarryOut, Name::CarriedOut), (Withdraw, Name::Withdrawn)],
    );
    for end in [&[Refuse][..], &[Withdraw], &[Approve, CarryOut]] {
        check(end, &[]);
    }
}

#[test]
fn whoever_asks_does_not_approve() {
    let answer = asked(DisposalWay::Destroyed).approve(by("keeper"));
    assert_eq!(answer, Err(DisposalError::AskerApproves));
}

#[test]
fn what_was_done_is_what_was_approved() {
    for &way in DisposalWay::ALL {
        let mut disposal = asked(way);
        disposal.state = disposal.approve(by("approver")).unwrap();
        for &done in DisposalWay::ALL {
            let answer = disposal.carry_out(by("keeper"), outcome(done));
            if way == done {
                let outcome = outcome(way);
                assert_eq!(outcome.way(), way);
                let (approved, carried_out) = (by("approver"), by("keeper"));
                let state = DisposalState::CarriedOut {
                    approved,
                    carried_out,
                    outcome,
                };
                assert_eq!(answer, Ok(state));
            } else {
                let approved = way;
                assert_eq!(answer, Err(DisposalError::OtherWay { approved, done }));
            }
        }
    }
}

#[test]
fn a_withdrawal_remembers_who_had_approved() {
    let mut disposal = asked(DisposalWay::Destroyed);
    disposal.state = disposal.approve(by("approver")).unwrap();
    let DisposalState::Withdrawn { approved, .. } =
        disposal.withdraw(by("keeper"), "误报".to_owned()).unwrap()
    else {
        panic!("it is withdrawn");
    };
    assert_eq!(approved, Some(by("approver")));
}

#[test]
fn only_what_is_past_use_leaves() {
    use Condition::{Condemned, NeedsRepair, Quarantined, Usable};
    use DisposalWay::{Destroyed, ReturnedToMaker};
    let today: NaiveDate = "2026-11-26".parse().unwrap();
    let check = |condition, expires_on: Option<&str>, recalled, way, expected| {
        let fitness = Fitness {
            condition,
            recalled,
            expires_on: expires_on.map(|day| day.parse().unwrap()),
            restriction: Restriction::None,
        };
        assert_eq!(disposable(&fitness, way, today), expected, "{fitness:?}");
    };
    let (past, last_day) = (Some("2026-11-25"), Some("2026-11-26"));
    check(Usable, None, false, Destroyed, None);
    check(Quarantined, None, false, Destroyed, None);
    check(NeedsRepair, last_day, false, Destroyed, None);
    check(
        Usable,
        past,
        false,
        Destroyed,
        Some(DisposalGround::Expired),
    );
    check(
        Condemned,
        past,
        true,
        Destroyed,
        Some(DisposalGround::Condemned),
    );
    check(Usable, last_day, true, Destroyed, None);
    let recalled = Some(DisposalGround::Recalled);
    check(Usable, last_day, true, ReturnedToMaker, recalled);
    check(Usable, None, false, ReturnedToMaker, None);
}

#[test]
fn parts_take_over_what_all_of_the_goods_have() {
    let lot = |donor: Option<&str>, programme: Option<&str>| Heritage {
        donor: donor.map(|donor| Text::new(donor).unwrap()),
        restriction: programme.map_or(Restriction::None, |name| {
            Restriction::Programme(Text::new(name).unwrap())
        }),
    };
    let check = |lots: &[Heritage], expected: Result<Heritage, usize>| {
        let answer = heritage(lots);
        assert_eq!(answer, expected.map_err(|lot| MixedRestrictions { lot }));
    };
    let (free, bound) = (lot(Some("甲厂"), None), lot(Some("甲厂"), Some("博爱")));
    let other = lot(Some("乙厂"), None);
    check(&[], Ok(lot(None, None)));
    check(std::slice::from_ref(&free), Ok(free.clone()));
    check(
        &[free.clone(), other.clone(), free.clone()],
        Ok(lot(None, None)),
    );
    check(&[bound.clone(), bound.clone()], Ok(bound.clone()));
    check(&[free, other, bound], Err(2));
}
