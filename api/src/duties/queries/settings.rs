//! In what time, and by which calendar: what is shipped, and what was set since.
//!
//! **Invariant.** What was set stands for what is shipped. One statement each: there are seven
//! periods, and years by the ten.

use std::collections::BTreeMap;

use domain::duties::{DutyKind, WorkCalendar};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect, sea_query::LockType};
use uuid::Uuid;

use super::super::{
    builtin,
    rows::{duty_period, work_year},
    wire::{DutyPeriodView, KeptPeriod, KeptYear, WorkCalendarView},
};
use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::reference,
};

/// In what time duties of every kind are done.
pub(super) async fn periods(
    db: &impl ConnectionTrait,
) -> Result<BTreeMap<DutyKind, KeptPeriod>, Problem> {
    let shipped = builtin::periods()?.iter();
    let mut periods: BTreeMap<_, _> = shipped
        .map(|period| (period.kind, period.clone()))
        .collect();
    for row in reference::<duty_period::Entity>().all(db).await? {
        let period = KeptPeriod::try_from(row)?;
        periods.insert(period.kind, period);
    }
    Ok(periods)
}

/// In what time duties of one kind are done.
pub(in crate::duties) async fn period(
    db: &impl ConnectionTrait,
    kind: DutyKind,
) -> Result<DutyPeriodView, Problem> {
    let periods = periods(db).await?;
    let period = periods.get(&kind).ok_or_else(Problem::not_found)?;
    Ok(DutyPeriodView::from(period))
}

/// The row that this transaction is going to change, if there is one.
pub(in crate::duties) async fn period_to_change(
    db: &impl ConnectionTrait,
    kind: DutyKind,
) -> Result<Option<duty_period::Model>, Problem> {
    let row = reference::<duty_period::Entity>()
        .filter(duty_period::Column::Kind.eq(kind.name()))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?;
    Ok(row)
}

/// A page of periods by the name of their kind.
pub(in crate::duties) async fn periods_page(
    db: &impl ConnectionTrait,
    page: &PageQuery,
) -> Result<Page<DutyPeriodView>, Problem> {
    let periods = periods(db).await?;
    let mut views: Vec<_> = periods.values().map(DutyPeriodView::from).collect();
    views.sort_by(|a, b| a.kind.cmp(&b.kind));
    if let Some(cursor) = page.cursor("")? {
        views.retain(|view| view.kind.as_str() > cursor.key());
    }
    let place = |view: &DutyPeriodView| (view.kind.clone(), Uuid::nil());
    Ok(Page::cut(views, page, "", place, |view| view))
}

async fn years(db: &impl ConnectionTrait) -> Result<BTreeMap<i32, KeptYear>, Problem> {
    let shipped = builtin::years()?.iter();
    let mut years: BTreeMap<_, _> = shipped.map(|year| (year.year, year.clone())).collect();
    for row in reference::<work_year::Entity>().all(db).await? {
        let year = KeptYear::try_from(row)?;
        years.insert(year.year, year);
    }
    Ok(years)
}

/// The calendar by which working days are counted.
pub(super) async fn work_calendar(db: &impl ConnectionTrait) -> Result<WorkCalendar, Problem> {
    let years = years(db).await?;
    let years = years.values().map(KeptYear::parse);
    years.collect::<Result<_, _>>().map_err(Problem::internal)
}

/// The public holidays of a year, or not found.
pub(in crate::duties) async fn year(
    db: &impl ConnectionTrait,
    year: i32,
) -> Result<WorkCalendarView, Problem> {
    let mut years = years(db).await?;
    let kept = years.remove(&year).ok_or_else(Problem::not_found)?;
    Ok(kept.into())
}

/// The row that this transaction is going to change, if there is one.
pub(in crate::duties) async fn year_to_change(
    db: &impl ConnectionTrait,
    year: i32,
) -> Result<Option<work_year::Model>, Problem> {
    let row = reference::<work_year::Entity>()
        .filter(work_year::Column::Year.eq(i64::from(year)))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?;
    Ok(row)
}

/// A page of years.
pub(in crate::duties) async fn years_page(
    db: &impl ConnectionTrait,
    page: &PageQuery,
) -> Result<Page<WorkCalendarView>, Problem> {
    let years = years(db).await?;
    let mut views: Vec<_> = years.into_values().map(WorkCalendarView::from).collect();
    if let Some(cursor) = page.cursor("")? {
        let last: i32 = cursor.read(|key| key.parse().ok())?;
        views.retain(|view| view.year > last);
    }
    let place = |view: &WorkCalendarView| (view.year.to_string(), Uuid::nil());
    Ok(Page::cut(views, page, "", place, |view| view))
}
