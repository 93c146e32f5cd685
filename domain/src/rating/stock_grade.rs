//! The highest level whose list of stock a depot satisfies.
//!
//! **Invariant.** It looks at goods alone. Where no level's list is known, or none of its items is in
//! the catalogue, the stock is not graded, which is something else than having reached no level.

use std::collections::BTreeMap;

use super::{Evaluation, Facts, Found, Judged, Kind, LineFound, RuleSet, words::Words};

/// How far the stock goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StockLevel {
    /// No level could be judged.
    NotAssessed,
    /// Below the lowest level that could be judged.
    Below,
    /// The level of this rank.
    Reached(usize),
}

/// The stock of a depot, graded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockGrade {
    /// All lists together.
    pub overall: StockLevel,
    /// The lowest level whose list could be judged: what is below is below this one.
    pub lowest_judged: Option<usize>,
    /// By the category of items, in the order of its Chinese name.
    pub categories: BTreeMap<Words, StockLevel>,
}

/// Grades the stock that an evaluation found.
#[must_use]
pub fn stock_grade(rule_set: &RuleSet, facts: &Facts, evaluation: &Evaluation) -> StockGrade {
    let levels = rule_set.levels().len();
    let mut lists = Vec::new();
    let mut by_category: BTreeMap<Words, Vec<&LineFound>> = BTreeMap::new();
    for finding in &evaluation.findings {
        let stock = rule_set
            .criterion(&finding.criterion)
            .is_some_and(|criterion| matches!(criterion.kind, Kind::Stock { .. }));
        if !stock {
            continue;
        }
        lists.push(&finding.at);
        if let Found::Goods(lines) = &finding.found {
            for line in lines {
                if let Some(stock) = facts.stock.get(&line.item) {
                    let same = by_category.entry(stock.category.clone()).or_default();
                    same.push(line);
                }
            }
        }
    }
    let overall_at = |rank: usize| {
        let at = || lists.iter().map(|at| at[rank]);
        if at().any(|judged| judged == Judged::NotMet) {
            Judged::NotMet
        } else if at().any(|judged| judged == Judged::NotAssessed) {
            Judged::NotAssessed
        } else if at().any(|judged| judged == Judged::Met) {
            Judged::Met
        } else {
            Judged::NotAsked
        }
    };
    let overall = highest(levels, overall_at);
    let lowest_judged =
        (0..levels).find(|&rank| matches!(overall_at(rank), Judged::Met | Judged::NotMet));
    let categories = by_category
        .into_iter()
        .map(|(category, lines)| {
            let level = highest(levels, |rank| category_at(&lines, rank));
            (category, level)
        })
        .collect();
    StockGrade {
        overall,
        lowest_judged,
        categories,
    }
}

fn category_at(lines: &[&LineFound], rank: usize) -> Judged {
    let needs: Vec<_> = lines
        .iter()
        .filter_map(|line| Some((line.have?, line.need[rank]?)))
        .collect();
    if needs.is_empty() {
        Judged::NotAsked
    } else if needs.iter().all(|(have, need)| have >= need) {
        Judged::Met
    } else {
        Judged::NotMet
    }
}

fn highest(levels: usize, judged: impl Fn(usize) -> Judged) -> StockLevel {
    let judged: Vec<_> = (0..levels).map(judged).collect();
    if let Some(rank) = judged.iter().rposition(|&judged| judged == Judged::Met) {
        return StockLevel::Reached(rank);
    }
    if judged.contains(&Judged::NotMet) {
        StockLevel::Below
    } else {
        StockLevel::NotAssessed
    }
}
