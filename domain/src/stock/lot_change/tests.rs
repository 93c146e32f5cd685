use chrono::DateTime;
use uuid::Uuid;

use super::*;
use crate::stock::Source;

fn by(who: &str) -> Signature {
    Signature {
        by: who.to_owned(),
        at: DateTime::from_timestamp(1, 0).unwrap(),
    }
}

fn id<K: crate::kernel::Kind>(number: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(number))
}

fn facts(donor: Option<&str>, restriction: Restriction) -> LotFacts {
    LotFacts {
        item: id(1),
        owner: id(2),
        source: Source::Donation,
        donor: donor.map(|donor| Text::new(donor).unwrap()),
        batch: Some(Text::new("B7").unwrap()),
        maker: None,
        produced_on: None,
        expires_on: None,
        unit_value: None,
        restriction,
    }
}

fn programme(name: &str) -> Restriction {
    Restriction::Programme(Text::new(name).unwrap())
}

fn consent(given_by: &str) -> Consent {
    let text = |text: &str| Text::new(text).unwrap();
    Consent {
        given_by: Text::new(given_by).unwrap(),
        reference: text("同意书1号"),
        given_on: "2026-11-01".parse().unwrap(),
        heard_by: Text::new("王五").unwrap(),
        evidence_sha256: text(&"a".repeat(64)),
    }
}

#[test]
fn nothing_changes_but_what_is_said() {
    let before = facts(Some("甲厂"), programme("博爱家园"));
    let owner = |to| LotChangeTo::Owner { to: id(to) };
    let purpose = |to, donor| LotChangeTo::Purpose {
        to,
        consent: consent(donor),
    };
    let check = |to: LotChangeTo, expected: Result<LotFacts, UnchangedLot>| {
        assert_eq!(to.facts(&before), expected, "{to:?}");
    };
    check(
        owner(3),
        Ok(LotFacts {
            owner: id(3),
            ..before.clone()
        }),
    );
    check(owner(2), Err(UnchangedLot::SameOwner));
    let freed = LotFacts {
        restriction: Restriction::None,
        ..before.clone()
    };
    check(purpose(Restriction::None, "甲厂"), Ok(freed));
    let same = purpose(programme("博爱家园"), "甲厂");
    check(same, Err(UnchangedLot::SamePurpose));
    let donor = Text::new("甲厂").unwrap();
    check(
        purpose(Restriction::None, "乙厂"),
        Err(UnchangedLot::OtherDonor { donor }),
    );
    // Nobody is named: whoever speaks is on record.
    let unnamed = facts(None, programme("博爱家园"));
    assert!(purpose(Restriction::None, "乙厂").facts(&unnamed).is_ok());
}

#[test]
fn title_takes_three_people_and_a_purpose_two() {
    let asked = |kind, state| LotChange {
        asked_by: "keeper".to_owned(),
        kind,
        state,
    };
    let approved = || LotChangeState::Approved {
        approved: by("giver"),
    };
    let done = |accepted: Option<&str>| LotChangeState::Done {
        approved: by("giver"),
        accepted: accepted.map(by),
        movement: id(9),
    };
    use LotChangeError::{AskerApproves, PartyAccepts, WrongState};
    use LotChangeKind::{Owner, Purpose};
    let approve = |kind, who, expected| {
        let change = asked(kind, LotChangeState::Asked);
        assert_eq!(change.approve(by(who), id(9)), expected, "{kind} {who}");
    };
    approve(Owner, "giver", Ok(approved()));
    approve(Owner, "keeper", Err(AskerApproves));
    approve(Purpose, "giver", Ok(done(None)));
    approve(Purpose, "keeper", Err(AskerApproves));
    let accept = |state, who, expected| {
        let change = asked(Owner, state);
        assert_eq!(change.accept(by(who), id(9)), expected, "{who}");
    };
    accept(approved(), "taker", Ok(done(Some("taker"))));
    accept(approved(), "giver", Err(PartyAccepts));
    accept(approved(), "keeper", Err(PartyAccepts));
    for state in [LotChangeState::Asked, done(Some("taker"))] {
        let refused = WrongState {
            state: state.name(),
            action: LotChangeAction::Accept,
        };
        accept(state, "taker", Err(refused));
    }
}

#[test]
fn what_has_ended_takes_nothing_more() {
    let (no, why) = (by("giver"), || "不行".to_owned());
    let approved = || Some(by("giver"));
    for (state, had) in [
        (LotChangeState::Asked, None),
        (
            LotChangeState::Approved {
                approved: by("giver"),
            },
            approved(),
        ),
    ] {
        let change = LotChange {
            asked_by: "keeper".to_owned(),
            kind: LotChangeKind::Owner,
            state,
        };
        let refused = change.refuse(no.clone(), why()).unwrap();
        let withdrawn = change.withdraw(no.clone(), why()).unwrap();
        for state in [refused, withdrawn] {
            let (LotChangeState::Refused { approved, .. }
            | LotChangeState::Withdrawn { approved, .. }) = &state
            else {
                unreachable!("{state:?}")
            };
            assert_eq!(*approved, had);
            let ended = LotChange {
                state,
                ..change.clone()
            };
            assert!(ended.approve(by("other"), id(9)).is_err());
            assert!(ended.accept(by("other"), id(9)).is_err());
            assert!(ended.refuse(no.clone(), why()).is_err());
            assert!(ended.withdraw(no.clone(), why()).is_err());
        }
    }
}
