//! What another edition means for depots: each judged by both, by what is known today.
//!
//! **Invariant.** Nothing is kept. A fixed number of statements, whatever the number of depots.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::rating::{Evaluation, RuleSet, Words};
use sea_orm::ConnectionTrait;

use crate::{depots::DepotSelection, problem::Problem, scope::Scope};

use super::{
    facts::{known, rated},
    grades::judged,
};

/// A depot by two editions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compared {
    pub(crate) code: String,
    pub(crate) name: String,
    /// What the grades are called, or why there is none.
    pub(crate) before: Words,
    pub(crate) after: Words,
    /// What criteria of both are called that are judged otherwise at some level.
    pub(crate) otherwise: Vec<Words>,
}

/// Every depot by `old` and by `new`, in order of code.
pub(crate) async fn compare(
    db: &impl ConnectionTrait,
    old: &RuleSet,
    new: &RuleSet,
    now: DateTime<Utc>,
) -> Result<Vec<Compared>, Problem> {
    let every = rated(DepotSelection::default());
    let by_old = known(db, &Scope::Everything, &every, old, now).await?;
    let by_new = known(db, &Scope::Everything, &every, new, now).await?;
    // A depot may have come between the two reads: it has no figures of before.
    let mut by_new: BTreeMap<_, _> = by_new
        .into_iter()
        .map(|known| (known.depot.id, known))
        .collect();
    by_old
        .iter()
        .filter_map(|one| by_new.remove(&one.depot.id).map(|other| (one, other)))
        .map(|(one, other)| {
            let before = judged(old, None, &one.facts)?;
            let after = judged(new, None, &other.facts)?;
            Ok(Compared {
                code: one.depot.code.clone(),
                name: one.depot.name.clone(),
                before: called(old, &before),
                after: called(new, &after),
                otherwise: otherwise(old, new, &before, &after),
            })
        })
        .collect()
}

fn called(rule_set: &RuleSet, evaluation: &Evaluation) -> Words {
    let levels = rule_set.levels();
    let level = evaluation.grade.and_then(|rank| levels.get(rank).copied());
    level.map_or_else(|| evaluation.verdict().title(), |level| level.title.clone())
}

// Levels are told apart by their codes: another edition may have more of them.
fn otherwise(old: &RuleSet, new: &RuleSet, before: &Evaluation, after: &Evaluation) -> Vec<Words> {
    let differs = |criterion: &str| {
        let find = |evaluation: &Evaluation| {
            let mut findings = evaluation.findings.iter();
            findings.position(|finding| finding.criterion == criterion)
        };
        let (Some(one), Some(other)) = (find(before), find(after)) else {
            return false;
        };
        let (one, other) = (&before.findings[one], &after.findings[other]);
        new.levels().iter().enumerate().any(|(rank, level)| {
            old.rank(&level.id)
                .is_some_and(|old_rank| one.at.get(old_rank) != other.at.get(rank))
        })
    };
    let criteria = after.findings.iter().map(|finding| &finding.criterion);
    let differing = criteria.filter(|id| differs(id));
    let known = differing.filter_map(|id| new.criterion(id));
    known.map(|criterion| criterion.title.clone()).collect()
}
