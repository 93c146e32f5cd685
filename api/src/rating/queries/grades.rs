//! What depots are rated as at the moment of asking.
//!
//! **Invariant.** Nothing is kept: every answer is judged from today's facts. A whole subtree costs
//! as many statements as one depot.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, kinds::Depot},
    rating::{Evaluation, RuleSet, Words, evaluate, stock_grade},
};
use sea_orm::ConnectionTrait;

use crate::{
    clock::day_at_depots,
    depots::DepotSelection,
    http::{Page, PageQuery},
    problem::Problem,
    scope::Scope,
    storage::Reach,
};

use super::{
    super::wire::{
        DepotGradeView, GradeFilter, GradeView, RatedBy, SimulateGradeBody, SimulationView,
        is_stock_grade, stock_level,
    },
    facts::{Known, known, only, rated},
    lending::lend,
    official::official,
    rule_set,
};

/// So many depots are judged for one answer.
pub(super) const DEPOTS_MAX: u64 = 5_000;

pub(super) fn judged(
    rule_set: &RuleSet,
    profile: Option<&str>,
    facts: &domain::rating::Facts,
) -> Result<Evaluation, Problem> {
    evaluate(rule_set, profile, facts).map_err(|_| {
        Problem::field(
            "profile",
            "reference",
            "规则中没有这个方案",
            "the rule set has no such profile",
        )
    })
}

async fn one(
    db: &impl ConnectionTrait,
    scope: &Scope,
    depot: Id<Depot>,
    rule_set: &RuleSet,
    now: DateTime<Utc>,
) -> Result<Known, Problem> {
    let mut found = known(db, scope, &only(depot), rule_set, now).await?;
    found.pop().ok_or_else(Problem::not_found)
}

/// One depot, or not found.
pub(crate) async fn grade(
    db: &impl ConnectionTrait,
    scope: &Scope,
    depot: Id<Depot>,
    by: &RatedBy,
    now: DateTime<Utc>,
) -> Result<GradeView, Problem> {
    let profile = by.profile.as_deref();
    let rule_set = rule_set(db, by.rule_set.as_deref())
        .await
        .map_err(of_query)?;
    let known = one(db, scope, depot, &rule_set, now).await?;
    let evaluation = judged(&rule_set, profile, &known.facts).map_err(Problem::of_query)?;
    let mut view = GradeView::new(depot, &rule_set, &known.facts, &evaluation);
    let granted = official(db, &only(depot).ids(scope), known.facts.day).await?;
    view.official = granted.into_values().flatten().collect();
    if by.lenders == Some(true) {
        // Of others it says what they could lend, and their own figures to nobody else.
        let by = (&rule_set, profile);
        Reach::beyond(lend(db, scope, &mut view, &known.depot, by, now)).await?;
    }
    Ok(view)
}

/// What a depot is rated as, and what it would be.
pub(crate) async fn simulate(
    db: &impl ConnectionTrait,
    scope: &Scope,
    depot: Id<Depot>,
    body: &SimulateGradeBody,
    now: DateTime<Utc>,
) -> Result<SimulationView, Problem> {
    let at_body = |mut problem: Problem| {
        for fault in &mut problem.faults {
            fault.pointer = format!("/{}", fault.pointer);
        }
        problem
    };
    let rule_set = rule_set(db, body.rule_set.as_deref())
        .await
        .map_err(at_body)?;
    let today = day_at_depots(now);
    let day = body.day(today)?.unwrap_or(today);
    let known = one(db, scope, depot, &rule_set, now).await?;
    // What would be known on that day, if nothing happened until then but what is supposed.
    let then = now + (day - today);
    let later = if day == today {
        known.facts.clone()
    } else {
        one(db, scope, depot, &rule_set, then).await?.facts
    };
    let supposition = body.parse(&rule_set, &later)?;
    let view = |facts: &domain::rating::Facts| {
        let evaluation = judged(&rule_set, body.profile.as_deref(), facts).map_err(at_body)?;
        Ok::<_, Problem>(GradeView::new(depot, &rule_set, facts, &evaluation))
    };
    Ok(SimulationView {
        now: view(&known.facts)?,
        then: view(&later.supposing(&supposition))?,
    })
}

/// How far the stock of depots goes, and by which rule set.
#[derive(Debug)]
pub(crate) struct StockGrades {
    /// `id/edition`.
    pub(crate) rule_set: String,
    /// What every answer by it must say.
    pub(crate) label: Option<Words>,
    /// The code of a level, `below` or `not_assessed`.
    pub(crate) of: BTreeMap<Id<Depot>, String>,
}

/// How far the stock of each depot goes; `wanted` is refused if it is no grade of stock.
pub(crate) async fn stock_grades(
    db: &impl ConnectionTrait,
    scope: &Scope,
    selection: &DepotSelection,
    name: Option<&str>,
    wanted: Option<&str>,
    now: DateTime<Utc>,
) -> Result<StockGrades, Problem> {
    let rule_set = rule_set(db, name).await.map_err(of_query)?;
    if wanted.is_some_and(|wanted| !is_stock_grade(&rule_set, wanted)) {
        return Err(Problem::field(
            "stock_grade",
            "reference",
            "规则中没有这个等级",
            "the rule set has no such level",
        )
        .of_query());
    }
    let selection = rated(DepotSelection {
        at_most: Some(DEPOTS_MAX + 1),
        ..selection.clone()
    });
    let found = known(db, scope, &selection, &rule_set, now).await?;
    check_count(&found)?;
    let graded = found.into_iter().map(|known| {
        let evaluation = judged(&rule_set, None, &known.facts)?;
        let stock = stock_grade(&rule_set, &known.facts, &evaluation);
        Ok((known.depot.id, stock_level(&rule_set, stock.overall)))
    });
    Ok(StockGrades {
        of: graded.collect::<Result<_, Problem>>()?,
        rule_set: rule_set.name(),
        label: rule_set.parts().label.clone(),
    })
}

fn check_count(found: &[Known]) -> Result<(), Problem> {
    if found.len() as u64 <= DEPOTS_MAX {
        return Ok(());
    }
    Err(Problem::field(
        "organisation_id",
        "too-many",
        format!("储备库超过 {DEPOTS_MAX} 座，请按下级单位或区划查询"),
        format!("more than {DEPOTS_MAX} depots: ask for a part of them"),
    )
    .of_query())
}

/// A page of depots by code, each judged.
pub(crate) async fn grades(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &GradeFilter,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<DepotGradeView>, Problem> {
    let selection = rated(DepotSelection {
        at_most: Some(DEPOTS_MAX + 1),
        ..filter.depots()?
    });
    let rule_set = rule_set(db, filter.rule_set.as_deref())
        .await
        .map_err(of_query)?;
    filter.check(&rule_set)?;
    let below = filter
        .below
        .as_deref()
        .and_then(|level| rule_set.rank(level));
    let found = known(db, scope, &selection, &rule_set, now).await?;
    check_count(&found)?;
    let mark = format!("{filter:?}");
    let cursor = page.cursor(&mark)?;
    let mut rows = Vec::new();
    for Known { depot, facts } in found {
        if cursor
            .as_ref()
            .is_some_and(|cursor| depot.code.as_str() <= cursor.key())
        {
            continue;
        }
        let profile = filter.profile.as_deref();
        let evaluation = judged(&rule_set, profile, &facts).map_err(Problem::of_query)?;
        if below.is_some_and(|rank| evaluation.grade.is_some_and(|grade| grade >= rank)) {
            continue;
        }
        let view = DepotGradeView::new(&depot, &rule_set, &facts, &evaluation);
        if is_meant(filter, &view) {
            rows.push(view);
        }
        if rows.len() as u64 > page.limit() {
            break;
        }
    }
    let shown = rows.iter().map(|view| view.depot_id).collect();
    let shown = DepotSelection {
        among: Some(shown),
        ..DepotSelection::default()
    };
    let mut granted = official(db, &shown.ids(scope), day_at_depots(now)).await?;
    let name = rule_set.name();
    for view in &mut rows {
        let granted = granted.remove(&view.depot_id).unwrap_or_default();
        if let Some(granted) = granted.into_iter().find(|grade| grade.rule_set == name) {
            view.official_grade = granted.grade;
            view.official_until = granted.valid_until;
        }
    }
    let place = |view: &DepotGradeView| (view.depot_code.clone(), view.depot_id.uuid());
    Ok(Page::cut(rows, page, &mark, place, |view| view))
}

fn is_meant(filter: &GradeFilter, view: &DepotGradeView) -> bool {
    let grade = view.grade.as_deref().unwrap_or(&view.verdict);
    filter.grade.as_deref().is_none_or(|asked| asked == grade)
        && filter
            .stock_grade
            .as_deref()
            .is_none_or(|asked| asked == view.stock_grade)
        && filter
            .lacking
            .as_deref()
            .is_none_or(|criterion| view.lacks(criterion))
}

// A name that leads nowhere is a fault of the query string; what else goes wrong is none.
fn of_query(problem: Problem) -> Problem {
    if problem.faults.is_empty() {
        problem
    } else {
        problem.of_query()
    }
}
