//! What an OSM PBF file holds of roads.
//!
//! **Invariant.** Nothing in a file is trusted: what a library of ours cannot bear is told as a
//! fault of the file, with the byte near which it was met.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use chrono::{DateTime, NaiveDate};
use domain::routing::{
    RoadNode,
    osm::{self, OsmWay},
};
use osmpbf::{BlobDecode, BlobReader, HeaderBlock, PrimitiveBlock, Way};

use super::ImportError;

/// What this reads; a file that needs more says so.
const FEATURES: &[&str] = &["OsmSchema-V0.6", "DenseNodes"];

/// A way that carries lorries.
pub(super) struct RawWay {
    pub(super) refs: Vec<i64>,
    pub(super) meaning: OsmWay,
    pub(super) name: String,
}

/// The roads of a file.
#[derive(Default)]
pub(super) struct Extract {
    pub(super) ways: Vec<RawWay>,
    /// Every node that a way names, by its id; those that are not in the file have no place.
    pub(super) nodes: Vec<(i64, Option<RoadNode>)>,
    pub(super) date: Option<NaiveDate>,
}

pub(super) fn read(path: &Path, tell: &mut dyn FnMut(u64, u64)) -> Result<Extract, ImportError> {
    let size = std::fs::metadata(path)?.len();
    let mut extract = Extract::default();
    each_blob(path, |near, decoded| {
        tell(near / 2, size);
        match decoded {
            BlobDecode::OsmHeader(header) => extract.header(&header),
            BlobDecode::OsmData(block) => {
                extract.ways(&block);
                Ok(())
            }
            BlobDecode::Unknown(_) => Ok(()),
        }
    })?;
    let refs = extract.ways.iter().flat_map(|way| way.refs.iter().copied());
    let mut ids: Vec<i64> = refs.collect();
    ids.sort_unstable();
    ids.dedup();
    extract.nodes = ids.into_iter().map(|id| (id, None)).collect();
    each_blob(path, |near, decoded| {
        tell(size / 2 + near / 2, size);
        if let BlobDecode::OsmData(block) = decoded {
            extract.places(&block);
        }
        Ok(())
    })?;
    Ok(extract)
}

fn each_blob(
    path: &Path,
    mut look: impl FnMut(u64, BlobDecode<'_>) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let mut near = 0;
    let broken = |near, why: String| ImportError::Broken { near, why };
    let blobs = BlobReader::seekable_from_path(path).map_err(|it| broken(0, it.to_string()))?;
    let mut count = 0_u64;
    for blob in blobs {
        let blob = blob.map_err(|error| broken(near, error.to_string()))?;
        near = blob.offset().map_or(near, |offset| offset.0);
        count += 1;
        // The library adds up what the file says and stops the program where a sum overflows.
        let looked = catch_unwind(AssertUnwindSafe(|| match blob.decode() {
            Ok(decoded) => look(near, decoded),
            Err(error) => Err(broken(near, error.to_string())),
        }));
        looked.unwrap_or_else(|_| Err(broken(near, "its numbers do not add up".to_owned())))?;
    }
    if count == 0 {
        return Err(broken(0, "it is empty".to_owned()));
    }
    Ok(())
}

impl Extract {
    fn header(&mut self, header: &HeaderBlock) -> Result<(), ImportError> {
        let strange = |feature: &&String| !FEATURES.contains(&feature.as_str());
        if let Some(feature) = header.required_features().iter().find(strange) {
            return Err(ImportError::Feature(feature.clone()));
        }
        self.date = header
            .osmosis_replication_timestamp()
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
            .map(|at| at.date_naive());
        Ok(())
    }

    fn ways(&mut self, block: &PrimitiveBlock) {
        for way in block.groups().flat_map(|group| group.ways()) {
            let tags = tags(&way);
            let tag = |key: &str| tags.get(key).copied();
            let Some(meaning) = osm::way(tag) else {
                continue;
            };
            self.ways.push(RawWay {
                refs: way.refs().collect(),
                meaning,
                name: tag("name").unwrap_or("ferry").to_owned(),
            });
        }
    }

    fn places(&mut self, block: &PrimitiveBlock) {
        for group in block.groups() {
            for node in group.dense_nodes() {
                self.place(node.id(), node.decimicro_lon(), node.decimicro_lat());
            }
            for node in group.nodes() {
                self.place(node.id(), node.decimicro_lon(), node.decimicro_lat());
            }
        }
    }

    fn place(&mut self, id: i64, longitude_e7: i32, latitude_e7: i32) {
        if let Ok(at) = self.nodes.binary_search_by_key(&id, |(id, _)| *id) {
            self.nodes[at].1 = Some(RoadNode {
                longitude_e7,
                latitude_e7,
            });
        }
    }
}

// By hand, because the library looks words up without asking whether they are there.
fn tags<'a>(way: &'a Way<'a>) -> BTreeMap<&'a str, &'a str> {
    let words = way.raw_stringtable();
    let word = |number: u32| std::str::from_utf8(words.get(number as usize)?).ok();
    way.raw_tags()
        .filter_map(|(key, value)| Some((word(key)?, word(value)?)))
        .collect()
}
