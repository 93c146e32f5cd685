//! What rating asks of duties, for any number of depots at once.
//!
//! **Invariant.** Six statements, whatever the number of depots.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::duties::{DutyKind, WorkCalendar};
use sea_orm::{
    ConnectionTrait, FromQueryResult,
    sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement},
};
use uuid::Uuid;

use super::{
    super::rows::{arrival, duty_record},
    settings::{periods, work_calendar},
    streams::Ground,
};
use crate::{clock::day_at_depots, problem::Problem};

/// Goods that came, and when they were put on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CameRow {
    pub(crate) depot_id: Uuid,
    pub(crate) came_on: NaiveDate,
    /// Absent while they wait.
    pub(crate) accepted_on: Option<NaiveDate>,
}

/// What is known of duties.
#[derive(Debug)]
pub(crate) struct DutyFacts {
    pub(crate) calendar: WorkCalendar,
    /// How many lots are past their day, by depot and kind; none where it is absent.
    pub(crate) overdue_lots: BTreeMap<(Uuid, DutyKind), i64>,
    /// When something against fire was last recorded.
    pub(crate) last_done: BTreeMap<(Uuid, DutyKind), NaiveDate>,
    /// What came since the day that was asked for, or still waits.
    pub(crate) came: Vec<CameRow>,
}

#[derive(FromQueryResult)]
struct Overdue {
    depot_id: Uuid,
    lots: i64,
}

#[derive(FromQueryResult)]
struct Last {
    depot_id: Uuid,
    kind: String,
    last_on: String,
}

#[derive(FromQueryResult)]
struct Came {
    depot_id: Uuid,
    came_on: String,
    accepted_on: Option<String>,
}

fn day(text: &str) -> Result<NaiveDate, Problem> {
    text.parse().map_err(Problem::internal)
}

async fn all<R: FromQueryResult>(
    db: &impl ConnectionTrait,
    select: &SelectStatement,
) -> Result<Vec<R>, Problem> {
    let rows = db.query_all(select).await?;
    let rows = rows.iter().map(|row| R::from_query_result(row, ""));
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Reads it for the depots that `depots` selects; arrivals are those since `since`.
pub(crate) async fn duty_facts(
    db: &impl ConnectionTrait,
    depots: &SelectStatement,
    since: NaiveDate,
    now: DateTime<Utc>,
) -> Result<DutyFacts, Problem> {
    let ground = Ground {
        backend: db.get_database_backend(),
        depots: depots.clone(),
        periods: periods(db).await?,
        calendar: work_calendar(db).await?,
        today: day_at_depots(now),
        now,
    };
    let mut overdue_lots = BTreeMap::new();
    for kind in [DutyKind::Restack, DutyKind::QualityTest] {
        let of = |name| Expr::col((Alias::new("duty"), Alias::new(name)));
        let late = Query::select()
            .expr_as(of("depot_id"), "depot_id")
            .expr_as(Func::count(of("subject_id")), "lots")
            .from_subquery(ground.lots(kind)?, "duty")
            .and_where(of("late").eq(1_i64))
            .group_by_col((Alias::new("duty"), Alias::new("depot_id")))
            .to_owned();
        let rows: Vec<Overdue> = all(db, &late).await?;
        let rows = rows.into_iter();
        overdue_lots.extend(rows.map(|row| ((row.depot_id, kind), row.lots)));
    }
    let last_done = last_done(db, depots).await?;
    Ok(DutyFacts {
        overdue_lots,
        last_done,
        came: came(db, depots, since).await?,
        calendar: ground.calendar,
    })
}

async fn came(
    db: &impl ConnectionTrait,
    depots: &SelectStatement,
    since: NaiveDate,
) -> Result<Vec<CameRow>, Problem> {
    use arrival::Column as A;
    let of = |column| Expr::col((arrival::Entity, column));
    let recent = of(A::CameOn).gte(since.to_string());
    let select = Query::select()
        .distinct()
        .from(arrival::Entity)
        .columns([
            (arrival::Entity, A::DepotId),
            (arrival::Entity, A::CameOn),
            (arrival::Entity, A::AcceptedOn),
        ])
        .and_where(of(A::State).ne("withdrawn"))
        .and_where(recent.or(of(A::State).eq("waiting")))
        .and_where(of(A::DepotId).in_subquery(depots.clone()))
        .to_owned();
    let rows: Vec<Came> = all(db, &select).await?;
    rows.into_iter()
        .map(|row| {
            Ok(CameRow {
                depot_id: row.depot_id,
                came_on: day(&row.came_on)?,
                accepted_on: row.accepted_on.as_deref().map(day).transpose()?,
            })
        })
        .collect()
}

/// When something against fire was last recorded, by depot and kind: one statement.
pub(super) async fn last_done(
    db: &impl ConnectionTrait,
    depots: &SelectStatement,
) -> Result<BTreeMap<(Uuid, DutyKind), NaiveDate>, Problem> {
    use duty_record::Column as R;
    let of = |column| Expr::col((duty_record::Entity, column));
    let kinds = DutyKind::ALL.iter().filter(|kind| kind.is_of_depot());
    let select = Query::select()
        .from(duty_record::Entity)
        .columns([
            (duty_record::Entity, R::DepotId),
            (duty_record::Entity, R::Kind),
        ])
        .expr_as(of(R::DoneOn).max(), "last_on")
        .and_where(of(R::Kind).is_in(kinds.map(|kind| kind.name())))
        .and_where(of(R::WithdrawnAt).is_null())
        .and_where(of(R::DepotId).in_subquery(depots.clone()))
        .group_by_columns([
            (duty_record::Entity, R::DepotId),
            (duty_record::Entity, R::Kind),
        ])
        .to_owned();
    let rows: Vec<Last> = all(db, &select).await?;
    rows.into_iter()
        .map(|row| {
            let kind: DutyKind = row.kind.parse().map_err(Problem::internal)?;
            Ok(((row.depot_id, kind), day(&row.last_on)?))
        })
        .collect()
}
