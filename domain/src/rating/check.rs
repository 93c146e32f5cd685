//! What makes a rule set one by which depots can be judged.
//!
//! **Invariant.** All mistakes are told at once, each with the place at which it stands: a JSON
//! Pointer into the file's shape, so that the reader of the file knows line and column.

mod criteria;
mod fault;
mod follows;
mod whole;

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

pub use fault::{Fault, Referent};

use super::{
    Comparison, Kind,
    criterion::{AtLevel, Provenance},
    rule_set::{Best, Named, Parts},
    words::Words,
};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where, as a JSON Pointer.
    pub at: String,
    /// What.
    pub fault: Fault,
}

const TEXT_MAX: usize = 2_000;
const LEVELS_MAX: usize = 20;
const CRITERIA_MAX: usize = 500;
/// Figures of a rule set lie within this, so that no sum of them leaves a decimal.
pub(super) const FIGURE_MAX: i64 = 1_000_000_000_000;
const POINTS_MAX: i64 = 1_000_000;

/// All mistakes, or the order in which criteria are judged: each after those that it is made of.
pub(super) fn check(parts: &Parts) -> Result<Vec<usize>, Vec<Mistake>> {
    let mut check = Check {
        parts,
        mistakes: Vec::new(),
        ranks: ranks(parts),
    };
    check.head();
    check.lists();
    for (position, criterion) in parts.criteria.iter().enumerate() {
        check.criterion(position, criterion);
    }
    let order = check.order();
    check.points();
    check.aggregation();
    check.workflow();
    if check.mistakes.is_empty() {
        return Ok(order);
    }
    Err(check.mistakes)
}

fn ranks(parts: &Parts) -> BTreeMap<&str, usize> {
    let count = parts.levels.len();
    let levels = parts.levels.iter().enumerate();
    levels
        .map(|(position, level)| match parts.best {
            Best::First => (level.id.as_str(), count - 1 - position),
            Best::Last => (level.id.as_str(), position),
        })
        .collect()
}

struct Check<'a> {
    parts: &'a Parts,
    mistakes: Vec<Mistake>,
    ranks: BTreeMap<&'a str, usize>,
}

impl<'a> Check<'a> {
    fn tell(&mut self, at: impl Into<String>, fault: Fault) {
        self.mistakes.push(Mistake {
            at: at.into(),
            fault,
        });
    }

    fn text(&mut self, at: String, text: &str) {
        if text.trim().is_empty() || text.chars().nth(TEXT_MAX).is_some() {
            self.tell(at, Fault::Text { most: TEXT_MAX });
        }
    }

    fn words(&mut self, at: &str, words: &Words) {
        self.text(format!("{at}/zh"), &words.zh);
        self.text(format!("{at}/en"), &words.en);
    }

    fn code(&mut self, at: String, code: &str) {
        let known =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        if !(1..=64).contains(&code.len()) || !code.bytes().all(known) {
            self.tell(at, Fault::Code);
        }
    }

    fn provenance(&mut self, at: &str, provenance: &Provenance) {
        self.text(format!("{at}/source"), &provenance.source);
        if let Some(note) = &provenance.note {
            self.words(&format!("{at}/note"), note);
        }
    }

    fn length(&mut self, at: impl Into<String>, found: usize, least: usize, most: usize) {
        if !(least..=most).contains(&found) {
            self.tell(at, Fault::Length { least, most });
        }
    }

    fn range(&mut self, at: String, figure: Decimal, least: i64, most: i64) {
        let within = Decimal::from(least) <= figure && figure <= Decimal::from(most);
        if !within || figure.normalize().scale() > 4 {
            self.tell(at, Fault::Range { least, most });
        }
    }

    fn once<'b>(&mut self, at: &str, codes: impl Iterator<Item = &'b str>, member: &str) {
        let mut seen = BTreeSet::new();
        for (position, code) in codes.enumerate() {
            if !seen.insert(code) {
                self.tell(
                    format!("{at}/{position}{member}"),
                    Fault::Duplicate {
                        code: code.to_owned(),
                    },
                );
            }
        }
    }

    fn refers(&mut self, at: String, referent: Referent, code: &str) {
        let parts = self.parts;
        let among = |list: &[Named]| list.iter().any(|known| known.id == code);
        let there = match referent {
            Referent::Level => self.ranks.contains_key(code),
            Referent::Dimension => among(&parts.dimensions),
            Referent::Profile => among(&parts.profiles),
            Referent::Criterion => parts.criteria.iter().any(|known| known.id == code),
        };
        if !there {
            let code = code.to_owned();
            self.tell(at, Fault::Unknown { referent, code });
        }
    }

    fn head(&mut self) {
        let parts = self.parts;
        self.code("/id".to_owned(), &parts.id);
        self.range("/edition".to_owned(), parts.edition.into(), 1, 1_000_000);
        self.words("/title", &parts.title);
        if let Some(label) = &parts.label {
            self.words("/label", label);
        }
        self.words("/issuer", &parts.issuer);
        if let Some(number) = &parts.document_number {
            self.text("/document_number".to_owned(), number);
        }
        self.provenance("/provenance", &parts.provenance);
        if parts.valid_to.is_some_and(|last| last < parts.valid_from) {
            self.tell("/valid_to", Fault::Validity);
        }
    }

    fn lists(&mut self) {
        let parts = self.parts;
        self.length("/levels", parts.levels.len(), 1, LEVELS_MAX);
        self.length("/profiles", parts.profiles.len(), 0, LEVELS_MAX);
        self.length("/dimensions", parts.dimensions.len(), 1, 50);
        self.length("/criteria", parts.criteria.len(), 1, CRITERIA_MAX);
        for (at, list) in [
            ("/levels", &parts.levels),
            ("/profiles", &parts.profiles),
            ("/dimensions", &parts.dimensions),
        ] {
            for (position, named) in list.iter().enumerate() {
                self.named(&format!("{at}/{position}"), &named.id, &named.title);
            }
            self.once(at, list.iter().map(|named| named.id.as_str()), "/id");
        }
        let criteria = parts.criteria.iter().map(|criterion| criterion.id.as_str());
        self.once("/criteria", criteria, "/id");
    }

    fn named(&mut self, at: &str, id: &str, title: &Words) {
        self.code(format!("{at}/id"), id);
        self.words(&format!("{at}/title"), title);
    }

    // Levels exist, come once, and never ask less than one below.
    fn thresholds<V: Copy + PartialOrd>(
        &mut self,
        at: &str,
        thresholds: &'a [AtLevel<V>],
        comparison: Comparison,
    ) {
        self.once(
            at,
            thresholds.iter().map(|threshold| threshold.level.as_str()),
            "/level",
        );
        let mut known: Vec<(usize, usize, &AtLevel<V>)> = Vec::new();
        for (position, threshold) in thresholds.iter().enumerate() {
            let here = format!("{at}/{position}");
            self.refers(format!("{here}/level"), Referent::Level, &threshold.level);
            if let Some(provenance) = &threshold.provenance {
                self.provenance(&format!("{here}/provenance"), provenance);
            }
            if let Some(&rank) = self.ranks.get(threshold.level.as_str()) {
                known.push((rank, position, threshold));
            }
        }
        known.sort_by_key(|(rank, ..)| *rank);
        let mut highest: Option<(V, &str)> = None;
        for (_, position, threshold) in known {
            let Some(value) = threshold.value else {
                continue;
            };
            if let Some((below, level)) = highest {
                let falls = match comparison {
                    Comparison::AtLeast => value < below,
                    Comparison::AtMost => value > below,
                };
                if falls {
                    self.tell(
                        format!("{at}/{position}/value"),
                        Fault::Falls {
                            level: threshold.level.clone(),
                            below: level.to_owned(),
                        },
                    );
                    continue;
                }
            }
            highest = Some((value, &threshold.level));
        }
    }

    fn figures(&mut self, at: &str, thresholds: &[AtLevel<Decimal>], least: i64, most: i64) {
        for (position, threshold) in thresholds.iter().enumerate() {
            if let Some(value) = threshold.value {
                self.range(format!("{at}/{position}/value"), value, least, most);
            }
        }
    }

    // Depth first. A criterion that is being looked at and met again closes a circle.
    fn order(&mut self) -> Vec<usize> {
        let parts = self.parts;
        let by_id: BTreeMap<&str, usize> = parts
            .criteria
            .iter()
            .enumerate()
            .map(|(position, criterion)| (criterion.id.as_str(), position))
            .collect();
        let made_of = |position: usize| -> Vec<usize> {
            match &parts.criteria[position].kind {
                Kind::Group { of, .. } => of
                    .iter()
                    .filter_map(|id| by_id.get(id.as_str()).copied())
                    .collect(),
                _ => Vec::new(),
            }
        };
        let mut done = vec![false; parts.criteria.len()];
        let mut order = Vec::with_capacity(parts.criteria.len());
        for start in 0..parts.criteria.len() {
            // What is open, each with what it is still to be made of.
            let mut open: Vec<(usize, Vec<usize>)> = Vec::new();
            if !done[start] {
                open.push((start, made_of(start)));
            }
            while let Some((position, rest)) = open.last_mut() {
                let position = *position;
                let Some(next) = rest.pop() else {
                    open.pop();
                    if !done[position] {
                        done[position] = true;
                        order.push(position);
                    }
                    continue;
                };
                if done[next] {
                    continue;
                }
                if let Some(from) = open.iter().position(|(known, _)| *known == next) {
                    let name = |position: usize| parts.criteria[position].id.clone();
                    let mut criteria: Vec<_> =
                        open[from..].iter().map(|(known, _)| name(*known)).collect();
                    criteria.push(name(next));
                    self.tell(
                        format!("/criteria/{position}/group/of"),
                        Fault::Cycle { criteria },
                    );
                    continue;
                }
                open.push((next, made_of(next)));
            }
        }
        order
    }
}

#[cfg(test)]
mod tests;
