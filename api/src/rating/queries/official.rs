//! Grades that were granted and hold today, beside what is live.
//!
//! **Invariant.** One statement for any number of depots, and one for each rule set that granted one.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    kernel::{Id, kinds::Depot},
    rating::AssessmentStateName,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, ExprTrait, QueryFilter, QueryOrder, sea_query::SelectStatement,
};

use super::{
    super::{
        rows::assessment::{Column, Entity, Model},
        wire::{OfficialGradeView, granted},
    },
    assessments::{by, rule_sets_of},
};
use crate::{
    problem::Problem,
    scope::{Scope, visible},
};

/// What holds on `day` in the depots that `depots` selects, by depot, the first granted first.
pub(super) async fn official(
    db: &impl ConnectionTrait,
    depots: &SelectStatement,
    day: NaiveDate,
) -> Result<BTreeMap<Id<Depot>, Vec<OfficialGradeView>>, Problem> {
    let today = day.to_string();
    let no_end = Column::ValidUntil.is_null();
    let rows = visible::<Entity>(&Scope::Everything)
        .filter(Column::State.eq(AssessmentStateName::InForce.name()))
        .filter(Column::ValidFrom.lte(today.as_str()))
        .filter(no_end.or(Column::ValidUntil.gte(today.as_str())))
        .filter(Column::DepotId.in_subquery(depots.clone()))
        .order_by_asc(Column::ValidFrom)
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    let known = rule_sets_of(db, &rows).await?;
    let mut official: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in rows {
        let view = view(&row, by(&known, &row)?)?;
        let depot = Id::from_uuid(row.depot_id);
        official.entry(depot).or_default().push(view);
    }
    Ok(official)
}

fn view(row: &Model, rule_set: &domain::rating::RuleSet) -> Result<OfficialGradeView, Problem> {
    let assessment = row.assessment()?;
    let grade = granted(&assessment);
    let title = grade.and_then(|grade| rule_set.title_of(grade));
    let label = rule_set.parts().label.as_ref();
    Ok(OfficialGradeView {
        assessment_id: Id::from_uuid(row.id),
        rule_set: row.rule_set.clone(),
        label_zh: label.map(|label| label.zh.clone()),
        label_en: label.map(|label| label.en.clone()),
        grade: grade.map(str::to_owned),
        grade_zh: title.map(|title| title.zh.clone()),
        grade_en: title.map(|title| title.en.clone()),
        valid_from: row.valid_from.clone(),
        valid_until: row.valid_until.clone(),
    })
}
