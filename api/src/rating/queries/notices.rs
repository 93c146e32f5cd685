//! The public notice of grades.
//!
//! **Invariant.** Everyone may read it, without a login; it shows what the rule set makes public, of the
//! facts that were frozen, and names no person. A page costs a fixed number of statements.

use domain::{
    kernel::Id,
    rating::{Assessment, RuleSet, evaluate, explain},
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use crate::{
    clock::day_at_depots,
    depots,
    http::{Page, PageQuery},
    organisations,
    problem::Problem,
    scope::{Scope, visible},
};

use super::{
    super::{
        rows::assessment::{Column, Entity, Model},
        wire::{PublicFindingView, RatingNoticeView, decided, granted, notice_until, thaw},
    },
    assessments::{by, rule_sets_of},
};

/// A page of what the public may know, the newest first.
pub(in crate::rating) async fn notices(
    db: &impl ConnectionTrait,
    page: &PageQuery,
) -> Result<Page<RatingNoticeView>, Problem> {
    let select = visible::<Entity>(&Scope::Everything)
        .filter(Column::State.is_in(["announced", "in_force"]));
    let found = page
        .newest(db, select, Column::Id, |row| row.id, "")
        .await?;
    let rules = rule_sets_of(db, &found.items).await?;
    let depots = found.items.iter().map(|row| Id::from_uuid(row.depot_id));
    let depots: Vec<_> = depots.collect();
    let depots = depots::depots_facts(db, &Scope::Everything, &depots).await?;
    let courses = found.items.iter().map(Model::assessment);
    let courses: Vec<_> = courses.collect::<Result<_, _>>()?;
    let decisions = courses.iter().filter_map(decided);
    let societies = decisions.filter_map(|decision| decision.society.map(Id::uuid));
    let societies: Vec<_> = societies.collect();
    let societies = organisations::names(db, &societies).await?;
    let items = found.items.iter().zip(&courses).map(|(row, course)| {
        let depot = depots
            .get(&Id::from_uuid(row.depot_id))
            .ok_or_else(Problem::not_found)?;
        let society = decided(course).and_then(|decision| decision.society);
        let society = society.and_then(|society| societies.get(&society.uuid()));
        let names = (depot.name.as_str(), society.cloned());
        notice(row, course, by(&rules, row)?, names)
    });
    Ok(Page {
        items: items.collect::<Result<_, _>>()?,
        next_cursor: found.next_cursor,
    })
}

fn notice(
    row: &Model,
    assessment: &Assessment,
    rule_set: &RuleSet,
    (depot, society): (&str, Option<String>),
) -> Result<RatingNoticeView, Problem> {
    let grade = granted(assessment);
    let decision = decided(assessment);
    let computed = decision.and_then(|decision| decision.frozen.computed.as_deref());
    let title = grade.and_then(|grade| rule_set.title_of(grade));
    let label = rule_set.parts().label.as_ref();
    Ok(RatingNoticeView {
        assessment_id: Id::from_uuid(row.id),
        depot_name: depot.to_owned(),
        rule_set: row.rule_set.clone(),
        label_zh: label.map(|label| label.zh.clone()),
        label_en: label.map(|label| label.en.clone()),
        state: row.state.clone(),
        grade: grade.map(str::to_owned),
        grade_zh: title.map(|title| title.zh.clone()),
        grade_en: title.map(|title| title.en.clone()),
        computed_grade: computed.map(str::to_owned),
        as_computed: grade == computed,
        decided_by: society,
        decided_on: decision.map(|decision| day_at_depots(decision.by.at).to_string()),
        notice_until: notice_until(assessment),
        valid_from: row.valid_from.clone(),
        valid_until: row.valid_until.clone(),
        lines: lines(row, rule_set)?,
    })
}

// How the criteria were found that the rule set makes public.
fn lines(row: &Model, rule_set: &RuleSet) -> Result<Vec<PublicFindingView>, Problem> {
    let mut lines = Vec::new();
    if let Some(frozen) = &row.facts {
        let facts = thaw(frozen)?;
        let evaluation =
            evaluate(rule_set, row.profile.as_deref(), &facts).map_err(Problem::internal)?;
        for finding in &evaluation.findings {
            let criterion = rule_set.criterion(&finding.criterion);
            if let Some(criterion) = criterion.filter(|criterion| criterion.public) {
                let explanation = explain(rule_set, finding);
                lines.push(PublicFindingView {
                    criterion: finding.criterion.clone(),
                    criterion_zh: criterion.title.zh.clone(),
                    criterion_en: criterion.title.en.clone(),
                    explanation_zh: explanation.zh,
                    explanation_en: explanation.en,
                });
            }
        }
    }
    Ok(lines)
}
