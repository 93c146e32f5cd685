//! Tables out, row by row, as CSV that streams or as an XLSX workbook.
//!
//! **Invariant.** Memory does not grow with the number of rows, a text can never run as a formula
//! in the program that opens the file (TRUST #50), and what is written here is read back by our
//! own import as the same values.

pub(crate) mod csv_out;
pub(crate) mod xlsx_out;

use std::path::Path;

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use tempfile::NamedTempFile;

use self::{csv_out::CsvTable, xlsx_out::XlsxTable};
use super::{open::Format, value::Value};

/// Why a table cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutError {
    /// The disk.
    #[error("the file could not be written: {0}")]
    Disk(#[from] std::io::Error),
    /// More than a workbook can hold: rows, columns, or characters in a cell.
    #[error("the workbook could not be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}

/// A table being written.
#[derive(Debug)]
pub(crate) enum Table {
    /// Streams: take what is [`ready`](Table::ready) after each row.
    Csv(CsvTable),
    /// Goes through temporary files and is there when it is finished.
    Xlsx(Box<XlsxTable>),
}

/// A table, written.
#[derive(Debug)]
pub(crate) enum Finished {
    /// The rest of the bytes.
    Rest(Bytes),
    /// The whole file, removed when this is dropped.
    File(NamedTempFile),
}

impl Table {
    /// Begins a table. `spool` is the directory of temporary files, `name` that of the sheet.
    ///
    /// # Errors
    /// [`OutError`] when the spool cannot be written or the sheet cannot have that name.
    pub(crate) fn begin(format: Format, name: &str, spool: &Path) -> Result<Self, OutError> {
        Ok(match format {
            Format::Csv => Self::Csv(CsvTable::new()),
            Format::Xlsx => Self::Xlsx(Box::new(XlsxTable::new(name, spool)?)),
        })
    }

    /// The content type to serve it with.
    pub(crate) fn content_type(&self) -> &'static str {
        match self {
            Self::Csv(_) => "text/csv; charset=utf-8; header=present",
            Self::Xlsx(_) => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// Writes the names of the columns.
    ///
    /// # Errors
    /// [`OutError`] for more columns than a workbook has.
    pub(crate) fn header(&mut self, names: &[&str]) -> Result<(), OutError> {
        match self {
            Self::Csv(table) => {
                table.header(names);
                Ok(())
            }
            Self::Xlsx(table) => table.header(names),
        }
    }

    /// Writes a row; `None` is an empty cell.
    ///
    /// # Errors
    /// [`OutError`] for more rows or longer texts than a workbook holds.
    pub(crate) fn row(&mut self, values: &[Option<Value>]) -> Result<(), OutError> {
        match self {
            Self::Csv(table) => {
                table.row(values);
                Ok(())
            }
            Self::Xlsx(table) => table.row(values),
        }
    }

    /// A full chunk, if there is one by now.
    pub(crate) fn ready(&mut self) -> Option<Bytes> {
        match self {
            Self::Csv(table) => table.ready(),
            Self::Xlsx(_) => None,
        }
    }

    /// Ends the table.
    ///
    /// # Errors
    /// [`OutError`] when the disk fails.
    pub(crate) fn finish(self) -> Result<Finished, OutError> {
        match self {
            Self::Csv(table) => Ok(Finished::Rest(table.finish())),
            Self::Xlsx(table) => Ok(Finished::File(table.finish()?)),
        }
    }
}

// A moment as text, to the microsecond that databases keep.
fn instant(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
