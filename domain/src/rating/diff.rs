//! What a new edition changes.
//!
//! **Invariant.** A rule set compared with itself changes nothing. What a change means for a depot is
//! said by judging it by both.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{
    AtLevel, Comparison, Criterion, Kind, RuleSet,
    words::{Words, words},
};
use crate::kernel::named;

named! {
    /// Which way a threshold moved.
    pub enum Direction {
        /// More is asked.
        Stricter = "stricter",
        /// Less is asked.
        Looser = "looser",
        /// It became known, unknown, or something else.
        Other = "other",
    }
}

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A level, profile, dimension or criterion is new.
    Added {
        /// What it is.
        what: &'static str,
        /// Its code.
        id: String,
    },
    /// A level, profile, dimension or criterion is gone.
    Removed {
        /// What it was.
        what: &'static str,
        /// Its code.
        id: String,
    },
    /// A level asks something else.
    Threshold {
        /// The criterion.
        criterion: String,
        /// The item, where it is a list of stock.
        item: Option<String>,
        /// The level.
        level: String,
        /// What it asked; nothing, or something unknown, where there is none.
        from: Option<Decimal>,
        /// What it asks.
        to: Option<Decimal>,
        /// Which way.
        direction: Direction,
    },
    /// A part of the rule set or of a criterion is otherwise.
    Otherwise {
        /// The criterion, or `None` for the rule set.
        criterion: Option<String>,
        /// Which part.
        part: &'static str,
    },
}

impl Change {
    /// What people read.
    #[must_use]
    pub fn sentence(&self) -> Words {
        let figure = |value: &Option<Decimal>| {
            value.map_or_else(|| "—".to_owned(), |value| value.normalize().to_string())
        };
        match self {
            Self::Added { what, id } => words(
                format_args!("新增 {what} {id}"),
                format_args!("{what} {id} is new"),
            ),
            Self::Removed { what, id } => words(
                format_args!("取消 {what} {id}"),
                format_args!("{what} {id} is gone"),
            ),
            Self::Threshold {
                criterion,
                item,
                level,
                from,
                to,
                direction,
            } => {
                let item = item.as_ref().map(|item| format!(" {item}"));
                let item = item.as_deref().unwrap_or_default();
                let (from, to) = (figure(from), figure(to));
                let (zh, en) = match direction {
                    Direction::Stricter => ("更严", "stricter"),
                    Direction::Looser => ("更宽", "looser"),
                    Direction::Other => ("有变", "changed"),
                };
                words(
                    format_args!("{criterion}{item} 在 {level} 由 {from} 改为 {to}（{zh}）"),
                    format_args!("{criterion}{item} at {level}: from {from} to {to} ({en})"),
                )
            }
            Self::Otherwise { criterion, part } => {
                let of = criterion.as_deref();
                words(
                    format_args!("{} 的 {part} 有变", of.unwrap_or("规则")),
                    format_args!("{part} of {} is otherwise", of.unwrap_or("the rule set")),
                )
            }
        }
    }
}

/// What `new` changes against `old`.
#[must_use]
pub fn diff(old: &RuleSet, new: &RuleSet) -> Vec<Change> {
    let (a, b) = (old.parts(), new.parts());
    let mut changes = Vec::new();
    let ids = |list: &[super::Named]| list.iter().map(|named| named.id.clone()).collect();
    sets(&mut changes, "level", ids(&a.levels), ids(&b.levels));
    sets(&mut changes, "profile", ids(&a.profiles), ids(&b.profiles));
    sets(
        &mut changes,
        "dimension",
        ids(&a.dimensions),
        ids(&b.dimensions),
    );
    let ids = |list: &[Criterion]| list.iter().map(|known| known.id.clone()).collect();
    sets(
        &mut changes,
        "criterion",
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
        ("title", a.title != b.title),
        ("label", a.label != b.label),
        ("issuer", a.issuer != b.issuer),
        (
            "validity",
            (a.valid_from, a.valid_to) != (b.valid_from, b.valid_to),
        ),
        ("standing", a.standing != b.standing),
        ("order of levels", order(old) != order(new)),
        ("aggregation", a.aggregation.gates != b.aggregation.gates),
        ("workflow", a.workflow != b.workflow),
    ] {
        if otherwise {
            changes.push(Change::Otherwise {
                criterion: None,
                part,
            });
        }
    }
    thresholds(
        &mut changes,
        ("points", None),
        (&a.aggregation.cutoffs, &b.aggregation.cutoffs),
        Comparison::AtLeast,
    );
    changes
}

fn sets(
    changes: &mut Vec<Change>,
    what: &'static str,
    old: BTreeSet<String>,
    new: BTreeSet<String>,
) {
    for id in old.difference(&new).cloned() {
        changes.push(Change::Removed { what, id });
    }
    for id in new.difference(&old).cloned() {
        changes.push(Change::Added { what, id });
    }
}

fn compare(changes: &mut Vec<Change>, old: &Criterion, new: &Criterion) {
    let whose = (new.id.as_str(), None);
    let mut otherwise = |part| {
        changes.push(Change::Otherwise {
            criterion: Some(new.id.clone()),
            part,
        });
    };
    for (part, differs) in [
        ("title", old.title != new.title),
        ("dimension", old.dimension != new.dimension),
        ("gate", old.gate != new.gate),
        ("points", old.most_points() != new.most_points()),
        ("weight", old.weight != new.weight),
        ("profiles", old.profiles != new.profiles),
        ("depot levels", old.depot_levels != new.depot_levels),
        ("effort", old.effort() != new.effort()),
        ("publication", old.public != new.public),
        ("provenance", old.provenance != new.provenance),
        ("kind", bare(&old.kind) != bare(&new.kind)),
    ] {
        if differs {
            otherwise(part);
        }
    }
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
                let whose = (new.id.as_str(), Some(line.item.as_str()));
                let both = (&*before, &*decimals(&line.minima));
                thresholds(changes, whose, both, Comparison::AtLeast);
            }
            for line in a
                .iter()
                .filter(|line| b.iter().all(|now| now.item != line.item))
            {
                let whose = (new.id.as_str(), Some(line.item.as_str()));
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
    (criterion, item): (&str, Option<&str>),
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
            criterion: criterion.to_owned(),
            item: item.map(str::to_owned),
            level: level.to_owned(),
            from,
            to,
            direction,
        });
    }
}
