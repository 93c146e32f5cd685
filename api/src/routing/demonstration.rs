//! The roads of the demonstration.
//!
//! **Invariant.** A road file that is there is never replaced, and one that an operator named is
//! never made.

use std::{io::Write as _, path::Path};

use chrono::{DateTime, Utc};
use domain::routing::RoadGraph;

use crate::config::Config;

use super::{Given, Link, OSM_ATTRIBUTION, OSM_LICENCE, import, road_file, write};

const TRUNK: &[u8] = include_bytes!("../../data/roads/zhejiang-trunk.osm.pbf");
const LINKS: &str = include_str!("../../data/roads/zhejiang-links.toml");
const SOURCE: &str =
    "演示数据：浙江干线路网（scgraph-data 2.0.0，含手工补的跨海桥，见 SOURCES.md）";
/// A trunk network leaves wide meshes.
const REACH_KM: f64 = 30.0;

/// Puts the trunk roads of Zhejiang where the road file is looked for.
pub(crate) fn plant(config: &Config, now: DateTime<Utc>) -> anyhow::Result<()> {
    let path = road_file(config);
    if !config.roads_file.as_os_str().is_empty() || path.exists() {
        return Ok(());
    }
    let mut extract = tempfile::NamedTempFile::new()?;
    extract.write_all(TRUNK)?;
    let links = Link::read_all(LINKS)?;
    let imported = import(extract.path(), given(now, links), &mut |_, _| {})?;
    std::fs::create_dir_all(&config.data_directory)?;
    write(&path, &imported.about, &imported.graph)?;
    Ok(())
}

/// The network of an extract as it is, reaching as far as that of the demonstration.
pub(crate) fn graph_of(extract: &Path) -> anyhow::Result<RoadGraph> {
    let given = given(DateTime::UNIX_EPOCH, Vec::new());
    Ok(import(extract, given, &mut |_, _| {})?.graph)
}

fn given(imported_at: DateTime<Utc>, links: Vec<Link>) -> Given {
    Given {
        source: SOURCE.to_owned(),
        licence: OSM_LICENCE.to_owned(),
        attribution: OSM_ATTRIBUTION.to_owned(),
        date: None,
        reach_km: REACH_KM,
        links,
        imported_at,
    }
}
