//! Ways from depots to sites.
//!
//! **Invariant.** A list costs a fixed number of statements and computes only the legs of the sites
//! that its page shows.

mod closures;

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, Place, PlaceOrigin, kinds},
    routing::{Barrier, ClosedGround, Leg, Reach, TravelMatrix},
};
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use crate::{
    app::App,
    depots::{self, DepotFacts, DepotSelection},
    http::{Page, PageQuery},
    incidents::{self, SiteFacts},
    problem::Problem,
    scope::Scope,
};

pub(super) use closures::{closure_area, of_alert, road_closure, road_closures};

use super::wire::{LegView, RoadDataView, RoadsView, RouteView, TravelLegFilter, TravelLegView};

// More sites than any incident that was seen; a page looks at few of them.
const SITES_MAX: u64 = 10_000;

/// From where to where, and what is closed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    pub(crate) origins: Vec<(Id<kinds::Depot>, (Place, PlaceOrigin))>,
    pub(crate) destinations: Vec<(Id<kinds::Site>, Place)>,
    pub(crate) ground: ClosedGround,
}

/// What has to be known to join depots with sites at a moment. A depot without a place stands at the
/// centre of its division, and the leg says so; where even that is not known it is joined with none.
/// Sources are asked afterwards, when no transaction is open, by `app.routing.answer`.
pub(crate) async fn question(
    db: &impl ConnectionTrait,
    depots: &[DepotFacts],
    sites: &[SiteFacts],
    now: DateTime<Utc>,
) -> Result<Question, Problem> {
    Ok(Question {
        origins: depots::places(db, depots).await?.into_iter().collect(),
        destinations: sites.iter().map(|site| (site.id, site.place)).collect(),
        ground: closures::closed_ground(db, now).await?,
    })
}

/// The legs to the sites of an incident: by site, and for each site the nearest depot first.
pub(super) async fn legs(
    app: &App,
    scope: &Scope,
    incident: Id<kinds::Incident>,
    filter: &TravelLegFilter,
    page: &PageQuery,
) -> Result<Page<TravelLegView>, Problem> {
    let db = app.db.read();
    incidents::incident(db, scope, incident).await?;
    let mark = format!("{incident}{filter:?}");
    let after = match page.cursor(&mark)? {
        Some(cursor) => Some(cursor.read(|key| read_rank(key, cursor.id()))?),
        None => None,
    };
    let sites = incidents::sites_of(db, scope, incident, SITES_MAX).await?;
    let depots = depots::depots_where(db, scope, &DepotSelection::default()).await?;
    let mut question = question(db, &depots, &[], app.clock.now()).await?;
    let wanted = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    let mut rows: Vec<Row<'_>> = Vec::new();
    for site in &sites {
        if filter.site_id.is_some_and(|only| only != site.id) {
            continue;
        }
        if after.is_some_and(|(last, ..)| site.id < last) {
            continue;
        }
        question.destinations = vec![(site.id, site.place)];
        let matrix = app.routing.answer(question.clone()).await?;
        let mut of_site = rows_of(site, &depots, &matrix);
        of_site.retain(|row| {
            let near = filter
                .max_time_min
                .is_none_or(|limit| row.leg.is_some_and(|leg| leg.time_min <= limit));
            near && after.is_none_or(|last| row.rank() > last)
        });
        rows.extend(of_site);
        if rows.len() > wanted {
            break;
        }
    }
    Ok(Page::cut(
        rows,
        page,
        &mark,
        |row| {
            let (site, time_min, depot) = row.rank();
            (format!("{site} {time_min}"), depot.uuid())
        },
        |row| TravelLegView {
            depot_id: row.depot.id,
            depot_name: row.depot.name.clone(),
            site_id: row.site.id,
            site_name: row.site.name.clone(),
            leg: row.leg.map(LegView::from),
            barrier: row.barrier.map(|barrier| barrier.name().to_owned()),
        },
    ))
}

struct Row<'a> {
    depot: &'a DepotFacts,
    site: &'a SiteFacts,
    leg: Option<Leg>,
    barrier: Option<Barrier>,
}

/// Site, then minutes, then depot: the order of the list.
type Rank = (Id<kinds::Site>, u32, Id<kinds::Depot>);

impl Row<'_> {
    // A depot that no way is known from comes last.
    fn rank(&self) -> Rank {
        let time_min = self.leg.map_or(u32::MAX, |leg| leg.time_min);
        (self.site.id, time_min, self.depot.id)
    }
}

// A rank as a cursor keeps it.
fn read_rank(key: &str, depot: Uuid) -> Option<Rank> {
    let (site, time_min) = key.split_once(' ')?;
    Some((
        site.parse().ok()?,
        time_min.parse().ok()?,
        Id::from_uuid(depot),
    ))
}

fn rows_of<'a>(
    site: &'a SiteFacts,
    depots: &'a [DepotFacts],
    matrix: &TravelMatrix,
) -> Vec<Row<'a>> {
    let mut rows: Vec<_> = depots
        .iter()
        .map(|depot| {
            let (leg, barrier) = match matrix.reach(depot.id, site.id) {
                Some(Reach::Reachable(leg)) => (Some(*leg), None),
                Some(Reach::Unreachable { barrier, .. }) => (None, Some(*barrier)),
                None => (None, None),
            };
            Row {
                depot,
                site,
                leg,
                barrier,
            }
        })
        .collect();
    rows.sort_by_key(Row::rank);
    rows
}

/// The way from a depot to a site, drawn by who says how long it is.
pub(super) async fn route(
    app: &App,
    scope: &Scope,
    site: Id<kinds::Site>,
    depot: Id<kinds::Depot>,
) -> Result<RouteView, Problem> {
    let db = app.db.read();
    let sites = incidents::sites(db, scope, &[site]).await?;
    if sites.is_empty() {
        return Err(Problem::not_found());
    }
    let mut found = depots::depots_facts(db, scope, &[depot]).await?;
    let found = found.remove(&depot).ok_or_else(|| {
        let (zh, en) = ("没有这个库", "there is no such depot");
        Problem::field("depot_id", "reference", zh, en).of_query()
    })?;
    let question = question(db, &[found], &sites, app.clock.now()).await?;
    let matrix = app.routing.answer(question.clone()).await?;
    let (leg, barrier) = match matrix.reach(depot, site) {
        Some(Reach::Reachable(leg)) => (Some(*leg), None),
        Some(Reach::Unreachable { barrier, .. }) => (None, Some(*barrier)),
        None => (None, None),
    };
    let ends = question.origins.first().zip(question.destinations.first());
    let drawn = match (leg, ends) {
        (Some(leg), Some((&(_, (from, _)), &(_, to)))) => {
            app.routing.drawn(&leg, from, to, question.ground).await?
        }
        _ => None,
    };
    let line = |places: Vec<Place>| {
        let points: Vec<_> = places
            .iter()
            .map(|place| [place.longitude(), place.latitude()])
            .collect();
        json!({ "type": "LineString", "coordinates": points })
    };
    Ok(RouteView {
        leg: leg.map(LegView::from),
        barrier: barrier.map(|barrier| barrier.name().to_owned()),
        geometry: drawn.map(line),
    })
}

/// Who is asked how far it is, and by which roads.
pub(super) async fn road_data(app: &App) -> RoadDataView {
    let roads = if app.routing.wants_roads() {
        app.routing.roads().await
    } else {
        None
    };
    let asked = app.routing.asked().map(|source| source.name());
    RoadDataView {
        sources: asked.chain(["great_circle"]).map(str::to_owned).collect(),
        roads: roads.as_deref().map(RoadsView::from),
    }
}
