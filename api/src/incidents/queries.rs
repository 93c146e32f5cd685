//! Reads of incidents.
//!
//! **Invariant.** A list costs a fixed number of statements. What a caller does not see is not
//! there, whoever asks for it.

mod area;
mod facts;
mod ground;
mod matching;
mod substitutes;

use domain::{
    incidents::{IncidentState, IncidentStateError},
    kernel::{Id, kinds},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType},
};

use crate::{
    http::{Direction, Page, PageQuery, by_id_only},
    problem::{Code, Problem},
    scope::{Scope, visible},
    search,
};

use super::{
    rows, standards,
    wire::{
        IncidentFilter, IncidentView, NeedFilter, NeedStandardView, NeedStandardsView, NeedView,
        SiteFilter, SiteView,
    },
};

pub(super) use area::area;
pub(crate) use area::features;
pub(crate) use facts::{
    NeedFacts, SiteFacts, hold_incident, incidents_among, names, needs_at, open_incident,
    open_needs, sites, sites_of, sites_of_needs,
};
pub(crate) use ground::{Ground, KeptPart, affected_ground, ground};
pub(super) use matching::matched;
pub(crate) use matching::{MatchedStandard, matched_standard};
pub(crate) use substitutes::substitutes_of;
pub(super) use substitutes::with_substitutes;

/// One incident, or not found.
pub(crate) async fn incident(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Incident>,
) -> Result<IncidentView, Problem> {
    use rows::incident::{Column, Entity};
    visible::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .map(IncidentView::from)
        .ok_or_else(Problem::not_found)
}

pub(super) async fn incidents(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &IncidentFilter,
    page: &PageQuery,
) -> Result<Page<IncidentView>, Problem> {
    use rows::incident::{Column, Entity};
    let mut select = visible::<Entity>(scope);
    if let Some(q) = &filter.q {
        let by_name = search::name_contains(Expr::col((Entity, Column::NameKey)), q);
        select = select.filter(by_name);
    }
    if let Some(state) = &filter.state {
        select = select.filter(Column::State.eq(state));
    }
    if let Some(hazard) = &filter.hazard {
        select = select.filter(Column::Hazard.eq(hazard));
    }
    if let Some(organisation) = filter.organisation_id {
        select = select.filter(Column::OrganisationId.eq(organisation.uuid()));
    }
    let mark = format!("{filter:?}");
    let rows = page
        .by_id(select, Column::Id, Direction::Descending, &mark)?
        .all(db)
        .await?;
    Ok(Page::cut(
        rows,
        page,
        &mark,
        |row| by_id_only::<kinds::Incident>(Id::from_uuid(row.id)),
        IncidentView::from,
    ))
}

/// One site, or not found.
pub(crate) async fn site(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Site>,
) -> Result<SiteView, Problem> {
    use rows::site::{Column, Entity};
    visible::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?
        .try_into()
}

pub(super) async fn sites_page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    incident: Id<kinds::Incident>,
    filter: &SiteFilter,
    page: &PageQuery,
) -> Result<Page<SiteView>, Problem> {
    use rows::site::{Column, Entity};
    self::incident(db, scope, incident).await?;
    let mut select = visible::<Entity>(scope).filter(Column::IncidentId.eq(incident.uuid()));
    if let Some(organisation) = filter.organisation_id {
        select = select.filter(Column::OrganisationId.eq(organisation.uuid()));
    }
    if let Some(kind) = &filter.kind {
        select = select.filter(Column::Kind.eq(kind));
    }
    let mark = format!("{incident}{filter:?}");
    let rows = page
        .by_id(select, Column::Id, Direction::Ascending, &mark)?
        .all(db)
        .await?;
    let page = Page::cut(
        rows,
        page,
        &mark,
        |row| by_id_only::<kinds::Site>(Id::from_uuid(row.id)),
        SiteView::try_from,
    );
    page.whole()
}

/// One need, or not found.
pub(crate) async fn need(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Need>,
) -> Result<NeedView, Problem> {
    use rows::need::{Column, Entity};
    let row = visible::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let mut views = with_substitutes(db, vec![row], NeedView::new).await?;
    views.pop().ok_or_else(Problem::not_found)
}

/// The needs of an incident, in the order in which they were stated.
pub(crate) async fn needs(
    db: &impl ConnectionTrait,
    scope: &Scope,
    incident: Id<kinds::Incident>,
    filter: &NeedFilter,
    page: &PageQuery,
) -> Result<Page<NeedView>, Problem> {
    use rows::need::{Column, Entity};
    self::incident(db, scope, incident).await?;
    let mut select = visible::<Entity>(scope).filter(Column::IncidentId.eq(incident.uuid()));
    if let Some(site) = filter.site_id {
        select = select.filter(Column::SiteId.eq(site.uuid()));
    }
    if let Some(item) = filter.item_id {
        select = select.filter(Column::ItemId.eq(item.uuid()));
    }
    if filter.withdrawn != Some(true) {
        select = select.filter(Column::State.eq("open"));
    }
    let mark = format!("{incident}{filter:?}");
    let rows = page
        .by_id(select, Column::Id, Direction::Ascending, &mark)?
        .all(db)
        .await?;
    let page = Page::cut(
        rows,
        page,
        &mark,
        |row| by_id_only::<kinds::Need>(Id::from_uuid(row.id)),
        |row| row,
    );
    Ok(Page {
        items: with_substitutes(db, page.items, NeedView::new).await?,
        next_cursor: page.next_cursor,
    })
}

pub(super) fn standards() -> Result<NeedStandardsView, Problem> {
    let standards = standards::all()?.into_iter().map(NeedStandardView::from);
    Ok(NeedStandardsView {
        items: standards.collect(),
    })
}

/// An incident that the caller sees, held until the transaction ends.
pub(super) async fn held(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Incident>,
    lock: LockType,
) -> Result<rows::incident::Model, Problem> {
    use rows::incident::{Column, Entity};
    visible::<Entity>(scope)
        .filter(Column::Id.eq(id.uuid()))
        .lock(lock)
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// An incident that may be worked on, held open until the transaction ends.
pub(super) async fn held_open(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Incident>,
) -> Result<rows::incident::Model, Problem> {
    let row = held(db, scope, id, LockType::Share).await?;
    state(&row).work().map_err(wrong_state)?;
    Ok(row)
}

/// Where the incident stands.
pub(super) fn state(row: &rows::incident::Model) -> IncidentState {
    if row.state == "closed" {
        IncidentState::Closed { at: row.state_at }
    } else {
        IncidentState::Open {
            since: row.state_at,
        }
    }
}

/// What an incident's refusal means for the caller.
pub(super) fn wrong_state(error: IncidentStateError) -> Problem {
    let (state, zh) = match error {
        IncidentStateError::Closed { .. } => ("closed", "该事件已关闭，请先重新打开".to_owned()),
        IncidentStateError::Open => ("open", "该事件本来就是打开的".to_owned()),
        IncidentStateError::Running { running_orders } => (
            "open",
            format!("该事件还有 {running_orders} 张调拨单未办结"),
        ),
    };
    let problem = Problem::new(Code::WrongState)
        .detail(zh, error.to_string())
        .with("state", state);
    match error {
        IncidentStateError::Running { running_orders } => {
            problem.with("running_orders", running_orders)
        }
        IncidentStateError::Closed { .. } | IncidentStateError::Open => problem,
    }
}
