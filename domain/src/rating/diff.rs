//! What a new edition changes.
//!
//! **Invariant.** A rule set compared with itself changes nothing. What a change means for a depot is
//! said by judging it by both.

mod change;

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{AtLevel, Comparison, Criterion, Kind, RuleSet};

pub use change::{Change, Coded, Direction, Part};

/// What `new` changes against `old`.
#[must_use]
pub fn diff(old: &RuleSet, new: &RuleSet) -> Vec<Change> {
    let (a, b) = (old.parts(), new.parts());
    let mut changes = Vec::new();
    let ids = |list: &[super::Named]| list.iter().map(|named| named.id.clone()).collect();
    sets(&mut changes, Coded::Level, ids(&a.levels), ids(&b.levels));
    sets(
        &mut changes,
        Coded::Profile,
        ids(&a.profiles),
        ids(&b.profiles),
    );
    sets(
        &mut changes,
        Coded::Dimension,
        ids(&a.dimensions),
        ids(&b.dimensions),
    );
    let ids = |list: &[Criterion]| list.iter().map(|known| known.id.clone()).collect();
    sets(
        &mut changes,
        Coded::Criterion,
        ids(&a.criteria),
        ids(&b.criteria),
    );
    for criterion in &b.criteria {
        if let Some(before) = old.criterion(&criterion.id) {
            compare(&mut changes, before, criterion);
        }
    }
    let order = |rule_set: &RuleSet| -> Vec<String> {
        rule_set
            .levels()
            .iter()
            .map(|level| level.id.clone())
            .collect()
    };
    for (part, otherwise) in [
        (Part::Title, a.title != b.title),
        (Part::Label, a.label != b.label),
        (Part::Issuer, a.issuer != b.issuer),
        (
            Part::Validity,
            (a.valid_from, a.valid_to) != (b.valid_from, b.valid_to),
        ),
        (Part::Standing, a.standing != b.standing),
        (Part::LevelOrder, order(old) != order(new)),
        (
            Part::Aggregation,
            a.aggregation.gates != b.aggregation.gates,
        ),
        (Part::Workflow, a.workflow != b.workflow),
    ] {
        if otherwise {
            changes.push(Change::Otherwise {
                criterion: None,
                part,
                values: None,
            });
        }
    }
    thresholds(
        &mut changes,
        (None, None),
        (&a.aggregation.cutoffs, &b.aggregation.cutoffs),
        Comparison::AtLeast,
    );
    changes
}

fn sets(changes: &mut Vec<Change>, what: Coded, old: BTreeSet<String>, new: BTreeSet<String>) {
    for id in old.difference(&new).cloned() {
        changes.push(Change::Removed { what, id });
    }
    for id in new.difference(&old).cloned() {
        changes.push(Change::Added { what, id });
    }
}

fn compare(changes: &mut Vec<Change>, old: &Criterion, new: &Criterion) {
    compare_parts(changes, old, new);
    compare_thresholds(changes, old, new);
}

fn compare_parts(changes: &mut Vec<Change>, old: &Criterion, new: &Criterion) {
    let figure = |value: Option<Decimal>| {
        value.map_or_else(|| "—".to_owned(), |value| value.normalize().to_string())
    };
    for (part, from, to) in [
        (
            Part::Dimension,
            old.dimension.clone(),
            new.dimension.clone(),
        ),
        (Part::Gate, old.gate.to_string(), new.gate.to_string()),
        (
            Part::Points,
            figure(old.most_points()),
            figure(new.most_points()),
        ),
        (Part::Weight, figure(old.weight), figure(new.weight)),
    ] {
        if from != to {
            changes.push(Change::Otherwise {
                criterion: Some(new.id.clone()),
                part,
                values: Some((from, to)),
            });
        }
    }
    for (part, differs) in [
        (Part::Title, old.title != new.title),
        (Part::Profiles, old.profiles != new.profiles),
        (Part::DepotLevels, old.depot_levels != new.depot_levels),
        (Part::Effort, old.effort() != new.effort()),
        (Part::Publication, old.public != new.public),
        (Part::Provenance, old.provenance != new.provenance),
        (Part::Kind, bare(&old.kind) != bare(&new.kind)),
    ] {
        if differs {
            changes.push(Change::Otherwise {
                criterion: Some(new.id.clone()),
                part,
                values: None,
            });
        }
    }
}

fn compare_thresholds(changes: &mut Vec<Change>, old: &Criterion, new: &Criterion) {
    let whose = (Some(new.id.as_str()), None);
    match (&old.kind, &new.kind) {
        (
            Kind::Numeric { thresholds: a, .. },
            Kind::Numeric {
                thresholds: b,
                comparison,
                ..
            },
        ) => thresholds(changes, whose, (a, b), *comparison),
        (Kind::People { thresholds: a, .. }, Kind::People { thresholds: b, .. })
        | (Kind::Assessor { thresholds: a }, Kind::Assessor { thresholds: b }) => {
            thresholds(changes, whose, (a, b), Comparison::AtLeast);
        }
        (Kind::Checklist { thresholds: a, .. }, Kind::Checklist { thresholds: b, .. }) => {
            thresholds(
                changes,
                whose,
                (&decimals(a), &decimals(b)),
                Comparison::AtLeast,
            );
        }
        (Kind::Stock { lines: a, .. }, Kind::Stock { lines: b, .. }) => {
            for line in b {
                let before = a.iter().find(|known| known.item == line.item);
                let before = before
                    .map(|line| decimals(&line.minima))
                    .unwrap_or_default();
                let whose = (Some(new.id.as_str()), Some(line.item.as_str()));
                let both = (&*before, &*decimals(&line.minima));
                thresholds(changes, whose, both, Comparison::AtLeast);
            }
            for line in a
                .iter()
                .filter(|line| b.iter().all(|now| now.item != line.item))
            {
                let whose = (Some(new.id.as_str()), Some(line.item.as_str()));
                let both = (&*decimals(&line.minima), [].as_slice());
                thresholds(changes, whose, both, Comparison::AtLeast);
            }
        }
        _ => {}
    }
}

fn decimals<V: Copy + Into<Decimal>>(thresholds: &[AtLevel<V>]) -> Vec<AtLevel<Decimal>> {
    thresholds
        .iter()
        .map(|at| AtLevel {
            level: at.level.clone(),
            value: at.value.map(Into::into),
            provenance: at.provenance.clone(),
        })
        .collect()
}

// The kind without what is told threshold by threshold.
fn bare(kind: &Kind) -> Kind {
    let mut kind = kind.clone();
    match &mut kind {
        Kind::Numeric { thresholds, .. }
        | Kind::People { thresholds, .. }
        | Kind::Assessor { thresholds } => thresholds.clear(),
        Kind::Checklist { thresholds, .. } => thresholds.clear(),
        Kind::Stock { lines, .. } => lines.clear(),
        _ => {}
    }
    kind
}

fn thresholds(
    changes: &mut Vec<Change>,
    (criterion, item): (Option<&str>, Option<&str>),
    (old, new): (&[AtLevel<Decimal>], &[AtLevel<Decimal>]),
    comparison: Comparison,
) {
    let levels: BTreeSet<_> = old.iter().chain(new).map(|at| at.level.as_str()).collect();
    for level in levels {
        let at = |list: &[AtLevel<Decimal>]| {
            let at = list.iter().find(|known| known.level == level);
            at.map(|at| at.value)
        };
        let (before, after) = (at(old), at(new));
        if before == after {
            continue;
        }
        let (from, to) = (before.flatten(), after.flatten());
        let more_is_stricter = comparison == Comparison::AtLeast;
        let direction = match (from, to) {
            (Some(from), Some(to)) if (to > from) == more_is_stricter => Direction::Stricter,
            (Some(_), Some(_)) => Direction::Looser,
            (None, Some(_)) if before.is_none() => Direction::Stricter,
            (Some(_), None) if after.is_none() => Direction::Looser,
            _ => Direction::Other,
        };
        changes.push(Change::Threshold {
            criterion: criterion.map(str::to_owned),
            item: item.map(str::to_owned),
            level: level.to_owned(),
            from,
            to,
            direction,
        });
    }
}
