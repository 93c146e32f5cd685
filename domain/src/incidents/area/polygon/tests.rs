use std::f64::consts::TAU;

use geo::Validation;
use proptest::prelude::*;

use super::*;

fn read(rings: &[Vec<[f64; 2]>]) -> Result<Polygon, PolygonError> {
    Polygon::new(rings, Crs::Wgs84)
}

fn square(west: f64, south: f64, side: f64) -> Vec<[f64; 2]> {
    let (east, north) = (west + side, south + side);
    vec![
        [west, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south],
    ]
}

/// A closed ring of `count` different points round a centre, its radius swinging.
fn star(count: u32, swing: f64) -> Vec<[f64; 2]> {
    let point = |index: u32| {
        let angle = TAU * f64::from(index % count) / f64::from(count);
        let radius = 1.0 + swing * (37.0 * angle).sin();
        [120.0 + radius * angle.cos(), 30.0 + radius * angle.sin()]
    };
    (0..=count).map(point).collect()
}

/// A comb whose teeth all lie over each other: the worst input for a sweep.
fn slanted_comb(teeth: u32) -> Vec<[f64; 2]> {
    let mut ring = Vec::new();
    for tooth in 0..teeth {
        let shift = f64::from(tooth) / f64::from(teeth);
        ring.push([110.0 + shift, 30.0 - shift]);
        ring.push([120.0 + shift, 40.0 - shift]);
    }
    ring.push([121.0, 28.0]);
    ring.push([110.0, 28.0]);
    ring.push([110.0, 30.0]);
    ring
}

#[test]
fn a_county_sized_polygon_is_read_and_laid_the_right_way_round() {
    let clockwise: Vec<_> = square(120.0, 30.0, 1.0).into_iter().rev().collect();
    let polygon = read(&[clockwise, square(120.2, 30.2, 0.1)]).unwrap();
    assert!(signed_area(polygon.geometry().exterior()) > 0.0);
    assert!(signed_area(&polygon.geometry().interiors()[0]) < 0.0);
    let place = |longitude, latitude| Place::new(longitude, latitude).unwrap();
    assert!(polygon.covers(place(120.5, 30.5)));
    assert!(polygon.covers(place(120.0, 30.0)));
    assert!(polygon.covers(place(120.2, 30.25)));
    assert!(!polygon.covers(place(120.25, 30.25)));
    let km = polygon.distance_km(place(120.25, 30.25));
    assert!((4.7..4.9).contains(&km), "{km}");
}

#[test]
fn what_is_not_a_polygon_is_refused_and_named() {
    let check = |rings: Vec<Vec<[f64; 2]>>, expected: &str| {
        let error = read(&rings).map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    };
    check(vec![], "a polygon has an outer ring");
    check(vec![vec![]], "ring 0 has fewer than three");
    check(vec![vec![[120.0, 30.0]; 5]], "ring 0 has fewer than three");
    check(
        vec![vec![[120.0, 30.0], [121.0, 30.0], [121.0, 31.0]]],
        "ring 0 is not closed",
    );
    check(
        vec![vec![[120.0, 30.0], [121.0, 30.0], [120.0, 30.0]]],
        "ring 0 has fewer than three",
    );
    check(
        vec![
            square(120.0, 30.0, 1.0),
            vec![[120.0, 30.0], [30.25, 120.17]],
        ],
        "ring 1, point 1: longitude and latitude look swapped",
    );
    check(
        vec![vec![[120.0, 30.0], [120.0, 91.0]]],
        "ring 0, point 1: a latitude",
    );
    check(vec![vec![[f64::NAN, 30.0]]], "ring 0, point 0: a longitude");
    // A line there and back, and a speck of a tenth of a millimetre.
    check(
        vec![vec![
            [120.0, 30.0],
            [121.0, 31.0],
            [122.0, 32.0],
            [120.0, 30.0],
        ]],
        "ring 0 encloses no ground",
    );
    check(vec![square(120.0, 30.0, 1e-9)], "ring 0 encloses no ground");
    // A figure of eight, a spike, and a ring that touches itself at a point.
    check(
        vec![vec![
            [0.0, 0.0],
            [1.0, 1.0],
            [1.0, 0.0],
            [0.0, 1.0],
            [0.0, 0.0],
        ]],
        "ring 0 crosses or touches itself",
    );
    check(
        vec![vec![
            [0.0, 0.0],
            [2.0, 0.0],
            [2.0, 2.0],
            [3.0, 2.0],
            [1.0, 2.0],
            [0.0, 0.0],
        ]],
        "ring 0 crosses or touches itself",
    );
    check(
        vec![vec![
            [0.0, 0.0],
            [2.0, 0.0],
            [2.0, 2.0],
            [1.0, 0.0],
            [0.0, 2.0],
            [0.0, 0.0],
        ]],
        "ring 0 crosses or touches itself",
    );
    // Holes.
    let outer = square(0.0, 0.0, 10.0);
    check(
        vec![outer.clone(), square(9.0, 9.0, 2.0)],
        "rings 0 and 1 cross",
    );
    check(
        vec![outer.clone(), square(0.0, 2.0, 2.0)],
        "rings 0 and 1 cross",
    );
    check(
        vec![outer.clone(), square(20.0, 2.0, 2.0)],
        "hole 1 lies outside",
    );
    check(
        vec![outer.clone(), square(2.0, 2.0, 4.0), square(3.0, 3.0, 1.0)],
        "hole 2 lies inside hole 1",
    );
    // Through a corner on both sides: no edge crosses an edge in its middle.
    check(
        vec![
            outer,
            vec![[0.0, 0.0], [10.0, 10.0], [12.0, 11.0], [0.0, 0.0]],
        ],
        "rings 0 and 1 cross",
    );
    check(
        vec![vec![
            [179.0, 0.0],
            [-179.0, 0.0],
            [-179.0, 1.0],
            [179.0, 0.0],
        ]],
        "the polygon spans 358 degrees",
    );
    check(
        vec![star(10_000, 0.0)],
        "a polygon has at most 10000 points, this one has 10001",
    );
    check(
        vec![square(0.0, 0.0, 1.0); 502],
        "a polygon has at most 500 holes, this one has 501",
    );
}

#[test]
fn a_hole_may_touch_the_outer_ring_at_one_point() {
    let outer = square(0.0, 0.0, 10.0);
    let hole = vec![[0.0, 5.0], [2.0, 4.0], [2.0, 6.0], [0.0, 5.0]];
    assert!(read(&[outer, hole]).is_ok());
}

#[test]
fn polygons_of_one_area_share_a_budget() {
    let comb = [slanted_comb(600)];
    let mut budget = Budget::default();
    let mut read = || Polygon::within(&mut budget, &comb, Crs::Wgs84).map(drop);
    assert_eq!(read(), Ok(()));
    assert_eq!(read(), Ok(()));
    assert_eq!(read(), Err(PolygonError::TooEntangled));
}

#[test]
fn what_was_kept_is_what_was_checked() {
    let hole: Vec<_> = square(0.2, 0.2, 0.5).into_iter().rev().collect();
    let rings = vec![square(0.0, 0.0, 1.0), hole];
    assert_eq!(Polygon::kept(rings.clone()), read(&rings));
    assert_eq!(Polygon::kept(vec![]), Err(PolygonError::NoRing));
}

#[test]
fn ten_thousand_points_are_checked_in_a_bounded_number_of_steps() {
    assert!(read(&[star(9_999, 0.2)]).is_ok());
    assert_eq!(
        read(&[slanted_comb(4_998)]),
        Err(PolygonError::TooEntangled)
    );
    // Level teeth overlap on one axis only, so the sweep takes the other.
    let mut level = Vec::new();
    for tooth in 0..4_990_u32 {
        let north = 30.0 + f64::from(tooth) / 1_000.0;
        let (near, far) = if tooth % 2 == 0 {
            (110.0, 120.0)
        } else {
            (120.0, 110.0)
        };
        level.push([near, north]);
        level.push([far, north]);
    }
    level.push([109.0, 36.0]);
    level.push([109.0, 30.0]);
    level.push(level[0]);
    for ring in [
        level.clone(),
        level.iter().map(|&[x, y]| [y, x - 90.0]).collect(),
    ] {
        assert!(read(&[ring]).is_ok());
    }
}

#[test]
fn a_point_given_twice_in_a_row_is_read_once() {
    let doubled: Vec<_> = square(120.0, 30.0, 1.0)
        .into_iter()
        .flat_map(|point| [point, point])
        .collect();
    assert_eq!(read(&[doubled]), read(&[square(120.0, 30.0, 1.0)]));
}

#[test]
fn the_way_over_the_antimeridian_counts_if_it_is_shorter() {
    let diamond = vec![
        [-178.0, 0.0],
        [-177.0, -1.0],
        [-176.0, 0.0],
        [-177.0, 1.0],
        [-178.0, 0.0],
    ];
    let polygon = read(&[diamond]).unwrap();
    let km = polygon.distance_km(Place::new(179.0, 0.0).unwrap());
    assert!((333.0..334.0).contains(&km), "{km}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// On a small grid points coincide, lines overlap and rings touch all the time. Beyond the
    /// library we refuse rings that fold back, enclose nothing or cut the polygon into pieces, so
    /// what we accept it must accept, and what it refuses we must refuse.
    #[test]
    fn what_we_accept_the_geometry_library_finds_valid(
        outer in prop::collection::vec((0_i32..6, 0_i32..6), 3..9),
        hole in prop::option::of(prop::collection::vec((0_i32..6, 0_i32..6), 3..5)),
    ) {
        let close = |points: &[(i32, i32)]| -> Vec<[f64; 2]> {
            points
                .iter()
                .chain(points.first())
                .map(|&(x, y)| [f64::from(x), f64::from(y)])
                .collect()
        };
        let rings: Vec<_> = std::iter::once(&outer).chain(&hole).map(|ring| close(ring)).collect();
        let accepted = read(&rings);
        if let Ok(polygon) = &accepted {
            prop_assert!(polygon.geometry().is_valid());
        }
        let line = |ring: &Vec<[f64; 2]>| ring.iter().map(|&[x, y]| (x, y)).collect::<LineString>();
        let plain = geo::Polygon::new(line(&rings[0]), rings[1..].iter().map(line).collect());
        if !plain.is_valid() {
            prop_assert!(accepted.is_err());
        }
    }

    /// A star of any shape is valid, whichever way round and wherever it starts, and stays the
    /// same polygon on the ground.
    #[test]
    fn valid_rings_are_accepted(
        count in 3_u32..200,
        swing in 0.0_f64..0.9,
        start in 0_usize..200,
        reverse: bool,
    ) {
        let mut points = star(count, swing);
        points.pop();
        let shift = start % points.len();
        points.rotate_left(shift);
        if reverse {
            points.reverse();
        }
        points.push(points[0]);
        let plain = geo::Polygon::new(points.iter().map(|&[x, y]| (x, y)).collect(), vec![]);
        prop_assert_eq!(read(&[points]).is_ok(), plain.is_valid());
    }

    /// The distance to a polygon is that to the nearest of many points on its edges.
    #[test]
    fn distance_agrees_with_brute_force(
        x in -180.0_f64..180.0,
        y in -60.0_f64..60.0,
        (west, south, side) in (-178.0_f64..170.0, -50.0_f64..45.0, 0.1_f64..5.0),
    ) {
        let polygon = read(&[square(west, south, side)]).unwrap();
        let place = Place::new(x, y).unwrap();
        let nearest = polygon
            .geometry()
            .exterior()
            .lines()
            .flat_map(|line| (0..=400).map(move |step| {
                let share = f64::from(step) / 400.0;
                let at = line.start + (line.end - line.start) * share;
                place.distance_km(Place::new(at.x, at.y).unwrap())
            }))
            .fold(f64::INFINITY, f64::min);
        let km = polygon.distance_km(place);
        if polygon.covers(place) {
            prop_assert!(km == 0.0);
        } else {
            // Within a kilometre and 2 % nearby; from the other side of the globe a plane misleads.
            let slack = 1.0 + nearest * if nearest < 2_000.0 { 0.02 } else { 0.1 };
            prop_assert!((km - nearest).abs() < slack, "{} {}", km, nearest);
        }
    }
}
