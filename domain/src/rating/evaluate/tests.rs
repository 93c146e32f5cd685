use chrono::NaiveDate;

use super::{
    super::{
        Band, Comparison, Counting, Lack, Measure, PeopleLine, Pile, StockLevel, Subject, Unit,
        explain,
        fixture::{
            area, at, both, checklist, counting, criterion, facts, figure, line, list, named,
            parts, pile, stated_yes_no, stock,
        },
        gaps, stock_grade,
    },
    *,
};
use crate::{
    kernel::{Currency, Money},
    organisations::Level,
    stock::Condition,
};

fn rules(criteria: Vec<Criterion>) -> RuleSet {
    RuleSet::new(parts(criteria)).unwrap()
}

fn one(kind: Kind) -> RuleSet {
    rules(vec![criterion("it", kind)])
}

// How the one criterion stands at fair, good and best, by the first letters of the words.
fn marks(rule_set: &RuleSet, facts: &Facts) -> String {
    let evaluation = evaluate(rule_set, None, facts).unwrap();
    let finding = &evaluation.findings[0];
    let sentence = explain(rule_set, finding);
    assert!(!sentence.zh.is_empty() && !sentence.en.is_empty());
    let mark = |judged: &Judged| match judged {
        Judged::NotAsked => '.',
        Judged::Met => 'y',
        Judged::NotMet => 'n',
        Judged::NotAssessed => '?',
        Judged::Waived => 'w',
    };
    finding.at.iter().map(mark).collect()
}

fn stating(statement: Statement) -> Facts {
    let mut facts = facts();
    facts.stated.insert("it".to_owned(), statement);
    facts
}

fn measuring(figure: i64) -> Facts {
    let mut facts = facts();
    facts.readings.insert(Measure::StorageArea, figure.into());
    facts
}

fn holding(piles: Vec<Pile>) -> Facts {
    let mut facts = facts();
    facts.stock.insert("quilt".to_owned(), stock(piles));
    facts
}

#[test]
fn a_figure_is_held_against_each_level() {
    let rule_set = one(area(vec![
        figure("fair", 100),
        at("good", None),
        figure("best", 900),
    ]));
    for (area, expected) in [(99, "n?n"), (100, "y?n"), (899, "y?n"), (900, "y?y")] {
        assert_eq!(marks(&rule_set, &measuring(area)), expected, "{area}");
    }
    assert_eq!(marks(&rule_set, &facts()), "???");
    // A level that says nothing asks what the one below asks; one below them asks nothing.
    let rule_set = one(area(vec![figure("good", 100)]));
    assert_eq!(marks(&rule_set, &measuring(99)), ".nn");
    assert_eq!(marks(&rule_set, &measuring(100)), ".yy");
    let rule_set = one(Kind::Numeric {
        subject: Subject::Stated,
        unit: Unit::Hour,
        comparison: Comparison::AtMost,
        thresholds: vec![figure("fair", 10), figure("best", 6)],
    });
    let hours = |hours: i64| stating(Statement::Figure(hours.into()));
    assert_eq!(marks(&rule_set, &hours(6)), "yyy");
    assert_eq!(marks(&rule_set, &hours(7)), "yyn");
    assert_eq!(marks(&rule_set, &hours(11)), "nnn");
    let wrong = stating(Statement::Ticked([].into()));
    assert_eq!(marks(&rule_set, &wrong), "???");
}

#[test]
fn an_answer_holds_as_long_as_its_evidence() {
    let rule_set = one(Kind::YesNo {
        subject: Subject::Stated,
        from_level: Some("good".to_owned()),
    });
    let day = facts().day;
    let answer =
        |yes, valid_until: Option<NaiveDate>| stating(Statement::Answer { yes, valid_until });
    assert_eq!(marks(&rule_set, &facts()), ".??");
    assert_eq!(marks(&rule_set, &answer(true, None)), ".yy");
    assert_eq!(marks(&rule_set, &answer(false, None)), ".nn");
    assert_eq!(marks(&rule_set, &answer(true, Some(day))), ".yy");
    assert_eq!(marks(&rule_set, &answer(true, day.pred_opt())), ".??");
    let measured = one(Kind::YesNo {
        subject: Subject::Measure(Measure::Networked),
        from_level: None,
    });
    assert_eq!(marks(&measured, &facts()), "???");
    for (reading, expected) in [(0, "nnn"), (1, "yyy")] {
        let mut facts = facts();
        facts.readings.insert(Measure::Networked, reading.into());
        assert_eq!(marks(&measured, &facts), expected);
    }
    let mut waived = facts();
    waived.waived.insert("it".to_owned(), "海岛".to_owned());
    assert_eq!(marks(&rule_set, &waived), ".ww");
    assert_eq!(evaluate(&rule_set, None, &waived).unwrap().grade, Some(2));
}

#[test]
fn a_checklist_counts_what_is_on_it() {
    let rule_set = one(checklist(3, vec![at("fair", 1), at("best", 3)]));
    let ticked = |ids: &[&str]| {
        stating(Statement::Ticked(
            ids.iter().map(|&id| id.to_owned()).collect(),
        ))
    };
    assert_eq!(marks(&rule_set, &facts()), "???");
    assert_eq!(marks(&rule_set, &ticked(&[])), "nnn");
    assert_eq!(marks(&rule_set, &ticked(&["e0", "other", "more"])), "yyn");
    assert_eq!(marks(&rule_set, &ticked(&["e0", "e1", "e2"])), "yyy");
}

#[test]
fn only_stock_that_counts_is_counted() {
    let day = facts().day;
    let changed = |change: fn(&mut Pile, NaiveDate)| {
        let mut pile = pile(10);
        change(&mut pile, day);
        pile
    };
    let all = Counting {
        held_for_others: true,
        reserved: true,
        restricted: true,
        agreement: true,
        conditions: Condition::ALL.iter().copied().collect(),
        least_days_left: None,
    };
    let none = Counting {
        held_for_others: false,
        reserved: false,
        restricted: false,
        agreement: false,
        conditions: [Condition::Usable].into(),
        least_days_left: Some(1),
    };
    for (change, by_all, by_none) in [
        ((|_, _| ()) as fn(&mut Pile, NaiveDate), 10, 10),
        (|pile, _| pile.held_for_others = true, 10, 0),
        (|pile, _| pile.reserved = 4, 10, 6),
        (|pile, _| pile.restricted = true, 10, 0),
        (|pile, _| pile.agreement = true, 10, 0),
        (|pile, _| pile.condition = Condition::Quarantined, 10, 0),
        (|pile, day| pile.expires_on = day.pred_opt(), 0, 0),
        (|pile, day| pile.expires_on = Some(day), 10, 0),
        (|pile, day| pile.expires_on = day.succ_opt(), 10, 10),
        (|pile, _| pile.quantity = -5, 0, 0),
    ] {
        let pile = changed(change);
        assert_eq!(pile.counted(&all, day), by_all, "{pile:?}");
        assert_eq!(pile.counted(&none, day), by_none, "{pile:?}");
    }
}

#[test]
fn a_list_is_covered_line_by_line() {
    let lines = vec![
        line("quilt", &[("fair", 10), ("best", 100)]),
        line("tent", &[("fair", 1)]),
    ];
    let rule_set = one(list(lines.clone()));
    assert_eq!(marks(&rule_set, &facts()), "???");
    // No tent is in the catalogue: what is covered cannot be said, what is missed can.
    assert_eq!(marks(&rule_set, &holding(vec![pile(50)])), "??n");
    let mut full = holding(vec![pile(50), pile(50)]);
    full.stock.insert("tent".to_owned(), stock(vec![pile(1)]));
    assert_eq!(marks(&rule_set, &full), "yyy");
    let half = Kind::Stock {
        lines,
        share_percent: 50,
        counting: counting(),
    };
    assert_eq!(marks(&one(half), &holding(vec![pile(50)])), "yy?");
}

#[test]
fn people_are_provided_for_by_kits_and_days() {
    let kind = |of_population| Kind::People {
        lines: vec![PeopleLine {
            item: "quilt".to_owned(),
            people: 3,
            days: 7,
        }],
        days: 14,
        of_population,
        counting: counting(),
        thresholds: vec![figure("fair", 15)],
    };
    // Ten boxes are 210 person-days: fifteen people for fourteen days.
    let mut facts = holding(vec![pile(10)]);
    assert_eq!(marks(&one(kind(false)), &facts), "yyy");
    assert_eq!(marks(&one(kind(false)), &holding(vec![pile(9)])), "nnn");
    assert_eq!(marks(&one(kind(true)), &facts), "???");
    facts.population = Some(100);
    assert_eq!(marks(&one(kind(true)), &facts), "yyy");
    facts.population = Some(101);
    assert_eq!(marks(&one(kind(true)), &facts), "nnn");
}

#[test]
fn goods_that_the_catalogue_does_not_know_are_not_none() {
    let line = |item: &str| PeopleLine {
        item: item.to_owned(),
        people: 1,
        days: 1,
    };
    let kind = Kind::People {
        lines: vec![line("quilt"), line("unheard-of")],
        days: 1,
        of_population: false,
        counting: counting(),
        thresholds: vec![figure("fair", 10)],
    };
    let rule_set = one(kind);
    assert_eq!(marks(&rule_set, &holding(vec![pile(10)])), "yyy");
    assert_eq!(marks(&rule_set, &holding(vec![pile(9)])), "???");
}

#[test]
fn a_group_counts_criteria() {
    let group = Kind::Group {
        of: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()],
        at_least: 2,
    };
    let part = |id| Criterion {
        gate: false,
        ..criterion(id, stated_yes_no())
    };
    let rule_set = rules(vec![
        criterion("it", group),
        part("a"),
        part("b"),
        part("c"),
    ]);
    for (answers, expected) in [
        (&[][..], "???"),
        (&[("a", true)], "???"),
        (&[("a", true), ("b", true)], "yyy"),
        (&[("a", false), ("b", false)], "nnn"),
        (&[("a", true), ("b", false), ("c", false)], "nnn"),
    ] {
        let mut facts = facts();
        for &(id, yes) in answers {
            let answer = Statement::Answer {
                yes,
                valid_until: None,
            };
            facts.stated.insert(id.to_owned(), answer);
        }
        assert_eq!(marks(&rule_set, &facts), expected, "{answers:?}");
    }
}

fn scored() -> RuleSet {
    let band = |from: Option<i64>, points: i64| Band {
        from: from.map(Into::into),
        points: points.into(),
    };
    let mut parts = parts(vec![
        criterion(
            "bands",
            Kind::Banded {
                subject: Subject::Measure(Measure::StorageArea),
                unit: Unit::SquareMetre,
                bands: vec![band(None, 0), band(Some(100), 20), band(Some(500), 50)],
            },
        ),
        Criterion {
            points: Some(30.into()),
            gate: false,
            ..criterion("list", checklist(3, vec![]))
        },
        Criterion {
            points: Some(20.into()),
            gate: false,
            ..criterion("judge", Kind::Assessor { thresholds: vec![] })
        },
        criterion(
            "off",
            Kind::Deduction {
                each: 4.into(),
                cap: 10.into(),
                window_days: Some(365),
            },
        ),
        criterion(
            "veto",
            Kind::Veto {
                highest_level: Some("fair".to_owned()),
            },
        ),
    ]);
    parts.aggregation.gates = None;
    parts.aggregation.cutoffs = vec![figure("fair", 40), figure("good", 60), figure("best", 80)];
    RuleSet::new(parts).unwrap()
}

#[test]
fn points_add_up_and_what_is_unknown_leaves_a_range() {
    let rule_set = scored();
    let mut facts = measuring(499);
    let points = |facts: &Facts| {
        let evaluation = evaluate(&rule_set, None, facts).unwrap();
        let earned = evaluation.points.unwrap();
        let levels: Vec<_> = evaluation.levels.iter().map(|level| level.name()).collect();
        (
            earned.low.to_string(),
            earned.high.to_string(),
            levels.join(" "),
        )
    };
    let row =
        |low: &str, high: &str, levels: &str| (low.to_owned(), high.to_owned(), levels.to_owned());
    assert_eq!(points(&facts), row("10", "70", "undecided undecided no"));
    let ticked = ["e0", "e1"].map(str::to_owned).into();
    facts
        .stated
        .insert("list".to_owned(), Statement::Ticked(ticked));
    facts
        .stated
        .insert("off".to_owned(), Statement::Occurrences(vec![]));
    assert_eq!(points(&facts), row("40", "60", "yes undecided no"));
    let score = |points: i64| Statement::Score {
        points: points.into(),
        reason: "整洁".to_owned(),
    };
    facts.stated.insert("judge".to_owned(), score(20));
    assert_eq!(points(&facts), row("60", "60", "yes yes no"));
    // More than there are points is not an assessment.
    facts.stated.insert("judge".to_owned(), score(21));
    assert_eq!(points(&facts).2, "yes undecided no");
    facts.stated.insert("judge".to_owned(), score(20));
    // Each time costs four, together at most ten, and last year is forgotten.
    let day = facts.day;
    let year_ago = day.checked_sub_days(chrono::Days::new(365)).unwrap();
    let tomorrow = day.succ_opt().unwrap();
    let once = Statement::Occurrences(vec![day, year_ago, tomorrow]);
    facts.stated.insert("off".to_owned(), once);
    assert_eq!(points(&facts), row("56", "56", "yes no no"));
    facts
        .stated
        .insert("off".to_owned(), Statement::Occurrences(vec![day; 9]));
    assert_eq!(points(&facts).0, "50");
}

#[test]
fn an_open_veto_caps_and_a_waived_one_does_too() {
    let rule_set = scored();
    let mut facts = measuring(500);
    let ticked = ["e0", "e1", "e2"].map(str::to_owned).into();
    facts
        .stated
        .insert("list".to_owned(), Statement::Ticked(ticked));
    facts
        .stated
        .insert("off".to_owned(), Statement::Occurrences(vec![]));
    let grade = |facts: &Facts| evaluate(&rule_set, None, facts).unwrap().grade;
    assert_eq!(grade(&facts), Some(2));
    let finding = |open| Statement::Finding {
        open,
        reason: "挪用".to_owned(),
    };
    facts.stated.insert("veto".to_owned(), finding(false));
    assert_eq!(grade(&facts), Some(2));
    facts.stated.insert("veto".to_owned(), finding(true));
    facts.waived.insert("veto".to_owned(), "求情".to_owned());
    assert_eq!(grade(&facts), Some(0));
    let evaluation = evaluate(&rule_set, None, &facts).unwrap();
    assert_eq!(evaluation.vetoes, ["veto"]);
    let missing = gaps(&rule_set, &facts, &evaluation, 1);
    assert!(missing.iter().any(|gap| gap.lack == Lack::Veto));
    assert!(gaps(&rule_set, &facts, &evaluation, 0).is_empty());
}

#[test]
fn weights_are_hundredths_of_the_whole() {
    let scored = |id: &str, points: i64, weight: i64| Criterion {
        points: Some(points.into()),
        weight: Some(weight.into()),
        gate: false,
        ..criterion(id, checklist(3, vec![]))
    };
    let mut parts = parts(vec![scored("a", 3, 70), scored("b", 9, 30)]);
    parts.aggregation.gates = None;
    parts.aggregation.cutoffs = vec![figure("fair", 60)];
    let rule_set = RuleSet::new(parts).unwrap();
    let mut facts = facts();
    let one = Statement::Ticked(["e0".to_owned()].into());
    facts.stated.insert("a".to_owned(), one.clone());
    facts.stated.insert("b".to_owned(), one);
    let earned = evaluate(&rule_set, None, &facts).unwrap().points.unwrap();
    // A third of 70 and a third of 30, each rounded down.
    assert_eq!(earned.low.to_string(), "33.33");
    assert_eq!(earned.most.to_string(), "100");
}

#[test]
fn what_was_not_assessed_holds_or_is_passed_over() {
    let criteria = || {
        vec![
            criterion("area", area(vec![figure("fair", 100), figure("best", 900)])),
            criterion("yes", stated_yes_no()),
        ]
    };
    let held = rules(criteria());
    let facts = measuring(900);
    let levels = |rule_set: &RuleSet, facts: &Facts| {
        let evaluation = evaluate(rule_set, None, facts).unwrap();
        let names: Vec<_> = evaluation.levels.iter().map(|level| level.name()).collect();
        names.join(" ")
    };
    assert_eq!(levels(&held, &facts), "undecided undecided undecided");
    let mut skipping = parts(criteria());
    let gates = skipping.aggregation.gates.as_mut().unwrap();
    gates.unassessed = Unassessed::Skip;
    gates.must_assess = vec!["area".to_owned()];
    let skipping = RuleSet::new(skipping).unwrap();
    assert_eq!(levels(&skipping, &facts), "yes yes yes");
    assert_eq!(levels(&skipping, &measuring(100)), "yes yes no");
    // What no level asks can be a must all the same.
    let mut must = parts(vec![criterion(
        "veto",
        Kind::Veto {
            highest_level: None,
        },
    )]);
    must.aggregation.gates.as_mut().unwrap().must_assess = vec!["veto".to_owned()];
    let must = RuleSet::new(must).unwrap();
    assert_eq!(levels(&must, &facts), "undecided undecided undecided");
    let mut closed = facts.clone();
    let finding = Statement::Finding {
        open: false,
        reason: "无".to_owned(),
    };
    closed.stated.insert("veto".to_owned(), finding);
    assert_eq!(levels(&must, &closed), "yes yes yes");
    let nothing = super::super::fixture::facts();
    assert_eq!(levels(&skipping, &nothing), "undecided undecided undecided");
}

#[test]
fn profiles_and_depot_levels_choose_criteria() {
    let mut parts = parts(vec![
        Criterion {
            profiles: vec!["large".to_owned()],
            ..criterion("area", area(vec![figure("fair", 1_000)]))
        },
        Criterion {
            depot_levels: vec![Level::Provincial],
            ..criterion("yes", stated_yes_no())
        },
    ]);
    parts.profiles = vec![named("small"), named("large")];
    let rule_set = RuleSet::new(parts).unwrap();
    let facts = measuring(1);
    let grade = |profile| {
        let evaluation = evaluate(&rule_set, profile, &facts);
        evaluation.map(|evaluation| (evaluation.grade, evaluation.findings.len()))
    };
    assert_eq!(grade(None), Ok((Some(2), 0)));
    assert_eq!(grade(Some("large")), Ok((None, 1)));
    assert_eq!(grade(Some("other")), Err(UnknownProfile));
}

#[test]
fn the_stock_grade_looks_at_goods_alone() {
    let rule_set = rules(vec![
        criterion("area", area(vec![figure("fair", 1_000)])),
        criterion(
            "goods",
            list(vec![
                line("quilt", &[("good", 10), ("best", 100)]),
                line("tent", &[("good", 1)]),
            ]),
        ),
    ]);
    let grade = |facts: &Facts| {
        let evaluation = evaluate(&rule_set, None, facts).unwrap();
        let grade = stock_grade(&rule_set, facts, &evaluation);
        let categories: Vec<_> = grade
            .categories
            .into_iter()
            .map(|(category, level)| (category.en, level))
            .collect();
        (grade.overall, categories)
    };
    assert_eq!(grade(&facts()), (StockLevel::NotAssessed, vec![]));
    let mut facts = holding(vec![pile(10)]);
    let mut tents = stock(vec![]);
    tents.category = both("shelter");
    facts.stock.insert("tent".to_owned(), tents);
    let bedding = ("bedding".to_owned(), StockLevel::Reached(1));
    let shelter = ("shelter".to_owned(), StockLevel::Below);
    assert_eq!(
        grade(&facts),
        (StockLevel::Below, vec![bedding.clone(), shelter])
    );
    let mut tents = stock(vec![pile(1)]);
    tents.category = both("shelter");
    facts.stock.insert("tent".to_owned(), tents);
    let shelter = ("shelter".to_owned(), StockLevel::Reached(2));
    assert_eq!(
        grade(&facts),
        (StockLevel::Reached(1), vec![bedding, shelter])
    );
}

#[test]
fn gaps_come_the_easiest_first_and_know_what_goods_cost() {
    let rule_set = rules(vec![
        criterion("area", area(vec![figure("fair", 100)])),
        criterion(
            "goods",
            list(vec![
                line("quilt", &[("fair", 30)]),
                line("box", &[("fair", 5)]),
            ]),
        ),
        criterion("cheap", list(vec![line("box", &[("fair", 2)])])),
        criterion("yes", stated_yes_no()),
    ]);
    let mut facts = measuring(10);
    let worth = |value: &str, piles| {
        let mut stock = stock(piles);
        stock.unit_value = Some(Money::parse(value, Currency::CNY).unwrap());
        stock
    };
    facts
        .stock
        .insert("quilt".to_owned(), worth("60.5", vec![pile(10)]));
    facts.stock.insert("box".to_owned(), worth("100", vec![]));
    let evaluation = evaluate(&rule_set, None, &facts).unwrap();
    let found: Vec<_> = gaps(&rule_set, &facts, &evaluation, 0)
        .into_iter()
        .map(|gap| {
            let advice = super::super::advise(&rule_set, &gap);
            assert!(!advice.zh.is_empty() && !advice.en.is_empty());
            // A figure without its unit tells nobody what to do.
            let is_area = gap.criterion.as_deref() == Some("area");
            assert_eq!(
                is_area,
                advice.zh.contains("平方米，需不低于"),
                "{}",
                advice.zh
            );
            let cost = gap.cost.map(|cost| cost.to_string());
            (gap.criterion.unwrap(), gap.effort.name(), cost)
        })
        .collect();
    let row =
        |id: &str, effort, cost: Option<&str>| (id.to_owned(), effort, cost.map(str::to_owned));
    assert_eq!(
        found,
        [
            row("yes", "record", None),
            row("cheap", "supply", Some("200")),
            row("goods", "supply", Some("1710")),
            row("area", "build", None),
        ]
    );
    // With the gaps closed, the level is reached.
    let supposition = super::super::Supposition {
        readings: [(Measure::StorageArea, 100.into())].into(),
        goods: [("quilt".to_owned(), 20), ("box".to_owned(), 5)].into(),
        stated: [(
            "yes".to_owned(),
            Statement::Answer {
                yes: true,
                valid_until: None,
            },
        )]
        .into(),
    };
    assert_eq!(
        (facts.on_hand("quilt"), facts.on_hand("gold")),
        (Some(10), None)
    );
    let after = facts.supposing(&supposition);
    let then = evaluate(&rule_set, None, &after).unwrap();
    assert_eq!((evaluation.grade, then.grade), (None, Some(2)));
    let worse = super::super::Supposition {
        goods: [("quilt".to_owned(), -1)].into(),
        ..Default::default()
    };
    assert_eq!(
        evaluate(&rule_set, None, &after.supposing(&worse))
            .unwrap()
            .grade,
        None
    );
}

#[test]
fn what_must_only_be_put_down_is_the_least_of_it() {
    let counted = Kind::Numeric {
        subject: Subject::Measure(Measure::CountAge),
        unit: Unit::Month,
        comparison: Comparison::AtMost,
        thresholds: vec![figure("fair", 1)],
    };
    let rule_set = rules(vec![
        criterion("count", counted),
        criterion("area", area(vec![figure("fair", 100)])),
    ]);
    let efforts = |facts: &Facts| {
        let evaluation = evaluate(&rule_set, None, facts).unwrap();
        let gaps = gaps(&rule_set, facts, &evaluation, 0).into_iter();
        gaps.map(|gap| (gap.criterion.unwrap(), gap.effort.name()))
            .collect::<Vec<_>>()
    };
    let row = |id: &str, effort| (id.to_owned(), effort);
    // Nobody typed the area in, and nobody ever counted.
    assert_eq!(
        efforts(&facts()),
        [row("area", "record"), row("count", "act")]
    );
    assert_eq!(
        efforts(&measuring(10)),
        [row("count", "act"), row("area", "build")]
    );
}

#[test]
fn undecided_is_no_refusal() {
    let rule_set = one(area(vec![figure("fair", 100)]));
    for (facts, verdict) in [
        (facts(), Verdict::Undecided),
        (measuring(10), Verdict::None),
        (measuring(100), Verdict::Reached),
    ] {
        let evaluation = evaluate(&rule_set, None, &facts).unwrap();
        // Levels above ask the same, for want of a threshold of their own.
        assert_eq!(evaluation.verdict(), verdict);
    }
}

#[test]
fn stock_is_below_the_lowest_level_that_was_judged() {
    let rule_set = one(list(vec![line("quilt", &[("good", 50)])]));
    let facts = holding(vec![pile(10)]);
    let evaluation = evaluate(&rule_set, None, &facts).unwrap();
    let stock = stock_grade(&rule_set, &facts, &evaluation);
    assert_eq!(
        (stock.overall, stock.lowest_judged),
        (StockLevel::Below, Some(1))
    );
}

#[test]
fn sentences_name_things_and_what_they_are_counted_in() {
    let overdue = Kind::Numeric {
        subject: Subject::Measure(Measure::RestackOverdue),
        unit: Unit::Count,
        comparison: Comparison::AtMost,
        thresholds: vec![figure("fair", 1)],
    };
    let mut tidy = criterion("tidy", checklist(2, vec![at("fair", 2)]));
    tidy.title = both("Order");
    let mut overdue = criterion("overdue", overdue);
    overdue.gate = false;
    let mut late = criterion(
        "late",
        Kind::Deduction {
            each: 2.into(),
            cap: 10.into(),
            window_days: None,
        },
    );
    late.gate = false;
    tidy.points = Some(10.into());
    let mut parts = parts(vec![
        tidy,
        overdue,
        late,
        criterion("goods", list(vec![line("quilt", &[("fair", 30)])])),
    ]);
    parts.aggregation.cutoffs = vec![figure("fair", 1)];
    let rule_set = RuleSet::new(parts).unwrap();
    let mut facts = holding(vec![pile(10)]);
    facts.readings.insert(Measure::RestackOverdue, 3.into());
    facts
        .stated
        .insert("tidy".to_owned(), Statement::Ticked(Default::default()));
    let evaluation = evaluate(&rule_set, None, &facts).unwrap();
    let said = |id: &str| explain(&rule_set, evaluation.finding(id).unwrap());
    let overdue = said("overdue");
    assert!(overdue.zh.contains("现为 3 批"), "{}", overdue.zh);
    assert!(overdue.en.contains("≤ 1 lot:"), "{}", overdue.en);
    let goods = said("goods");
    assert!(goods.zh.contains("quilt 现有 10／需 30 床"), "{}", goods.zh);
    assert!(goods.en.contains("quilt: 10 of 30 床"), "{}", goods.en);
    let late = said("late");
    assert!(late.zh.contains("扣 0–10 分，至多扣 10 分"), "{}", late.zh);
    let advice = |id: &str| {
        let mut gaps = gaps(&rule_set, &facts, &evaluation, 0).into_iter();
        let gap = gaps.find(|gap| gap.criterion.as_deref() == Some(id));
        super::super::advise(&rule_set, &gap.unwrap())
    };
    // What an entry is called, and not its code.
    let tidy = advice("tidy");
    assert!(
        tidy.zh.contains("在 entry、entry 中再完成 2 项"),
        "{}",
        tidy.zh
    );
    let goods = advice("goods");
    assert!(goods.zh.contains("quilt 缺 20 床"), "{}", goods.zh);
    assert_eq!(goods.en, "goods: fill 1 line of: quilt, 20 床 more.");
}
