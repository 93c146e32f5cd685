//! The ways from many depots to many sites.
//!
//! **Invariant.** At most one answer for a pair, and pairs come in the order of their ids. Sources
//! are believed in their order: the first that knows both places decides, and one that says that
//! there is no way is not overruled by the straight line, which leads over water.

use std::collections::BTreeMap;

use super::{
    AROUND, Barrier, ClosedGround, Found, GreatCircle, Leg, LegMarks, LegSource, Reach, Way,
};
use crate::kernel::{Id, Place, PlaceOrigin, kinds};

/// Answers time, distance and reachability for pairs of a depot and a site.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TravelMatrix {
    reaches: BTreeMap<(Id<kinds::Depot>, Id<kinds::Site>), Reach>,
}

/// What one source found.
#[derive(Debug, Clone, PartialEq)]
pub struct Sourced {
    /// Who it is.
    pub source: LegSource,
    /// For each destination in turn, for each origin.
    pub found: Vec<Vec<Found>>,
}

/// A depot and where it stands.
type Origin = (Id<kinds::Depot>, (Place, PlaceOrigin));

impl TravelMatrix {
    /// Joins every origin with every destination by the great circle.
    #[must_use]
    pub fn great_circle(
        origins: &[Origin],
        destinations: &[(Id<kinds::Site>, Place)],
        source: GreatCircle,
    ) -> Self {
        let nothing = ClosedGround::default();
        Self::assemble(origins, destinations, &[], source, &nothing)
    }

    /// Joins every origin with every destination by the first of `sources` that knows both, and by
    /// the great circle where none does. A source that did not answer is `None`.
    #[must_use]
    pub fn assemble(
        origins: &[Origin],
        destinations: &[(Id<kinds::Site>, Place)],
        sources: &[Option<Sourced>],
        straight: GreatCircle,
        ground: &ClosedGround,
    ) -> Self {
        let cut_off: Vec<bool> = (origins.iter())
            .map(|(_, (place, _))| ground.covers(*place))
            .collect();
        let best = (sources.iter().flatten().next())
            .map_or(LegSource::GreatCircle(straight), |it| it.source);
        let mut reaches = BTreeMap::new();
        for (row, &(to, end)) in destinations.iter().enumerate() {
            let closed = ground.covers(end);
            for (column, &(from, (place, start))) in origins.iter().enumerate() {
                let (source, found) = if closed || cut_off[column] {
                    (best, Found::Barred(Barrier::Closed))
                } else {
                    first(sources, row, column)
                        .unwrap_or_else(|| by_straight_line(straight, place, end, ground, sources))
                };
                let reach = match found {
                    Found::Way(way) => Reach::Reachable(Leg {
                        from,
                        start,
                        to,
                        distance_m: way.distance_m,
                        time_min: way.time_min,
                        source,
                        marks: way.marks,
                    }),
                    Found::Barred(barrier) => Reach::Unreachable {
                        from,
                        to,
                        source,
                        barrier,
                    },
                    Found::Unknown => continue,
                };
                reaches.insert((from, to), reach);
            }
        }
        Self { reaches }
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

// What the first source says that knows the pair, marked if another should have said it.
fn first(sources: &[Option<Sourced>], row: usize, column: usize) -> Option<(LegSource, Found)> {
    sources.iter().enumerate().find_map(|(place, sourced)| {
        let sourced = sourced.as_ref()?;
        match *sourced.found.get(row)?.get(column)? {
            Found::Unknown => None,
            Found::Barred(barrier) => Some((sourced.source, Found::Barred(barrier))),
            Found::Way(mut way) => {
                way.marks.degraded = place > 0;
                Some((sourced.source, Found::Way(way)))
            }
        }
    })
}

fn by_straight_line(
    straight: GreatCircle,
    from: Place,
    to: Place,
    ground: &ClosedGround,
    sources: &[Option<Sourced>],
) -> (LegSource, Found) {
    let (distance_m, time_min) = straight.travel(from, to);
    let around_closure = ground.crosses(from, to);
    let times = if around_closure { AROUND } else { 1 };
    let way = Way {
        distance_m: distance_m.saturating_mul(times),
        time_min: time_min.saturating_mul(times),
        marks: LegMarks {
            around_closure,
            degraded: !sources.is_empty(),
            ..LegMarks::default()
        },
    };
    (LegSource::GreatCircle(straight), Found::Way(way))
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
    use crate::incidents::{AffectedArea, AreaPart, Circle};

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
        let matrix: TravelMatrix = [Reach::Unreachable {
            from,
            to,
            source,
            barrier: Barrier::NoWay,
        }]
        .into_iter()
        .collect();
        assert!(matrix.reach(from, to).is_some());
        assert!(matrix.leg(from, to).is_none());
        assert!(matrix.reach(depot(2), to).is_none());
    }

    #[test]
    fn the_first_source_that_knows_both_places_decides() {
        let place = |longitude| Place::new(longitude, 30.0).unwrap();
        let depot = Id::from_uuid(Uuid::from_u128(1));
        let site = Id::from_uuid(Uuid::from_u128(2));
        let way = |time_min| {
            Found::Way(Way {
                distance_m: 1_000,
                time_min,
                marks: LegMarks::default(),
            })
        };
        let said = |source, found| {
            Some(Sourced {
                source,
                found: vec![vec![found]],
            })
        };
        let (osrm, valhalla) = (LegSource::Osrm(None), LegSource::Valhalla(None));
        let check = |sources: &[Option<Sourced>], name: &str, time: Option<u32>, degraded: bool| {
            let matrix = TravelMatrix::assemble(
                &[(depot, (place(120.0), PlaceOrigin::Given))],
                &[(site, place(120.01))],
                sources,
                GreatCircle::default(),
                &ClosedGround::default(),
            );
            let found = match matrix.reach(depot, site).unwrap() {
                Reach::Reachable(leg) => {
                    (leg.source.name(), Some(leg.time_min), leg.marks.degraded)
                }
                Reach::Unreachable { source, .. } => (source.name(), None, false),
            };
            assert_eq!(found, (name, time, degraded));
        };
        let barred = Found::Barred(Barrier::NoWay);
        check(&[], "great_circle", Some(2), false);
        check(&[said(osrm, way(7))], "osrm", Some(7), false);
        check(&[None, said(osrm, way(7))], "osrm", Some(7), true);
        let unknown = [said(valhalla, Found::Unknown), said(osrm, way(7))];
        check(&unknown, "osrm", Some(7), true);
        check(&[None], "great_circle", Some(2), true);
        check(&[said(osrm, Found::Unknown)], "great_circle", Some(2), true);
        // No way is an answer: neither the next source nor the straight line overrules it.
        check(
            &[said(valhalla, barred), said(osrm, way(7))],
            "valhalla",
            None,
            false,
        );
        check(&[said(osrm, barred)], "osrm", None, false);
    }

    #[test]
    fn a_straight_line_over_closed_ground_is_longer_and_says_so() {
        let place = |longitude| Place::new(longitude, 30.0).unwrap();
        let closed = Circle::new(place(120.5), 10.0).unwrap();
        let area = AffectedArea::new(vec![AreaPart::Circle(closed)]).unwrap();
        let ground = ClosedGround::new([area]);
        let (depot, site) = (
            Id::from_uuid(Uuid::from_u128(1)),
            Id::from_uuid(Uuid::from_u128(2)),
        );
        let reach = |from, to| {
            let origins = [(depot, (place(from), PlaceOrigin::Given))];
            let straight = GreatCircle::default();
            let matrix =
                TravelMatrix::assemble(&origins, &[(site, place(to))], &[], straight, &ground);
            *matrix.reach(depot, site).unwrap()
        };
        let open = reach(121.0, 122.0).leg().copied().unwrap();
        let around = reach(120.0, 121.0).leg().copied().unwrap();
        assert!(around.marks.around_closure && !open.marks.around_closure);
        assert_eq!(around.time_min, open.time_min * AROUND);
        assert_eq!(around.distance_m, open.distance_m * AROUND);
        for (from, to) in [(120.5, 121.0), (120.0, 120.5)] {
            let Reach::Unreachable { barrier, .. } = reach(from, to) else {
                panic!("nobody drives out of or into closed ground");
            };
            assert_eq!(barrier, Barrier::Closed);
        }
    }
}
