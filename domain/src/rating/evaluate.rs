//! Judging a depot by a rule set.
//!
//! **Invariant.** The same rule set and the same facts give the same answer for ever. Nothing fails:
//! what cannot be judged is *not assessed*, which reads neither as zero nor as passed. Figures are
//! exact decimals and whole numbers; where points are a part of a whole they are rounded down to
//! hundredths, so that rounding never lifts a depot.

mod figures;
mod found;
mod goods;
mod others;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

pub use found::{Earned, Evaluation, Finding, Found, Judged, LineFound, Missing, Reached, Verdict};

use super::{Criterion, Facts, Kind, RuleSet, Statement, Unassessed, rule_set::UnknownProfile};

/// Judges a depot. `profile` is the first of the rule set unless one is named.
///
/// # Errors
/// [`UnknownProfile`] where the rule set has none of that name.
pub fn evaluate(
    rule_set: &RuleSet,
    profile: Option<&str>,
    facts: &Facts,
) -> Result<Evaluation, UnknownProfile> {
    let profile = rule_set.profile(profile)?.map(|named| named.id.as_str());
    let mut done: BTreeMap<&str, Finding> = BTreeMap::new();
    for criterion in rule_set.criteria(profile) {
        if criterion.concerns(facts.depot_level) {
            let finding = judge(rule_set, criterion, facts, &done);
            done.insert(&criterion.id, finding);
        }
    }
    let vetoes: Vec<_> = done
        .values()
        .filter(|finding| matches!(finding.found, Found::Veto { open: true, .. }))
        .map(|finding| finding.criterion.clone())
        .collect();
    let points = total(rule_set, &done);
    let levels: Vec<_> = (0..rule_set.levels().len())
        .map(|rank| reached(rule_set, rank, &done, points))
        .collect();
    let mut findings = Vec::with_capacity(done.len());
    for criterion in &rule_set.parts().criteria {
        findings.extend(done.remove(criterion.id.as_str()));
    }
    Ok(Evaluation {
        profile: profile.map(str::to_owned),
        grade: levels.iter().rposition(|&reached| reached == Reached::Yes),
        levels,
        points,
        findings,
        vetoes,
    })
}

// A criterion on its way to being judged.
struct Judge<'a> {
    rule_set: &'a RuleSet,
    criterion: &'a Criterion,
    facts: &'a Facts,
}

impl Judge<'_> {
    fn levels(&self) -> usize {
        self.rule_set.levels().len()
    }

    fn stated(&self) -> Option<&Statement> {
        self.facts.stated.get(&self.criterion.id)
    }

    fn finding(&self, at: Vec<Judged>, earned: Option<Decimal>, found: Found) -> Finding {
        Finding {
            criterion: self.criterion.id.clone(),
            at,
            earned: self.criterion.most_points().map(|most| {
                let points = earned.unwrap_or(Decimal::ZERO);
                Earned {
                    low: points,
                    high: points,
                    most,
                }
            }),
            found,
        }
    }

    // Which levels ask it, whatever is known.
    fn asked(&self, rank: usize) -> bool {
        let by = |there: bool| there;
        match &self.criterion.kind {
            Kind::Numeric { thresholds, .. }
            | Kind::People { thresholds, .. }
            | Kind::Assessor { thresholds } => by(self.rule_set.asked(rank, thresholds).is_some()),
            Kind::Checklist { thresholds, .. } => {
                by(self.rule_set.asked(rank, thresholds).is_some())
            }
            Kind::YesNo { from_level, .. } => from_level
                .as_ref()
                .is_none_or(|level| self.rule_set.rank(level).is_some_and(|from| from <= rank)),
            Kind::Stock { lines, .. } => lines
                .iter()
                .any(|line| self.rule_set.asked(rank, &line.minima).is_some()),
            Kind::Group { .. } => true,
            Kind::Banded { .. } | Kind::Deduction { .. } | Kind::Veto { .. } => false,
        }
    }

    fn everywhere(&self, judged: Judged) -> Vec<Judged> {
        (0..self.levels())
            .map(|rank| {
                if self.asked(rank) {
                    judged
                } else {
                    Judged::NotAsked
                }
            })
            .collect()
    }

    fn missing(&self, why: Missing) -> Finding {
        let mut finding = self.finding(
            self.everywhere(Judged::NotAssessed),
            None,
            Found::Nothing(why),
        );
        if let Some(earned) = &mut finding.earned {
            match &self.criterion.kind {
                Kind::Deduction { cap, .. } => earned.low = -*cap,
                _ => earned.high = earned.most,
            }
        }
        finding
    }
}

fn judge(
    rule_set: &RuleSet,
    criterion: &Criterion,
    facts: &Facts,
    done: &BTreeMap<&str, Finding>,
) -> Finding {
    let judge = Judge {
        rule_set,
        criterion,
        facts,
    };
    // A veto that is open is not let pass: it is closed or it bars.
    if let Some(reason) = facts.waived.get(&criterion.id)
        && !matches!(criterion.kind, Kind::Veto { .. })
    {
        let at = judge.everywhere(Judged::Waived);
        return judge.finding(at, None, Found::Waived(reason.clone()));
    }
    match &criterion.kind {
        Kind::Numeric {
            subject,
            comparison,
            thresholds,
            ..
        } => judge.numeric(*subject, *comparison, thresholds),
        Kind::Banded { subject, bands, .. } => judge.banded(*subject, bands),
        Kind::YesNo { subject, .. } => judge.yes_no(*subject),
        Kind::Checklist {
            entries,
            thresholds,
        } => judge.checklist(entries, thresholds),
        Kind::Stock {
            lines,
            share_percent,
            counting,
        } => judge.stock(lines, *share_percent, counting),
        Kind::People {
            lines,
            days,
            of_population,
            counting,
            thresholds,
        } => judge.people(lines, *days, *of_population, counting, thresholds),
        Kind::Group { of, at_least } => judge.group(of, *at_least, done),
        Kind::Deduction {
            each,
            cap,
            window_days,
        } => judge.deduction(*each, *cap, *window_days),
        Kind::Veto { .. } => judge.veto(),
        Kind::Assessor { thresholds } => judge.score(thresholds),
    }
}

fn total(rule_set: &RuleSet, done: &BTreeMap<&str, Finding>) -> Option<Earned> {
    if rule_set.parts().aggregation.cutoffs.is_empty() {
        return None;
    }
    let criteria = &rule_set.parts().criteria;
    let weighed = criteria.iter().any(|known| known.weight.is_some());
    let mut all = Earned {
        low: Decimal::ZERO,
        high: Decimal::ZERO,
        most: Decimal::ZERO,
    };
    for criterion in criteria {
        let Some(earned) = done
            .get(criterion.id.as_str())
            .and_then(|found| found.earned)
        else {
            continue;
        };
        let share = |points: Decimal| match criterion.weight {
            Some(weight) if weighed => part(weight, points, earned.most),
            _ => points,
        };
        all.low += share(earned.low);
        all.high += share(earned.high);
        all.most += share(earned.most);
    }
    Some(all)
}

/// `whole × points ÷ most`, rounded down to hundredths; nothing of nothing is nothing.
pub(super) fn part(whole: Decimal, points: Decimal, most: Decimal) -> Decimal {
    if points == most {
        return whole;
    }
    whole
        .checked_mul(points)
        .and_then(|product| product.checked_div(most))
        .map_or(Decimal::ZERO, |part| {
            part.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::ToNegativeInfinity)
        })
}

/// How a criterion stands at a level, if it must be judged: what no level asks was judged or not, at
/// all of them.
pub(super) fn stands(criterion: &Criterion, finding: &Finding, rank: usize) -> Judged {
    let judged = finding.at.get(rank).copied().unwrap_or(Judged::NotAsked);
    let nothing = matches!(finding.found, Found::Nothing(_));
    if nothing && !criterion.kind.is_asked_by_levels() {
        Judged::NotAssessed
    } else {
        judged
    }
}

fn reached(
    rule_set: &RuleSet,
    rank: usize,
    done: &BTreeMap<&str, Finding>,
    points: Option<Earned>,
) -> Reached {
    let mut undecided = false;
    let aggregation = &rule_set.parts().aggregation;
    for (id, finding) in done {
        let Some(criterion) = rule_set.criterion(id) else {
            continue;
        };
        if matches!(finding.found, Found::Veto { open: true, .. }) && rule_set.bars(id, rank) {
            return Reached::No;
        }
        let Some(gates) = &aggregation.gates else {
            continue;
        };
        let must = gates.must_assess.iter().any(|known| known == id);
        match stands(criterion, finding, rank) {
            Judged::NotMet if criterion.gate => return Reached::No,
            Judged::NotAssessed => {
                undecided |= must || (criterion.gate && gates.unassessed == Unassessed::Hold);
            }
            _ => {}
        }
    }
    if let Some(cutoff) = rule_set.asked(rank, &aggregation.cutoffs) {
        match (cutoff.value, points) {
            (Some(cutoff), Some(points)) if points.low >= cutoff => {}
            (Some(cutoff), Some(points)) if points.high < cutoff => return Reached::No,
            _ => undecided = true,
        }
    }
    if undecided {
        Reached::Undecided
    } else {
        Reached::Yes
    }
}

#[cfg(test)]
mod tests;
