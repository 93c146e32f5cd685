//! The way from one depot to one site.
//!
//! **Invariant.** Figures and their source travel together, and so does what they leave out.

use chrono::NaiveDate;

use super::GreatCircle;
use crate::kernel::{Id, PlaceOrigin, kinds, named};

/// Who said how far it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LegSource {
    /// The straight line, stretched and driven as assumed.
    GreatCircle(GreatCircle),
    /// The road network of this server.
    RoadGraph(RoadEdition),
    /// An OSRM server, and the day of its road data if it says so.
    Osrm(Option<NaiveDate>),
    /// A Valhalla server, and the day of its road data if it says so.
    Valhalla(Option<NaiveDate>),
}

/// Which road data it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoadEdition {
    /// The first half of the sum over the file.
    pub checksum: u64,
    /// The day of the data, if that is known.
    pub date: Option<NaiveDate>,
}

impl LegSource {
    /// Its name on the wire and in tables.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::GreatCircle(_) => "great_circle",
            Self::RoadGraph(_) => "road_graph",
            Self::Osrm(_) => "osrm",
            Self::Valhalla(_) => "valhalla",
        }
    }

    /// The day of the road data, if there is any and it is known.
    #[must_use]
    pub const fn road_date(&self) -> Option<NaiveDate> {
        match self {
            Self::GreatCircle(_) => None,
            Self::RoadGraph(edition) => edition.date,
            Self::Osrm(date) | Self::Valhalla(date) => *date,
        }
    }
}

/// What carries the goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LegMode {
    /// Lorries, all the way.
    #[default]
    Road,
    /// Lorries, and at least one ferry.
    Ferry {
        /// What the smallest ferry on the way carries in a day, if that is known of any.
        tonnes_per_day: Option<u32>,
    },
}

impl LegMode {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Road => "road",
            Self::Ferry { .. } => "ferry",
        }
    }
}

/// What has to be known to believe the figures of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LegMarks {
    /// What carries the goods.
    pub mode: LegMode,
    /// A straight line of it leads over closed ground and was stretched by [`super::AROUND`].
    pub around_closure: bool,
    /// A source that goes before this one did not answer, or does not know one of the places.
    pub degraded: bool,
}

/// A way that can be driven.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leg {
    /// Where it starts.
    pub from: Id<kinds::Depot>,
    /// How the place where it starts is known.
    pub start: PlaceOrigin,
    /// Where it ends.
    pub to: Id<kinds::Site>,
    /// How long the road is, in metres, to the nearest hundred.
    pub distance_m: u32,
    /// How long the drive takes, in whole minutes rounded up.
    pub time_min: u32,
    /// Who said so.
    pub source: LegSource,
    /// What else is to be known.
    pub marks: LegMarks,
}

impl Leg {
    /// The length in kilometres.
    #[must_use]
    pub fn distance_km(&self) -> f64 {
        f64::from(self.distance_m) / 1_000.0
    }
}

named! {
    /// Why a source knows no way.
    pub enum Barrier {
        /// One of the places is further from any road than a lorry is sent across country.
        FarFromRoad = "far_from_road",
        /// No road and no ferry leads there.
        NoWay = "no_way",
        /// All ways lead over closed ground, or one of the places lies on it.
        Closed = "closed",
    }
}

/// What one source says about two places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It can be driven.
    Way(Way),
    /// It cannot be driven, and that is an answer.
    Barred(Barrier),
    /// The source does not know: one of the places is not on its map.
    Unknown,
}

/// How far it is between two places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// Metres, to the nearest hundred.
    pub distance_m: u32,
    /// Whole minutes, rounded up.
    pub time_min: u32,
    /// What else is to be known.
    pub marks: LegMarks,
}

/// What is said about a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reach {
    /// It can be driven.
    Reachable(Leg),
    /// The source knows no way.
    Unreachable {
        /// Where it would start.
        from: Id<kinds::Depot>,
        /// Where it would end.
        to: Id<kinds::Site>,
        /// Who said so.
        source: LegSource,
        /// Why there is none.
        barrier: Barrier,
    },
}

impl Reach {
    /// The way, if there is one.
    #[must_use]
    pub const fn leg(&self) -> Option<&Leg> {
        match self {
            Self::Reachable(leg) => Some(leg),
            Self::Unreachable { .. } => None,
        }
    }

    /// The depot and the site that it is about.
    pub(crate) const fn ends(&self) -> (Id<kinds::Depot>, Id<kinds::Site>) {
        match self {
            Self::Reachable(leg) => (leg.from, leg.to),
            Self::Unreachable { from, to, .. } => (*from, *to),
        }
    }
}
