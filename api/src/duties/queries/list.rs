//! The list of duties, over any number of depots.
//!
//! **Invariant.** A page costs a fixed number of statements: at most one for each stream, and some
//! for names. It never holds more than a page of each stream; what is for depots as a whole is held
//! for all of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    depots::{DepotState, ProfileFacts},
    duties::{DutyKind, DutyStanding},
    kernel::{Id, kinds},
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};
use uuid::Uuid;

use super::{
    super::{
        rows::{arrival, duty_holder},
        wire::{ALL_KINDS, DutyFilter, DutyView, KeptPeriod},
    },
    facts::last_done,
    settings::{periods, work_calendar},
    streams::{Cut, Due, Ground, Place},
};
use crate::{
    clock::day_at_depots,
    depots::{self, DepotFacts},
    duties::wire::DutiesAsked,
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, visible},
    stock,
};

type Found = (DutyKind, Due);

fn place((kind, due): &Found) -> Place {
    Place {
        due_on: due.due_on.clone(),
        kind: kind.name().to_owned(),
        depot: due.depot_id,
        subject: due.subject_id,
    }
}

fn read_place(key: &str, subject: Uuid) -> Option<Place> {
    let mut parts = key.split(' ');
    let place = Place {
        due_on: parts.next()?.parse::<NaiveDate>().ok()?.to_string(),
        kind: parts.next()?.parse::<DutyKind>().ok()?.name().to_owned(),
        depot: parts.next()?.parse().ok()?,
        subject,
    };
    parts.next().is_none().then_some(place)
}

/// A page of duties, the first due first.
pub(in crate::duties) async fn duties(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &DutyFilter,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<DutyView>, Problem> {
    let asked = filter.parse()?;
    let mark = format!("{filter:?}");
    let after = page.cursor(&mark)?.map(|cursor| {
        let subject = cursor.id();
        cursor.read(|key| read_place(key, subject))
    });
    let after = after.transpose()?;
    let ground = Ground {
        backend: db.get_database_backend(),
        depots: asked.depots.ids(scope),
        periods: periods(db).await?,
        calendar: work_calendar(db).await?,
        today: day_at_depots(now),
        now,
    };
    let kinds = DutyKind::ALL.iter().copied();
    let kinds: Vec<_> = kinds
        .filter(|kind| asked.kind.is_none_or(|only| only == *kind))
        .collect();
    let mut found: Vec<Found> = Vec::new();
    for &kind in &kinds {
        let cut = Cut {
            kind,
            standing: asked.standing,
            due_until: asked.due_until,
            answerable: asked.answerable.as_deref(),
            after: after.as_ref(),
            limit: page.limit() + 1,
        };
        let rows = cut.read(db, ground.streams(kind)?).await?;
        found.extend(rows.into_iter().map(|due| (kind, due)));
    }
    if kinds.iter().any(|kind| kind.is_of_depot()) {
        let of_depots = of_depots(db, scope, &asked, &ground, &kinds).await?;
        found.extend(of_depots.into_iter().filter(|duty| {
            let beyond = |after: &Place| place(duty) > *after;
            after.as_ref().is_none_or(beyond)
        }));
    }
    found.sort_by_cached_key(place);
    let key = |duty: &Found| {
        let Place {
            due_on,
            kind,
            depot,
            subject,
        } = place(duty);
        (format!("{due_on} {kind} {depot}"), subject)
    };
    found.truncate(usize::try_from(page.limit() + 1).unwrap_or(usize::MAX));
    let cut = Page::cut(found, page, &mark, key, |duty| duty);
    Ok(Page {
        items: views(db, cut.items, &ground).await?,
        next_cursor: cut.next_cursor,
    })
}

// Who answers, by depot and kind.
type Holders = BTreeMap<(Uuid, String), Option<String>>;

fn answerable(holders: &Holders, depot: Uuid, kind: DutyKind) -> Option<&String> {
    let named = |kind: &str| holders.get(&(depot, kind.to_owned()))?.as_ref();
    named(kind.name()).or_else(|| named(ALL_KINDS))
}

async fn holders(
    db: &impl ConnectionTrait,
    of: impl sea_orm::sea_query::IntoCondition,
) -> Result<Holders, Problem> {
    let rows = visible::<duty_holder::Entity>(&Scope::Everything)
        .filter(of)
        .all(db)
        .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|row| ((row.depot_id, row.kind), row.person))
        .collect())
}

// What is due in each depot as a whole, against fire: counted from the last time, as the profile or a
// record has it, or from the day on which the depot was entered.
async fn of_depots(
    db: &impl ConnectionTrait,
    scope: &Scope,
    asked: &DutiesAsked,
    ground: &Ground,
    kinds: &[DutyKind],
) -> Result<Vec<Found>, Problem> {
    if asked.standing.is_some_and(DutyStanding::is_done) {
        return Ok(Vec::new());
    }
    let known = depots::profiles_where(db, scope, &asked.depots).await?;
    let done = last_done(db, &ground.depots).await?;
    let holders = match &asked.answerable {
        Some(_) => {
            let here = duty_holder::Column::DepotId.in_subquery(ground.depots.clone());
            holders(db, here).await?
        }
        None => Holders::new(),
    };
    let mut found = Vec::new();
    for (depot, profile) in &known {
        if depot.state == DepotState::Closed {
            continue;
        }
        for &kind in kinds.iter().filter(|kind| kind.is_of_depot()) {
            let id = depot.id.uuid();
            if let Some(person) = &asked.answerable
                && answerable(&holders, id, kind) != Some(person)
            {
                continue;
            }
            let last = done
                .get(&(id, kind))
                .copied()
                .max(of_profile(profile, kind));
            let since = last.unwrap_or_else(|| day_at_depots(depot.created_at));
            let period = ground.periods.get(&kind).ok_or_else(Problem::not_found)?;
            let due_on = period.parse()?.due_on(since, &ground.calendar);
            let is_late = due_on < ground.today;
            let meant = asked
                .standing
                .is_none_or(|asked| asked.is_late() == is_late)
                && asked.due_until.is_none_or(|until| due_on <= until);
            if meant {
                let due = Due {
                    depot_id: id,
                    subject_id: id,
                    since_on: since.to_string(),
                    due_on: due_on.to_string(),
                    done_on: None,
                    late: i64::from(is_late),
                };
                found.push((kind, due));
            }
        }
    }
    Ok(found)
}

fn of_profile(profile: &ProfileFacts, kind: DutyKind) -> Option<NaiveDate> {
    match kind {
        DutyKind::FireCheck => profile.fire_check_on,
        DutyKind::FireTraining => profile.fire_training_on,
        DutyKind::FireDrill => profile.fire_drill_on,
        _ => None,
    }
}

// What people call the subjects that have no number of their own.
async fn names(
    db: &impl ConnectionTrait,
    found: &[Found],
) -> Result<BTreeMap<Uuid, String>, Problem> {
    let of = |wanted: fn(DutyKind) -> bool| -> Vec<Uuid> {
        let meant = found.iter().filter(|(kind, _)| wanted(*kind));
        meant.map(|(_, due)| due.subject_id).collect()
    };
    let lots: Vec<_> = of(DutyKind::is_of_lots)
        .into_iter()
        .map(Id::from_uuid)
        .collect();
    let lots = stock::lot_views(db, &Scope::Everything, &lots).await?;
    let mut names: BTreeMap<_, _> = lots
        .into_iter()
        .map(|(id, lot)| (id.uuid(), lot.item_name))
        .collect();
    let waiting = of(|kind| kind == DutyKind::Acceptance);
    let arrivals = visible::<arrival::Entity>(&Scope::Everything)
        .filter(arrival::Column::Id.is_in(waiting))
        .all(db)
        .await?;
    names.extend(arrivals.into_iter().map(|row| (row.id, row.what)));
    Ok(names)
}

async fn views(
    db: &impl ConnectionTrait,
    found: Vec<Found>,
    ground: &Ground,
) -> Result<Vec<DutyView>, Problem> {
    let here: BTreeSet<_> = found.iter().map(|(_, due)| due.depot_id).collect();
    let ids: Vec<_> = here.iter().map(|id| Id::from_uuid(*id)).collect();
    let depots = depots::depots_facts(db, &Scope::Everything, &ids).await?;
    let holders = holders(db, duty_holder::Column::DepotId.is_in(here)).await?;
    let names = names(db, &found).await?;
    found
        .into_iter()
        .map(|(kind, due)| {
            let depot = depots
                .get(&Id::from_uuid(due.depot_id))
                .ok_or_else(Problem::not_found)?;
            // More than one duty may be about one lot.
            let name = names.get(&due.subject_id).cloned();
            let who = answerable(&holders, due.depot_id, kind).cloned();
            view(kind, due, depot, name, who, ground)
        })
        .collect()
}

fn view(
    kind: DutyKind,
    due: Due,
    depot: &DepotFacts,
    what: Option<String>,
    answerable: Option<String>,
    ground: &Ground,
) -> Result<DutyView, Problem> {
    let day = |text: &str| text.parse::<NaiveDate>().map_err(Problem::internal);
    let (since_on, due_on) = (day(&due.since_on)?, day(&due.due_on)?);
    let done_on = due.done_on.as_deref().map(day).transpose()?;
    let period: Option<&KeptPeriod> = ground.periods.get(&kind);
    let counts_working_days = kind.unit() == domain::duties::PeriodUnit::WorkingDay;
    Ok(DutyView {
        kind: kind.name().to_owned(),
        depot_id: depot.id,
        depot_code: depot.code.clone(),
        depot_name: depot.name.clone(),
        organisation_id: depot.organisation_id,
        subject_id: subject(kind, &due, what.is_some()),
        what,
        since_on,
        due_on,
        done_on,
        standing: DutyStanding::of(done_on.is_some(), due.late != 0)
            .name()
            .to_owned(),
        answerable,
        period_amount: period.map(|period| period.amount.into()),
        period_unit: kind.unit().name().to_owned(),
        source: period.map_or_else(
            || "邹城市应急物资调拨规程：口头调令 48 小时内补办，以调令所载时限为准".to_owned(),
            |period| period.source.clone(),
        ),
        confidence: period
            .map_or("V", |period| period.confidence.name())
            .to_owned(),
        weekday_years: if counts_working_days {
            ground.calendar.unknown(since_on, due_on)
        } else {
            Vec::new()
        },
    })
}

// Of duties to put goods on record, only what waits or waited has a name.
fn subject(kind: DutyKind, due: &Due, is_named: bool) -> String {
    let id = due.subject_id;
    match kind {
        DutyKind::Acceptance if is_named => Id::<kinds::Arrival>::from_uuid(id).to_string(),
        DutyKind::Acceptance | DutyKind::IssuePapers | DutyKind::Disclosure => {
            Id::<kinds::Movement>::from_uuid(id).to_string()
        }
        DutyKind::OralOrder => Id::<kinds::DispatchOrder>::from_uuid(id).to_string(),
        DutyKind::Restack | DutyKind::QualityTest => Id::<kinds::Lot>::from_uuid(id).to_string(),
        DutyKind::FireCheck | DutyKind::FireTraining | DutyKind::FireDrill => {
            Id::<kinds::Depot>::from_uuid(id).to_string()
        }
    }
}
