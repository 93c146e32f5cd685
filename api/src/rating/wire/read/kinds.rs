//! The kinds of criteria, read from a document.
//!
//! **Invariant.** Exactly one kind is there, and the faults of all that are there are told.

use std::str::FromStr;

use domain::{
    kernel::UnknownName,
    rating::{Band, Counting, Entry, Kind, Measure, PeopleLine, StockLine, Subject},
    stock::Condition,
};

use super::{
    super::{
        criterion::{CountingRule, CriterionDocument},
        rule_set::{RuleName, optional},
    },
    levels, maybe, number, whole,
};
use crate::problem::Faults;

fn subject(faults: &mut Faults, at: &str, measure: Option<&str>) -> Option<Subject> {
    let read = |name: &str| -> Result<Measure, UnknownName> { Measure::from_str(name) };
    let measure = faults.take_if(format!("{at}/measure"), measure.map(read))?;
    Some(measure.map_or(Subject::Stated, Subject::Measure))
}

fn counting(faults: &mut Faults, at: &str, rule: &CountingRule) -> Option<Counting> {
    let conditions = match &rule.conditions {
        Some(names) => {
            let at = format!("{at}/counting/conditions");
            faults
                .take_each(&at, names, |name| name.parse::<Condition>())
                .map(|list| list.into_iter().collect())
        }
        None => Some([Condition::Usable].into()),
    };
    let days = format!("{at}/counting/least_days_left");
    let least_days_left = maybe(faults, &days, rule.least_days_left);
    Some(Counting {
        held_for_others: rule.held_for_others,
        reserved: rule.reserved,
        restricted: rule.restricted,
        agreement: rule.agreement,
        conditions: conditions?,
        least_days_left: least_days_left?,
    })
}

// The one kind that is there; all that are there are read, so that their faults are told.
pub(super) fn kind(
    faults: &mut Faults,
    at: &str,
    document: &mut CriterionDocument,
) -> Option<Kind> {
    let mut found: Vec<Option<Kind>> = Vec::new();
    let here = |kind: &str| format!("{at}/{kind}");
    if document.numeric.is_some() || document.banded.is_some() || document.yes_no.is_some() {
        figures(faults, at, document, &mut found);
    }
    if let Some(rule) = document.checklist.take() {
        let thresholds = levels(faults, &here("checklist/levels"), rule.levels, whole);
        let entries = rule
            .entries
            .into_iter()
            .map(|RuleName { id, title }| Entry {
                id,
                title: title.into(),
            });
        found.push(thresholds.map(|thresholds| Kind::Checklist {
            entries: entries.collect(),
            thresholds,
        }));
    }
    if document.stock.is_some() || document.people.is_some() {
        goods(faults, at, document, &mut found);
    }
    if let Some(rule) = document.group.take() {
        let at_least = number(faults, &here("group/at_least"), rule.at_least);
        found.push(at_least.map(|at_least| Kind::Group {
            of: rule.of,
            at_least,
        }));
    }
    if let Some(rule) = document.deduction.take() {
        let window = maybe(faults, &here("deduction/window_days"), rule.window_days);
        found.push(window.map(|window_days| Kind::Deduction {
            each: rule.each.0,
            cap: rule.cap.0,
            window_days,
        }));
    }
    if let Some(rule) = document.veto.take() {
        found.push(Some(Kind::Veto {
            highest_level: rule.highest_level,
        }));
    }
    if let Some(rule) = document.assessor.take() {
        let thresholds = levels(faults, &here("assessor/levels"), rule.levels, Ok);
        found.push(thresholds.map(|thresholds| Kind::Assessor { thresholds }));
    }
    if found.len() != 1 {
        faults.note(
            at,
            "kind",
            "须恰有一种指标类型：numeric、banded、yes_no、checklist、stock、people、group、deduction、veto、assessor",
            "exactly one of numeric, banded, yes_no, checklist, stock, people, group, deduction, veto and assessor says what it asks",
        );
        return None;
    }
    found.pop().flatten()
}

fn figures(
    faults: &mut Faults,
    at: &str,
    document: &mut CriterionDocument,
    found: &mut Vec<Option<Kind>>,
) {
    if let Some(rule) = document.numeric.take() {
        let at = format!("{at}/numeric");
        let subject = subject(faults, &at, rule.measure.as_deref());
        let unit = faults.take(format!("{at}/unit"), rule.unit.parse());
        let comparison = faults.take(format!("{at}/comparison"), rule.comparison.parse());
        let thresholds = levels(faults, &format!("{at}/levels"), rule.levels, Ok);
        found.push((|| {
            Some(Kind::Numeric {
                subject: subject?,
                unit: unit?,
                comparison: comparison?,
                thresholds: thresholds?,
            })
        })());
    }
    if let Some(rule) = document.banded.take() {
        let at = format!("{at}/banded");
        let subject = subject(faults, &at, rule.measure.as_deref());
        let unit = faults.take(format!("{at}/unit"), rule.unit.parse());
        let bands = rule.bands.into_iter().map(|band| Band {
            from: optional(band.from),
            points: band.points.0,
        });
        found.push((|| {
            Some(Kind::Banded {
                subject: subject?,
                unit: unit?,
                bands: bands.collect(),
            })
        })());
    }
    if let Some(rule) = document.yes_no.take() {
        let subject = subject(faults, &format!("{at}/yes_no"), rule.measure.as_deref());
        found.push(subject.map(|subject| Kind::YesNo {
            subject,
            from_level: rule.from_level,
        }));
    }
}

fn goods(
    faults: &mut Faults,
    at: &str,
    document: &mut CriterionDocument,
    found: &mut Vec<Option<Kind>>,
) {
    if let Some(rule) = document.stock.take() {
        let at = format!("{at}/stock");
        let lines: Vec<_> = rule
            .lines
            .into_iter()
            .enumerate()
            .map(|(position, line)| {
                let at = format!("{at}/lines/{position}/minima");
                Some(StockLine {
                    item: line.item,
                    minima: levels(faults, &at, line.minima, whole)?,
                    maximum: line.maximum.map(|most| most.0),
                })
            })
            .collect();
        let lines: Option<Vec<_>> = lines.into_iter().collect();
        let share = maybe(faults, &format!("{at}/share_percent"), rule.share_percent);
        let counting = counting(faults, &at, &rule.counting);
        found.push((|| {
            Some(Kind::Stock {
                lines: lines?,
                share_percent: share?.unwrap_or(100),
                counting: counting?,
            })
        })());
    }
    if let Some(rule) = document.people.take() {
        let at = format!("{at}/people");
        let lines: Vec<_> = rule
            .lines
            .into_iter()
            .enumerate()
            .map(|(position, line)| {
                let at = format!("{at}/lines/{position}");
                let people = number(faults, &format!("{at}/people"), line.people);
                let days = number(faults, &format!("{at}/days"), line.days);
                Some(PeopleLine {
                    item: line.item,
                    people: people?,
                    days: days?,
                })
            })
            .collect();
        let lines: Option<Vec<_>> = lines.into_iter().collect();
        let days = number(faults, &format!("{at}/days"), rule.days);
        let counting = counting(faults, &at, &rule.counting);
        let thresholds = levels(faults, &format!("{at}/levels"), rule.levels, Ok);
        found.push((|| {
            Some(Kind::People {
                lines: lines?,
                days: days?,
                of_population: rule.of_population,
                counting: counting?,
                thresholds: thresholds?,
            })
        })());
    }
}
