//! Who is asked how far it is, and in which order.
//!
//! **Invariant.** Asking never fails: a source that is not there or does not answer is passed over,
//! which every leg says, and the great circle answers last. No transaction is open while somebody
//! outside is asked.

mod client;
mod osrm;
mod valhalla;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::{
    kernel::Place,
    routing::{ClosedGround, Found, GreatCircle, Leg, LegSource, Sourced, TravelMatrix},
};
use tokio::sync::OnceCell;

use crate::{
    config::{Config, RoutingSource},
    problem::Problem,
};

use super::{queries::Question, road_file::Roads};

/// The name of the road file in the data directory, where no other is named.
pub(crate) const ROAD_FILE: &str = "roads.graph";

/// The places of a question: what is sent outside, without the names of depots and sites.
#[derive(Debug)]
struct Places {
    starts: Vec<Place>,
    ends: Vec<Place>,
}

/// The sources of this server. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Sources(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    order: Vec<RoutingSource>,
    road_file: PathBuf,
    is_road_file_named: bool,
    roads: OnceCell<Option<Arc<Roads>>>,
    osrm: Option<osrm::Osrm>,
    valhalla: Option<valhalla::Valhalla>,
}

/// Where the road file of this server lies.
pub(crate) fn road_file(config: &Config) -> PathBuf {
    if config.roads_file.as_os_str().is_empty() {
        config.data_directory.join(ROAD_FILE)
    } else {
        config.roads_file.clone()
    }
}

impl Sources {
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        let timeout = config.routing_timeout;
        let engine = |url: &str| client::Client::new(url, timeout);
        Ok(Self(Arc::new(Inner {
            order: config.routing_sources.0.clone(),
            road_file: road_file(config),
            is_road_file_named: !config.roads_file.as_os_str().is_empty(),
            roads: OnceCell::new(),
            osrm: engine(&config.osrm_url)?.map(osrm::Osrm::new),
            valhalla: engine(&config.valhalla_url)?.map(valhalla::Valhalla::new),
        })))
    }

    /// The road network, read at its first use. A new file is seen after a restart.
    pub(crate) async fn roads(&self) -> Option<Arc<Roads>> {
        let read = || async {
            let path = self.0.road_file.clone();
            let read = tokio::task::spawn_blocking(move || read(&path)).await;
            read.unwrap_or_default()
        };
        self.0.roads.get_or_init(read).await.clone()
    }

    /// The sources that are there to be asked, in their order, but for the great circle.
    pub(crate) fn asked(&self) -> impl Iterator<Item = RoutingSource> {
        let there = move |source: &RoutingSource| match source {
            RoutingSource::RoadGraph => self.wants_roads(),
            RoutingSource::Osrm => self.0.osrm.is_some(),
            RoutingSource::Valhalla => self.0.valhalla.is_some(),
        };
        self.0.order.iter().copied().filter(there)
    }

    /// Whether a road file was asked for, by its name or by lying where it is looked for.
    pub(crate) fn wants_roads(&self) -> bool {
        self.0.is_road_file_named || self.0.road_file.exists()
    }

    /// The ways from all origins to all destinations.
    pub(crate) async fn answer(&self, question: Question) -> Result<TravelMatrix, Problem> {
        let places = Arc::new(Places {
            starts: question
                .origins
                .iter()
                .map(|(_, (place, _))| *place)
                .collect(),
            ends: question
                .destinations
                .iter()
                .map(|(_, place)| *place)
                .collect(),
        });
        let ground = Arc::new(question.ground);
        let mut sourced = Vec::new();
        for source in self.asked() {
            if places.starts.is_empty() || places.ends.is_empty() {
                break;
            }
            let said = match source {
                RoutingSource::RoadGraph => self.by_road(&places, &ground).await?,
                RoutingSource::Osrm => match &self.0.osrm {
                    Some(osrm) => osrm.ways(&places, &ground).await,
                    None => continue,
                },
                RoutingSource::Valhalla => match &self.0.valhalla {
                    Some(valhalla) => valhalla.ways(&places, &ground).await,
                    None => continue,
                },
            };
            let is_whole = said.as_ref().is_some_and(knows_all);
            sourced.push(said);
            if is_whole {
                break;
            }
        }
        let straight = GreatCircle::default();
        let (from, to) = (&question.origins, &question.destinations);
        Ok(TravelMatrix::assemble(
            from, to, &sourced, straight, &ground,
        ))
    }

    /// The way of a leg, drawn by who said how long it is; `None` where that is not to be had.
    pub(crate) async fn drawn(
        &self,
        leg: &Leg,
        from: Place,
        to: Place,
        ground: ClosedGround,
    ) -> Result<Option<Vec<Place>>, Problem> {
        let asked = match leg.source {
            LegSource::GreatCircle(_) => return Ok(Some(vec![from, to])),
            LegSource::RoadGraph(_) => {
                let Some(roads) = self.roads().await else {
                    return Ok(None);
                };
                let path = move || roads.graph.path(from, to, &ground);
                return tokio::task::spawn_blocking(path)
                    .await
                    .map_err(Problem::internal);
            }
            LegSource::Osrm(_) => match &self.0.osrm {
                Some(osrm) => osrm.drawn(from, to).await,
                None => return Ok(None),
            },
            LegSource::Valhalla(_) => match &self.0.valhalla {
                Some(valhalla) => valhalla.drawn(from, to, &ground).await,
                None => return Ok(None),
            },
        };
        Ok(asked
            .inspect_err(|error| {
                tracing::warn!(error = format!("{error:#}"), "the way was not drawn");
            })
            .ok())
    }

    async fn by_road(
        &self,
        places: &Arc<Places>,
        ground: &Arc<ClosedGround>,
    ) -> Result<Option<Sourced>, Problem> {
        let Some(roads) = self.roads().await else {
            return Ok(None);
        };
        let (places, ground) = (Arc::clone(places), Arc::clone(ground));
        // Searches take all cores for a while, and other requests share this thread.
        tokio::task::spawn_blocking(move || {
            Some(Sourced {
                source: LegSource::RoadGraph(roads.edition),
                found: roads.graph.ways(&places.starts, &places.ends, &ground),
            })
        })
        .await
        .map_err(Problem::internal)
    }
}

fn knows_all(sourced: &Sourced) -> bool {
    let mut found = sourced.found.iter().flatten();
    !found.any(|found| *found == Found::Unknown)
}

fn read(path: &Path) -> Option<Arc<Roads>> {
    match Roads::read(path) {
        Ok(roads) => {
            let (nodes, edges) = (roads.about.nodes, roads.about.edges);
            tracing::info!(path = %path.display(), nodes, edges, "read the road network");
            Some(Arc::new(roads))
        }
        Err(error) => {
            tracing::error!(path = %path.display(), %error, "the road file cannot be used; ways are found without it, and say so");
            None
        }
    }
}

#[cfg(test)]
mod tests;
