//! What came of reading a file: what is wrong, where, and what was made.
//!
//! **Invariant.** A row counts as bad once, however many of its cells are wrong. The first
//! [`COMPLAINTS_MAX`] mistakes are kept with their cells and both languages, more are only counted.

use std::collections::{BTreeMap, BTreeSet};

use domain::kernel::Language;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::problem::{Bilingual, Code, Fault, FieldFault, Problem};

use super::{
    fault::{COMPLAINTS_MAX, Fault as CellComplaint},
    intake::{Intake, Note, Record},
    refusal::Refusal,
};

impl Mistake {
    /// What went wrong with the file as a whole, and not with any row.
    pub(crate) fn of(problem: &Problem) -> Self {
        let Bilingual { zh, en } = problem.detail.clone().unwrap_or(problem.code.title());
        Self {
            sheet: String::new(),
            cell: None,
            column: None,
            code: problem.code.slug(),
            zh: zh.into_owned(),
            en: en.into_owned(),
            at: (0, 0),
        }
    }
}

/// One mistake, as the table of imports keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Mistake {
    pub(crate) sheet: String,
    /// As a spreadsheet names it, such as `C7`; a whole row as `7`.
    pub(crate) cell: Option<String>,
    /// The key of the column.
    pub(crate) column: Option<String>,
    pub(crate) code: &'static str,
    pub(crate) zh: String,
    pub(crate) en: String,
    // The cell's row and column, to list mistakes in the order of the file.
    #[serde(skip)]
    at: (u32, u32),
}

/// Something worth knowing that is not wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remark {
    pub(crate) zh: String,
    pub(crate) en: String,
}

/// What was read and made, kept with the run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// New things by what they are: `organisations`, `lots`, …
    pub(crate) made: BTreeMap<String, u64>,
    /// Rows that say what is known already.
    pub(crate) unchanged: u64,
    /// Rows that changed what was known.
    #[serde(default)]
    pub(crate) changed: u64,
    pub(crate) remarks: Vec<Remark>,
}

/// A file's mistakes and fruits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    pub(crate) mistakes: Vec<Mistake>,
    pub(crate) mistakes_total: u64,
    pub(crate) rows_total: u64,
    pub(crate) summary: Summary,
    bad: BTreeSet<(String, u32)>,
    // Rows that the reader refused: their numbers beyond the kept complaints are not known.
    unread: u64,
    unusable: bool,
    // Columns whose content would be lost.
    columns_unknown: u32,
}

impl Report {
    /// What the reader already knows.
    pub(crate) fn of(intake: &Intake) -> Self {
        let read = intake.records.len() as u64;
        let rows_total = u64::from(intake.rows);
        let mut report = Self {
            rows_total,
            unread: rows_total.saturating_sub(read),
            mistakes_total: intake.complaints.total() as u64,
            ..Self::default()
        };
        for complaint in intake.complaints.kept() {
            report.unusable |= is_of_header(&complaint.fault);
            let is_unknown = matches!(complaint.fault, CellComplaint::ColumnUnknown { .. });
            report.columns_unknown += u32::from(is_unknown);
            report.mistakes.push(Mistake {
                sheet: complaint.sheet.to_string(),
                cell: complaint.cell.map(|cell| cell.to_string()),
                column: complaint.column.map(str::to_owned),
                code: complaint.fault.code(),
                zh: complaint.fault.zh(),
                en: complaint.fault.to_string(),
                at: complaint
                    .cell
                    .map_or((0, 0), |cell| (cell.row, cell.column)),
            });
        }
        report.summary.remarks = intake.notes.iter().map(remark).collect();
        report
    }

    /// Notes what is wrong with a cell, or with the whole row if the column is not in the file.
    pub(crate) fn mistake(&mut self, record: &Record, column: Option<&str>, fault: Fault) {
        self.bad.insert((record.sheet().to_string(), record.row));
        self.mistakes_total += 1;
        if self.mistakes.len() < COMPLAINTS_MAX {
            let cell = column.and_then(|key| record.cell(key));
            self.mistakes.push(Mistake {
                sheet: record.sheet().to_string(),
                cell: Some(cell.map_or_else(|| record.row.to_string(), |cell| cell.to_string())),
                column: column.map(str::to_owned),
                code: fault.code,
                zh: fault.message.zh.into_owned(),
                en: fault.message.en.into_owned(),
                at: (record.row, cell.map_or(0, |cell| cell.column)),
            });
        }
    }

    /// Notes what a command said against a row. What is not the row's fault stays a problem.
    pub(crate) fn refused(&mut self, record: &Record, problem: Problem) -> Result<(), Problem> {
        let problem = met_meanwhile(problem);
        if !problem.is_refusal() {
            return Err(problem);
        }
        if problem.faults.is_empty() {
            let message = problem.detail.unwrap_or_else(|| problem.code.title());
            let code = problem.code.slug();
            self.mistake(record, None, Fault { code, message });
        } else {
            for fault in problem.faults {
                let member = fault.pointer.split('/').nth(1).unwrap_or_default();
                // What a body calls `depot_id` a file calls `depot`.
                let column = [member, member.trim_end_matches("_id")]
                    .into_iter()
                    .find(|key| record.knows(key));
                let (code, message) = (fault.code, fault.message);
                self.mistake(record, column, Fault { code, message });
            }
        }
        Ok(())
    }

    /// Puts the mistakes into the order of the file; they were found in that of the checks.
    pub(crate) fn sort(&mut self) {
        self.mistakes
            .sort_by(|a, b| (&a.sheet, a.at).cmp(&(&b.sheet, b.at)));
    }

    /// Whether nothing of the row was found wrong.
    pub(crate) fn is_sound(&self, record: &Record) -> bool {
        !self.bad.contains(&(record.sheet().to_string(), record.row))
    }

    /// Counts something new.
    pub(crate) fn made(&mut self, what: &str, count: u64) {
        *self.summary.made.entry(what.to_owned()).or_default() += count;
    }

    /// Counts a row that says what is known already.
    pub(crate) fn unchanged(&mut self) {
        self.summary.unchanged += 1;
    }

    /// Counts a row that changed what was known.
    pub(crate) fn changed(&mut self) {
        self.summary.changed += 1;
    }

    /// Notes something worth knowing.
    pub(crate) fn remark(&mut self, zh: impl Into<String>, en: impl Into<String>) {
        let (zh, en) = (zh.into(), en.into());
        self.summary.remarks.push(Remark { zh, en });
    }

    /// Rows with mistakes.
    pub(crate) fn rows_bad(&self) -> u64 {
        self.unread + self.bad.len() as u64
    }

    /// Whether anything is wrong.
    pub(crate) fn has_mistakes(&self) -> bool {
        self.mistakes_total > 0
    }

    /// Whether the columns themselves are wrong, so that no row can be read.
    pub(crate) fn is_unusable(&self) -> bool {
        self.unusable
    }

    /// Whether the file is refused even by one who wants its good rows: a column is no row.
    pub(crate) fn loses_columns(&self) -> bool {
        self.columns_unknown > 0
    }

    /// The same without what was made, for a transaction that was undone.
    pub(crate) fn fruitless(mut self) -> Self {
        self.summary.made.clear();
        self.summary.unchanged = 0;
        self.summary.changed = 0;
        self
    }

    /// The refusal of the whole file.
    pub(crate) fn rejection(&self) -> Problem {
        let (bad, all) = (self.rows_bad(), self.rows_total);
        let (zh, en) = match self.columns_unknown {
            0 => (String::new(), String::new()),
            count => (
                format!("有 {count} 列未能识别，"),
                format!("{count} column(s) are not known; "),
            ),
        };
        let mut problem = Problem::new(Code::FileRejected).detail(
            format!("{zh}{all} 行中有 {bad} 行有误，没有写入任何内容"),
            format!("{en}{bad} of {all} rows are wrong; nothing was written"),
        );
        problem.faults = self.mistakes.iter().map(Mistake::as_field).collect();
        problem
            .with("rows_total", all)
            .with("rows_bad", bad)
            .with("errors_total", json!(self.mistakes_total))
    }
}

impl Mistake {
    /// The mistake in a line of text.
    fn line(&self, language: Language) -> String {
        let cell = self.cell.as_deref().unwrap_or("");
        let message = match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        };
        format!("{}!{cell}\t{}\t{message}", self.sheet, self.code)
    }

    fn as_field(&self) -> FieldFault {
        let pointer = match &self.cell {
            Some(cell) => format!("{}!{cell}", self.sheet),
            None => self.sheet.clone(),
        };
        FieldFault {
            pointer,
            code: self.code,
            message: Bilingual::new(self.zh.clone(), self.en.clone()),
        }
    }
}

impl Report {
    /// The mistakes and remarks as lines of text.
    pub(crate) fn lines(&self, language: Language) -> Vec<String> {
        let mistakes = self.mistakes.iter().map(|mistake| mistake.line(language));
        let remarks = self.summary.remarks.iter().map(|remark| match language {
            Language::Zh => remark.zh.clone(),
            Language::En => remark.en.clone(),
        });
        mistakes.chain(remarks).collect()
    }
}

/// What another command made after the rows were judged. They are judged again from the start: then
/// it is known, and the row that meets it says the same or is named.
pub(crate) fn met_meanwhile(problem: Problem) -> Problem {
    let is_met = matches!(problem.code, Code::AlreadyExists | Code::WrongState);
    Problem {
        transient: problem.transient || is_met,
        ..problem
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (zh, en) = (refusal.zh(), refusal.to_string());
        let mut problem = Self::new(Code::FileRejected).detail(zh.clone(), en.clone());
        problem.faults.push(FieldFault {
            pointer: String::new(),
            code: refusal.code(),
            message: Bilingual::new(zh, en),
        });
        problem
    }
}

fn is_of_header(fault: &CellComplaint) -> bool {
    matches!(
        fault,
        CellComplaint::NoHeader { .. }
            | CellComplaint::ColumnMissing { .. }
            | CellComplaint::ColumnTwice { .. }
            | CellComplaint::MappedHeaderMissing { .. }
            | CellComplaint::ConstantAndColumn { .. }
    )
}

fn remark(note: &Note) -> Remark {
    let (zh, en) = match note {
        Note::ColumnIgnored {
            sheet,
            cell,
            header,
            count,
        } => (
            format!("未读取 {sheet}!{cell} 的“{header}”列，其中 {count} 格有内容"),
            format!(
                "the column {header:?} at {sheet}!{cell} was not read, {count} of its cells hold something"
            ),
        ),
        Note::SheetIgnored { sheet } => (
            format!("未读取工作表“{sheet}”：没有认得的表头"),
            format!("the sheet {sheet:?} was not read: it has no header that is known"),
        ),
        Note::HeaderRepeated { sheet, row } => (
            format!("{sheet} 第 {row} 行是重复的表头，已略过"),
            format!("row {row} of {sheet} repeats the header and was passed over"),
        ),
        Note::Filled {
            sheet,
            column,
            count,
        } => (
            format!("{sheet} 的 {column} 列有 {count} 个空白按上方的值填充"),
            format!("{count} blanks of {column} in {sheet} took the value above"),
        ),
    };
    Remark { zh, en }
}
