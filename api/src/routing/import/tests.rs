use super::*;

const TRUNK: &[u8] = include_bytes!("../../../data/roads/zhejiang-trunk.osm.pbf");
const LINKS: &str = include_str!("../../../data/roads/zhejiang-links.toml");

fn given(links: &str) -> Given {
    Given {
        source: "test".to_owned(),
        licence: "ODbL 1.0".to_owned(),
        attribution: "© OpenStreetMap contributors".to_owned(),
        date: None,
        reach_km: 30.0,
        links: Link::read_all(links).unwrap(),
        imported_at: DateTime::UNIX_EPOCH,
    }
}

fn import_bytes(bytes: &[u8], links: &str) -> Result<Imported, ImportError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("roads.osm.pbf");
    std::fs::write(&path, bytes).unwrap();
    let mut told = Vec::new();
    let imported = import(&path, given(links), &mut |done, of| told.push((done, of)));
    if imported.is_ok() {
        assert!(
            told.is_sorted() && told.iter().all(|(done, of)| done <= of),
            "{told:?}"
        );
    }
    imported
}

#[test]
fn the_trunk_roads_of_zhejiang_are_read_whole() {
    let imported = import_bytes(TRUNK, "link = []").unwrap();
    assert_eq!(
        (imported.about.nodes, imported.about.edges),
        (12_987, 20_627)
    );
    assert_eq!(imported.cut_off, 0);
    assert_eq!(imported.graph.largest_component(), 12_776);
    assert!(imported.about.ferries.is_empty());
}

#[test]
fn links_join_what_the_data_breaks_off_at() {
    let imported = import_bytes(TRUNK, LINKS).unwrap();
    assert_eq!(imported.about.edges, 20_631);
    // 72 nodes of Zhoushan, 10 of Daishan, 30 and 8 of Yuhuan.
    assert_eq!(imported.graph.largest_component(), 12_896);
}

#[test]
fn a_link_that_does_not_hold_is_refused_by_name() {
    let check = |line: &str, part: &str| {
        let link = "[[link]]\nname = \"渡\"\nkind = \"ferry\"\nfrom = [120.16, 30.25]\nto = [120.7, 28.0]\n\
             km = 1\nminutes = 1\nsource = \"here\"\n";
        let key = line.split('=').next().unwrap().trim();
        let kept = link
            .lines()
            .filter(|it| !it.starts_with(&format!("{key} =")));
        let text = kept.chain([line]).collect::<Vec<_>>().join("\n");
        let error = import_bytes(TRUNK, &text).unwrap_err().to_string();
        assert!(error.contains("渡") && error.contains(part), "{error}");
    };
    check("source = \" \"", "source");
    check("km = 0", "km is");
    check("minutes = nan", "minutes");
    check("timetable_percent = 99", "at least 100");
    check("from = [125.0, 28.0]", "further than 10 km");
    check("from = [200.0, 28.0]", "longitude");
    check("from = [120.7, 28.0]", "same node");
    assert!(Link::read_all("[[link]]\nname = \"x\"\n").is_err());
}

#[test]
fn a_broken_file_is_refused_and_breaks_nothing() {
    let refused = |bytes: &[u8]| import_bytes(bytes, "link = []").err();
    for (bytes, what) in [
        (&b""[..], "empty"),
        (b"hello, this is no map at all", "no map"),
        (&TRUNK[..TRUNK.len() / 2], "cut off"),
        (&TRUNK[..100], "cut off at once"),
        (&TRUNK[40..], "without its head"),
    ] {
        let error = refused(bytes);
        assert!(
            matches!(error, Some(ImportError::Broken { .. })),
            "{what}: {error:?}"
        );
    }
    // One byte in twenty places: either it is noticed, or the roads are still a graph.
    for step in 0..20 {
        let mut bytes = TRUNK.to_vec();
        bytes[step * (TRUNK.len() / 20)] ^= 0x55;
        drop(refused(&bytes));
    }
    let missing = import(
        Path::new("no/such/file"),
        given("link = []"),
        &mut |_, _| {},
    );
    assert!(matches!(missing, Err(ImportError::Io(_))));
}
