//! Templates to download: the columns that an import asks for, and how to fill them.
//!
//! **Invariant.** A template that is filled in and sent back is read by the import it came from:
//! its header is made of the same names, and its second sheet is known and skipped.

use domain::kernel::Language;
use rust_xlsxwriter::{Format, Workbook};

use super::{
    columns::{ColumnSpec, Kind},
    out::{
        OutError,
        xlsx_out::{width, write_header},
    },
};

const INSTRUCTIONS: [&str; 2] = ["填写说明", "How to fill in"];
const HEADER_ZH: [&str; 5] = ["列名", "是否必填", "格式", "示例", "说明"];
const HEADER_EN: [&str; 5] = ["Column", "Required", "Format", "Example", "Note"];

/// Whether a sheet of this name holds instructions and no data.
pub(crate) fn is_instructions(sheet: &str) -> bool {
    INSTRUCTIONS.contains(&sheet)
}

/// The bytes of an XLSX template whose first sheet is called `title`.
///
/// # Errors
/// [`OutError`] when a sheet cannot have that name.
pub(crate) fn write(
    title: &str,
    specs: &[ColumnSpec],
    language: Language,
) -> Result<Vec<u8>, OutError> {
    let mut workbook = Workbook::new();
    let data = workbook.add_worksheet();
    data.set_name(title)?;
    let headers: Vec<String> = specs.iter().map(|spec| header(spec, language)).collect();
    let names: Vec<&str> = headers.iter().map(String::as_str).collect();
    for (spec, column) in specs.iter().zip(0_u16..) {
        data.set_column_format(column, &cell_format(spec.kind))?;
    }
    write_header(data, 0, &names)?;

    let sheet = workbook.add_worksheet();
    sheet.set_name(pick(language, INSTRUCTIONS[0], INSTRUCTIONS[1]))?;
    write_header(sheet, 0, pick(language, &HEADER_ZH, &HEADER_EN))?;
    let mut widths = [0; HEADER_ZH.len()];
    for (spec, row) in specs.iter().zip(1_u32..) {
        let required = match (spec.required, language) {
            (true, Language::Zh) => "是",
            (false, Language::Zh) => "否",
            (true, Language::En) => "yes",
            (false, Language::En) => "no",
        };
        let format = format_in_words(spec.kind, language);
        let note = pick(language, spec.notes[0], spec.notes[1]);
        let cells = [name(spec, language), required, &format, spec.example, note];
        for ((text, column), widest) in cells.iter().zip(0_u16..).zip(&mut widths) {
            sheet.write_string(row, column, *text)?;
            *widest = width(text).max(*widest);
            sheet.set_column_width(column, *widest)?;
        }
    }
    Ok(workbook.save_to_buffer()?)
}

fn pick<T>(language: Language, zh: T, en: T) -> T {
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

fn name(spec: &ColumnSpec, language: Language) -> &'static str {
    let index = pick(language, 0, 1);
    spec.names.get(index).copied().unwrap_or(spec.name())
}

// The star is punctuation, which header matching passes over.
fn header(spec: &ColumnSpec, language: Language) -> String {
    let star = if spec.required { "*" } else { "" };
    format!("{}{star}", name(spec, language))
}

// Text cells are formatted as text, so that codes keep their zeros and their digits.
fn cell_format(kind: Kind) -> Format {
    match kind {
        Kind::Text(_) | Kind::Choice(_) | Kind::Flag => Format::new().set_num_format("@"),
        Kind::Whole => Format::new().set_num_format("0"),
        Kind::Decimal => Format::new(),
        Kind::Date => Format::new().set_num_format("yyyy-mm-dd"),
    }
}

fn format_in_words(kind: Kind, language: Language) -> String {
    match kind {
        Kind::Text(limit) => pick(
            language,
            format!("文本，最多 {limit} 字"),
            format!("text, at most {limit} characters"),
        ),
        Kind::Whole => pick(language, "整数", "whole number").to_owned(),
        Kind::Decimal => pick(language, "数字，可带小数", "number").to_owned(),
        Kind::Date => pick(language, "日期，如 2021-07-25", "date such as 2021-07-25").to_owned(),
        Kind::Flag => pick(language, "是 或 否", "yes or no").to_owned(),
        Kind::Choice(choices) => {
            let names: Vec<&str> = choices
                .iter()
                .map(|choice| pick(language, choice.zh, choice.en))
                .collect();
            names.join(pick(language, "、", ", "))
        }
    }
}
