//! Links that an operator adds by hand: bridges that the data breaks off at, and ferries.
//!
//! **Invariant.** A link says who says so. Its ends lie near roads and are moved to the nearest
//! node of them; how long it is and takes is what its maker says.

use domain::{
    kernel::Place,
    routing::{RoadEdge, RoadNode},
};
use serde::Deserialize;

use super::{ImportError, Making, whole};

/// How far an end may lie from the node that it is moved to.
const MOVED_KM_MAX: f64 = 10.0;

/// The file of links.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkFile {
    link: Vec<Link>,
}

/// One link.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    name: String,
    kind: LinkKind,
    /// Longitude and latitude, WGS-84.
    from: [f64; 2],
    to: [f64; 2],
    km: f64,
    /// Of a ferry, how long it sails.
    minutes: f64,
    /// Of a ferry, how many hundredths of that a crossing takes, waiting included.
    timetable_percent: Option<u32>,
    tonnes_per_day: Option<u32>,
    /// Where that is known from.
    source: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LinkKind {
    Road,
    Ferry,
}

impl Link {
    pub(crate) fn read_all(text: &str) -> anyhow::Result<Vec<Self>> {
        Ok(toml::from_str::<LinkFile>(text)?.link)
    }
}

pub(super) fn add(making: &mut Making, links: &[Link]) -> Result<(), ImportError> {
    let places: Vec<Option<Place>> = making
        .nodes
        .iter()
        .map(|node| RoadNode::place(*node))
        .collect();
    for link in links {
        let refuse = |why: &str| ImportError::Link {
            name: link.name.clone(),
            why: why.to_owned(),
        };
        if link.source.trim().is_empty() {
            return Err(refuse("its source is empty"));
        }
        if !(0.01..=2_000.0).contains(&link.km) || !(0.01..=10_000.0).contains(&link.minutes) {
            return Err(refuse("km is 0.01 to 2,000 and minutes 0.01 to 10,000"));
        }
        let end = |[longitude, latitude]: [f64; 2]| {
            let place = Place::new(longitude, latitude).map_err(|it| refuse(&it.to_string()))?;
            nearest(&places, place)
                .ok_or_else(|| refuse("one of its ends is further than 10 km from any road"))
        };
        let (from, to) = (end(link.from)?, end(link.to)?);
        if from == to {
            return Err(refuse("both of its ends lie at the same node"));
        }
        let ferry = match link.kind {
            LinkKind::Road if link.timetable_percent.or(link.tonnes_per_day).is_some() => {
                return Err(refuse("a road has no timetable and no capacity"));
            }
            LinkKind::Road => None,
            LinkKind::Ferry => {
                let percent = link.timetable_percent.unwrap_or(super::TIMETABLE_PERCENT);
                if percent < 100 {
                    return Err(refuse("timetable_percent is at least 100"));
                }
                making.ferry(&link.name, percent, link.tonnes_per_day)
            }
        };
        making.edges.push(RoadEdge {
            from,
            to,
            time_ms: whole(link.minutes * 60_000.0).max(1),
            distance_dm: whole(link.km * 10_000.0),
            both_ways: true,
            ferry,
        });
    }
    Ok(())
}

fn nearest(places: &[Option<Place>], place: Place) -> Option<u32> {
    (0_u32..)
        .zip(places)
        .filter_map(|(node, other)| Some((node, place.distance_km((*other)?))))
        .filter(|(_, km)| *km <= MOVED_KM_MAX)
        .min_by(|one, other| one.1.total_cmp(&other.1))
        .map(|(node, _)| node)
}
