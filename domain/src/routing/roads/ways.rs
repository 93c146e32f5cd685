//! The ways from many places to many places, and one of them drawn.
//!
//! **Invariant.** A way is what is driven on roads and, at both ends, what lies between a place and
//! the node where it gets on the road: that is stretched and driven as [`ACCESS`] says. Where two
//! places are nearer to each other than to the road, it is all that there is.

use super::{
    RoadGraph,
    hops::Side,
    nearest::Access,
    search::{Trip, Wanted},
};
use crate::{
    kernel::{Place, cores},
    routing::{AROUND, Barrier, ClosedGround, Found, GreatCircle, LegMarks, LegMode, Way},
};

/// Between a place and the road there are lanes that no trunk network has: 1.3 times the straight
/// line at 30 km/h, which is assumed and not measured.
pub const ACCESS: (f64, f64) = (1.3, 30.0);

/// Which edges are closed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cut {
    closed: Vec<u64>,
}

impl Cut {
    pub(super) fn closes(&self, edge: u32) -> bool {
        let word = self.closed.get(edge as usize / 64);
        word.is_some_and(|word| word >> (edge % 64) & 1 == 1)
    }

    /// How many edges are closed.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.closed.iter().map(|word| word.count_ones()).sum()
    }
}

/// A place as the road knows it.
#[derive(Debug, Clone, Copy)]
enum Stand {
    /// Off the map that the graph was made from.
    OffMap,
    /// On the map, and too far from any road.
    FarFromRoad,
    At(Access),
}

impl RoadGraph {
    /// The edges that touch closed ground.
    #[must_use]
    pub fn cut(&self, ground: &ClosedGround) -> Cut {
        if ground.is_empty() {
            return Cut::default();
        }
        let mut closed = vec![0_u64; self.edges.len().div_ceil(64)];
        for (number, edge) in self.edges.iter().enumerate() {
            let (from, to) = (
                self.places[edge.from as usize],
                self.places[edge.to as usize],
            );
            if ground.crosses(from, to) {
                closed[number / 64] |= 1 << (number % 64);
            }
        }
        Cut { closed }
    }

    /// What is found between each start and each end: for each end in turn, for each start.
    #[must_use]
    pub fn ways(&self, starts: &[Place], ends: &[Place], ground: &ClosedGround) -> Vec<Vec<Found>> {
        let cut = self.cut(ground);
        let stood = |places: &[Place]| -> Vec<_> {
            let stood = places.iter().map(|place| (*place, self.stand(*place)));
            stood.collect()
        };
        let (from, to) = (stood(starts), stood(ends));
        let nodes = |stood: &[(Place, Stand)]| -> Vec<u32> {
            let nodes = stood.iter().filter_map(|(_, stand)| stand.node());
            nodes.collect()
        };
        let table = self.table(nodes(&from), nodes(&to), &cut);
        cores::map(&to, |end| {
            let found = |start: &(Place, Stand)| match (start.1, end.1) {
                (Stand::At(off), Stand::At(on)) => {
                    let trip = table.trip(off.node, on.node);
                    self.found((start.0, off), (end.0, on), trip, ground)
                }
                (stand, Stand::At(_)) | (_, stand) => stand.why_not(),
            };
            from.iter().map(found).collect()
        })
    }

    /// The way from one place to another, drawn: the places themselves, and every node between them.
    #[must_use]
    pub fn path(&self, start: Place, end: Place, ground: &ClosedGround) -> Option<Vec<Place>> {
        let (from, to) = (self.access(start)?, self.access(end)?);
        let wanted = Wanted::new(self.nodes.len(), std::iter::once(from.node));
        let ways = self.search(to.node, Side::End, &self.cut(ground), &wanted);
        ways.trip(from.node)?;
        let nodes = ways.steps(from.node).map(|step| step.to);
        let places = std::iter::once(from.node)
            .chain(nodes)
            .map(|node| self.places[node as usize]);
        Some(
            std::iter::once(start)
                .chain(places)
                .chain(std::iter::once(end))
                .collect(),
        )
    }

    fn stand(&self, place: Place) -> Stand {
        match self.access(place) {
            Some(access) => Stand::At(access),
            None if self.bounds.contains(place) => Stand::FarFromRoad,
            None => Stand::OffMap,
        }
    }

    fn found(
        &self,
        (start, off): (Place, Access),
        (end, on): (Place, Access),
        trip: Option<Trip>,
        ground: &ClosedGround,
    ) -> Found {
        let Some(trip) = trip else {
            // Where there is a way on the whole map, only what is closed can be in it.
            let joined = self.component[off.node as usize] == self.component[on.node as usize];
            return Found::Barred(if joined {
                Barrier::Closed
            } else {
                Barrier::NoWay
            });
        };
        let lane = |from: Place, to: Place| {
            let around = ground.crosses(from, to);
            let times = if around { f64::from(AROUND) } else { 1.0 };
            (from.distance_km(to) * ACCESS.0 * times, around)
        };
        let node = |access: Access| self.places[access.node as usize];
        // Who is nearer to the other than to the road does not go there first.
        let (lanes, driven, mode) = if start.distance_km(end) <= off.km + on.km {
            (vec![lane(start, end)], (0, 0), LegMode::Road)
        } else {
            let lanes = vec![lane(start, node(off)), lane(node(on), end)];
            (lanes, (trip.time_ms(), trip.distance_dm()), trip.mode)
        };
        let lanes_km: f64 = lanes.iter().map(|(km, _)| km).sum();
        #[expect(
            clippy::cast_precision_loss,
            reason = "both halves of a cost have 32 bits"
        )]
        let (minutes, km) = (driven.0 as f64 / 60_000.0, driven.1 as f64 / 10_000.0);
        Found::Way(Way {
            distance_m: GreatCircle::whole_metres(km + lanes_km),
            time_min: GreatCircle::whole_minutes(minutes + lanes_km / ACCESS.1 * 60.0),
            marks: LegMarks {
                mode,
                around_closure: lanes.iter().any(|(_, around)| *around),
                ..LegMarks::default()
            },
        })
    }
}

impl Stand {
    fn node(&self) -> Option<u32> {
        match self {
            Self::At(access) => Some(access.node),
            Self::OffMap | Self::FarFromRoad => None,
        }
    }

    fn why_not(&self) -> Found {
        match self {
            Self::OffMap => Found::Unknown,
            Self::FarFromRoad => Found::Barred(Barrier::FarFromRoad),
            Self::At(_) => Found::Barred(Barrier::NoWay),
        }
    }
}
