use super::{
    super::{
        Aggregation, Band, Comparison, Criterion, Gates, Kind, Named, Parts, PeopleLine, Standing,
        Subject, Unassessed, Unit,
        fixture::{
            area, at, both, checklist, counting, criterion, figure, line, list, parts,
            stated_yes_no,
        },
    },
    *,
};
use crate::{kernel::Confidence, organisations::Level, stock::Condition};

fn banded(bands: &[(Option<i64>, i64)]) -> Kind {
    let band = |&(from, points): &(Option<i64>, i64)| Band {
        from: from.map(Into::into),
        points: points.into(),
    };
    Kind::Banded {
        subject: Subject::Stated,
        unit: Unit::CubicMetre,
        bands: bands.iter().map(band).collect(),
    }
}

fn one_of_each() -> Parts {
    let group = Kind::Group {
        of: vec!["area".to_owned(), "goods".to_owned()],
        at_least: 1,
    };
    let people = Kind::People {
        lines: vec![PeopleLine {
            item: "quilt".to_owned(),
            people: 1,
            days: 7,
        }],
        days: 3,
        of_population: false,
        counting: counting(),
        thresholds: vec![figure("fair", 50)],
    };
    let assessor = Criterion {
        points: Some(10.into()),
        ..criterion(
            "visit",
            Kind::Assessor {
                thresholds: Vec::new(),
            },
        )
    };
    let mut all = parts(vec![
        criterion("area", area(vec![figure("fair", 100)])),
        criterion("room", banded(&[(None, 0), (Some(400), 7)])),
        criterion("team", stated_yes_no()),
        criterion("order", checklist(2, vec![at("fair", 1)])),
        criterion("goods", list(vec![line("quilt", &[("good", 50)])])),
        criterion("people", people),
        criterion("means", group),
        criterion(
            "late",
            Kind::Deduction {
                each: 2.into(),
                cap: 10.into(),
                window_days: Some(365),
            },
        ),
        criterion(
            "veto",
            Kind::Veto {
                highest_level: None,
            },
        ),
        assessor,
    ]);
    all.aggregation.cutoffs = vec![figure("good", 12)];
    all
}

// What changes when the rule set does, in English.
fn check(change: impl FnOnce(&mut Parts), expected: &[&str]) {
    let old = RuleSet::new(one_of_each()).unwrap();
    let mut changed = one_of_each();
    change(&mut changed);
    let new = RuleSet::new(changed).unwrap();
    let changes = diff(&old, &new);
    let said: Vec<_> = changes.iter().map(|change| change.sentence().en).collect();
    assert_eq!(said, expected);
    for change in &changes {
        let zh = change.sentence().zh;
        assert!(
            zh.contains('由') || zh.contains('新') || zh.contains("取消"),
            "{zh}"
        );
    }
    // The other way round there is as much to say.
    assert_eq!(diff(&new, &old).len(), expected.len());
}

fn kind(parts: &mut Parts, position: usize) -> &mut Kind {
    &mut parts.criteria[position].kind
}

#[test]
fn nothing_is_otherwise_in_the_same() {
    check(|_| (), &[]);
    // In which order criteria and lines stand decides nothing.
    check(|parts| parts.criteria.swap(0, 4), &[]);
}

#[test]
fn figures_are_told_with_their_units() {
    check(
        |parts| *kind(parts, 0) = area(vec![figure("fair", 120)]),
        &["area (area), threshold at fair: from 100 m² to 120 m² (stricter)"],
    );
    check(
        |parts| *kind(parts, 0) = area(vec![figure("fair", 100), at("best", None)]),
        &["area (area), threshold at best: from none to not known"],
    );
    check(
        |parts| {
            *kind(parts, 1) = banded(&[(None, 0), (Some(300), 7), (Some(900), 8)]);
        },
        &[
            "room (room), band 2: from 7 points from 400 m³ on to 7 points from 300 m³ on",
            "room (room), band 3: from none to 8 points from 900 m³ on",
        ],
    );
    check(
        |parts| {
            *kind(parts, 7) = Kind::Deduction {
                each: 3.into(),
                cap: 12.into(),
                window_days: None,
            };
        },
        &[
            "late (late), off each time: from 2 points to 3 points",
            "late (late), off at most: from 10 points to 12 points",
            "late (late), how far back it counts: from 365 days to for ever",
        ],
    );
    check(
        |parts| parts.criteria[9].points = Some(11.into()),
        &["visit (visit), points at most: from 10 points to 11 points"],
    );
    check(
        |parts| parts.aggregation.cutoffs = vec![figure("good", 11)],
        &["the rule set, points in all at good: from 12 points to 11 points (looser)"],
    );
    check(
        |parts| {
            parts.workflow.validity_months = Some(24);
            parts.workflow.appeal_days = None;
            parts.workflow.steps[0].days = Some(1);
        },
        &[
            "the rule set, steps: from self-assessment (the depot's own society, 10 days), \
             review (the municipal society, 10 days), site visit (the municipal society), \
             decision (the provincial society), publication (the provincial society, 7 days) \
             to self-assessment (the depot's own society, 1 day), \
             review (the municipal society, 10 days), site visit (the municipal society), \
             decision (the provincial society), publication (the provincial society, 7 days)",
            "the rule set, how long a grade stands: from 36 months to 24 months",
            "the rule set, time to object: from 30 days to as long as the grade stands",
        ],
    );
}

#[test]
fn lists_are_told_entry_by_entry() {
    check(
        |parts| *kind(parts, 3) = checklist(3, vec![at("fair", 2)]),
        &[
            "order (order), entry e2 of the list: from none to entry",
            "order (order), threshold at fair: from 1 entry to 2 entries (stricter)",
        ],
    );
    check(
        |parts| {
            let mut quilts = line("quilt", &[("good", 60)]);
            quilts.maximum = Some(900);
            let mut counted = counting();
            counted.agreement = true;
            counted.least_days_left = Some(30);
            counted.conditions.insert(Condition::NeedsRepair);
            *kind(parts, 4) = Kind::Stock {
                lines: vec![quilts, line("tent", &[("fair", 5)])],
                share_percent: 80,
                counting: counted,
            };
        },
        &[
            "goods (goods), minimum of quilt at good: from 50 base units to 60 base units (stricter)",
            "goods (goods), maximum of quilt: from none to 900 base units",
            "goods (goods), minimum of tent at fair: from none to 5 base units (stricter)",
            "goods (goods), how much of the list must be covered: from 100% to 80%",
            "goods (goods), goods under agreements count: from no to yes",
            "goods (goods), conditions that count: from usable to usable, needs_repair",
            "goods (goods), days of use that must be left: from none to 30 days",
        ],
    );
    check(
        |parts| {
            *kind(parts, 5) = Kind::People {
                lines: vec![PeopleLine {
                    item: "quilt".to_owned(),
                    people: 2,
                    days: 7,
                }],
                days: 4,
                of_population: true,
                counting: counting(),
                thresholds: vec![figure("fair", 50)],
            };
        },
        &[
            "people (people), quilt: from a base unit for 1 people and 7 days to a base unit for 2 people and 7 days",
            "people (people), days: from 3 days to 4 days",
            "people (people), as a share of the people served: from no to yes",
            "people (people), threshold at fair: from 50 people to 50 %",
        ],
    );
    check(
        |parts| {
            *kind(parts, 6) = Kind::Group {
                of: vec!["area".to_owned(), "team".to_owned()],
                at_least: 2,
            };
        },
        &[
            "means (means), made of: from area (area), goods (goods) to area (area), team (team)",
            "means (means), how many must be met: from 1 to 2",
        ],
    );
}

#[test]
fn kinds_and_what_they_stand_on_are_told() {
    check(
        |parts| *kind(parts, 0) = stated_yes_no(),
        &[
            "area (area), effort: from build or move to put on record",
            "area (area), kind: from numeric to yes_no",
        ],
    );
    check(
        |parts| {
            *kind(parts, 0) = Kind::Numeric {
                subject: Subject::Stated,
                unit: Unit::Metre,
                comparison: Comparison::AtMost,
                thresholds: vec![figure("fair", 100)],
            };
            *kind(parts, 2) = Kind::YesNo {
                subject: Subject::Stated,
                from_level: Some("good".to_owned()),
            };
            *kind(parts, 8) = Kind::Veto {
                highest_level: Some("fair".to_owned()),
            };
            parts.criteria[0].effort = Some(crate::rating::Effort::Build);
        },
        &[
            "area (area), what is measured: from storage area (storage_area) to what people state",
            "area (area), unit: from m2 to m",
            "area (area), comparison: from at least to at most",
            "area (area), threshold at fair: from 100 m² to 100 m",
            "team (team), asked from which level on: from all levels to good",
            "veto (veto), highest level while it is open: from none to fair",
        ],
    );
}

#[test]
fn what_stands_beside_the_figures_is_told() {
    check(
        |parts| {
            parts.title = both("Tested");
            parts.label = Some(both("made up"));
            parts.issuer = both("Somebody");
            parts.document_number = Some("7".to_owned());
            parts.valid_to = parts.valid_from.succ_opt();
            parts.standing = Standing::Draft;
            parts.provenance.confidence = Confidence::Verbatim;
        },
        &[
            "the rule set, title: from Test to Tested",
            "the rule set, label: from none to made up",
            "the rule set, issuer: from Nobody to Somebody",
            "the rule set, document number: from none to 7",
            "the rule set, validity: from 2026-01-01 and after to 2026-01-01 to 2026-01-02",
            "the rule set, status: from in force to draft",
            "the rule set, source: from made up (I) to made up (V)",
        ],
    );
    check(
        |parts| {
            parts.levels.swap(1, 2);
            parts.levels[0].title = both("very best");
            parts.profiles.push(Named {
                id: "rural".to_owned(),
                title: both("Rural"),
            });
            let changed = &mut parts.criteria[3];
            changed.title = both("good order");
            changed.gate = false;
            changed.profiles = vec!["rural".to_owned()];
            changed.depot_levels = vec![Level::County];
            changed.public = false;
            changed.provenance.source = "another".to_owned();
            parts.criteria[5].kind = stated_yes_no();
        },
        &[
            "the rule set, order of levels, the lowest first: from fair, good, best to good, fair, best",
            "the rule set, title of the level best: from best to very best",
            "new profile: Rural (rural)",
            "order (order), title: from order to good order",
            "order (order), gate: from yes to no",
            "order (order), profiles: from all profiles to rural",
            "order (order), depots: from depots of all levels to county",
            "order (order), public: from yes to no",
            "order (order), source: from made up (I) to another (I)",
            "people (people), effort: from get goods to put on record",
            "people (people), kind: from people to yes_no",
        ]
        .map(|said| said.replace("order (order)", "good order (order)"))
        .each_ref()
        .map(String::as_str),
    );
    check(
        |parts| {
            parts.aggregation = Aggregation {
                gates: Some(Gates {
                    unassessed: Unassessed::Skip,
                    must_assess: vec!["area".to_owned()],
                }),
                cutoffs: parts.aggregation.cutoffs.clone(),
            };
            let Kind::Numeric { thresholds, .. } = kind(parts, 0) else {
                return;
            };
            thresholds[0].provenance = Some(crate::rating::fixture::provenance());
        },
        &[
            "area (area), source of the threshold at fair: from none to made up (I)",
            "the rule set, while a gate is not assessed: from the level stays undecided to the others decide",
            "the rule set, criteria that must be assessed: from none to area (area)",
        ],
    );
    check(
        |parts| {
            parts.criteria.remove(7);
        },
        &["gone criterion: late (late)"],
    );
}
