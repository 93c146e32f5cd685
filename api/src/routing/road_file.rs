//! The road network as one file.
//!
//! **Invariant.** A file that is read is whole: a sum over all of it stands at its end, and the
//! graph in it was checked as if it were new. It is put in place whole, too. Whoever passes it on
//! passes on where its data is from and under which licence, for both stand in it.

use std::{
    io::{self, Write as _},
    path::Path,
};

use chrono::{DateTime, NaiveDate, Utc};
use domain::routing::{Ferry, RoadEdge, RoadEdition, RoadGraph, RoadGraphError, RoadNode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The name of the format, and its version.
const MAGIC: &[u8; 8] = b"RDROADS\x01";
const SUM_BYTES: usize = 32;
const NODE_BYTES: usize = 8;
const EDGE_BYTES: usize = 20;
const BOTH_WAYS: u32 = 1;

/// What is said of a network beside its roads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    /// The file that it was made from.
    pub(crate) source: String,
    pub(crate) licence: String,
    /// What has to be shown with everything that is computed from it.
    pub(crate) attribution: String,
    /// The day of the data, if it is known.
    pub(crate) date: Option<NaiveDate>,
    pub(crate) imported_at: DateTime<Utc>,
    pub(crate) reach_km: f64,
    pub(crate) nodes: u32,
    pub(crate) edges: u32,
    pub(crate) ferries: Vec<FerryRecord>,
}

/// A ferry as the file keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FerryRecord {
    pub(crate) name: String,
    pub(crate) timetable_percent: u32,
    pub(crate) tonnes_per_day: Option<u32>,
}

/// A network that was read from a file.
#[derive(Debug)]
pub(crate) struct Roads {
    pub(crate) about: About,
    pub(crate) graph: RoadGraph,
    pub(crate) edition: RoadEdition,
}

/// Why a file is no road network.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RoadFileError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it is no road file of this release; make it anew with `relief-depot roads import`")]
    Format,
    #[error("it is damaged: its checksum does not fit; copy it again, or make it anew")]
    Checksum,
    #[error("it does not hold together: {0}")]
    Graph(#[from] RoadGraphError),
}

impl Roads {
    pub(crate) fn read(path: &Path) -> Result<Self, RoadFileError> {
        Self::parse(&std::fs::read(path)?)
    }

    fn parse(bytes: &[u8]) -> Result<Self, RoadFileError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(RoadFileError::Format)?;
        let at = rest.len().checked_sub(SUM_BYTES);
        let (body, sum) = rest.split_at(at.ok_or(RoadFileError::Format)?);
        if Sha256::digest(&bytes[..MAGIC.len() + body.len()]).as_slice() != sum {
            return Err(RoadFileError::Checksum);
        }
        let mut reader = Reader(body);
        let length = reader.number()? as usize;
        let about: About =
            serde_json::from_slice(reader.take(length)?).map_err(|_| RoadFileError::Format)?;
        let mut nodes = Vec::new();
        let (node_count, edge_count) = (about.nodes as usize, about.edges as usize);
        for record in reader.records(node_count, NODE_BYTES)? {
            let [longitude_e7, latitude_e7] = [0, 4].map(|at| word(record, at).cast_signed());
            nodes.push(RoadNode {
                longitude_e7,
                latitude_e7,
            });
        }
        let mut edges = Vec::new();
        for record in reader.records(edge_count, EDGE_BYTES)? {
            let [from, to, time_ms, distance_dm, flags] =
                [0, 4, 8, 12, 16].map(|at| word(record, at));
            edges.push(RoadEdge {
                from,
                to,
                time_ms,
                distance_dm,
                both_ways: flags & BOTH_WAYS != 0,
                // In the upper half stands the number of the ferry, from 1; 0 is none.
                ferry: u16::try_from(flags >> 16)
                    .ok()
                    .and_then(|it| it.checked_sub(1)),
            });
        }
        if !reader.0.is_empty() {
            return Err(RoadFileError::Format);
        }
        let ferries = about.ferries.iter().map(Ferry::from).collect();
        let mut first = [0; 8];
        first.copy_from_slice(&sum[..8]);
        Ok(Self {
            graph: RoadGraph::new(nodes, edges, ferries, about.reach_km)?,
            edition: RoadEdition {
                checksum: u64::from_be_bytes(first),
                date: about.date,
            },
            about,
        })
    }
}

/// Writes the network to a file, whole or not at all.
pub(crate) fn write(path: &Path, about: &About, graph: &RoadGraph) -> Result<(), RoadFileError> {
    let text = serde_json::to_vec(about).map_err(io::Error::other)?;
    let length = u32::try_from(text.len()).map_err(io::Error::other)?;
    let mut bytes = Vec::with_capacity(
        text.len() + graph.nodes().len() * NODE_BYTES + graph.edges().len() * EDGE_BYTES + 64,
    );
    bytes.extend(MAGIC);
    bytes.extend(length.to_le_bytes());
    bytes.extend(text);
    for node in graph.nodes() {
        bytes.extend(node.longitude_e7.to_le_bytes());
        bytes.extend(node.latitude_e7.to_le_bytes());
    }
    for edge in graph.edges() {
        let ferry = edge.ferry.map_or(0, |number| u32::from(number) + 1);
        let flags = ferry << 16 | if edge.both_ways { BOTH_WAYS } else { 0 };
        for word in [edge.from, edge.to, edge.time_ms, edge.distance_dm, flags] {
            bytes.extend(word.to_le_bytes());
        }
    }
    let sum = Sha256::digest(&bytes);
    bytes.extend(sum);
    let directory = path.parent().filter(|it| !it.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
    file.write_all(&bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// What is left of a file to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], RoadFileError> {
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(RoadFileError::Format)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, RoadFileError> {
        Ok(word(self.take(4)?, 0))
    }

    // So many records of a size; nothing is set aside for what is not there.
    fn records(
        &mut self,
        count: usize,
        size: usize,
    ) -> Result<impl Iterator<Item = &'a [u8]> + use<'a>, RoadFileError> {
        let length = count.checked_mul(size).ok_or(RoadFileError::Format)?;
        Ok(self.take(length)?.chunks_exact(size))
    }
}

// The little-endian word at a place of a record that is long enough.
fn word(record: &[u8], at: usize) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&record[at..at + 4]);
    u32::from_le_bytes(bytes)
}

impl From<&FerryRecord> for Ferry {
    fn from(record: &FerryRecord) -> Self {
        Self {
            name: record.name.clone(),
            timetable_percent: record.timetable_percent,
            tonnes_per_day: record.tonnes_per_day,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> (About, RoadGraph) {
        let node = |longitude_e7| RoadNode {
            longitude_e7,
            latitude_e7: -5,
        };
        let edge = |both_ways, ferry| RoadEdge {
            from: 0,
            to: 1,
            time_ms: 7,
            distance_dm: 9,
            both_ways,
            ferry,
        };
        let record = FerryRecord {
            name: "轮渡".to_owned(),
            timetable_percent: 200,
            tonnes_per_day: None,
        };
        let about = About {
            source: "test".to_owned(),
            licence: "ODbL 1.0".to_owned(),
            attribution: "© OpenStreetMap contributors".to_owned(),
            date: NaiveDate::from_ymd_opt(2026, 10, 1),
            imported_at: DateTime::UNIX_EPOCH,
            reach_km: 10.0,
            nodes: 2,
            edges: 2,
            ferries: vec![record],
        };
        let ferries = about.ferries.iter().map(Ferry::from).collect();
        let edges = vec![edge(true, None), edge(false, Some(0))];
        let graph = RoadGraph::new(vec![node(1), node(-2)], edges, ferries, 10.0).unwrap();
        (about, graph)
    }

    #[test]
    fn what_was_written_is_read_and_what_was_changed_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("roads");
        let (about, graph) = sample();
        write(&path, &about, &graph).unwrap();
        let read = Roads::read(&path).unwrap();
        assert_eq!(read.about, about);
        assert_eq!(read.graph.nodes(), graph.nodes());
        assert_eq!(read.graph.edges(), graph.edges());
        assert_eq!(read.graph.ferries(), graph.ferries());
        assert_eq!(read.edition.date, about.date);

        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(Roads::parse(&changed).is_err(), "byte {at}");
            assert!(Roads::parse(&whole[..at]).is_err(), "cut at {at}");
        }
        assert!(Roads::parse(&[whole, vec![0]].concat()).is_err());
        let missing = Roads::read(&directory.path().join("none"));
        assert!(matches!(missing, Err(RoadFileError::Io(_))));
    }

    #[test]
    fn a_file_that_lies_about_its_size_is_refused() {
        let (mut about, graph) = sample();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("roads");
        for (nodes, edges) in [(u32::MAX, 2), (2, u32::MAX), (1, 2), (2, 1), (3, 2)] {
            (about.nodes, about.edges) = (nodes, edges);
            write(&path, &about, &graph).unwrap();
            assert!(Roads::read(&path).is_err(), "{nodes} {edges}");
        }
    }
}
