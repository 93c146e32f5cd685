//! XLSX out, in constant memory: rows go to a temporary file as they come.
//!
//! **Invariant.** A text is written as text, so nothing in it can run; a number that a spreadsheet
//! would round is written as text as well, so no digit is lost.

use std::{fmt, io::BufWriter, path::Path};

use chrono::{Datelike, NaiveDate};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use tempfile::NamedTempFile;

use super::{super::clean::WHOLE_MAX, OutError};
use crate::exchange::value::Value;

// What a spreadsheet shows of a number.
const DIGITS_MAX: usize = 15;
const WIDTH_MIN: usize = 12;
const WIDTH_MAX: usize = 40;

/// A workbook of one sheet.
pub(crate) struct XlsxTable {
    workbook: Workbook,
    next_row: u32,
    date: Format,
    spool: NamedTempFile,
}

impl fmt::Debug for XlsxTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XlsxTable")
            .field("next_row", &self.next_row)
            .finish_non_exhaustive()
    }
}

impl XlsxTable {
    pub(super) fn new(name: &str, spool: &Path) -> Result<Self, OutError> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(spool)?;
        workbook
            .add_worksheet_with_constant_memory()?
            .set_name(name)?;
        Ok(Self {
            workbook,
            next_row: 0,
            date: Format::new().set_num_format("yyyy-mm-dd"),
            spool: NamedTempFile::new_in(spool)?,
        })
    }

    pub(super) fn header(&mut self, names: &[&str]) -> Result<(), OutError> {
        let row = self.next_row;
        let sheet = self.workbook.worksheet_from_index(0)?;
        write_header(sheet, row, names)?;
        self.next_row += 1;
        Ok(())
    }

    pub(super) fn row(&mut self, values: &[Option<Value>]) -> Result<(), OutError> {
        let (row, date) = (self.next_row, &self.date);
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (value, column) in values.iter().zip(0_u16..) {
            match value {
                None => {}
                Some(Value::Text(text)) => {
                    sheet.write_string(row, column, text)?;
                }
                Some(Value::Whole(whole)) => write_whole(sheet, row, column, *whole)?,
                Some(Value::Decimal(decimal)) => write_decimal(sheet, row, column, *decimal)?,
                Some(Value::Date(day)) => write_date(sheet, row, column, *day, date)?,
                Some(Value::Instant(instant)) => {
                    sheet.write_string(row, column, super::instant(*instant))?;
                }
                Some(Value::Flag(flag)) => {
                    sheet.write_boolean(row, column, *flag)?;
                }
            }
        }
        self.next_row += 1;
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<NamedTempFile, OutError> {
        self.workbook
            .save_to_writer(BufWriter::new(self.spool.as_file_mut()))?;
        Ok(self.spool)
    }
}

/// Writes a bold header that stays in sight, with columns as wide as their names.
///
/// # Errors
/// [`OutError`] for more columns than a workbook has.
pub(crate) fn write_header(
    sheet: &mut Worksheet,
    row: u32,
    names: &[&str],
) -> Result<(), OutError> {
    let bold = Format::new().set_bold();
    sheet.set_freeze_panes(row + 1, 0)?;
    for (name, column) in names.iter().zip(0_u16..) {
        sheet.set_column_width(column, width(name))?;
        sheet.write_string_with_format(row, column, *name, &bold)?;
    }
    Ok(())
}

/// The width of a column for a text, in the characters of a spreadsheet: a Chinese one takes two.
pub(crate) fn width(text: &str) -> u32 {
    let shown: usize = text
        .chars()
        .map(|character| if character.is_ascii() { 1 } else { 2 })
        .sum();
    u32::try_from((shown + 2).clamp(WIDTH_MIN, WIDTH_MAX)).unwrap_or(0)
}

fn write_whole(sheet: &mut Worksheet, row: u32, column: u16, whole: i64) -> Result<(), OutError> {
    if whole.abs() <= WHOLE_MAX {
        sheet.write_number(row, column, whole as f64)?;
    } else {
        sheet.write_string(row, column, whole.to_string())?;
    }
    Ok(())
}

fn write_decimal(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    decimal: Decimal,
) -> Result<(), OutError> {
    let digits = decimal.mantissa().unsigned_abs().to_string().len();
    match decimal.to_f64() {
        Some(number) if digits <= DIGITS_MAX => sheet.write_number(row, column, number)?,
        _ => sheet.write_string(row, column, decimal.to_string())?,
    };
    Ok(())
}

fn write_date(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    day: NaiveDate,
    format: &Format,
) -> Result<(), OutError> {
    // A spreadsheet has no days before 1900; they are written as text.
    let parts = (
        u16::try_from(day.year()),
        u8::try_from(day.month()),
        u8::try_from(day.day()),
    );
    let number = match parts {
        (Ok(year @ 1900..), Ok(month), Ok(day)) => ExcelDateTime::from_ymd(year, month, day).ok(),
        _ => None,
    };
    match number {
        Some(number) => sheet.write_datetime_with_format(row, column, &number, format)?,
        None => sheet.write_string(row, column, day.to_string())?,
    };
    Ok(())
}
