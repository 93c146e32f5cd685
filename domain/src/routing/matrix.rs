//! The ways from many depots to many sites.
//!
//! **Invariant.** At most one answer for a pair, and pairs come in the order of their ids.

use std::collections::BTreeMap;

use super::{GreatCircle, Leg, LegSource, Reach};
use crate::kernel::{Id, Place, PlaceOrigin, kinds};

/// Answers time, distance and reachability for pairs of a depot and a site.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TravelMatrix {
    reaches: BTreeMap<(Id<kinds::Depot>, Id<kinds::Site>), Reach>,
}

impl TravelMatrix {
    /// Joins every origin with every destination by the great circle.
    #[must_use]
    pub fn great_circle(
        origins: &[(Id<kinds::Depot>, (Place, PlaceOrigin))],
        destinations: &[(Id<kinds::Site>, Place)],
        source: GreatCircle,
    ) -> Self {
        origins
            .iter()
            .flat_map(|origin| destinations.iter().map(move |end| (origin, end)))
            .map(|(&(from, (place, start)), &(to, end))| {
                let (distance_m, time_min) = source.travel(place, end);
                Reach::Reachable(Leg {
                    from,
                    start,
                    to,
                    distance_m,
                    time_min,
                    source: LegSource::GreatCircle(source),
                })
            })
            .collect()
    }

    /// What the source said about the pair; `None` if it was not asked.
    #[must_use]
    pub fn reach(&self, from: Id<kinds::Depot>, to: Id<kinds::Site>) -> Option<&Reach> {
        self.reaches.get(&(from, to))
    }

    /// The way, if it was asked for and there is one.
    #[must_use]
    pub fn leg(&self, from: Id<kinds::Depot>, to: Id<kinds::Site>) -> Option<&Leg> {
        self.reach(from, to).and_then(Reach::leg)
    }

    /// Every answer, ordered by depot and site.
    pub fn reaches(&self) -> impl Iterator<Item = &Reach> {
        self.reaches.values()
    }
}

/// Of two answers for a pair the later one counts.
impl FromIterator<Reach> for TravelMatrix {
    fn from_iter<T: IntoIterator<Item = Reach>>(reaches: T) -> Self {
        Self {
            reaches: reaches
                .into_iter()
                .map(|reach| (reach.ends(), reach))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn hangzhou_to_wenzhou_by_the_default_is_longer_than_the_motorway() {
        let depot = Id::from_uuid(Uuid::from_u128(1));
        let site = Id::from_uuid(Uuid::from_u128(2));
        let place = |longitude, latitude| Place::new(longitude, latitude).unwrap();
        let matrix = TravelMatrix::great_circle(
            &[(depot, (place(120.16, 30.25), PlaceOrigin::Given))],
            &[(site, place(120.70, 28.00))],
            GreatCircle::default(),
        );
        let leg = matrix.leg(depot, site).unwrap();
        // 276 to 288 km by road: a default that promised less would promise too much.
        assert!((288.0..340.0).contains(&leg.distance_km()), "{leg:?}");
        assert!((260..410).contains(&leg.time_min), "{leg:?}");
        assert_eq!(leg.source.name(), "great_circle");
        assert_eq!(leg.start, PlaceOrigin::Given);
        assert_eq!(matrix.reaches().count(), 1);
    }

    #[test]
    fn unreachable_is_an_answer_and_not_asked_is_none() {
        let depot = |number| Id::from_uuid(Uuid::from_u128(number));
        let to = Id::from_uuid(Uuid::from_u128(9));
        let source = LegSource::GreatCircle(GreatCircle::default());
        let from = depot(1);
        let matrix: TravelMatrix = [Reach::Unreachable { from, to, source }]
            .into_iter()
            .collect();
        assert!(matrix.reach(from, to).is_some());
        assert!(matrix.leg(from, to).is_none());
        assert!(matrix.reach(depot(2), to).is_none());
    }
}
