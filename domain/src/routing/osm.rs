//! What the tags of an OpenStreetMap way mean to a lorry.
//!
//! **Invariant.** What a lorry may not use is no way at all. Speeds are assumptions of this house
//! for loaded lorries on open roads; a signed limit only ever lowers them.
//! The meaning of tags is that of the OpenStreetMap wiki (Key:highway, Key:access, Key:oneway,
//! Tag:route=ferry, Key:duration).

/// A way that carries lorries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OsmWay {
    /// In which of its directions.
    pub direction: Direction,
    /// How fast, or for how long.
    pub pace: Pace,
}

/// Which way round a way is driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Both.
    Both,
    /// As its points are listed.
    Forward,
    /// Against the order of its points.
    Backward,
}

/// How fast something moves along a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// A lorry at this many km/h.
    Drive(u16),
    /// A ferry that sails this many minutes from end to end; `None` if nobody says how long.
    Sail(Option<u32>),
}

/// How fast a ferry is taken to sail that has no duration: cautious for one that carries lorries.
pub const FERRY_KMH: u16 = 15;

/// Lorries by class of road, km/h. A class that is not here carries none.
const CLASSES: &[(&str, u16)] = &[
    ("motorway", 80),
    ("motorway_link", 40),
    ("trunk", 70),
    ("trunk_link", 40),
    ("primary", 60),
    ("primary_link", 30),
    ("secondary", 50),
    ("secondary_link", 30),
    ("tertiary", 40),
    ("tertiary_link", 30),
    ("unclassified", 30),
    ("residential", 25),
    ("road", 25),
    ("service", 15),
    ("living_street", 10),
];

/// The most special word about who may use a way comes first; the first that is there decides.
const ACCESS: [&str; 4] = ["hgv", "motor_vehicle", "vehicle", "access"];
/// Relief lorries are let through to where goods are delivered and where customers go.
const LET_THROUGH: [&str; 7] = [
    "yes",
    "designated",
    "permissive",
    "destination",
    "delivery",
    "customers",
    "official",
];
const KMH_PER_MPH: f64 = 1.609_344;

/// What the way means to a lorry; `None` if a lorry may not use it, or it is no road.
pub fn way<'a>(tag: impl Fn(&str) -> Option<&'a str>) -> Option<OsmWay> {
    let word = ACCESS.into_iter().find_map(&tag);
    if tag("area") == Some("yes") {
        return None;
    }
    if tag("route") == Some("ferry") {
        // Many ferries carry people only and say nothing: lorries have to be named.
        let lorries = ["hgv", "motor_vehicle", "vehicle", "motorcar"];
        let word = lorries.into_iter().find_map(&tag)?;
        return LET_THROUGH.contains(&word).then(|| OsmWay {
            direction: direction(&tag, false),
            pace: Pace::Sail(tag("duration").and_then(minutes)),
        });
    }
    if word.is_some_and(|word| !LET_THROUGH.contains(&word)) {
        return None;
    }
    let class = tag("highway")?;
    let (_, speed) = CLASSES.iter().find(|(name, _)| *name == class)?;
    let ring = matches!(tag("junction"), Some("roundabout" | "circular"));
    let limit = (["maxspeed:hgv", "maxspeed"].into_iter())
        .find_map(&tag)
        .and_then(kmh);
    Some(OsmWay {
        direction: direction(&tag, ring || class == "motorway"),
        pace: Pace::Drive(limit.map_or(*speed, |limit| limit.min(*speed))),
    })
}

fn direction<'a>(tag: &impl Fn(&str) -> Option<&'a str>, one_way: bool) -> Direction {
    match tag("oneway") {
        Some("yes" | "1" | "true") => Direction::Forward,
        Some("-1" | "reverse") => Direction::Backward,
        Some("no" | "0" | "false") => Direction::Both,
        _ if one_way => Direction::Forward,
        _ => Direction::Both,
    }
}

// A limit in km/h or, if it says so, in miles. Words such as `none` and `signals` are no limit.
fn kmh(text: &str) -> Option<u16> {
    let (number, factor) = match text.strip_suffix("mph") {
        Some(miles) => (miles, KMH_PER_MPH),
        None => (text.strip_suffix("km/h").unwrap_or(text), 1.0),
    };
    let limit = number.trim().parse::<u16>().ok().filter(|it| *it > 0)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "floats saturate"
    )]
    let limit = (f64::from(limit) * factor).round() as u16;
    Some(limit)
}

// `90`, `1:30`, `01:30:00` and `PT1H30M`, in minutes rounded up.
fn minutes(text: &str) -> Option<u32> {
    let seconds = match text.strip_prefix("PT") {
        Some(iso) => iso_seconds(iso)?,
        None => {
            let parts: Option<Vec<u32>> = text.split(':').map(|it| it.parse().ok()).collect();
            let whole = |hours: u32, minutes: u32, seconds: u32| {
                hours
                    .checked_mul(60)?
                    .checked_add(minutes)?
                    .checked_mul(60)?
                    .checked_add(seconds)
            };
            match *parts?.as_slice() {
                [minutes] => whole(0, minutes, 0)?,
                [hours, minutes] => whole(hours, minutes, 0)?,
                [hours, minutes, seconds] => whole(hours, minutes, seconds)?,
                _ => return None,
            }
        }
    };
    Some(seconds.div_ceil(60)).filter(|minutes| *minutes > 0)
}

fn iso_seconds(text: &str) -> Option<u32> {
    let (mut sum, mut rest) = (0_u32, text);
    for (unit, seconds) in [('H', 3_600_u32), ('M', 60), ('S', 1)] {
        if let Some((number, after)) = rest.split_once(unit) {
            let number: u32 = number.parse().ok()?;
            sum = sum.checked_add(number.checked_mul(seconds)?)?;
            rest = after;
        }
    }
    rest.is_empty().then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tags: &[(&str, &'static str)]) -> Option<OsmWay> {
        way(|key| {
            tags.iter()
                .find(|(name, _)| *name == key)
                .map(|(_, value)| *value)
        })
    }

    #[test]
    fn tags_mean_what_the_wiki_says() {
        use Direction::{Backward, Both, Forward};
        let check = |tags: &[(&str, &'static str)], expected: Option<(u16, Direction)>| {
            let found = read(tags).map(|way| match way.pace {
                Pace::Drive(speed) => (speed, way.direction),
                Pace::Sail(_) => (0, way.direction),
            });
            assert_eq!(found, expected, "{tags:?}");
        };
        check(&[("highway", "primary")], Some((60, Both)));
        check(&[("highway", "motorway")], Some((80, Forward)));
        check(
            &[("highway", "motorway"), ("oneway", "no")],
            Some((80, Both)),
        );
        check(
            &[("highway", "trunk"), ("oneway", "-1")],
            Some((70, Backward)),
        );
        check(
            &[("highway", "tertiary"), ("junction", "roundabout")],
            Some((40, Forward)),
        );
        check(
            &[("highway", "primary"), ("maxspeed", "40")],
            Some((40, Both)),
        );
        check(
            &[("highway", "primary"), ("maxspeed", "120")],
            Some((60, Both)),
        );
        check(
            &[("highway", "primary"), ("maxspeed", "20 mph")],
            Some((32, Both)),
        );
        check(
            &[("highway", "primary"), ("maxspeed", "none")],
            Some((60, Both)),
        );
        check(
            &[("highway", "primary"), ("maxspeed", "0")],
            Some((60, Both)),
        );
        check(
            &[
                ("highway", "primary"),
                ("maxspeed", "50"),
                ("maxspeed:hgv", "30"),
            ],
            Some((30, Both)),
        );
        check(&[("highway", "footway")], None);
        check(&[("highway", "track")], None);
        check(&[("highway", "construction")], None);
        check(&[("highway", "service"), ("area", "yes")], None);
        check(&[("building", "yes")], None);
        check(&[("highway", "primary"), ("access", "private")], None);
        check(&[("highway", "primary"), ("hgv", "no")], None);
        // The more special word wins over the general one.
        check(
            &[("highway", "primary"), ("access", "no"), ("hgv", "yes")],
            Some((60, Both)),
        );
        check(
            &[("highway", "primary"), ("motor_vehicle", "destination")],
            Some((60, Both)),
        );
    }

    #[test]
    fn a_ferry_says_that_it_carries_lorries_and_for_how_long() {
        let sail = |duration: &'static str, carries: &'static str| {
            let tags = [
                ("route", "ferry"),
                ("motor_vehicle", carries),
                ("duration", duration),
            ];
            read(&tags).map(|way| way.pace)
        };
        for (duration, expected) in [
            ("90", Some(90)),
            ("1:30", Some(90)),
            ("01:30:01", Some(91)),
            ("PT1H30M", Some(90)),
            ("PT45M", Some(45)),
            ("PT30S", Some(1)),
            ("0", None),
            ("soon", None),
            ("1:2:3:4", None),
            ("4294967295", None),
            ("PT1X", None),
        ] {
            assert_eq!(
                sail(duration, "yes"),
                Some(Pace::Sail(expected)),
                "{duration}"
            );
        }
        assert_eq!(sail("90", "no"), None);
        assert_eq!(read(&[("route", "ferry")]), None);
    }
}
