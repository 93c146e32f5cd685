use rust_decimal::Decimal;

use super::{
    super::{
        AtLevel, Band, Criterion, Kind, Measure, Parts, RuleSet, Step, StepKind, Subject, Unit,
        fixture::{
            area, at, checklist, criterion, figure, line, list, named, parts, stated_yes_no,
        },
    },
    *,
};
use crate::organisations::Level;

fn group(of: &[&str], at_least: u32) -> Kind {
    Kind::Group {
        of: of.iter().map(|&id| id.to_owned()).collect(),
        at_least,
    }
}

fn ok() -> Criterion {
    criterion("ok", stated_yes_no())
}

// The mistakes of a rule set with these criteria after `ok`, each as place and code.
fn check(criteria: Vec<Criterion>, change: impl FnOnce(&mut Parts), expected: &[(&str, &str)]) {
    let mut all = vec![ok()];
    all.extend(criteria);
    let mut parts = parts(all);
    change(&mut parts);
    let mistakes = RuleSet::new(parts).err().unwrap_or_default();
    let found: Vec<_> = mistakes
        .iter()
        .map(|mistake| (mistake.at.as_str(), mistake.fault.code()))
        .collect();
    assert_eq!(found, expected);
    for mistake in &mistakes {
        let sentence = mistake.fault.sentence();
        assert!(
            !sentence.zh.is_empty() && !sentence.en.is_empty(),
            "{mistake:?}"
        );
    }
}

#[test]
fn what_is_right_passes() {
    check(vec![], |_| (), &[]);
    let kinds = vec![
        criterion(
            "a",
            area(vec![figure("fair", 1), at("good", None), figure("best", 2)]),
        ),
        criterion("b", list(vec![line("x", &[("fair", 1), ("best", 1)])])),
        criterion("c", checklist(3, vec![at("best", 3)])),
        criterion("d", group(&["ok", "a", "e"], 2)),
        criterion("e", group(&["b"], 1)),
    ];
    check(kinds, |_| (), &[]);
}

#[test]
fn all_mistakes_are_told_at_once() {
    check(
        vec![criterion("ok", stated_yes_no())],
        |parts| {
            parts.id = "Has Spaces".to_owned();
            parts.title.en = " ".to_owned();
            parts.valid_to = parts.valid_from.pred_opt();
            parts.levels.push(named("best"));
            parts.criteria[0].dimension = "none".to_owned();
            parts.criteria[0].profiles = vec!["none".to_owned()];
        },
        &[
            ("/id", "code"),
            ("/title/en", "text"),
            ("/valid_to", "validity"),
            ("/levels/3/id", "duplicate"),
            ("/criteria/1/id", "duplicate"),
            ("/criteria/0/dimension", "unknown-reference"),
            ("/criteria/0/profiles/0", "unknown-reference"),
        ],
    );
}

#[test]
fn thresholds_rise_with_the_levels_and_name_them() {
    let falls = vec![figure("best", 5), figure("fair", 9), figure("none", 1)];
    check(
        vec![criterion("a", area(falls))],
        |_| (),
        &[
            ("/criteria/1/numeric/levels/2/level", "unknown-reference"),
            ("/criteria/1/numeric/levels/0/value", "threshold-falls"),
        ],
    );
    let at_most = |thresholds: Vec<AtLevel<Decimal>>| Kind::Numeric {
        subject: Subject::Measure(Measure::CountAge),
        unit: Unit::Month,
        comparison: Comparison::AtMost,
        thresholds,
    };
    let rises = vec![figure("fair", 6), figure("best", 12)];
    check(
        vec![criterion("a", at_most(rises))],
        |_| (),
        &[("/criteria/1/numeric/levels/1/value", "threshold-falls")],
    );
    check(
        vec![criterion(
            "a",
            at_most(vec![figure("fair", 12), figure("best", 6)]),
        )],
        |_| (),
        &[],
    );
    check(
        vec![criterion(
            "a",
            list(vec![line("x", &[("fair", 9), ("best", 5)])]),
        )],
        |_| (),
        &[(
            "/criteria/1/stock/lines/0/minima/1/value",
            "threshold-falls",
        )],
    );
}

#[test]
fn units_fit() {
    let wrong = Kind::Numeric {
        subject: Subject::Measure(Measure::StorageArea),
        unit: Unit::Metre,
        comparison: Comparison::AtLeast,
        thresholds: vec![figure("fair", 1)],
    };
    let no_answer = Kind::YesNo {
        subject: Subject::Measure(Measure::StorageArea),
        from_level: Some("none".to_owned()),
    };
    check(
        vec![criterion("a", wrong), criterion("b", no_answer)],
        |_| (),
        &[
            ("/criteria/1/numeric/unit", "unit"),
            ("/criteria/2/yes_no/measure", "unit"),
            ("/criteria/2/yes_no/from_level", "unknown-reference"),
        ],
    );
}

#[test]
fn figures_that_cannot_be_are_told() {
    let numeric = |unit, value: i64| Kind::Numeric {
        subject: Subject::Stated,
        unit,
        comparison: Comparison::AtLeast,
        thresholds: vec![figure("fair", value)],
    };
    let value = "/criteria/1/numeric/levels/0/value";
    for (unit, figure, expected) in [
        (Unit::Yuan, -5, Some((value, "range"))),
        (Unit::Count, -1, Some((value, "range"))),
        (Unit::People, 0, None),
        (Unit::Percent, 100, None),
        (Unit::Percent, 150, Some((value, "range"))),
        (
            Unit::YesNo,
            1,
            Some(("/criteria/1/numeric/unit", "stated-yes-no")),
        ),
    ] {
        let expected: Vec<_> = expected.into_iter().collect();
        check(
            vec![criterion("a", numeric(unit, figure))],
            |_| (),
            &expected,
        );
    }
    // By a wrong unit nothing is said of figures.
    let area = Kind::Numeric {
        subject: Subject::Measure(Measure::StorageArea),
        unit: Unit::Percent,
        comparison: Comparison::AtLeast,
        thresholds: vec![figure("fair", 394)],
    };
    let unit = [("/criteria/1/numeric/unit", "unit")];
    check(vec![criterion("a", area)], |_| (), &unit);
    let networked = Kind::Numeric {
        subject: Subject::Measure(Measure::Networked),
        unit: Unit::YesNo,
        comparison: Comparison::AtLeast,
        thresholds: vec![figure("fair", 2)],
    };
    check(vec![criterion("a", networked)], |_| (), &[(value, "range")]);
    let band = |from: Option<i64>| Band {
        from: from.map(Into::into),
        points: Decimal::ONE,
    };
    let share = Kind::Banded {
        subject: Subject::Stated,
        unit: Unit::Percent,
        bands: vec![band(None), band(Some(50)), band(Some(101))],
    };
    check(
        vec![criterion("a", share)],
        |parts| parts.aggregation.cutoffs = vec![figure("fair", 1)],
        &[("/criteria/1/banded/bands/2/from", "range")],
    );
}

#[test]
fn no_criterion_is_made_of_itself() {
    check(
        vec![
            criterion("a", group(&["b"], 1)),
            criterion("b", group(&["c", "ok"], 1)),
            criterion("c", group(&["a"], 2)),
            criterion("d", group(&["d", "nobody"], 1)),
        ],
        |_| (),
        &[
            ("/criteria/3/group/at_least", "range"),
            ("/criteria/4/group/of/1", "unknown-reference"),
            ("/criteria/3/group/of", "cycle"),
            ("/criteria/4/group/of", "cycle"),
        ],
    );
}

#[test]
fn points_and_weights_make_up_the_whole() {
    let scored = |id: &str, points: i64, weight: Option<i64>| Criterion {
        points: Some(points.into()),
        weight: weight.map(Into::into),
        ..criterion(id, stated_yes_no())
    };
    let cutoff = |value: i64| {
        move |parts: &mut Parts| parts.aggregation.cutoffs = vec![figure("fair", value)]
    };
    check(vec![scored("a", 10, None)], cutoff(10), &[]);
    check(
        vec![scored("a", 10, None)],
        |_| (),
        &[("/criteria/1", "points-unused")],
    );
    check(
        vec![scored("a", 10, None)],
        cutoff(11),
        &[("/aggregation/cutoffs/0/value", "cutoff-above-all")],
    );
    check(
        vec![scored("a", 10, Some(60)), scored("b", 5, Some(40))],
        cutoff(100),
        &[],
    );
    check(
        vec![scored("a", 10, Some(60)), scored("b", 5, Some(30))],
        cutoff(100),
        &[("/criteria", "weights-sum")],
    );
    // A depot of a level that one of them does not concern must reach the whole, too.
    let of_cities = Criterion {
        depot_levels: vec![Level::Municipal],
        ..scored("b", 5, Some(40))
    };
    check(
        vec![scored("a", 10, Some(60)), of_cities.clone()],
        cutoff(100),
        &[("/criteria", "weights-sum"); 4],
    );
    let of_others = Criterion {
        depot_levels: vec![
            Level::National,
            Level::Provincial,
            Level::County,
            Level::Township,
        ],
        ..scored("c", 5, Some(40))
    };
    check(
        vec![scored("a", 10, Some(60)), of_cities, of_others],
        cutoff(100),
        &[],
    );
    let assessor = |asked| Criterion {
        points: Some(10.into()),
        ..criterion(
            "a",
            Kind::Assessor {
                thresholds: vec![figure("fair", asked)],
            },
        )
    };
    check(vec![assessor(10)], cutoff(10), &[]);
    check(
        vec![assessor(11)],
        cutoff(10),
        &[("/criteria/1/assessor/levels/0/value", "above-points")],
    );
    check(
        vec![scored("a", 10, Some(100)), scored("b", 5, None)],
        cutoff(100),
        &[("/criteria/2", "weight-missing")],
    );
    check(
        vec![Criterion {
            points: Some(Decimal::ONE),
            ..criterion("a", area(vec![figure("fair", 1)]))
        }],
        cutoff(1),
        &[("/criteria/1/points", "points-not-here")],
    );
    let band = |from: Option<i64>| Band {
        from: from.map(Into::into),
        points: Decimal::ONE,
    };
    let banded = |bands| Kind::Banded {
        subject: Subject::Stated,
        unit: Unit::Count,
        bands,
    };
    check(
        vec![criterion(
            "a",
            banded(vec![band(None), band(Some(5)), band(Some(5))]),
        )],
        cutoff(1),
        &[("/criteria/1/banded/bands/2/from", "bands-order")],
    );
    check(
        vec![],
        |parts| parts.aggregation.gates = None,
        &[("/aggregation", "nothing-aggregated")],
    );
}

#[test]
fn steps_come_in_order_and_decide() {
    let step = |kind| Step {
        kind,
        actor: None,
        days: Some(0),
    };
    check(
        vec![],
        |parts| {
            parts.workflow.steps = [StepKind::SiteVisit, StepKind::Review].map(step).to_vec();
        },
        &[
            ("/workflow/steps/1", "step-order"),
            ("/workflow/steps", "no-decision"),
            ("/workflow/steps/0/days", "range"),
            ("/workflow/steps/1/days", "range"),
        ],
    );
}
