//! The laws of judging, for rule sets and facts that nobody thought of.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, option, prelude::*};
use rust_decimal::Decimal;

use super::{
    Band, Comparison, Counting, Criterion, Evaluation, Facts, Gates, Kind, Measure, Parts,
    PeopleLine, Pile, RuleSet, Statement, Subject, Supposition, Unassessed, Unit, advise, diff,
    evaluate, explain,
    fixture::{at, checklist, criterion, facts, line, parts, stock},
    gaps, stock_grade,
};
use crate::stock::Condition;

const LEVELS: [&str; 3] = ["fair", "good", "best"];
const ITEMS: [&str; 3] = ["quilt", "tent", "box"];
const CRITERIA: usize = 8;

fn rising() -> impl Strategy<Value = Vec<Option<i64>>> {
    // Sorted where they are known, so that no level asks less than one below.
    vec(option::of(0_i64..60), 3).prop_map(|mut values| {
        let mut known: Vec<_> = values.iter().flatten().copied().collect();
        known.sort_unstable();
        let mut known = known.into_iter();
        for value in values.iter_mut().flatten() {
            *value = known.next().unwrap();
        }
        values
    })
}

fn subject(measure: Measure) -> impl Strategy<Value = Subject> {
    prop_oneof![Just(Subject::Stated), Just(Subject::Measure(measure))]
}

fn counting() -> impl Strategy<Value = Counting> {
    let flag = any::<bool>;
    (flag(), flag(), flag(), flag(), option::of(0_u32..40)).prop_map(
        |(held_for_others, reserved, restricted, agreement, least_days_left)| Counting {
            held_for_others,
            reserved,
            restricted,
            agreement,
            conditions: [Condition::Usable].into(),
            least_days_left,
        },
    )
}

fn decimals(values: Vec<Option<i64>>) -> Vec<super::AtLevel<Decimal>> {
    let values = LEVELS.into_iter().zip(values);
    values
        .map(|(level, value)| at(level, value.map(Decimal::from)))
        .collect()
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        (subject(Measure::StorageArea), rising()).prop_map(|(subject, values)| Kind::Numeric {
            subject,
            unit: Unit::SquareMetre,
            comparison: Comparison::AtLeast,
            thresholds: decimals(values),
        }),
        subject(Measure::Networked).prop_map(|subject| Kind::YesNo {
            subject,
            from_level: None
        }),
        (1_u32..4).prop_map(|count| checklist(3, vec![at("good", count)])),
        (rising(), 1_u32..=100, counting()).prop_map(|(minima, share_percent, counting)| {
            let mut list = line("quilt", &[]);
            let minima = LEVELS.into_iter().zip(minima);
            list.minima = minima.map(|(level, value)| at(level, value)).collect();
            Kind::Stock {
                lines: vec![list, line("tent", &[("fair", 5)])],
                share_percent,
                counting,
            }
        }),
        (rising(), 1_u32..30, any::<bool>(), counting()).prop_map(
            |(values, days, of_population, counting)| Kind::People {
                lines: vec![PeopleLine {
                    item: "box".to_owned(),
                    people: 3,
                    days: 7
                }],
                days,
                of_population,
                counting,
                thresholds: decimals(values),
            }
        ),
        (vec(0_usize..CRITERIA, 1..4), 1_u32..3).prop_map(|(of, at_least)| Kind::Group {
            of: of.into_iter().map(|number| format!("c{number}")).collect(),
            at_least,
        }),
        Just(Kind::Veto {
            highest_level: Some("fair".to_owned())
        }),
        (0_i64..5, 0_i64..20).prop_map(|(each, cap)| Kind::Deduction {
            each: each.into(),
            cap: cap.into(),
            window_days: None,
        }),
        (0_i64..20).prop_map(|points| Kind::Banded {
            subject: Subject::Stated,
            unit: Unit::Count,
            bands: vec![
                Band {
                    from: None,
                    points: Decimal::ZERO
                },
                Band {
                    from: Some(10.into()),
                    points: points.into()
                },
            ],
        }),
    ]
}

// Parts that are right but where a group makes a circle or asks too much.
fn rules() -> impl Strategy<Value = Parts> {
    (
        vec((kind(), any::<bool>()), CRITERIA),
        any::<bool>(),
        0_i64..40,
    )
        .prop_map(|(kinds, skip, cutoff)| {
            let numbered = kinds.into_iter().enumerate();
            let criteria: Vec<_> = numbered
                .map(|(number, (kind, scored))| {
                    let mut made = criterion(&format!("c{number}"), kind);
                    if scored
                        && matches!(
                            made.kind,
                            Kind::YesNo { .. } | Kind::Checklist { .. } | Kind::Stock { .. }
                        )
                    {
                        made.points = Some(7.into());
                    }
                    made
                })
                .collect();
            let all: Decimal = criteria.iter().filter_map(Criterion::most_points).sum();
            let mut parts = parts(criteria);
            parts.aggregation.gates = Some(Gates {
                unassessed: if skip {
                    Unassessed::Skip
                } else {
                    Unassessed::Hold
                },
                must_assess: vec!["c0".to_owned()],
            });
            parts.aggregation.cutoffs = vec![at("good", all.min(cutoff.into()))];
            parts
        })
}

fn statement() -> impl Strategy<Value = Statement> {
    let day = facts().day;
    prop_oneof![
        any::<i64>().prop_map(|figure| Statement::Figure(figure.into())),
        any::<bool>().prop_map(move |yes| Statement::Answer {
            yes,
            valid_until: None
        }),
        vec(0_usize..4, 0..4).prop_map(|ids| {
            let ids: BTreeSet<_> = ids.into_iter().map(|id| format!("e{id}")).collect();
            Statement::Ticked(ids)
        }),
        vec(Just(day), 0..9).prop_map(Statement::Occurrences),
        any::<bool>().prop_map(|open| Statement::Finding {
            open,
            reason: "x".to_owned()
        }),
        any::<i64>().prop_map(|points| Statement::Score {
            points: points.into(),
            reason: "x".to_owned()
        }),
    ]
}

fn a_pile() -> impl Strategy<Value = Pile> {
    let quantity = prop_oneof![-5_i64..100, any::<i64>()];
    (quantity, 0_i64..50, 0_u64..60, vec(any::<bool>(), 4)).prop_map(
        |(quantity, reserved, days, flags)| Pile {
            quantity,
            reserved,
            condition: if flags[0] {
                Condition::Usable
            } else {
                Condition::Quarantined
            },
            expires_on: facts().day.checked_add_days(chrono::Days::new(days)),
            held_for_others: flags[1],
            restricted: flags[2],
            agreement: flags[3],
        },
    )
}

fn known() -> impl Strategy<Value = Facts> {
    (
        vec(option::of(vec(a_pile(), 0..4)), ITEMS.len()),
        vec(option::of(statement()), CRITERIA),
        option::of(0_i64..100),
        option::of(any::<u64>()),
        option::of(0_usize..CRITERIA),
    )
        .prop_map(|(piles, statements, area, population, waived)| {
            let mut facts = facts();
            for (item, piles) in ITEMS.iter().zip(piles) {
                if let Some(piles) = piles {
                    facts.stock.insert((*item).to_owned(), stock(piles));
                }
            }
            for (number, statement) in statements.into_iter().enumerate() {
                if let Some(statement) = statement {
                    facts.stated.insert(format!("c{number}"), statement);
                }
            }
            if let Some(area) = area {
                facts.readings.insert(Measure::StorageArea, area.into());
                facts.readings.insert(Measure::Networked, (area % 2).into());
            }
            if let Some(number) = waived {
                facts.waived.insert(format!("c{number}"), "x".to_owned());
            }
            facts.population = population;
            facts
        })
}

// Judged, in no order.
fn by_criterion(evaluation: Evaluation) -> (Option<usize>, BTreeMap<String, super::Finding>) {
    let findings = evaluation.findings.into_iter();
    let findings = findings.map(|finding| (finding.criterion.clone(), finding));
    (evaluation.grade, findings.collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn judging_never_fails_and_always_explains(parts in rules(), facts in known()) {
        let rule_set = match RuleSet::new(parts) {
            Ok(rule_set) => rule_set,
            Err(mistakes) => {
                prop_assert!(mistakes.iter().all(|mistake| !mistake.fault.sentence().zh.is_empty()));
                return Ok(());
            }
        };
        let evaluation = evaluate(&rule_set, None, &facts).unwrap();
        prop_assert_eq!(evaluation.findings.len(), CRITERIA);
        for finding in &evaluation.findings {
            let sentence = explain(&rule_set, finding);
            prop_assert!(sentence.zh.ends_with('。') && sentence.en.ends_with('.'));
        }
        for rank in 0..LEVELS.len() {
            let open = gaps(&rule_set, &facts, &evaluation, rank);
            // What is reached lacks nothing, and what is not reached lacks something.
            prop_assert_eq!(open.is_empty(), evaluation.levels[rank] == super::Reached::Yes);
            for gap in &open {
                prop_assert!(!advise(&rule_set, gap).zh.is_empty());
            }
        }
        let graded = stock_grade(&rule_set, &facts, &evaluation);
        prop_assert!(graded.categories.len() <= ITEMS.len());
        // The same facts give the same answer, and the same edition changes nothing.
        prop_assert_eq!(&evaluate(&rule_set, None, &facts.clone()).unwrap(), &evaluation);
        prop_assert!(diff(&rule_set, &rule_set).is_empty());
    }

    #[test]
    fn the_order_of_criteria_does_not_matter(parts in rules(), facts in known(), turn in 0..CRITERIA) {
        let mut turned = parts.clone();
        turned.criteria.rotate_left(turn);
        turned.criteria.swap(0, turn);
        let (Ok(a), Ok(b)) = (RuleSet::new(parts), RuleSet::new(turned)) else {
            return Ok(());
        };
        let a = by_criterion(evaluate(&a, None, &facts).unwrap());
        let b = by_criterion(evaluate(&b, None, &facts).unwrap());
        prop_assert_eq!(a, b);
    }

    #[test]
    fn more_stock_never_makes_it_worse(
        parts in rules(),
        facts in known(),
        item in 0..ITEMS.len(),
        more in 1_i64..1_000,
    ) {
        let Ok(rule_set) = RuleSet::new(parts) else { return Ok(()); };
        let supposition = Supposition {
            goods: [(ITEMS[item].to_owned(), more)].into(),
            ..Supposition::default()
        };
        let before = evaluate(&rule_set, None, &facts).unwrap();
        let after = evaluate(&rule_set, None, &facts.supposing(&supposition)).unwrap();
        prop_assert!(after.grade >= before.grade);
        for (was, is) in before.findings.iter().zip(&after.findings) {
            for (was, is) in was.at.iter().zip(&is.at) {
                let worth = |judged: &super::Judged| match judged {
                    super::Judged::NotMet => 0,
                    super::Judged::NotAssessed => 1,
                    _ => 2,
                };
                prop_assert!(worth(is) >= worth(was), "{was:?} {is:?}");
            }
            let low = |finding: &super::Finding| finding.earned.map(|earned| earned.low);
            prop_assert!(low(is) >= low(was));
        }
    }
}

#[test]
fn most_random_rule_sets_are_right() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let right = (0..200)
        .filter(|_| {
            let parts = rules().new_tree(&mut runner).unwrap().current();
            RuleSet::new(parts).is_ok()
        })
        .count();
    // Or the laws above would hold for want of cases.
    assert!(right > 40, "{right}");
}
