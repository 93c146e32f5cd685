use chrono::DateTime;

use super::{
    super::{Kind, fixture},
    *,
};
use crate::{
    kernel::{Id, kinds::Organisation},
    organisations::Level,
    stock::Signature,
};

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

fn hand(on: u32, own: bool, above: &[Level]) -> Hand {
    Hand {
        signature: Signature {
            by: "account_x".to_owned(),
            at: DateTime::UNIX_EPOCH,
        },
        day: day(on),
        own,
        above: above.iter().copied().map(superior).collect(),
    }
}

// The society of a level, by an id that says which.
fn superior(level: Level) -> Superior {
    let number = 1 + level as u128;
    Superior {
        society: Id::<Organisation>::from_uuid(uuid::Uuid::from_u128(number)),
        level,
    }
}

fn frozen() -> Frozen {
    Frozen {
        digest: "00".to_owned(),
        computed: Some("good".to_owned()),
    }
}

fn keeper(on: u32) -> Hand {
    hand(on, true, &[])
}

fn city(on: u32) -> Hand {
    hand(on, false, &[Level::Municipal])
}

fn province(on: u32) -> Hand {
    hand(on, false, &[Level::Provincial])
}

fn decided(rule_set: &RuleSet) -> Assessment {
    let workflow = &rule_set.parts().workflow;
    Assessment::open()
        .submit(keeper(1))
        .and_then(|it| it.step(workflow, city(2), StepKind::Review))
        .and_then(|it| it.step(workflow, city(3), StepKind::SiteVisit))
        .and_then(|it| {
            it.decide(
                rule_set,
                province(4),
                some("good"),
                String::new(),
                &[],
                frozen(),
            )
        })
        .unwrap()
}

fn some(level: &str) -> Option<String> {
    Some(level.to_owned())
}

#[test]
fn it_goes_from_the_statement_to_its_end() {
    let rule_set = fixture::rule_set();
    let workflow = &rule_set.parts().workflow;
    let announced = decided(&rule_set);
    assert_eq!(announced.state().name(), AssessmentStateName::Announced);
    assert_eq!(announced.grade_on(day(5)), None);
    // Seven days of notice from the 4th: the 11th is the last of them.
    assert_eq!(
        announced.clone().enforce(workflow, &province(11)),
        Err(AssessmentError::Day { day: day(12) })
    );
    let held = announced.enforce(workflow, &province(12)).unwrap();
    assert_eq!(held.grade_on(day(12)), Some(Some("good")));
    assert_eq!(held.grade_on(day(11)), None);
    let until = NaiveDate::from_ymd_opt(2029, 11, 11).unwrap();
    let AssessmentState::InForce { until: last, .. } = held.state() else {
        panic!("{held:?}");
    };
    assert_eq!(*last, Some(until));
    let too_early = held.clone().expire(keeper(13));
    assert!(matches!(too_early, Err(AssessmentError::Day { .. })));
    let mut late = keeper(1);
    late.day = until.succ_opt().unwrap();
    let ended = held.expire(late).unwrap();
    assert!(matches!(
        ended.state(),
        AssessmentState::Ended {
            ending: Ending::Expired,
            ..
        }
    ));
    assert!(ended.submit(keeper(1)).is_err());
}

#[test]
fn nobody_of_the_depot_decides_and_each_step_has_its_society() {
    let rule_set = fixture::rule_set();
    let workflow = &rule_set.parts().workflow;
    let submitted = Assessment::open().submit(keeper(1)).unwrap();
    assert_eq!(submitted.next_step(workflow), Some(StepKind::Review));
    let both = hand(2, true, &[Level::Municipal, Level::Provincial]);
    for own in [keeper(2), both.clone(), hand(2, false, &[])] {
        let refused = submitted.clone().step(workflow, own, StepKind::Review);
        let action = AssessmentAction::Review;
        assert_eq!(refused, Err(AssessmentError::OwnDepot { action }));
    }
    assert_eq!(
        submitted
            .clone()
            .step(workflow, province(2), StepKind::Review),
        Err(AssessmentError::OtherActor {
            actor: Level::Municipal
        })
    );
    let next = StepKind::Review;
    assert_eq!(
        submitted
            .clone()
            .step(workflow, city(2), StepKind::SiteVisit),
        Err(AssessmentError::OtherStep { next })
    );
    let visited = submitted
        .step(workflow, city(2), StepKind::Review)
        .and_then(|it| it.step(workflow, city(2), StepKind::SiteVisit))
        .unwrap();
    let decide = |hand, grade| {
        visited
            .clone()
            .decide(&rule_set, hand, grade, String::new(), &[], frozen())
    };
    let action = AssessmentAction::Decide;
    assert_eq!(
        decide(both, some("good")),
        Err(AssessmentError::OwnDepot { action })
    );
    assert_eq!(
        decide(province(2), some("none")),
        Err(AssessmentError::UnknownLevel {
            level: "none".to_owned()
        })
    );
    assert!(decide(province(2), None).is_ok());
    assert_eq!(visited.send_back(&city(3)), Ok(Assessment::open()));
}

#[test]
fn an_open_veto_binds_whoever_decides() {
    let veto = |id: &str, highest_level: Option<&str>| {
        let highest_level = highest_level.map(str::to_owned);
        fixture::criterion(id, Kind::Veto { highest_level })
    };
    let vetoes = vec![veto("capped", Some("fair")), veto("barred", None)];
    let rule_set = RuleSet::new(fixture::parts(vetoes)).unwrap();
    let workflow = &rule_set.parts().workflow;
    let visited = Assessment::open()
        .submit(keeper(1))
        .and_then(|it| it.step(workflow, city(2), StepKind::Review))
        .and_then(|it| it.step(workflow, city(3), StepKind::SiteVisit))
        .unwrap();
    let decide = |grade: Option<&str>, open: &[&str]| {
        let open: Vec<_> = open.iter().map(|id| (*id).to_owned()).collect();
        let grade = grade.map(str::to_owned);
        let decided = visited.clone().decide(
            &rule_set,
            province(4),
            grade,
            String::new(),
            &open,
            frozen(),
        );
        decided.map(|_| ())
    };
    let by = |criterion: &str| {
        Err(AssessmentError::Vetoed {
            criterion: criterion.to_owned(),
        })
    };
    assert_eq!(decide(Some("good"), &[]), Ok(()));
    assert_eq!(decide(Some("fair"), &["capped"]), Ok(()));
    assert_eq!(decide(Some("good"), &["capped"]), by("capped"));
    assert_eq!(decide(Some("fair"), &["capped", "barred"]), by("barred"));
    assert_eq!(decide(None, &["barred"]), Ok(()));
}

#[test]
fn a_step_that_nobody_could_do_is_known_beforehand() {
    let rule_set = fixture::rule_set();
    let workflow = &rule_set.parts().workflow;
    let both = [Level::Municipal, Level::Provincial];
    assert_eq!(workflow.step_of_nobody(&both), None);
    assert_eq!(
        workflow.step_of_nobody(&[Level::Provincial]),
        Some((StepKind::Review, Level::Municipal))
    );
}

#[test]
fn a_grade_is_lowered_taken_away_and_objected_to() {
    let rule_set = fixture::rule_set();
    let workflow = &rule_set.parts().workflow;
    let held = decided(&rule_set).enforce(workflow, &province(12)).unwrap();
    let down = |to| {
        held.clone()
            .downgrade(&rule_set, province(13), to, "空".to_owned())
    };
    assert_eq!(down(some("good")), Err(AssessmentError::NotLower));
    assert_eq!(down(some("best")), Err(AssessmentError::NotLower));
    assert_eq!(
        down(some("fair")).unwrap().grade_on(day(13)),
        Some(Some("fair"))
    );
    assert_eq!(down(None).unwrap().grade_on(day(13)), Some(None));
    let objected = held
        .clone()
        .appeal(workflow, keeper(13), "面积有误".to_owned())
        .unwrap();
    assert_eq!(
        objected.clone().appeal(workflow, keeper(13), String::new()),
        Err(AssessmentError::AppealOpen)
    );
    // Whoever decided does not judge the objection to it.
    assert_eq!(
        objected.clone().settle(workflow, &province(14), false),
        Err(AssessmentError::OwnDecision)
    );
    let mut other = province(14);
    other.signature.by = "account_y".to_owned();
    assert_eq!(
        objected.clone().settle(workflow, &other, false),
        Ok(held.clone())
    );
    let again = objected.settle(workflow, &other, true).unwrap();
    assert_eq!(again.next_step(workflow), Some(StepKind::Decision));
    assert_eq!(
        held.clone().settle(workflow, &province(14), true),
        Err(AssessmentError::NoAppeal)
    );
    let mut late = keeper(1);
    late.day = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();
    let refused = held.clone().appeal(workflow, late, String::new());
    assert!(matches!(refused, Err(AssessmentError::Day { .. })));
    let revoked = held
        .revoke(workflow, province(15), "挪用".to_owned())
        .unwrap();
    assert_eq!(revoked.grade_on(day(15)), None);
}

fn awaited(it: &Assessment, since: u32) -> (Option<Awaited>, Option<u32>, Option<u32>) {
    use chrono::Datelike;
    let rule_set = fixture::rule_set();
    let workflow = &rule_set.parts().workflow;
    let deadline = it.deadline(workflow, day(since));
    let of_month = |day: NaiveDate| day.day();
    (
        it.awaits(workflow),
        deadline.due_on.map(of_month),
        deadline.remind_on.map(of_month),
    )
}

#[test]
fn every_state_but_the_end_waits_for_something() {
    let rule_set = fixture::rule_set();
    let workflow = &rule_set.parts().workflow;
    let open = Assessment::open();
    assert_eq!(awaited(&open, 1).0, Some(Awaited::Submit));
    let submitted = open.submit(keeper(1)).unwrap();
    assert_eq!(awaited(&submitted, 1).0, Some(Awaited::Review));
    assert_eq!(Awaited::Review.actor(workflow), Some(Level::Municipal));
    let reviewed = submitted.step(workflow, city(2), StepKind::Review).unwrap();
    assert_eq!(awaited(&reviewed, 2).0, Some(Awaited::Visit));
    let announced = decided(&rule_set);
    // The notice is up until the 11th.
    assert_eq!(
        awaited(&announced, 4),
        (Some(Awaited::Enforce), Some(12), None)
    );
    let objected = announced
        .clone()
        .appeal(workflow, keeper(5), String::new())
        .unwrap();
    assert_eq!(awaited(&objected, 5), (Some(Awaited::Settle), None, None));
    let held = announced.enforce(workflow, &province(12)).unwrap();
    assert_eq!(held.awaits(workflow), Some(Awaited::Renew));
    let deadline = held.deadline(workflow, day(12));
    assert_eq!(deadline.due_on, NaiveDate::from_ymd_opt(2029, 11, 11));
    assert_eq!(deadline.remind_on, NaiveDate::from_ymd_opt(2029, 5, 11));
    let ended = held.revoke(workflow, province(13), String::new()).unwrap();
    assert_eq!(awaited(&ended, 13), (None, None, None));
}

#[test]
fn a_step_with_days_is_late_the_day_after() {
    let rule_set = fixture::rule_set();
    let mut workflow = rule_set.parts().workflow.clone();
    for step in &mut workflow.steps {
        step.days = Some(10);
    }
    let submitted = Assessment::open().submit(keeper(1)).unwrap();
    let deadline = submitted.deadline(&workflow, day(1));
    assert_eq!(deadline.due_on, Some(day(11)));
    assert_eq!(deadline.remind_on, Some(day(12)));
    let early = submitted.clone().remind(deadline.remind_on, &province(11));
    assert_eq!(early, Err(AssessmentError::Day { day: day(12) }));
    let said = submitted.clone().remind(deadline.remind_on, &province(12));
    assert_eq!(said, Ok(submitted.clone()));
    assert!(submitted.remind(None, &province(12)).is_err());
}

#[test]
fn a_decision_names_the_society_that_it_was_taken_for() {
    let rule_set = fixture::rule_set();
    let announced = decided(&rule_set);
    let AssessmentState::Announced { decision, .. } = announced.state() else {
        panic!("{announced:?}");
    };
    assert_eq!(decision.society, Some(superior(Level::Provincial).society));
}
