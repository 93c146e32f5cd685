//! The mapping file, by which a foreign file says what it means.
//!
//! **Invariant.** A mapping that is held is right: its keys are columns that we ask for, its
//! constants can be read and its encoding is known.
//!
//! ```json
//! { "columns": { "Item Name": "item", "Comments": null },
//!   "constants": { "level": "county" }, "values": { "unit": { "Piece": "件" } },
//!   "fill_down": ["depot"], "date_order": "mdy", "encoding": "latin1", "sheet": "Stock",
//!   "ignore_unknown_columns": false }
//! ```

use std::collections::{BTreeMap, BTreeSet};

use encoding_rs::Encoding;
use serde::Deserialize;

use super::{
    clean::{self, day::DateOrder},
    columns::{ColumnSpec, normalised},
    csv_in::decode,
    fault::Fault,
    sheet::{Cell, DateSystem},
    value::Value,
};

/// The largest mapping file, in bytes.
pub(crate) const MAPPING_BYTES_MAX: usize = 1 << 20;

/// Why a mapping file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MappingError {
    /// More than [`MAPPING_BYTES_MAX`].
    #[error("the mapping file is larger than {} MiB", MAPPING_BYTES_MAX >> 20)]
    TooLarge,
    /// Not JSON, or not of the shape above.
    #[error("the mapping file is not understood: {why}")]
    Shape {
        /// What the reader said.
        why: String,
    },
    /// Keys that no column has.
    #[error("the mapping file names unknown columns: {}", keys.join(", "))]
    UnknownKeys {
        /// The keys, in order.
        keys: Vec<String>,
    },
    /// An encoding that nobody knows.
    #[error("the encoding {label:?} is not known")]
    UnknownEncoding {
        /// As the file has it.
        label: String,
    },
    /// A constant that its column cannot hold.
    #[error("the constant for {key:?} cannot be read: {fault}")]
    Constant {
        /// The column's key.
        key: &'static str,
        /// Why.
        fault: Fault,
    },
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Wire {
    columns: BTreeMap<String, Option<String>>,
    constants: BTreeMap<String, String>,
    values: BTreeMap<String, BTreeMap<String, String>>,
    fill_down: BTreeSet<String>,
    date_order: DateOrder,
    encoding: Option<String>,
    sheet: Option<String>,
    ignore_unknown_columns: bool,
}

/// A mapping, checked against the columns that it is for. The default maps nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mapping {
    /// The encoding of a CSV file without a byte order mark.
    pub(crate) encoding: Option<&'static Encoding>,
    /// The order of dates whose year does not come first.
    pub(crate) date_order: DateOrder,
    /// The only sheet to read.
    pub(crate) sheet: Option<String>,
    /// Whether columns that are not understood are passed over, whatever stands in them.
    pub(crate) ignores_unknown_columns: bool,
    headers: Vec<String>,
    // Normalised header → key, or nothing if the column is to be ignored.
    columns: BTreeMap<String, Option<&'static str>>,
    constants: BTreeMap<&'static str, Value>,
    values: BTreeMap<&'static str, BTreeMap<String, String>>,
    fill_down: BTreeSet<&'static str>,
}

impl Mapping {
    /// Reads a mapping file for these columns.
    ///
    /// # Errors
    /// [`MappingError`] for what is not understood.
    pub(crate) fn parse(json: &[u8], specs: &[ColumnSpec]) -> Result<Self, MappingError> {
        if json.len() > MAPPING_BYTES_MAX {
            return Err(MappingError::TooLarge);
        }
        let wire: Wire = serde_json::from_slice(json).map_err(|error| MappingError::Shape {
            why: error.to_string(),
        })?;
        let mut keys = Keys {
            specs,
            unknown: BTreeSet::new(),
        };
        let mut mapping = Self {
            date_order: wire.date_order,
            sheet: wire.sheet,
            ignores_unknown_columns: wire.ignore_unknown_columns,
            encoding: wire.encoding.map(encoding).transpose()?,
            headers: wire
                .columns
                .iter()
                .filter(|(_, key)| key.is_some())
                .map(|(header, _)| header.clone())
                .collect(),
            ..Self::default()
        };
        for (header, key) in wire.columns {
            let spec = key.and_then(|key| keys.find(&key));
            let key = spec.map(|spec| spec.key);
            mapping.columns.insert(normalised(&header), key);
        }
        for (key, pairs) in wire.values {
            if let Some(spec) = keys.find(&key) {
                let pairs = pairs
                    .into_iter()
                    .map(|(theirs, ours)| (clean::tidy(&theirs), ours));
                mapping.values.insert(spec.key, pairs.collect());
            }
        }
        mapping.fill_down = wire
            .fill_down
            .iter()
            .filter_map(|key| keys.find(key))
            .map(|spec| spec.key)
            .collect();
        for (key, constant) in wire.constants {
            if let Some(spec) = keys.find(&key) {
                let value = spec
                    .read(&Cell::Text(constant), DateSystem::From1900, wire.date_order)
                    .map_err(|fault| MappingError::Constant {
                        key: spec.key,
                        fault,
                    })?;
                mapping.constants.insert(spec.key, value);
            }
        }
        if keys.unknown.is_empty() {
            Ok(mapping)
        } else {
            Err(MappingError::UnknownKeys {
                keys: keys.unknown.into_iter().collect(),
            })
        }
    }

    /// What the mapping says of a normalised header: nothing, to ignore it, or its key.
    pub(crate) fn column(&self, header: &str) -> Option<Option<&'static str>> {
        self.columns.get(header).copied()
    }

    /// Whether some header is mapped to this key.
    pub(crate) fn maps_to(&self, key: &str) -> bool {
        self.columns.values().flatten().any(|mapped| *mapped == key)
    }

    /// The headers that the mapping wants, as its author wrote them.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &str> {
        self.headers.iter().map(String::as_str)
    }

    /// The value that every row has for this key.
    pub(crate) fn constant(&self, key: &str) -> Option<&Value> {
        self.constants.get(key)
    }

    /// Our words for theirs in this column, if the mapping has any.
    pub(crate) fn words(&self, key: &str) -> Option<&BTreeMap<String, String>> {
        self.values.get(key)
    }

    /// Whether a blank in this column means the value above.
    pub(crate) fn fills_down(&self, key: &str) -> bool {
        self.fill_down.contains(key)
    }
}

struct Keys<'a> {
    specs: &'a [ColumnSpec],
    unknown: BTreeSet<String>,
}

impl<'a> Keys<'a> {
    fn find(&mut self, key: &str) -> Option<&'a ColumnSpec> {
        let spec = self.specs.iter().find(|spec| spec.key == key);
        if spec.is_none() {
            self.unknown.insert(key.to_owned());
        }
        spec
    }
}

fn encoding(label: String) -> Result<&'static Encoding, MappingError> {
    decode::named(&label).ok_or(MappingError::UnknownEncoding { label })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::columns::Kind;

    const SPECS: &[ColumnSpec] = &[
        ColumnSpec::required("item", &["物资", "Item"], Kind::Text(50)),
        ColumnSpec::required("quantity", &["数量", "Quantity"], Kind::Whole),
    ];

    #[test]
    fn a_mapping_is_checked_when_it_is_read() {
        let read = |json: &str| Mapping::parse(json.as_bytes(), SPECS);
        let mapping = read(
            r#"{ "columns": { "Item Name": "item", "Notes": null }, "constants": { "quantity": "1,000" },
                 "values": { "item": { "Blankets ": "毛毯" } }, "fill_down": ["item"],
                 "date_order": "mdy", "encoding": "latin1", "sheet": "S" }"#,
        )
        .unwrap();
        assert_eq!(mapping.column("itemname"), Some(Some("item")));
        assert_eq!(mapping.column("notes"), Some(None));
        assert_eq!(mapping.column("other"), None);
        assert_eq!(mapping.constant("quantity"), Some(&Value::Whole(1_000)));
        assert_eq!(mapping.words("item").unwrap()["Blankets"], "毛毯");
        assert_eq!(mapping.words("quantity"), None);
        assert!(mapping.fills_down("item") && !mapping.fills_down("quantity"));
        assert_eq!(mapping.encoding.unwrap().name(), "windows-1252");
        assert_eq!(mapping.date_order, DateOrder::Mdy);

        assert_eq!(
            read(r#"{"columns":{"a":"itm"},"fill_down":["qty"]}"#).unwrap_err(),
            MappingError::UnknownKeys {
                keys: vec!["itm".to_owned(), "qty".to_owned()]
            }
        );
        for json in [
            r#"{"colums":{}}"#,
            r#"{"date_order":"american"}"#,
            "",
            r#"{"constants":{"quantity":5}}"#,
        ] {
            assert!(
                matches!(read(json), Err(MappingError::Shape { .. })),
                "{json}"
            );
        }
        assert!(matches!(
            read(r#"{"encoding":"klingon"}"#),
            Err(MappingError::UnknownEncoding { .. })
        ));
        assert!(matches!(
            read(r#"{"constants":{"quantity":"1.5"}}"#),
            Err(MappingError::Constant {
                key: "quantity",
                ..
            })
        ));
        assert_eq!(
            Mapping::parse(&vec![b' '; MAPPING_BYTES_MAX + 1], SPECS).unwrap_err(),
            MappingError::TooLarge
        );
    }
}
