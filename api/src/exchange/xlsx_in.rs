//! XLSX in: the cells of a workbook that has passed [`guard::check`], as they stream by.
//!
//! **Invariant.** Memory follows the cells that are there and never the size that a sheet claims:
//! `worksheet_range` of calamine 0.38 reserves what the sheet's dimension says, so its cell reader
//! is used instead. Formulas count as their stored result.

use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

use calamine::{DataRef, Dimensions, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use super::{
    guard,
    refusal::{Poison, Refusal},
    sheet::{Cell, CellRef, DateSystem, Merged, Piece, Row, Sheet},
};

type Workbook<'a> = Xlsx<Cursor<&'a [u8]>>;

/// The error of a formula whose result its writer did not store.
pub(crate) const NO_RESULT: &str = "=";

const CELLS_MAX: u64 = guard::ROWS_MAX as u64 * guard::COLUMNS_MAX as u64;

/// Reads every visible worksheet.
///
/// # Errors
/// [`Refusal`] for damage and what exceeds the limits, and whatever `take` answers.
pub(crate) fn read(
    bytes: &[u8],
    take: &mut dyn FnMut(Piece) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    // The reader's arithmetic on cell references overflows on hostile ones, which panics in a
    // build with overflow checks. Nothing of ours is left half-done by that.
    let walk = || Walk::open(bytes)?.sheets(take);
    catch_unwind(AssertUnwindSafe(walk))
        .unwrap_or_else(|_| Err(Refusal::damaged("a cell reference makes no sense")))
}

struct Walk<'a> {
    workbook: Workbook<'a>,
    rows_left: u32,
    cells_left: u64,
}

impl<'a> Walk<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let workbook = Workbook::new(Cursor::new(bytes)).map_err(refuse)?;
        Ok(Self {
            workbook,
            rows_left: guard::ROWS_MAX,
            cells_left: CELLS_MAX,
        })
    }

    fn sheets(
        &mut self,
        take: &mut dyn FnMut(Piece) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let sheets = self.workbook.sheets_metadata();
        if sheets.len() > guard::SHEETS_MAX {
            return Err(Poison::Sheets.into());
        }
        let names: Vec<String> = sheets
            .iter()
            .filter(|sheet| sheet.typ == SheetType::WorkSheet)
            .filter(|sheet| sheet.visible == SheetVisible::Visible)
            .map(|sheet| sheet.name.clone())
            .collect();
        let dates = if self.workbook.has_1904_epoch() {
            DateSystem::From1904
        } else {
            DateSystem::From1900
        };
        for name in names {
            let merged = self
                .workbook
                .merge_cells_by_sheet_name(&name)
                .map_err(refuse)?;
            take(Piece::Sheet(Sheet {
                name: name.as_str().into(),
                dates,
                merged: Merged::from_blocks(merged.iter().map(block)),
            }))?;
            self.rows(&name, take)?;
        }
        Ok(())
    }

    fn rows(
        &mut self,
        sheet: &str,
        take: &mut dyn FnMut(Piece) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let mut cells = self
            .workbook
            .worksheet_cells_reader(sheet)
            .map_err(refuse)?;
        let mut row = Row {
            number: 0,
            cells: Vec::new(),
        };
        loop {
            let near = |error| refuse_near(error, sheet, row.number);
            let Some(record) = cells.next_cell_with_formula_metadata().map_err(near)? else {
                break;
            };
            self.cells_left = self.cells_left.checked_sub(1).ok_or(Poison::Cells)?;
            let value = cell(record.value, record.formula.is_some());
            if value == Cell::Empty {
                continue;
            }
            let at = CellRef {
                row: record.pos.0.saturating_add(1),
                column: record.pos.1,
            };
            check(sheet, at, &value)?;
            if at.row < row.number {
                return Err(Refusal::damaged(format_args!(
                    "{sheet}!{at} comes after row {}",
                    row.number
                )));
            }
            if at.row > row.number {
                hand_on(&mut row, take)?;
                row.number = at.row;
                self.rows_left = self
                    .rows_left
                    .checked_sub(1)
                    .ok_or_else(|| out_of_bounds(sheet, at))?;
            }
            put(&mut row.cells, at.column, value);
        }
        hand_on(&mut row, take)
    }
}

fn hand_on(
    row: &mut Row,
    take: &mut dyn FnMut(Piece) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    if row.cells.is_empty() {
        return Ok(());
    }
    take(Piece::Row(Row {
        number: row.number,
        cells: std::mem::take(&mut row.cells),
    }))
}

fn check(sheet: &str, at: CellRef, value: &Cell) -> Result<(), Refusal> {
    if at.row > guard::ROWS_MAX || at.column >= guard::COLUMNS_MAX {
        return Err(out_of_bounds(sheet, at));
    }
    match value {
        Cell::Text(text) if text.chars().count() > guard::CELL_CHARS_MAX => {
            Err(Refusal::CellTooLong {
                sheet: sheet.to_owned(),
                cell: at,
            })
        }
        _ => Ok(()),
    }
}

fn put(cells: &mut Vec<Cell>, column: u32, value: Cell) {
    let column = usize::try_from(column).unwrap_or(usize::MAX);
    if cells.len() <= column {
        cells.resize(column + 1, Cell::Empty);
    }
    cells[column] = value;
}

fn cell(value: DataRef<'_>, is_formula: bool) -> Cell {
    match value {
        DataRef::Empty if is_formula => Cell::Error(NO_RESULT.to_owned()),
        DataRef::Empty => Cell::Empty,
        DataRef::String(text) => Cell::text(text),
        DataRef::SharedString(text) => Cell::text(text),
        DataRef::Float(number) => Cell::Number(number),
        DataRef::Int(number) => Cell::Number(number as f64),
        DataRef::Bool(flag) => Cell::text(if flag { "TRUE" } else { "FALSE" }),
        DataRef::DateTime(date) if date.is_duration() => Cell::Number(date.as_f64()),
        DataRef::DateTime(date) => Cell::DayNumber(date.as_f64()),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::text(text),
        DataRef::Error(error) => Cell::Error(error.to_string()),
    }
}

fn block(dimensions: &Dimensions) -> (u32, u32, u32) {
    let (first_row, first_column) = dimensions.start;
    (
        first_row.saturating_add(1),
        dimensions.end.0.saturating_add(1),
        first_column,
    )
}

fn out_of_bounds(sheet: &str, cell: CellRef) -> Refusal {
    Refusal::OutOfBounds {
        sheet: sheet.to_owned(),
        cell,
    }
}

fn refuse_near(error: XlsxError, sheet: &str, row: u32) -> Refusal {
    match refuse(error) {
        Refusal::Damaged { what } => {
            Refusal::damaged(format_args!("{what}, near row {row} of {sheet}"))
        }
        other => other,
    }
}

fn refuse(error: XlsxError) -> Refusal {
    match error {
        XlsxError::Password => Refusal::OldOrEncrypted,
        XlsxError::FileNotFound(_) | XlsxError::RelationshipNotFound => Refusal::NoWorkbook,
        other => Refusal::damaged(other),
    }
}
