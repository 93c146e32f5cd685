//! A road network out of an OpenStreetMap extract.
//!
//! **Invariant.** The file is read twice, ways first, and only the nodes of roads are kept, so an
//! extract of a province fits into memory. What is broken is refused; a road that leads out of the
//! extract ends at its edge. Nodes are numbered so that neighbours stand near each other.

mod links;
mod reading;

use std::{collections::BTreeMap, io, path::Path};

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    kernel::Place,
    routing::{
        Ferry, RoadEdge, RoadGraph, RoadGraphError, RoadNode,
        osm::{Direction, FERRY_KMH, Pace},
    },
};

use super::road_file::{About, FerryRecord};
use reading::{Extract, RawWay};

pub(crate) use links::Link;

/// Who comes to a quay waits for half the time between two ferries. Nobody says how long that is,
/// so a crossing is taken to be twice as long as the sailing.
const TIMETABLE_PERCENT: u32 = 200;

/// What the operator says of an extract.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) source: String,
    pub(crate) licence: String,
    pub(crate) attribution: String,
    /// The day of the data, where the extract does not say it.
    pub(crate) date: Option<NaiveDate>,
    pub(crate) reach_km: f64,
    pub(crate) links: Vec<Link>,
    pub(crate) imported_at: DateTime<Utc>,
}

/// What was made of an extract.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) about: About,
    pub(crate) graph: RoadGraph,
    /// Stretches of road that end outside the extract.
    pub(crate) cut_off: u64,
}

/// Why an extract gives no road network.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it is no OSM PBF file, or is broken off or damaged near byte {near}: {why}")]
    Broken { near: u64, why: String },
    #[error("it asks for the feature `{0}`, which is not known here")]
    Feature(String),
    #[error("it gives no road network: {0}")]
    Graph(#[from] RoadGraphError),
    #[error("link `{name}`: {why}")]
    Link { name: String, why: String },
}

/// Makes a network of an extract; `tell` hears how many bytes of how many were read.
pub(crate) fn import(
    path: &Path,
    given: Given,
    tell: &mut dyn FnMut(u64, u64),
) -> Result<Imported, ImportError> {
    let extract = reading::read(path, tell)?;
    let (nodes, numbers) = numbered(&extract);
    let mut making = Making {
        numbers,
        nodes,
        edges: Vec::new(),
        ferries: Vec::new(),
        by_name: BTreeMap::new(),
        cut_off: 0,
    };
    for way in &extract.ways {
        making.way(way);
    }
    links::add(&mut making, &given.links)?;
    making.finish(given, extract.date)
}

/// A network in the making.
struct Making {
    /// The ids of all nodes that were found, in order, and their numbers.
    numbers: Vec<(i64, u32)>,
    nodes: Vec<RoadNode>,
    edges: Vec<RoadEdge>,
    ferries: Vec<FerryRecord>,
    by_name: BTreeMap<String, u16>,
    cut_off: u64,
}

// The nodes in the order of a curve that fills the plane, and the number of each id.
fn numbered(extract: &Extract) -> (Vec<RoadNode>, Vec<(i64, u32)>) {
    let mut found: Vec<(u64, i64, RoadNode)> = extract
        .nodes
        .iter()
        .filter_map(|(id, node)| Some((curve((*node)?), *id, (*node)?)))
        .collect();
    found.sort_unstable();
    let mut numbers: Vec<_> = (0_u32..)
        .zip(&found)
        .map(|(number, (_, id, _))| (*id, number))
        .collect();
    numbers.sort_unstable();
    (found.into_iter().map(|(.., node)| node).collect(), numbers)
}

// Morton's: the bits of both coordinates in turn.
fn curve(node: RoadNode) -> u64 {
    let spread = |degrees: i32| {
        let shifted = degrees.cast_unsigned() ^ (1 << 31);
        (0..32).fold(0_u64, |sum, bit| {
            sum | u64::from(shifted >> bit & 1) << (2 * bit)
        })
    };
    spread(node.longitude_e7) << 1 | spread(node.latitude_e7)
}

impl Making {
    fn number(&self, id: i64) -> Option<u32> {
        let at = self.numbers.binary_search_by_key(&id, |(id, _)| *id);
        at.ok().map(|at| self.numbers[at].1)
    }

    fn place(&self, node: u32) -> Option<Place> {
        self.nodes.get(node as usize).and_then(|node| node.place())
    }

    fn way(&mut self, way: &RawWay) {
        let points: Vec<Option<u32>> = way.refs.iter().map(|id| self.number(*id)).collect();
        let mut stretches = Vec::new();
        for pair in points.windows(2) {
            let (Some(from), Some(to)) = (pair[0], pair[1]) else {
                self.cut_off += 1;
                continue;
            };
            let (Some(start), Some(end)) = (self.place(from), self.place(to)) else {
                continue;
            };
            if from != to {
                stretches.push((from, to, start.distance_km(end)));
            }
        }
        let length: f64 = stretches.iter().map(|(.., km)| km).sum();
        let (ferry, kmh) = match way.meaning.pace {
            Pace::Drive(kmh) => (None, f64::from(kmh)),
            Pace::Sail(minutes) => {
                let slow = f64::from(FERRY_KMH);
                let kmh = minutes.map_or(slow, |it| length * 60.0 / f64::from(it));
                (self.ferry(&way.name, TIMETABLE_PERCENT, None), kmh)
            }
        };
        for (from, to, km) in stretches {
            let (from, to, both_ways) = match way.meaning.direction {
                Direction::Both => (from, to, true),
                Direction::Forward => (from, to, false),
                Direction::Backward => (to, from, false),
            };
            self.edges.push(RoadEdge {
                from,
                to,
                time_ms: whole(km / kmh * 3_600_000.0).max(1),
                distance_dm: whole(km * 10_000.0),
                both_ways,
                ferry,
            });
        }
    }

    // The number of a ferry; those of one name are one. `None` when there are too many to count:
    // then it is taken for a road that is as slow as it sails.
    fn ferry(&mut self, name: &str, percent: u32, tonnes_per_day: Option<u32>) -> Option<u16> {
        if let Some(number) = self.by_name.get(name) {
            return Some(*number);
        }
        // The file keeps numbers from 1 in 16 bits.
        let number = u16::try_from(self.ferries.len()).ok();
        let number = number.filter(|number| *number < u16::MAX)?;
        self.ferries.push(FerryRecord {
            name: name.to_owned(),
            timetable_percent: percent,
            tonnes_per_day,
        });
        self.by_name.insert(name.to_owned(), number);
        Some(number)
    }

    fn finish(self, given: Given, date: Option<NaiveDate>) -> Result<Imported, ImportError> {
        let count = |length: usize| u32::try_from(length).map_err(|_| RoadGraphError::TooLarge);
        let about = About {
            source: given.source,
            licence: given.licence,
            attribution: given.attribution,
            date: given.date.or(date),
            imported_at: given.imported_at,
            reach_km: given.reach_km,
            nodes: count(self.nodes.len())?,
            edges: count(self.edges.len())?,
            ferries: self.ferries,
        };
        let ferries = about.ferries.iter().map(Ferry::from).collect();
        let graph = RoadGraph::new(self.nodes, self.edges, ferries, given.reach_km)?;
        Ok(Imported {
            about,
            graph,
            cut_off: self.cut_off,
        })
    }
}

// To the nearest whole number.
fn whole(number: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "floats saturate"
    )]
    let whole = number.round() as u32;
    whole
}

#[cfg(test)]
mod tests;
