//! A file against the columns that we ask for: typed records, or every complaint at once.
//!
//! **Invariant.** Each row of the file ends as exactly one thing: a record, a row with complaints,
//! a repeated header, a blank, or a part of a sheet that is reported as not read. A sheet whose
//! header is wrong gives complaints and no records.

mod record;

use std::{mem, sync::Arc};

use self::record::Layout;
pub(crate) use self::record::Record;
use super::{
    clean,
    columns::{ColumnSpec, Header, TEXT_CHARS_MAX},
    fault::{COMPLAINTS_MAX, Complaint, Complaints, Fault},
    mapping::Mapping,
    open::{Format, Source},
    refusal::Refusal,
    sheet::{Cell, CellRef, Piece, Row, Sheet},
    strangers::Strangers,
    template,
    value::Value,
};

/// The header is looked for in so many rows.
pub(crate) const HEADER_ROWS: u32 = 10;
/// Progress is told after so many rows.
pub(crate) const PROGRESS_ROWS: u32 = 1_000;

// A title or a note rarely names two columns by chance.
const HEADER_SCORE_MIN: usize = 2;

/// What is worth knowing and not wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Note {
    /// A column that nobody asked for, passed over because its sender said so.
    ColumnIgnored {
        /// The sheet.
        sheet: Arc<str>,
        /// The header cell.
        cell: CellRef,
        /// The header.
        header: String,
        /// How many cells of it hold something.
        count: u32,
    },
    /// A sheet without a header that we know.
    SheetIgnored {
        /// The sheet.
        sheet: Arc<str>,
    },
    /// A header repeated among the rows.
    HeaderRepeated {
        /// The sheet.
        sheet: Arc<str>,
        /// The row.
        row: u32,
    },
    /// Blanks that took the value above.
    Filled {
        /// The sheet.
        sheet: Arc<str>,
        /// The column's key.
        column: &'static str,
        /// How many cells.
        count: u32,
    },
}

/// What a file held.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    /// Rows without complaints, in the order of the file.
    pub(crate) records: Vec<Record>,
    /// What is wrong.
    pub(crate) complaints: Complaints,
    /// What is worth knowing, at most [`COMPLAINTS_MAX`].
    pub(crate) notes: Vec<Note>,
    /// Rows that hold data, with or without complaints.
    pub(crate) rows: u32,
}

/// Reads a file against the columns that we ask for, and tells its progress in rows.
///
/// # Errors
/// [`Refusal`] when the file as a whole cannot be read.
pub(crate) fn take_in(
    source: &Source,
    specs: &'static [ColumnSpec],
    mapping: &Mapping,
    progress: &mut dyn FnMut(u32),
) -> Result<Intake, Refusal> {
    let mut reading = Reading {
        specs,
        mapping,
        progress,
        intake: Intake::default(),
        sheet: None,
        headless: Vec::new(),
        read_sheets: 0,
        // The one sheet of a CSV file has no name of its own.
        only_sheet: mapping
            .sheet
            .as_deref()
            .filter(|_| source.format == Format::Xlsx),
        is_found: false,
    };
    source.read(mapping.encoding, &mut |piece| {
        match piece {
            Piece::Sheet(sheet) => reading.begin(sheet),
            Piece::Row(row) => reading.row(row),
        }
        Ok(())
    })?;
    reading.finish()
}

struct Reading<'a> {
    specs: &'static [ColumnSpec],
    mapping: &'a Mapping,
    progress: &'a mut dyn FnMut(u32),
    intake: Intake,
    sheet: Option<SheetReading>,
    headless: Vec<Arc<str>>,
    read_sheets: usize,
    only_sheet: Option<&'a str>,
    is_found: bool,
}

enum SheetReading {
    // The first rows, until it is clear which one is the header.
    Waiting { sheet: Sheet, rows: Vec<Row> },
    Reading(Box<Body>),
    Ignored,
}

struct Body {
    sheet: Sheet,
    header: Header,
    layout: Arc<Layout>,
    strangers: Strangers,
    // For each column, the last cell that was not blank.
    above: Vec<Cell>,
    filled: Vec<u32>,
}

impl Reading<'_> {
    fn begin(&mut self, sheet: Sheet) {
        self.end_sheet();
        let is_wanted = match self.only_sheet {
            Some(name) => *name == *sheet.name,
            None => !template::is_instructions(&sheet.name),
        };
        self.is_found |= is_wanted;
        self.sheet = Some(if is_wanted {
            SheetReading::Waiting {
                sheet,
                rows: Vec::new(),
            }
        } else {
            SheetReading::Ignored
        });
    }

    fn row(&mut self, row: Row) {
        if let Some(SheetReading::Waiting { rows, .. }) = &mut self.sheet {
            if row.number <= HEADER_ROWS {
                rows.push(row);
                return;
            }
            self.decide();
        }
        self.data(&row);
    }

    // The header is the row among the first ones that names most columns, the earliest of equals.
    fn decide(&mut self) {
        let Some(SheetReading::Waiting { sheet, rows }) = self.sheet.take() else {
            return;
        };
        // A mapping that names headers says itself which row is the header.
        let score_min = match self.mapping.headers().next() {
            Some(_) => 1,
            None => HEADER_SCORE_MIN.min(self.specs.len()),
        };
        let mut best: Option<(usize, usize)> = None;
        for (index, row) in rows.iter().enumerate() {
            let score = Header::score(row, self.specs, self.mapping);
            if score >= score_min && best.is_none_or(|(_, highest)| score > highest) {
                best = Some((index, score));
            }
        }
        let Some((index, _)) = best else {
            self.headless.push(sheet.name);
            self.sheet = Some(SheetReading::Ignored);
            return;
        };
        self.read_sheets += 1;
        let header = Header::of(&rows[index], self.specs, self.mapping);
        self.report(&sheet, &header);
        let layout = Arc::new(Layout {
            sheet: sheet.name.clone(),
            specs: self.specs,
            columns: header.columns.clone(),
        });
        self.sheet = Some(SheetReading::Reading(Box::new(Body {
            sheet,
            strangers: Strangers::of(&rows[index], &header, self.mapping),
            header,
            layout,
            above: vec![Cell::Empty; self.specs.len()],
            filled: vec![0; self.specs.len()],
        })));
        for row in &rows[index + 1..] {
            self.data(row);
        }
    }

    fn report(&mut self, sheet: &Sheet, header: &Header) {
        for (cell, column, fault) in &header.faults {
            self.intake.complaints.push(Complaint {
                sheet: sheet.name.clone(),
                cell: *cell,
                column: *column,
                fault: fault.clone(),
            });
        }
    }

    fn data(&mut self, row: &Row) {
        let Some(SheetReading::Reading(body)) = &mut self.sheet else {
            return;
        };
        if body.header.is_repeated_by(row) {
            self.intake.note(Note::HeaderRepeated {
                sheet: body.sheet.name.clone(),
                row: row.number,
            });
            return;
        }
        let columns = body.layout.columns.iter().flatten();
        if columns
            .clone()
            .all(|column| *row.cell(*column) == Cell::Empty)
        {
            return;
        }
        body.strangers.see(row);
        self.intake.rows += 1;
        if self.intake.rows.is_multiple_of(PROGRESS_ROWS) {
            (self.progress)(self.intake.rows);
        }
        let mut values = Vec::with_capacity(self.specs.len());
        let mut is_sound = body.header.faults.is_empty();
        for index in 0..self.specs.len() {
            match body.value(index, row, self.mapping) {
                Ok(value) => values.push(value),
                Err(fault) => {
                    is_sound = false;
                    self.intake.complaints.push(Complaint {
                        sheet: body.sheet.name.clone(),
                        cell: body.layout.columns[index].map(|column| CellRef {
                            row: row.number,
                            column,
                        }),
                        column: Some(self.specs[index].key),
                        fault,
                    });
                }
            }
        }
        if is_sound {
            self.intake.records.push(Record {
                row: row.number,
                layout: Arc::clone(&body.layout),
                values,
            });
        }
    }

    fn end_sheet(&mut self) {
        self.decide();
        if let Some(SheetReading::Reading(body)) = self.sheet.take() {
            for (cell, header, count) in body.strangers.found() {
                let sheet = body.sheet.name.clone();
                if self.mapping.ignores_unknown_columns {
                    self.intake.note(Note::ColumnIgnored {
                        sheet,
                        cell,
                        header,
                        count,
                    });
                } else {
                    self.intake.complaints.put_first(Complaint {
                        sheet,
                        cell: Some(cell),
                        column: None,
                        fault: Fault::ColumnUnknown { header, count },
                    });
                }
            }
            for (spec, count) in self.specs.iter().zip(&body.filled) {
                if *count > 0 {
                    self.intake.note(Note::Filled {
                        sheet: body.sheet.name.clone(),
                        column: spec.key,
                        count: *count,
                    });
                }
            }
        }
    }

    fn finish(mut self) -> Result<Intake, Refusal> {
        self.end_sheet();
        if let (Some(sheet), false) = (self.only_sheet, self.is_found) {
            return Err(Refusal::SheetMissing {
                sheet: sheet.to_owned(),
            });
        }
        let headless = mem::take(&mut self.headless);
        if self.read_sheets == 0 && headless.is_empty() {
            return Err(Refusal::NoSheet);
        }
        for sheet in headless {
            if self.read_sheets > 0 {
                self.intake.note(Note::SheetIgnored { sheet });
            } else {
                self.intake.complaints.push(Complaint {
                    sheet,
                    cell: None,
                    column: None,
                    fault: Fault::NoHeader { rows: HEADER_ROWS },
                });
            }
        }
        (self.progress)(self.intake.rows);
        Ok(self.intake)
    }
}

impl Body {
    fn value(
        &mut self,
        index: usize,
        row: &Row,
        mapping: &Mapping,
    ) -> Result<Option<Value>, Fault> {
        let spec = &self.layout.specs[index];
        let Some(column) = self.layout.columns[index] else {
            // A required column without either is a fault of the header, said once.
            return Ok(mapping.constant(spec.key).cloned());
        };
        let mut cell = row.cell(column);
        let fills_down = mapping.fills_down(spec.key);
        if *cell == Cell::Empty {
            let is_hidden = self.sheet.merged.hides(row.number, column);
            let above = &self.above[index];
            if fills_down && *above != Cell::Empty {
                self.filled[index] += 1;
                cell = above;
            } else if is_hidden {
                return Err(Fault::BlankByMerge);
            } else if spec.required {
                return Err(Fault::Blank);
            } else {
                return Ok(None);
            }
        } else if fills_down {
            self.above[index] = cell.clone();
        }
        let dates = self.sheet.dates;
        let ours = mapping.words(spec.key).and_then(|words| {
            let theirs = clean::text(cell, dates, TEXT_CHARS_MAX).ok()?;
            words.get(&theirs).map(Cell::text)
        });
        if ours == Some(Cell::Empty) {
            return if spec.required {
                Err(Fault::Blank)
            } else {
                Ok(None)
            };
        }
        spec.read(ours.as_ref().unwrap_or(cell), dates, mapping.date_order)
            .map(Some)
    }
}

impl Intake {
    fn note(&mut self, note: Note) {
        if self.notes.len() < COMPLAINTS_MAX {
            self.notes.push(note);
        }
    }
}
