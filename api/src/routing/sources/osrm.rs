//! OSRM, by its HTTP API v1.
//!
//! **Invariant.** A matrix is asked for in blocks that an OSRM takes as it is shipped, and an answer
//! of another size than its block is none. OSRM knows no closed ground, so it is not asked while any
//! is closed. It moves every place to the nearest road, however far that is: a place that was moved
//! further than [`MOVED_KM_MAX`] is not joined with the network.

use anyhow::{Context as _, bail, ensure};
use chrono::NaiveDate;
use domain::{
    kernel::Place,
    routing::{
        ACCESS, Barrier, ClosedGround, Found, GreatCircle, LegMarks, LegSource, Sourced, Way,
    },
};
use serde::Deserialize;

use super::{
    Places,
    client::{Answer, Client},
};

/// `osrm-routed` takes 100 places by default, and 10,000 pairs.
const BLOCK: usize = 50;
/// As far as a road graph of this house reaches by default.
const MOVED_KM_MAX: f64 = 10.0;

#[derive(Debug)]
pub(super) struct Osrm(Client);

#[derive(Debug, Deserialize)]
struct Table {
    code: String,
    /// Seconds, a row for each source.
    durations: Vec<Vec<Option<f64>>>,
    /// Metres.
    distances: Vec<Vec<Option<f64>>>,
    sources: Vec<Waypoint>,
    destinations: Vec<Waypoint>,
    data_version: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Waypoint {
    /// Metres from the place to the road.
    distance: f64,
}

#[derive(Debug, Deserialize)]
struct Routes {
    code: String,
    routes: Vec<Route>,
}

#[derive(Debug, Deserialize)]
struct Route {
    geometry: Line,
}

/// A GeoJSON LineString.
#[derive(Debug, Deserialize)]
struct Line {
    coordinates: Vec<[f64; 2]>,
}

#[derive(Debug, Deserialize)]
struct Refusal {
    code: String,
}

impl Osrm {
    pub(super) fn new(client: Client) -> Self {
        Self(client)
    }

    pub(super) async fn ways(&self, places: &Places, ground: &ClosedGround) -> Option<Sourced> {
        if !ground.is_empty() {
            tracing::debug!("osrm is not asked: it does not know what is closed");
            return None;
        }
        match self.matrix(places).await {
            Ok(sourced) => Some(sourced),
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "osrm did not answer");
                None
            }
        }
    }

    /// The way from one place to another, drawn.
    pub(super) async fn drawn(&self, from: Place, to: Place) -> anyhow::Result<Vec<Place>> {
        let path = format!(
            "route/v1/driving/{};{}?overview=full&geometries=geojson",
            coordinates(&from),
            coordinates(&to)
        );
        let found: Routes = match self.0.get(&path).await? {
            Answer::Good(found) => found,
            Answer::Refused(Refusal { code }) => bail!("it refuses: {code}"),
        };
        ensure!(found.code == "Ok", "it answers {}", found.code);
        let route = found.routes.into_iter().next();
        let line = route.context("it answers no route")?.geometry.coordinates;
        ensure!(line.len() > 1, "its route is no line");
        let place = |[longitude, latitude]: [f64; 2]| Place::new(longitude, latitude);
        Ok(line.into_iter().map(place).collect::<Result<_, _>>()?)
    }

    async fn matrix(&self, places: &Places) -> anyhow::Result<Sourced> {
        let mut found = vec![Vec::with_capacity(places.starts.len()); places.ends.len()];
        let mut date = None;
        for starts in places.starts.chunks(BLOCK) {
            for (block, ends) in places.ends.chunks(BLOCK).enumerate() {
                let table = self.table(starts, ends).await?;
                date = date.or(table.data_version.as_deref().and_then(day));
                for (row, found) in found
                    .iter_mut()
                    .skip(block * BLOCK)
                    .take(ends.len())
                    .enumerate()
                {
                    found.extend((0..starts.len()).map(|column| table.found(column, row)));
                }
            }
        }
        let source = LegSource::Osrm(date);
        Ok(Sourced { source, found })
    }

    async fn table(&self, starts: &[Place], ends: &[Place]) -> anyhow::Result<Table> {
        let all: Vec<_> = starts.iter().chain(ends).map(coordinates).collect();
        let numbers = |range: std::ops::Range<usize>| {
            let numbers: Vec<_> = range.map(|number| number.to_string()).collect();
            numbers.join(";")
        };
        let path = format!(
            "table/v1/driving/{}?sources={}&destinations={}&annotations=duration,distance",
            all.join(";"),
            numbers(0..starts.len()),
            numbers(starts.len()..all.len()),
        );
        let table: Table = match self.0.get(&path).await? {
            Answer::Good(table) => table,
            Answer::Refused(Refusal { code }) => bail!("it refuses: {code}"),
        };
        table.check(starts.len(), ends.len())?;
        Ok(table)
    }
}

impl Table {
    fn check(&self, starts: usize, ends: usize) -> anyhow::Result<()> {
        ensure!(self.code == "Ok", "it answers {}", self.code);
        ensure!(
            self.sources.len() == starts && self.destinations.len() == ends,
            "it answers for other places"
        );
        for figures in [&self.durations, &self.distances] {
            let fits = figures.len() == starts && figures.iter().all(|row| row.len() == ends);
            ensure!(fits, "its matrix has another size");
            let sound = |figure: &f64| figure.is_finite() && *figure >= 0.0;
            let all = figures.iter().flatten().flatten().all(sound);
            ensure!(all, "a figure of it is none");
        }
        let ends = self.sources.iter().chain(&self.destinations);
        let sound = ends
            .map(|it| it.distance)
            .all(|it| it.is_finite() && it >= 0.0);
        ensure!(sound, "a place of it is nowhere");
        Ok(())
    }

    // Of a table that was checked.
    fn found(&self, start: usize, end: usize) -> Found {
        let moved_km =
            [&self.sources[start], &self.destinations[end]].map(|it| it.distance / 1_000.0);
        if moved_km.iter().any(|km| *km > MOVED_KM_MAX) {
            return Found::Barred(Barrier::FarFromRoad);
        }
        let (Some(seconds), Some(metres)) =
            (self.durations[start][end], self.distances[start][end])
        else {
            return Found::Barred(Barrier::NoWay);
        };
        let (detour, speed) = ACCESS;
        let lanes_km: f64 = moved_km.iter().map(|km| km * detour).sum();
        Found::Way(Way {
            distance_m: GreatCircle::whole_metres(metres / 1_000.0 + lanes_km),
            time_min: GreatCircle::whole_minutes(seconds / 60.0 + lanes_km / speed * 60.0),
            marks: LegMarks::default(),
        })
    }
}

fn coordinates(place: &Place) -> String {
    format!("{:.6},{:.6}", place.longitude(), place.latitude())
}

// The day at the head of a version such as `2026-10-01T20:21:00Z`.
fn day(version: &str) -> Option<NaiveDate> {
    version.get(..10)?.parse().ok()
}
