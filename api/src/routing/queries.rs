//! Ways from depots to sites.
//!
//! **Invariant.** A list costs a fixed number of statements and computes only the legs of the sites
//! that its page shows.

use domain::{
    kernel::{Id, Place, PlaceOrigin, kinds},
    routing::{GreatCircle, Leg, TravelMatrix},
};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    depots::{self, DepotFacts, DepotSelection},
    http::{Page, PageQuery},
    incidents::{self, SiteFacts},
    problem::Problem,
    scope::Scope,
};

use super::wire::{LegView, TravelLegFilter, TravelLegView};

// More sites than any incident that was seen; a page looks at few of them.
const SITES_MAX: u64 = 10_000;

/// Joins depots with sites. A depot without a place stands at the centre of its division, and the
/// leg says so; where even that is not known it is joined with none.
pub(crate) async fn matrix(
    db: &impl ConnectionTrait,
    depots: &[DepotFacts],
    sites: &[SiteFacts],
) -> Result<TravelMatrix, Problem> {
    Ok(join(&origins(db, depots).await?, sites))
}

type Origins = Vec<(Id<kinds::Depot>, (Place, PlaceOrigin))>;

async fn origins(db: &impl ConnectionTrait, depots: &[DepotFacts]) -> Result<Origins, Problem> {
    Ok(depots::places(db, depots).await?.into_iter().collect())
}

fn join(origins: &Origins, sites: &[SiteFacts]) -> TravelMatrix {
    let destinations: Vec<_> = sites.iter().map(|site| (site.id, site.place)).collect();
    TravelMatrix::great_circle(origins, &destinations, GreatCircle::default())
}

/// The legs to the sites of an incident: by site, and for each site the nearest depot first.
pub(super) async fn legs(
    db: &impl ConnectionTrait,
    scope: &Scope,
    incident: Id<kinds::Incident>,
    filter: &TravelLegFilter,
    page: &PageQuery,
) -> Result<Page<TravelLegView>, Problem> {
    incidents::incident(db, scope, incident).await?;
    let mark = format!("{incident}{filter:?}");
    let after = match page.cursor(&mark)? {
        Some(cursor) => Some(cursor.read(|key| read_rank(key, cursor.id()))?),
        None => None,
    };
    let sites = incidents::sites_of(db, scope, incident, SITES_MAX).await?;
    let depots = depots::depots_where(db, scope, &DepotSelection::default()).await?;
    let origins = origins(db, &depots).await?;
    let wanted = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    let mut rows: Vec<Row<'_>> = Vec::new();
    for site in &sites {
        if filter.site_id.is_some_and(|only| only != site.id) {
            continue;
        }
        if after.is_some_and(|(last, ..)| site.id < last) {
            continue;
        }
        let mut of_site = rows_of(site, &depots, &origins);
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
        },
    ))
}

struct Row<'a> {
    depot: &'a DepotFacts,
    site: &'a SiteFacts,
    leg: Option<Leg>,
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

fn rows_of<'a>(site: &'a SiteFacts, depots: &'a [DepotFacts], origins: &Origins) -> Vec<Row<'a>> {
    let matrix = join(origins, std::slice::from_ref(site));
    let mut rows: Vec<_> = depots
        .iter()
        .map(|depot| {
            let leg = matrix.leg(depot.id, site.id).copied();
            Row { depot, site, leg }
        })
        .collect();
    rows.sort_by_key(Row::rank);
    rows
}
