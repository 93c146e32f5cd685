//! What is missing for a level, the easiest first.
//!
//! **Invariant.** The list names every gate of the level that is not met or not assessed, every veto
//! that is open, and the points that are missing. A cost is exact or there is none: goods of unknown
//! value make the whole cost unknown, never zero.

mod advice;

use rust_decimal::Decimal;

pub use advice::advise;

use super::{
    Comparison, Criterion, Effort, Evaluation, Facts, Finding, Found, Judged, Kind, RuleSet,
    StatementKind, Unassessed,
    evaluate::{part, stands},
    words::Words,
};

/// Goods of one item that are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodsLacking {
    /// The item, as the rule set calls it.
    pub item: String,
    /// What people call it, where the catalogue knows it.
    pub title: Option<Words>,
    /// What one counts of it, where the catalogue knows it.
    pub base_unit: Option<String>,
    /// How many base units there are.
    pub have: i64,
    /// How many are needed.
    pub need: i64,
    /// What the missing ones cost, where one is known to be worth something.
    pub cost: Option<Decimal>,
}

/// What is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// A figure lies on the wrong side.
    Figure {
        /// Where it lies.
        have: Decimal,
        /// Where it must lie.
        need: Decimal,
        /// On which side.
        comparison: Comparison,
    },
    /// Goods; any of them, so many lines of all.
    Goods {
        /// The lines that are short.
        lines: Vec<GoodsLacking>,
        /// How many of these lines must be filled.
        lines_needed: usize,
    },
    /// The answer is no.
    Answer,
    /// Entries of a checklist.
    Entries {
        /// Those that are open.
        open: Vec<String>,
        /// How many of them must be done.
        needed: usize,
    },
    /// Criteria of a group.
    Members {
        /// Those that are not met.
        open: Vec<String>,
        /// How many of them must be met.
        needed: usize,
    },
    /// Something that people must state.
    Statement(StatementKind),
    /// A figure that the service does not have.
    Measure,
    /// The threshold itself is not known; nobody can close this gap.
    Threshold,
    /// A veto must be closed.
    Veto,
    /// Points.
    Points {
        /// How many are missing.
        missing: Decimal,
        /// Whether what was not assessed could bring them.
        may_be_there: bool,
        /// The criteria that have not brought all they could, those that could bring most first.
        from: Vec<String>,
    },
}

/// One thing that keeps a depot from a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The criterion; `None` for points, which are a matter of all.
    pub criterion: Option<String>,
    /// How it stands.
    pub judged: Judged,
    /// How hard it is to mend.
    pub effort: Effort,
    /// What the goods cost, where all of them are known.
    pub cost: Option<Decimal>,
    /// What is missing.
    pub lack: Lack,
}

/// What is missing for the level of this rank, the easiest first, then the cheapest, then what has
/// no known cost.
#[must_use]
pub fn gaps(rule_set: &RuleSet, facts: &Facts, evaluation: &Evaluation, rank: usize) -> Vec<Gap> {
    let mut gaps: Vec<_> = evaluation
        .findings
        .iter()
        .filter_map(|finding| {
            let criterion = rule_set.criterion(&finding.criterion)?;
            gap(rule_set, facts, criterion, finding, rank)
        })
        .collect();
    gaps.extend(points(rule_set, evaluation, rank));
    gaps.sort_by_key(|gap| (gap.effort, gap.cost.is_none(), gap.cost));
    gaps
}

fn points(rule_set: &RuleSet, evaluation: &Evaluation, rank: usize) -> Option<Gap> {
    let cutoff = rule_set.asked(rank, &rule_set.parts().aggregation.cutoffs)?;
    let earned = evaluation.points?;
    let lack = match cutoff.value {
        None => Lack::Threshold,
        Some(cutoff) if cutoff <= earned.low => return None,
        Some(cutoff) => Lack::Points {
            missing: cutoff - earned.low,
            may_be_there: cutoff <= earned.high,
            from: with_points_left(rule_set, evaluation),
        },
    };
    let unsure = !matches!(
        lack,
        Lack::Points {
            may_be_there: false,
            ..
        }
    );
    Some(Gap {
        criterion: None,
        judged: if unsure {
            Judged::NotAssessed
        } else {
            Judged::NotMet
        },
        effort: Effort::Record,
        cost: None,
        lack,
    })
}

// Of every criterion what it could still bring to the whole; what is left of a deduction only time
// brings back, unless nobody stated it.
fn with_points_left(rule_set: &RuleSet, evaluation: &Evaluation) -> Vec<String> {
    let mut left: Vec<(Decimal, String)> = evaluation
        .findings
        .iter()
        .filter_map(|finding| {
            let criterion = rule_set.criterion(&finding.criterion)?;
            let earned = finding.earned?;
            let share = |points| match criterion.weight {
                Some(weight) => part(weight, points, earned.most),
                None => points,
            };
            let left = share(earned.most) - share(earned.low);
            (left > Decimal::ZERO).then(|| (left, finding.criterion.clone()))
        })
        .collect();
    left.sort_by_key(|(points, ..)| std::cmp::Reverse(*points));
    left.into_iter().map(|(_, criterion)| criterion).collect()
}

fn gap(
    rule_set: &RuleSet,
    facts: &Facts,
    criterion: &Criterion,
    finding: &Finding,
    rank: usize,
) -> Option<Gap> {
    if let (Kind::Veto { highest_level }, Found::Veto { open: true, .. }) =
        (&criterion.kind, &finding.found)
    {
        let cap = highest_level
            .as_ref()
            .and_then(|level| rule_set.rank(level));
        return cap.is_none_or(|cap| rank > cap).then(|| Gap {
            criterion: Some(criterion.id.clone()),
            judged: Judged::NotMet,
            effort: criterion.effort(),
            cost: None,
            lack: Lack::Veto,
        });
    }
    let gates = rule_set.parts().aggregation.gates.as_ref()?;
    let judged = stands(criterion, finding, rank);
    let must = gates.must_assess.contains(&criterion.id);
    let matters = match judged {
        Judged::NotMet => criterion.gate,
        Judged::NotAssessed => must || (criterion.gate && gates.unassessed == Unassessed::Hold),
        _ => false,
    };
    if !matters {
        return None;
    }
    let lack = lack(rule_set, facts, criterion, finding, rank);
    let effort = match lack {
        // To put down what is so already is the least of it. A count that was never taken, or an
        // order that was never given, is not put down.
        Lack::Statement(_) => Effort::Record,
        Lack::Measure
            if criterion
                .kind
                .measure()
                .is_none_or(|measure| measure.is_put_down()) =>
        {
            Effort::Record
        }
        _ => criterion.effort(),
    };
    Some(Gap {
        criterion: Some(criterion.id.clone()),
        judged,
        effort,
        cost: cost(&lack),
        lack,
    })
}

// The cheapest way to fill as many lines as are needed, where every line has a value.
fn cost(lack: &Lack) -> Option<Decimal> {
    let Lack::Goods {
        lines,
        lines_needed,
    } = lack
    else {
        return None;
    };
    let mut costs = lines
        .iter()
        .map(|line| line.cost)
        .collect::<Option<Vec<_>>>()?;
    costs.sort();
    costs
        .into_iter()
        .take(*lines_needed)
        .try_fold(Decimal::ZERO, Decimal::checked_add)
}

fn lack(
    rule_set: &RuleSet,
    facts: &Facts,
    criterion: &Criterion,
    finding: &Finding,
    rank: usize,
) -> Lack {
    match (&criterion.kind, &finding.found) {
        (
            Kind::Numeric {
                comparison,
                thresholds,
                ..
            },
            Found::Figure(have),
        ) => figure(*have, *comparison, rule_set.asked(rank, thresholds)),
        (Kind::People { thresholds, .. }, Found::People { value: have, .. })
        | (Kind::Assessor { thresholds }, Found::Score { points: have, .. }) => {
            figure(*have, Comparison::AtLeast, rule_set.asked(rank, thresholds))
        }
        (Kind::YesNo { .. }, Found::Answer(_)) => Lack::Answer,
        (Kind::Checklist { thresholds, .. }, Found::Ticked { open, of }) => {
            match rule_set.asked(rank, thresholds).and_then(|at| at.value) {
                None => Lack::Threshold,
                Some(asked) => Lack::Entries {
                    open: open.clone(),
                    needed: (asked as usize).saturating_sub(of - open.len()),
                },
            }
        }
        (Kind::Stock { share_percent, .. }, Found::Goods(lines)) => {
            goods(facts, lines, *share_percent, rank)
        }
        (Kind::Group { at_least, .. }, Found::Group(members)) => {
            let open: Vec<_> = members
                .iter()
                .filter(|(_, at)| matches!(at[rank], Judged::NotMet | Judged::NotAssessed))
                .map(|(id, _)| id.clone())
                .collect();
            let done = members.len() - open.len();
            Lack::Members {
                open,
                needed: (*at_least as usize).saturating_sub(done),
            }
        }
        (kind, _) => kind.takes().map_or(Lack::Measure, Lack::Statement),
    }
}

fn figure(have: Decimal, comparison: Comparison, asked: Option<&super::AtLevel<Decimal>>) -> Lack {
    match asked.and_then(|at| at.value) {
        None => Lack::Threshold,
        Some(need) => Lack::Figure {
            have,
            need,
            comparison,
        },
    }
}

fn goods(facts: &Facts, lines: &[super::LineFound], share_percent: u32, rank: usize) -> Lack {
    let asked: Vec<_> = lines
        .iter()
        .filter_map(|line| Some((line, (*line.need.get(rank)?)?)))
        .collect();
    if asked.is_empty() {
        return Lack::Threshold;
    }
    let short: Vec<_> = asked
        .iter()
        .filter(|(line, need)| line.have.is_none_or(|have| have < *need))
        .map(|&(line, need)| {
            let stock = facts.stock.get(&line.item);
            let have = line.have.unwrap_or(0);
            GoodsLacking {
                item: line.item.clone(),
                title: line.title.clone(),
                base_unit: line.base_unit.clone(),
                have,
                need,
                cost: stock
                    .and_then(|stock| stock.unit_value)
                    .map(|value| value.times(need.saturating_sub(have))),
            }
        })
        .collect();
    let wanted = (asked.len() * share_percent as usize).div_ceil(100);
    let covered = asked.len() - short.len();
    Lack::Goods {
        lines_needed: wanted.saturating_sub(covered),
        lines: short,
    }
}

impl Gap {
    /// Whether stating something would be enough to have it judged.
    #[must_use]
    pub fn asks_for(&self) -> Option<StatementKind> {
        match self.lack {
            Lack::Statement(kind) => Some(kind),
            _ => None,
        }
    }
}
