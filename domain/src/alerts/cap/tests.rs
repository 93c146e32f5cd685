use proptest::prelude::*;

use super::*;
use crate::{
    alerts::{AlertPart, Succession},
    incidents::WarningColour,
};

const EXAMPLE: &str = include_str!("../../../../docs/examples/typhoon-alert.xml");

fn moment(text: &str) -> DateTime<Utc> {
    element::moment(text).unwrap()
}

#[track_caller]
fn faults(text: &str) -> Vec<(String, String)> {
    match read(text.as_bytes()) {
        Err(CapError::Faults(found)) => found
            .into_iter()
            .map(|CapFault { path, kind }| (path, kind.to_string()))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_alert_of_a_typhoon_is_what_it_says() {
    let alert = read(EXAMPLE.as_bytes()).unwrap();
    assert_eq!(alert.name.sender, "33020041600000");
    assert_eq!(alert.name.sent, moment("2026-08-01T03:00:00+08:00"));
    assert!(alert.warns());
    assert_eq!(alert.succession(), None);
    assert_eq!(alert.onset(), moment("2026-08-01T06:00:00+08:00"));
    assert_eq!(alert.expires(), Some(moment("2026-08-02T06:00:00+08:00")));
    let told = alert.told().unwrap();
    assert_eq!(told.event, "台风");
    // The colour stays a colour, and no severity is made of it.
    assert_eq!(told.colour, Some(WarningColour::Red));
    assert_eq!(told.severity, Severity::Unknown);
    let areas = alert.areas();
    let [(area, parts)] = &areas[..] else {
        panic!("{areas:?}")
    };
    assert_eq!(area.description, "海曙区、江北区及两条街道");
    let kinds: Vec<_> = parts
        .iter()
        .map(|part| match part {
            AlertPart::Division(code) => code.as_str().to_owned(),
            AlertPart::Other { name, value } => format!("{name}={value}"),
            AlertPart::Polygon(_) => "polygon".to_owned(),
            AlertPart::Circle(circle) => format!("{} km", circle.radius_km()),
        })
        .collect();
    let expected = [
        "330203000000",
        "330205",
        "示例分区=甲-7",
        "polygon",
        "6.5 km",
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn every_fault_is_told_by_the_path_of_its_element() {
    let changed = |from: &str, to: &str| {
        assert!(EXAMPLE.contains(from), "{from}");
        EXAMPLE.replace(from, to)
    };
    for (from, to, path, said) in [
        (
            "<sent>2026-08-01T03:00:00+08:00",
            "<sent>2026-08-01T03:00:00Z",
            "/alert/sent",
            "offset in numbers",
        ),
        (
            "<sent>2026-08-01T03:00:00+08:00",
            "<sent>2026-02-30T03:00:00+08:00",
            "/alert/sent",
            "moment",
        ),
        (
            "<sent>2026-08-01T03:00:00+08:00",
            "<sent>9999-08-01T03:00:00+08:00",
            "/alert/sent",
            "moment",
        ),
        (
            "<sender>33020041600000",
            "<sender>a,b",
            "/alert/sender",
            "comma",
        ),
        (
            "<sender>33020041600000",
            "<sender> ",
            "/alert/sender",
            "required",
        ),
        ("Actual", "actual", "/alert/status", "Actual, Exercise"),
        (
            "<msgType>Alert",
            "<msgType>Update",
            "/alert/references",
            "required",
        ),
        (
            "<msgType>Alert",
            "<references>a,b</references><msgType>Alert",
            "/alert/references",
            "sender,identifier,sent",
        ),
        (
            "<scope>Public",
            "<scope>Everybody",
            "/alert/scope",
            "Public",
        ),
        (
            "<scope>Public</scope>",
            "<scope>Public</scope><scope>Public</scope>",
            "/alert/scope",
            "once",
        ),
        (
            "<scope>",
            "<urgency>x</urgency><scope>",
            "/alert/urgency",
            "no such element",
        ),
        (
            "<category>Met",
            "<category>Weather",
            "/alert/info[1]/category[1]",
            "Geo, Met",
        ),
        (
            "<severity>Red",
            "<severity>Purple",
            "/alert/info[1]/severity",
            "Extreme",
        ),
        (
            "2026-08-02T06:00:00+08:00",
            "2026-08-01T06:00:00+08:00",
            "/alert/info[1]/expires",
            "must be after",
        ),
        (
            "expires",
            "expiress",
            "/alert/info[1]/expiress",
            "no such element",
        ),
        (
            "29.95,121.50 29.85,121.50<",
            "29.95,121.50<",
            "/alert/info[1]/area[1]/polygon[1]",
            "closed",
        ),
        (
            "29.85,121.50 29.85,121.60",
            "121.50,29.85 29.85,121.60",
            "/alert/info[1]/area[1]/polygon[1]",
            "latitude",
        ),
        (
            "29.85,121.50 29.85,121.60",
            "inf,121.50 29.85,121.60",
            "/alert/info[1]/area[1]/polygon[1]",
            "pairs",
        ),
        (
            "29.80,121.70 6.5",
            "29.80,121.70",
            "/alert/info[1]/area[1]/circle[1]",
            "radius",
        ),
        (
            "29.80,121.70 6.5",
            "29.80,121.70 9000",
            "/alert/info[1]/area[1]/circle[1]",
            "2000",
        ),
        (
            "<value>330205<",
            "<value><",
            "/alert/info[1]/area[1]/geocode[2]/value",
            "required",
        ),
        (
            "<areaDesc>海曙区、江北区及两条街道</areaDesc>",
            "",
            "/alert/info[1]/area[1]/areaDesc",
            "required",
        ),
    ] {
        let found = faults(&changed(from, to));
        assert_eq!(found.len(), 1, "{to}: {found:?}");
        assert_eq!(found[0].0, path, "{to}");
        assert!(found[0].1.contains(said), "{to}: {found:?}");
    }
    // All at once.
    let two = changed("Immediate", "Now").replace("<scope>Public", "<scope>All");
    assert_eq!(faults(&two).len(), 2);
    let start = EXAMPLE.find("<info>").unwrap();
    let end = EXAMPLE.find("</info>").unwrap() + "</info>".len();
    let without = EXAMPLE.replace(&EXAMPLE[start..end], "");
    assert_eq!(
        faults(&without),
        [(
            "/alert/info".to_owned(),
            "this element is required".to_owned()
        )]
    );
}

#[test]
fn only_what_is_meant_for_everybody_acts() {
    let references = "<references>33020041600000,A,2026-08-01T02:00:00+08:00</references>";
    for (status, kind, warns, succession) in [
        ("Actual", "Alert", true, None),
        ("Actual", "Update", true, Some(Succession::Updates)),
        ("Actual", "Cancel", false, Some(Succession::Cancels)),
        ("Actual", "Ack", false, None),
        ("Actual", "Error", false, None),
        ("Exercise", "Alert", false, None),
        ("Exercise", "Update", false, None),
        ("Test", "Cancel", false, None),
        ("System", "Update", false, None),
        ("Draft", "Cancel", false, None),
    ] {
        let text = EXAMPLE
            .replace("<status>Actual", &format!("<status>{status}"))
            .replace(
                "<msgType>Alert</msgType>",
                &format!("<msgType>{kind}</msgType>"),
            )
            .replace("  <code>", &format!("  {references}<code>"))
            .replace("<code>GB/T 34283-2017</code>", "");
        // Order within a message is not what faults are about: XSD order is not asked for.
        let alert = read(text.as_bytes()).unwrap();
        assert_eq!(
            (alert.warns(), alert.succession()),
            (warns, succession),
            "{status} {kind}"
        );
        assert_eq!(alert.references[0].identifier, "A");
    }
}

#[test]
fn codes_of_others_are_kept_and_shown() {
    for (name, value, division) in [
        ("GB2260", "330203", true),
        ("geocode", "330203001", true),
        ("区划", "330203001000", true),
        ("SAME", "006109", false),
        ("FIPS6", "330203", false),
        ("GB2260", "003302", false),
        ("GB2260", "33020", false),
        ("GB2260", "３３０２０３", false),
        ("UGC", "CAZ006", false),
    ] {
        let found = crate::alerts::geocode::part(name, value);
        assert_eq!(
            matches!(found, AlertPart::Division(_)),
            division,
            "{name} {value}"
        );
        if !division {
            let (name, value) = (name.to_owned(), value.to_owned());
            assert_eq!(found, AlertPart::Other { name, value });
        }
    }
}

#[test]
fn a_colour_is_read_where_exactly_one_is_named() {
    use WarningColour::{Blue, Orange};
    for (text, expected) in [
        ("发布暴雨橙色预警", Some(Orange)),
        ("台风蓝色预警信号", Some(Blue)),
        ("台风黄色预警升级为橙色预警", None),
        ("红色旅游节暴雨预警", None),
        ("Red warning", None),
    ] {
        assert_eq!(colour_of(text), expected, "{text}");
    }
}

#[test]
fn what_is_said_in_two_languages_is_one_area() {
    let start = EXAMPLE.find("<info>").unwrap();
    let end = EXAMPLE.find("</info>").unwrap() + "</info>".len();
    let info = &EXAMPLE[start..end];
    let english = info
        .replace("zh-CN", "en")
        .replace("330203000000", "330203")
        .replace("2026-08-02T06", "2026-08-03T06");
    let text = EXAMPLE.replace(info, &format!("{english}{info}"));
    let alert = read(text.as_bytes()).unwrap();
    assert_eq!(alert.information.len(), 2);
    assert_eq!(alert.areas().len(), 1);
    assert_eq!(alert.areas()[0].1.len(), 5);
    assert_eq!(alert.told().unwrap().language, "zh-CN");
    assert_eq!(alert.expires(), Some(moment("2026-08-03T06:00:00+08:00")));
    let endless = text.replacen("<expires>2026-08-02T06:00:00+08:00</expires>", "", 1);
    assert_eq!(read(endless.as_bytes()).unwrap().expires(), None);
}

proptest! {
    #[test]
    fn a_moment_is_read_back_whatever_its_offset(
        seconds in 0_i64..4_000_000_000,
        offset_quarters in -48_i32..=56,
    ) {
        let offset = chrono::FixedOffset::east_opt(offset_quarters * 900).unwrap();
        let told = DateTime::from_timestamp(seconds, 0).unwrap().with_timezone(&offset);
        let text = told.format("%Y-%m-%dT%H:%M:%S%:z").to_string();
        prop_assert_eq!(element::moment(&text), Some(told.to_utc()));
    }

    #[test]
    fn a_square_is_where_it_was_told(south in -80_i32..80, west in -170_i32..170) {
        let (north, east) = (south + 1, west + 1);
        let ring = format!("{south},{west} {south},{east} {north},{east} {north},{west} {south},{west}");
        let old = "29.85,121.50 29.85,121.60 29.95,121.60 29.95,121.50 29.85,121.50";
        let alert = read(EXAMPLE.replace(old, &ring).as_bytes()).unwrap();
        let areas = alert.areas();
        let shape = areas[0].1.iter().find_map(|part| match part {
            AlertPart::Polygon(polygon) => Some(polygon.bounding_box()),
            AlertPart::Division(_) | AlertPart::Other { .. } | AlertPart::Circle(_) => None,
        });
        let shape = shape.unwrap();
        prop_assert_eq!((shape.south, shape.west), (f64::from(south), f64::from(west)));
        prop_assert_eq!((shape.north, shape.east), (f64::from(north), f64::from(east)));
    }
}
