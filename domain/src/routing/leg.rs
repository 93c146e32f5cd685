//! The way from one depot to one site.
//!
//! **Invariant.** Figures and their source travel together.

use super::GreatCircle;
use crate::kernel::{Id, PlaceOrigin, kinds};

/// Who said how far it is. More sources will join: a road graph, OSRM, Valhalla.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LegSource {
    /// The straight line, stretched and driven as assumed.
    GreatCircle(GreatCircle),
}

impl LegSource {
    /// Its name on the wire and in tables.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::GreatCircle(_) => "great_circle",
        }
    }
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
}

impl Leg {
    /// The length in kilometres.
    #[must_use]
    pub fn distance_km(&self) -> f64 {
        f64::from(self.distance_m) / 1_000.0
    }
}

/// What a source says about a pair.
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

    pub(super) const fn ends(&self) -> (Id<kinds::Depot>, Id<kinds::Site>) {
        match self {
            Self::Reachable(leg) => (leg.from, leg.to),
            Self::Unreachable { from, to, .. } => (*from, *to),
        }
    }
}
