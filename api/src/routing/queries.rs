//! Ways from depots to sites.
//!
//! **Invariant.** A list costs a fixed number of statements and computes only the legs of the sites
//! that its page shows.

use domain::{
    kernel::{Id, kinds},
    routing::{GreatCircle, Leg, TravelMatrix},
};
use sea_orm::ConnectionTrait;

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

/// Joins depots with sites. A depot without a place is joined with none.
pub(crate) fn matrix<'a>(
    depots: impl IntoIterator<Item = &'a DepotFacts>,
    sites: &[SiteFacts],
) -> TravelMatrix {
    let origins: Vec<_> = depots
        .into_iter()
        .filter_map(|depot| Some((depot.id, depot.place?)))
        .collect();
    let destinations: Vec<_> = sites.iter().map(|site| (site.id, site.place)).collect();
    TravelMatrix::great_circle(&origins, &destinations, GreatCircle::default())
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
    let after = page.cursor(&mark)?;
    let sites = incidents::sites_of(db, scope, incident, SITES_MAX).await?;
    let depots = depots::depots_where(db, scope, &DepotSelection::default()).await?;
    let wanted = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    let mut rows: Vec<Row<'_>> = Vec::new();
    for site in &sites {
        if filter.site_id.is_some_and(|only| only != site.id) {
            continue;
        }
        let site_key = site.id.to_string();
        let before = after
            .as_ref()
            .is_some_and(|cursor| site_key.as_str() < cursor.key().split(' ').next().unwrap_or(""));
        if before {
            continue;
        }
        let mut of_site = rows_of(site, &depots);
        of_site.retain(|row| {
            let near = filter
                .max_time_min
                .is_none_or(|limit| row.leg.is_some_and(|leg| leg.time_min <= limit));
            let place = (row.key.as_str(), row.depot.id.uuid());
            near && after
                .as_ref()
                .is_none_or(|cursor| place > (cursor.key(), cursor.id()))
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
        |row| (row.key.clone(), row.depot.id.uuid()),
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
    /// Site, then time: the order of the list as text.
    key: String,
    depot: &'a DepotFacts,
    site: &'a SiteFacts,
    leg: Option<Leg>,
}

fn rows_of<'a>(site: &'a SiteFacts, depots: &'a [DepotFacts]) -> Vec<Row<'a>> {
    let matrix = matrix(depots, std::slice::from_ref(site));
    let mut rows: Vec<_> = depots
        .iter()
        .map(|depot| {
            let leg = matrix.leg(depot.id, site.id).copied();
            let time = leg.map_or(u32::MAX, |leg| leg.time_min);
            Row {
                key: format!("{} {time:010}", site.id),
                depot,
                site,
                leg,
            }
        })
        .collect();
    rows.sort_by(|one, other| (&one.key, one.depot.id).cmp(&(&other.key, other.depot.id)));
    rows
}
