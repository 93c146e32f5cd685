//! Columns of a sheet that nobody asked for.
//!
//! **Invariant.** What stands in a column that is not understood is never lost unsaid: each such
//! cell is counted, unless the mapping passes its column over or it only numbers the rows.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    clean,
    columns::{Header, normalised},
    mapping::Mapping,
    sheet::{Cell, CellRef, Row},
};

// Headers, normalised, of columns that number the rows of a printed list.
const ROW_NUMBERS: &[&str] = &["序号", "行号", "no", "sn"];

/// The columns of a sheet beside those that are read.
#[derive(Debug)]
pub(super) struct Strangers {
    header: Row,
    // What needs no word: it is read, or passed over on purpose.
    settled: BTreeSet<u32>,
    is_settled_without_header: bool,
    counts: BTreeMap<u32, u32>,
}

impl Strangers {
    pub(super) fn of(row: &Row, header: &Header, mapping: &Mapping) -> Self {
        let mut settled: BTreeSet<u32> = header.columns.iter().flatten().copied().collect();
        // What is at fault, such as a column that is there twice, has its own word.
        let cells = header.faults.iter().filter_map(|(cell, ..)| *cell);
        settled.extend(cells.map(|cell| cell.column));
        for (cell, column) in row.cells.iter().zip(0..) {
            let name = normalised(text(cell));
            if ROW_NUMBERS.contains(&&*name) || mapping.column(&name) == Some(None) {
                settled.insert(column);
            }
        }
        Self {
            header: row.clone(),
            settled,
            is_settled_without_header: mapping.column("") == Some(None),
            counts: BTreeMap::new(),
        }
    }

    /// Counts what a row with data holds in columns that are not read.
    pub(super) fn see(&mut self, row: &Row) {
        for (cell, column) in row.cells.iter().zip(0..) {
            let is_settled = self.settled.contains(&column)
                || (self.is_settled_without_header && *self.header.cell(column) == Cell::Empty);
            if *cell != Cell::Empty && !is_settled {
                *self.counts.entry(column).or_default() += 1;
            }
        }
    }

    /// Each column that holds something: the cell of its header, what stands there, and how many
    /// cells below are not blank.
    pub(super) fn found(&self) -> impl Iterator<Item = (CellRef, String, u32)> {
        self.counts.iter().map(|(column, count)| {
            let at = CellRef {
                row: self.header.number,
                column: *column,
            };
            (at, clean::tidy(text(self.header.cell(*column))), *count)
        })
    }
}

fn text(cell: &Cell) -> &str {
    match cell {
        Cell::Text(text) => text,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::columns::{ColumnSpec, Kind};

    const SPECS: &[ColumnSpec] = &[ColumnSpec::required("item", &["品名"], Kind::Text(50))];

    fn row(number: u32, cells: &[&str]) -> Row {
        Row {
            number,
            cells: cells.iter().map(|text| Cell::text(*text)).collect(),
        }
    }

    fn found(json: &str) -> Vec<(String, String, u32)> {
        let mapping = Mapping::parse(json.as_bytes(), SPECS).unwrap();
        let head = row(3, &["序号", "品名", "Notes ", "空", "", "", "品名"]);
        let header = Header::of(&head, SPECS, &mapping);
        let mut strangers = Strangers::of(&head, &header, &mapping);
        strangers.see(&row(4, &["1", "棉被", "wet", "", "x", "y", "twice"]));
        strangers.see(&row(5, &["2", "", "dry"]));
        let found = strangers.found();
        found
            .map(|(cell, header, count)| (cell.to_string(), header, count))
            .collect()
    }

    #[test]
    fn what_is_not_read_is_counted_by_column() {
        let of = |cell: &str, header: &str, count| (cell.to_owned(), header.to_owned(), count);
        assert_eq!(
            found("{}"),
            [of("C3", "Notes", 2), of("E3", "", 1), of("F3", "", 1)]
        );
        assert_eq!(
            found(r#"{"columns":{"notes":null}}"#),
            [of("E3", "", 1), of("F3", "", 1)]
        );
        assert_eq!(found(r#"{"columns":{"":null}}"#), [of("C3", "Notes", 2)]);
    }
}
