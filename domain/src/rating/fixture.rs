//! A rule set of three levels that asks one thing of each kind, and a depot.
//!
//! **Invariant.** For tests only; all of it is made up.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;

use super::{
    Aggregation, AtLevel, Best, Comparison, Counting, Criterion, Entry, Facts, Gates, ItemStock,
    Kind, Measure, Named, Parts, Pile, Provenance, RuleSet, Standing, Step, StepKind, StockLine,
    Subject, Unassessed, Unit, Words, Workflow,
};
use crate::{kernel::Confidence, organisations::Level, stock::Condition};

pub(crate) fn both(text: &str) -> Words {
    Words {
        zh: text.to_owned(),
        en: text.to_owned(),
    }
}

pub(crate) fn named(id: &str) -> Named {
    Named {
        id: id.to_owned(),
        title: both(id),
    }
}

pub(crate) fn provenance() -> Provenance {
    Provenance {
        source: "made up".to_owned(),
        confidence: Confidence::Inferred,
        note: None,
    }
}

pub(crate) fn at<V>(level: &str, value: impl Into<Option<V>>) -> AtLevel<V> {
    AtLevel {
        level: level.to_owned(),
        value: value.into(),
        provenance: None,
    }
}

pub(crate) fn figure(level: &str, value: i64) -> AtLevel<Decimal> {
    at(level, Decimal::from(value))
}

pub(crate) fn criterion(id: &str, kind: Kind) -> Criterion {
    let gate = !matches!(
        kind,
        Kind::Banded { .. } | Kind::Deduction { .. } | Kind::Veto { .. }
    );
    Criterion {
        id: id.to_owned(),
        dimension: "all".to_owned(),
        title: both(id),
        kind,
        gate,
        points: None,
        weight: None,
        profiles: Vec::new(),
        depot_levels: Vec::new(),
        effort: None,
        public: true,
        provenance: provenance(),
    }
}

pub(crate) fn area(thresholds: Vec<AtLevel<Decimal>>) -> Kind {
    Kind::Numeric {
        subject: Subject::Measure(Measure::StorageArea),
        unit: Unit::SquareMetre,
        comparison: Comparison::AtLeast,
        thresholds,
    }
}

pub(crate) fn counting() -> Counting {
    Counting {
        held_for_others: false,
        reserved: true,
        restricted: true,
        agreement: false,
        conditions: BTreeSet::from([Condition::Usable]),
        least_days_left: None,
    }
}

pub(crate) fn line(item: &str, minima: &[(&str, i64)]) -> StockLine {
    StockLine {
        item: item.to_owned(),
        minima: minima
            .iter()
            .map(|&(level, value)| at(level, value))
            .collect(),
        maximum: None,
    }
}

pub(crate) fn list(lines: Vec<StockLine>) -> Kind {
    Kind::Stock {
        lines,
        share_percent: 100,
        counting: counting(),
    }
}

pub(crate) fn checklist(count: usize, thresholds: Vec<AtLevel<u32>>) -> Kind {
    Kind::Checklist {
        entries: (0..count)
            .map(|number| Entry {
                id: format!("e{number}"),
                title: both("entry"),
            })
            .collect(),
        thresholds,
    }
}

pub(crate) fn stated_yes_no() -> Kind {
    Kind::YesNo {
        subject: Subject::Stated,
        from_level: None,
    }
}

pub(crate) fn parts(criteria: Vec<Criterion>) -> Parts {
    let step = |kind, actor, days| Step { kind, actor, days };
    Parts {
        id: "test".to_owned(),
        edition: 1,
        title: both("Test"),
        label: None,
        issuer: both("Nobody"),
        document_number: None,
        valid_from: NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(),
        valid_to: None,
        standing: Standing::InForce,
        provenance: provenance(),
        levels: ["best", "good", "fair"].map(named).to_vec(),
        best: Best::First,
        profiles: Vec::new(),
        dimensions: vec![named("all")],
        criteria,
        aggregation: Aggregation {
            gates: Some(Gates {
                unassessed: Unassessed::Hold,
                must_assess: Vec::new(),
            }),
            cutoffs: Vec::new(),
        },
        workflow: Workflow {
            steps: vec![
                step(StepKind::SelfAssessment, None, Some(10)),
                step(StepKind::Review, Some(Level::Municipal), Some(10)),
                step(StepKind::SiteVisit, Some(Level::Municipal), None),
                step(StepKind::Decision, Some(Level::Provincial), None),
                step(StepKind::Publication, Some(Level::Provincial), Some(7)),
            ],
            validity_months: Some(36),
            remind_months: Some(6),
            appeal_days: Some(30),
        },
    }
}

pub(crate) fn rule_set() -> RuleSet {
    let criteria = vec![
        criterion(
            "area",
            area(vec![figure("fair", 100), figure("best", 1_000)]),
        ),
        criterion("goods", list(vec![line("quilt", &[("good", 50)])])),
    ];
    RuleSet::new(parts(criteria)).unwrap()
}

pub(crate) fn pile(quantity: i64) -> Pile {
    Pile {
        quantity,
        reserved: 0,
        condition: Condition::Usable,
        expires_on: None,
        held_for_others: false,
        restricted: false,
        agreement: false,
    }
}

pub(crate) fn stock(piles: Vec<Pile>) -> ItemStock {
    ItemStock {
        title: both("quilt"),
        category: both("bedding"),
        base_unit: "床".to_owned(),
        unit_value: None,
        piles,
    }
}

pub(crate) fn facts() -> Facts {
    Facts {
        as_of: DateTime::UNIX_EPOCH,
        day: NaiveDate::from_ymd_opt(2026, 11, 26).unwrap(),
        depot_level: Level::County,
        readings: BTreeMap::new(),
        stock: BTreeMap::new(),
        population: None,
        weekday_years: Vec::new(),
        stated: BTreeMap::new(),
        waived: BTreeMap::new(),
    }
}
