//! Assessments measured against what they were decided on.
//!
//! **Invariant.** What was frozen has the hash that was kept with it (I8), is judged by its rule set as
//! it was then, and stands in the state as the decision says (I3); evidence has its hash (I8). Rows are
//! read a few at a time and files one by one, however many there are.

use std::collections::BTreeMap;

use domain::{
    kernel::{Id, kinds},
    rating::{AssessmentState, RuleSet, evaluate},
};
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, QueryFilter, QueryOrder, QuerySelect};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    problem::Problem,
    scope::{Scope, visible},
    verify::{Finding, NAMED_MAX},
};

use super::{
    queries,
    rows::{assessment, evidence},
    wire::{granted, thaw},
};

const AT_ONCE: u64 = 50;

/// Checks every assessment and every file.
pub(crate) async fn assessments(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    let mut rules: BTreeMap<String, RuleSet> = BTreeMap::new();
    let mut after = Uuid::nil();
    loop {
        let rows = visible::<assessment::Entity>(&Scope::Everything)
            .filter(assessment::Column::Id.gt(after))
            .order_by_asc(assessment::Column::Id)
            .limit(AT_ONCE)
            .all(snapshot)
            .await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in &rows {
            if !rules.contains_key(&row.rule_set) {
                let found = queries::rule_set(snapshot, Some(&row.rule_set)).await;
                if let Ok(found) = found {
                    rules.insert(row.rule_set.clone(), found);
                }
            }
            let id: Id<kinds::Assessment> = Id::from_uuid(row.id);
            let faults = faults_of(row, rules.get(&row.rule_set));
            findings.extend(
                faults.map(|(what, invariant)| Finding::new(invariant, format!("{id}: {what}"))),
            );
        }
        if findings.len() > NAMED_MAX {
            break;
        }
    }
    findings.extend(files(snapshot).await?);
    Ok(named(findings))
}

// As many as are named of any check, and a last word where there are more.
fn named(mut findings: Vec<Finding>) -> Vec<Finding> {
    if findings.len() > NAMED_MAX {
        findings.truncate(NAMED_MAX);
        findings.push(Finding::new("I3", "… and more of the same"));
    }
    findings
}

fn faults_of(
    row: &assessment::Model,
    rule_set: Option<&RuleSet>,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let state = row.assessment().ok();
    let decision = state.as_ref().and_then(|it| match it.state() {
        AssessmentState::Announced { decision, .. } | AssessmentState::InForce { decision, .. } => {
            Some(decision)
        }
        AssessmentState::Ended { decision, .. } => decision.as_ref(),
        AssessmentState::Stating | AssessmentState::Underway { .. } => None,
    });
    let digest = row
        .facts
        .as_ref()
        .map(|text| hex::encode(Sha256::digest(text)));
    let judged = || {
        let (rule_set, text) = (rule_set?, row.facts.as_ref()?);
        let evaluation = evaluate(rule_set, row.profile.as_deref(), &thaw(text).ok()?).ok()?;
        Some(rule_set.code_of(evaluation.grade))
    };
    let faults = [
        (state.is_none(), "its state cannot be read", "I3"),
        (
            state
                .as_ref()
                .is_some_and(|it| it.state().name().name() != row.state),
            "its state is not what is kept of it",
            "I3",
        ),
        (
            digest != row.facts_digest,
            "the frozen facts have another hash than was kept",
            "I8",
        ),
        (
            decision.is_some_and(|it| Some(&it.frozen.digest) != row.facts_digest.as_ref()),
            "the decision was taken on other facts than are kept",
            "I8",
        ),
        (
            decision.is_some_and(|it| judged().as_ref() != Some(&it.frozen.computed)),
            "its frozen facts are not judged as they were at the decision",
            "I3",
        ),
        (
            state
                .as_ref()
                .is_some_and(|it| decision.is_some() && granted(it) != row.grade.as_deref()),
            "its grade is not what was decided",
            "I3",
        ),
    ];
    faults
        .into_iter()
        .filter_map(|(holds, what, invariant)| holds.then_some((what, invariant)))
}

async fn files(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    use evidence::{Column as C, Entity as E};
    let mut findings = Vec::new();
    let mut after = Uuid::nil();
    while let Some(row) = visible::<E>(&Scope::Everything)
        .filter(Condition::all().add(C::Id.gt(after)))
        .order_by_asc(C::Id)
        .limit(1)
        .one(snapshot)
        .await?
    {
        after = row.id;
        let id: Id<kinds::Evidence> = Id::from_uuid(row.id);
        if hex::encode(Sha256::digest(&row.content)) != row.sha256 {
            let what = format!("{id}: the file has another hash than was kept");
            findings.push(Finding::new("I8", what));
        }
        if i64::try_from(row.content.len()).ok() != Some(row.size_bytes) {
            let what = format!("{id}: the file has another size than was kept");
            findings.push(Finding::new("I8", what));
        }
        if findings.len() > NAMED_MAX {
            break;
        }
    }
    Ok(findings)
}
