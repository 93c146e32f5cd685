//! Assessments, their files, and the public notice.
//!
//! **Invariant.** An assessment is judged by the facts that were frozen once it is decided, and by
//! today's before that. A page costs a fixed number of statements. The notice shows what the rule
//! set makes public, to everyone.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::{
    kernel::{Id, kinds},
    rating::{Facts, RuleSet, evaluate, explain},
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use crate::{
    clock::day_at_depots,
    depots,
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, to_change, visible},
};

use super::{
    super::{
        rows::{
            act,
            assessment::{Column, Entity, Model},
            evidence, remark,
        },
        wire::{
            AssessmentActView, AssessmentFilter, AssessmentView, EvidenceView, GradeView,
            PublicFindingView, RatingNoticeView, RemarkView, by_criterion, decided, granted,
            notice_until, state, thaw,
        },
    },
    facts::{known, only},
    rule_sets::rule_set,
};

/// An assessment that is going to be changed, or not found.
pub(in crate::rating) async fn assessment_to_change(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Assessment>,
) -> Result<Model, Problem> {
    to_change::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

async fn row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Assessment>,
) -> Result<Model, Problem> {
    visible::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// One assessment, or not found.
pub(in crate::rating) async fn assessment(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Assessment>,
) -> Result<AssessmentView, Problem> {
    shown(db, row(db, scope, id).await?).await
}

/// The view of a row that was just written.
pub(in crate::rating) async fn shown(
    db: &impl ConnectionTrait,
    row: Model,
) -> Result<AssessmentView, Problem> {
    let mut views = views(db, vec![row]).await?;
    views.pop().ok_or_else(Problem::not_found)
}

/// Grades in force that are past their last day, the first to end first, at most `limit` of them.
pub(in crate::rating) async fn past_validity(
    db: &impl ConnectionTrait,
    today: NaiveDate,
    limit: u64,
) -> Result<Vec<Id<kinds::Assessment>>, Problem> {
    let rows = visible::<Entity>(&Scope::Everything)
        .filter(Column::State.eq("in_force"))
        .filter(Column::ValidUntil.lt(today.to_string()))
        .order_by_asc(Column::ValidUntil)
        .select_only()
        .column(Column::Id)
        .limit(limit)
        .into_tuple::<Uuid>()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Id::from_uuid).collect())
}

/// A page of assessments, the newest first.
pub(in crate::rating) async fn assessments(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &AssessmentFilter,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<AssessmentView>, Problem> {
    let mut select = visible::<Entity>(scope);
    if let Some(depot) = filter.depot_id {
        select = select.filter(Column::DepotId.eq(depot.uuid()));
    }
    if let Some(state) = &filter.state {
        select = select.filter(Column::State.eq(state));
    }
    if let Some(rule_set) = &filter.rule_set {
        select = select.filter(Column::RuleSet.eq(rule_set));
    }
    if let Some(days) = filter.ends_within_days {
        let last = day_at_depots(now).checked_add_days(Days::new(days.into()));
        let last = last.map(|day| day.to_string()).unwrap_or_default();
        select = select
            .filter(Column::State.eq("in_force"))
            .filter(Column::ValidUntil.lte(last));
    }
    let mark = format!("{filter:?}");
    let found = page
        .newest(db, select, Column::Id, |row| row.id, &mark)
        .await?;
    Ok(Page {
        items: views(db, found.items).await?,
        next_cursor: found.next_cursor,
    })
}

async fn rule_sets_of(
    db: &impl ConnectionTrait,
    rows: &[Model],
) -> Result<BTreeMap<String, RuleSet>, Problem> {
    let mut known = BTreeMap::new();
    // A page is by a few rule sets, however many assessments are on it.
    for row in rows {
        if !known.contains_key(&row.rule_set) {
            let found = rule_set(db, Some(&row.rule_set)).await;
            known.insert(row.rule_set.clone(), found.map_err(Problem::internal)?);
        }
    }
    Ok(known)
}

fn by<'a>(known: &'a BTreeMap<String, RuleSet>, row: &Model) -> Result<&'a RuleSet, Problem> {
    known.get(&row.rule_set).ok_or_else(Problem::not_found)
}

async fn views(
    db: &impl ConnectionTrait,
    rows: Vec<Model>,
) -> Result<Vec<AssessmentView>, Problem> {
    let known = rule_sets_of(db, &rows).await?;
    let ids = || rows.iter().map(|row| row.id);
    let remarks = visible::<remark::Entity>(&Scope::Everything)
        .filter(remark::Column::AssessmentId.is_in(ids()))
        .order_by_asc(remark::Column::Number)
        .all(db)
        .await?;
    let mut remarks_of: BTreeMap<Uuid, Vec<RemarkView>> = BTreeMap::new();
    for remark in remarks {
        let same = remarks_of.entry(remark.assessment_id).or_default();
        same.push(remark.into());
    }
    let acts = visible::<act::Entity>(&Scope::Everything)
        .filter(act::Column::AssessmentId.is_in(ids()))
        .order_by_asc(act::Column::Version)
        .all(db)
        .await?;
    let mut acts_of: BTreeMap<Uuid, Vec<AssessmentActView>> = BTreeMap::new();
    for act in acts {
        let same = acts_of.entry(act.assessment_id).or_default();
        same.push(act.into());
    }
    let mut files_of = files(db, ids().collect()).await?;
    rows.iter()
        .map(|row| {
            let files = files_of.remove(&row.id).unwrap_or_default();
            let remarks = remarks_of.remove(&row.id).unwrap_or_default();
            let acts = acts_of.remove(&row.id).unwrap_or_default();
            AssessmentView::new(row, by(&known, row)?, files, remarks, acts)
        })
        .collect()
}

// Files without their content: one statement.
async fn files(
    db: &impl ConnectionTrait,
    assessments: Vec<Uuid>,
) -> Result<BTreeMap<Uuid, Vec<EvidenceView>>, Problem> {
    use evidence::{Column as C, Entity as E};
    let select = visible::<E>(&Scope::Everything)
        .filter(C::AssessmentId.is_in(assessments))
        .order_by_asc(C::Id)
        .select_only()
        .columns([
            C::AssessmentId,
            C::Id,
            C::Criterion,
            C::FileName,
            C::MediaType,
            C::SizeBytes,
            C::Sha256,
            C::AddedAt,
            C::AddedBy,
        ])
        .into_query();
    let mut files: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in db.query_all(&select).await? {
        let id: Uuid = row.try_get("", "id")?;
        let of: Uuid = row.try_get("", "assessment_id")?;
        files.entry(of).or_default().push(EvidenceView {
            id: Id::from_uuid(id),
            criterion: row.try_get("", "criterion")?,
            file_name: row.try_get("", "file_name")?,
            media_type: row.try_get("", "media_type")?,
            size_bytes: row.try_get("", "size_bytes")?,
            sha256: row.try_get("", "sha256")?,
            added_at: row.try_get("", "added_at")?,
            added_by: row.try_get("", "added_by")?,
        });
    }
    Ok(files)
}

/// How many files an assessment has, and how many bytes they are together.
pub(in crate::rating) async fn file_sizes(
    db: &impl ConnectionTrait,
    assessment: Uuid,
) -> Result<(usize, i64), Problem> {
    let files = files(db, vec![assessment]).await?;
    let files = files.into_values().flatten();
    Ok(files.fold((0, 0), |(count, bytes), file| {
        (count + 1, bytes + file.size_bytes)
    }))
}

/// The type and the bytes of a file, or not found.
pub(in crate::rating) async fn file(
    db: &impl ConnectionTrait,
    scope: &Scope,
    assessment: Id<kinds::Assessment>,
    id: Id<kinds::Evidence>,
) -> Result<evidence::Model, Problem> {
    use evidence::{Column as C, Entity as E};
    visible::<E>(scope)
        .filter(C::AssessmentId.eq(assessment.uuid()))
        .filter(C::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// The number of the last remark.
pub(in crate::rating) async fn last_remark(
    db: &impl ConnectionTrait,
    assessment: Uuid,
) -> Result<i64, Problem> {
    let last: Option<Option<i64>> = visible::<remark::Entity>(&Scope::Everything)
        .filter(remark::Column::AssessmentId.eq(assessment))
        .select_only()
        .expr(remark::Column::Number.max())
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.flatten().unwrap_or(0))
}

/// The facts of an assessment: those that were frozen, or today's with what is stated.
pub(in crate::rating) async fn facts_of(
    db: &impl ConnectionTrait,
    row: &Model,
    rule_set: &RuleSet,
    now: DateTime<Utc>,
) -> Result<Facts, Problem> {
    let is_open = matches!(row.state.as_str(), "stating" | "underway");
    // After an appeal that was upheld it is open again, and what was frozen is of the old decision.
    if let Some(frozen) = row.facts.as_ref().filter(|_| !is_open) {
        return thaw(frozen);
    }
    let depot = Id::from_uuid(row.depot_id);
    let mut found = known(db, &Scope::Everything, &only(depot), rule_set, now).await?;
    let mut facts = found.pop().ok_or_else(Problem::not_found)?.facts;
    state(&mut facts, &row.statements()?)?;
    facts.waived = by_criterion(row.waivers()?);
    Ok(facts)
}

/// What the rule set makes of an assessment.
pub(in crate::rating) async fn assessment_grade(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Assessment>,
    now: DateTime<Utc>,
) -> Result<GradeView, Problem> {
    let row = row(db, scope, id).await?;
    let rule_set = rule_set(db, Some(&row.rule_set))
        .await
        .map_err(Problem::internal)?;
    let facts = facts_of(db, &row, &rule_set, now).await?;
    let evaluation =
        evaluate(&rule_set, row.profile.as_deref(), &facts).map_err(Problem::internal)?;
    let depot = Id::from_uuid(row.depot_id);
    Ok(GradeView::new(depot, &rule_set, &facts, &evaluation))
}

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
    let items = found.items.iter().map(|row| {
        let depot = depots
            .get(&Id::from_uuid(row.depot_id))
            .ok_or_else(Problem::not_found)?;
        notice(row, by(&rules, row)?, &depot.name)
    });
    Ok(Page {
        items: items.collect::<Result<_, _>>()?,
        next_cursor: found.next_cursor,
    })
}

fn notice(row: &Model, rule_set: &RuleSet, depot: &str) -> Result<RatingNoticeView, Problem> {
    let assessment = row.assessment()?;
    let grade = granted(&assessment);
    let decision = decided(&assessment);
    let computed = decision.and_then(|decision| decision.frozen.computed.as_deref());
    let level = grade.and_then(|grade| {
        let mut levels = rule_set.levels().into_iter();
        levels.find(|level| level.id == grade)
    });
    let label = rule_set.parts().label.as_ref();
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
    Ok(RatingNoticeView {
        assessment_id: Id::from_uuid(row.id),
        depot_name: depot.to_owned(),
        rule_set: row.rule_set.clone(),
        label_zh: label.map(|label| label.zh.clone()),
        label_en: label.map(|label| label.en.clone()),
        state: row.state.clone(),
        grade: grade.map(str::to_owned),
        grade_zh: level.map(|level| level.title.zh.clone()),
        grade_en: level.map(|level| level.title.en.clone()),
        computed_grade: computed.map(str::to_owned),
        as_computed: grade == computed,
        decided_on: decision.map(|decision| day_at_depots(decision.by.at).to_string()),
        notice_until: notice_until(&assessment),
        valid_from: row.valid_from.clone(),
        valid_until: row.valid_until.clone(),
        lines,
    })
}
