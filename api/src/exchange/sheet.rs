//! What a table file holds, before anyone asks what it means.
//!
//! **Invariant.** Rows are numbered as a spreadsheet shows them (from 1) and columns from 0; every
//! cell can therefore be named to its author.

use std::{collections::BTreeMap, fmt, sync::Arc};

/// One cell as the file has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// Nothing, or nothing but spaces.
    Empty,
    /// Text as it stands in the file.
    Text(String),
    /// A number without a date format.
    Number(f64),
    /// A number that the workbook shows as a date: a day number of the sheet's [`DateSystem`].
    DayNumber(f64),
    /// An error value such as `#REF!`, or a formula whose result is not in the file.
    Error(String),
}

impl Cell {
    /// Text, or `Empty` where there is nothing to see.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.chars().all(is_blank) {
            Self::Empty
        } else {
            Self::Text(text)
        }
    }
}

/// Whether a character shows nothing: white space (no-break and ideographic spaces among it) and
/// the zero-width characters that copying from web pages leaves behind.
pub(crate) fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{feff}' | '\u{200b}' | '\u{2060}')
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// The row's number as a spreadsheet shows it, from 1.
    pub(crate) number: u32,
    /// Cells from column A on; those past the last are empty.
    pub(crate) cells: Vec<Cell>,
}

impl Row {
    /// The cell in a column, counted from 0.
    pub(crate) fn cell(&self, column: u32) -> &Cell {
        usize::try_from(column)
            .ok()
            .and_then(|column| self.cells.get(column))
            .unwrap_or(&Cell::Empty)
    }
}

/// From which day a workbook counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum DateSystem {
    /// Day 1 is 1900-01-01, and day 60 is a 29 February that never was.
    #[default]
    From1900,
    /// Day 0 is 1904-01-01 (old Macintosh workbooks).
    From1904,
}

/// What is known of a sheet before its rows.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    /// The sheet's name, or the file's name for CSV.
    pub(crate) name: Arc<str>,
    /// How day numbers count.
    pub(crate) dates: DateSystem,
    /// Cells merged downwards.
    pub(crate) merged: Merged,
}

/// Cells that a merge hides: for each column, from which row to which the value of the row above
/// the span is meant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Merged {
    // Column → (first hidden row, last hidden row), in order.
    spans: BTreeMap<u32, Vec<(u32, u32)>>,
}

impl Merged {
    /// From blocks of `(first row, last row, first column)`, rows from 1 and columns from 0.
    pub(crate) fn from_blocks(blocks: impl IntoIterator<Item = (u32, u32, u32)>) -> Self {
        let mut spans: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
        for (first, last, column) in blocks {
            if last > first {
                spans.entry(column).or_default().push((first + 1, last));
            }
        }
        for column in spans.values_mut() {
            column.sort_unstable();
        }
        Self { spans }
    }

    /// Whether a merge hides this cell under the one above it.
    pub(crate) fn hides(&self, row: u32, column: u32) -> bool {
        self.spans.get(&column).is_some_and(|spans| {
            let after = spans.partition_point(|(first, _)| *first <= row);
            after > 0 && row <= spans[after - 1].1
        })
    }
}

/// What a reader hands on, in the order of the file.
#[derive(Debug)]
pub(crate) enum Piece {
    /// A sheet begins; the rows that follow are its rows.
    Sheet(Sheet),
    /// A row of the sheet that began last. Rows without content are left out.
    Row(Row),
}

/// Where a cell is, in the words of a spreadsheet: `C7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CellRef {
    /// From 1.
    pub(crate) row: u32,
    /// From 0.
    pub(crate) column: u32,
}

impl fmt::Display for CellRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", column_letters(self.column), self.row)
    }
}

/// A column's letters: 0 is A, 26 is AA.
pub(crate) fn column_letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_as_a_spreadsheet_names_them() {
        for (row, column, name) in [
            (1, 0, "A1"),
            (7, 2, "C7"),
            (9, 25, "Z9"),
            (9, 26, "AA9"),
            (200_000, 255, "IV200000"),
        ] {
            assert_eq!(CellRef { row, column }.to_string(), name);
        }
    }

    #[test]
    fn a_merge_hides_all_but_its_first_row() {
        let merged = Merged::from_blocks([(2, 4, 0), (7, 8, 0), (3, 3, 1)]);
        let hidden: Vec<u32> = (1..10).filter(|row| merged.hides(*row, 0)).collect();
        assert_eq!(hidden, [3, 4, 8]);
        assert!(!merged.hides(3, 1), "a merge across is not a merge down");
    }

    #[test]
    fn what_shows_nothing_is_empty() {
        assert_eq!(Cell::text(" \u{a0}\u{3000}\u{feff}\t"), Cell::Empty);
        assert_eq!(Cell::text(" a"), Cell::Text(" a".to_owned()));
    }
}
