//! The ways from many places to many places, and one of them drawn.
//!
//! **Invariant.** A way is what is driven on roads and, at both ends, what lies between a place and
//! the node where it gets on the road: that is stretched and driven as [`ACCESS`] says. Where two
//! places are nearer to each other than to the road, it is all that there is. One search for each
//! place where ways end, on all cores.

use super::{RoadGraph, nearest::Access, search::Wanted, search::Ways};
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
        let from: Vec<_> = starts
            .iter()
            .map(|place| (*place, self.stand(*place)))
            .collect();
        let nodes = from.iter().filter_map(|(_, stand)| stand.node());
        let wanted = Wanted::new(self.nodes.len(), nodes);
        cores::map(ends, |end| {
            let stand = self.stand(*end);
            let ways = stand.node().map(|goal| self.ways_to(goal, &cut, &wanted));
            let found = |start: &(Place, Stand)| match &ways {
                Some(ways) => self.found(*start, (*end, stand), ways, ground),
                None => stand.why_not(),
            };
            from.iter().map(found).collect()
        })
    }

    /// The way from one place to another, drawn: the places themselves, and every node between them.
    #[must_use]
    pub fn path(&self, start: Place, end: Place, ground: &ClosedGround) -> Option<Vec<Place>> {
        let (from, to) = (self.access(start)?, self.access(end)?);
        let wanted = Wanted::new(self.nodes.len(), std::iter::once(from.node));
        let ways = self.ways_to(to.node, &self.cut(ground), &wanted);
        ways.from(from.node)?;
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
        (start, from): (Place, Stand),
        (end, to): (Place, Stand),
        ways: &Ways,
        ground: &ClosedGround,
    ) -> Found {
        let (Stand::At(off), Stand::At(on)) = (from, to) else {
            return from.why_not();
        };
        let Some((time_ms, distance_dm)) = ways.from(off.node) else {
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
            (lanes, (time_ms, distance_dm), self.mode(off.node, ways))
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

    // A way that sails is a ferry's, with what the smallest of them carries.
    fn mode(&self, from: u32, ways: &Ways) -> LegMode {
        if self.ferries.is_empty() {
            return LegMode::Road;
        }
        let ferries = ways.steps(from).filter_map(|step| {
            let number = self.edges[step.edge as usize].ferry?;
            self.ferries.get(usize::from(number))
        });
        ferries.fold(LegMode::Road, |mode, ferry| {
            let before = match mode {
                LegMode::Road => None,
                LegMode::Ferry { tonnes_per_day } => tonnes_per_day,
            };
            let both = [before, ferry.tonnes_per_day].into_iter().flatten();
            LegMode::Ferry {
                tonnes_per_day: both.min(),
            }
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
