//! What is wrong with one cell, row or header, said so that its author can mend it.
//!
//! **Invariant.** A complaint names its sheet and, where there is one, its cell and column; it has
//! a stable code and a sentence in both languages.

use std::sync::Arc;

use super::sheet::CellRef;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// Nothing where something is required.
    #[error("a value is required here")]
    Blank,
    /// Hidden by a merge, and the mapping does not say that the value above is meant.
    #[error("this cell is merged with the one above; unmerge it or list the column in `fill_down`")]
    BlankByMerge,
    /// A formula without a stored result, as programs write it that do not calculate.
    #[error(
        "this formula was never calculated; open the file in Excel or WPS, save it and import it again"
    )]
    NotCalculated,
    /// `#REF!` and the like.
    #[error("the cell holds the error {given}")]
    ErrorValue {
        /// The error as the file has it.
        given: String,
    },
    /// Not a number.
    #[error("{given:?} is not a number")]
    NotANumber {
        /// What stands there.
        given: String,
    },
    /// A fraction where only whole numbers count.
    #[error("{given} is not a whole number")]
    NotWhole {
        /// What stands there.
        given: String,
    },
    /// Commas that do not divide thousands.
    #[error("the commas in {given:?} do not divide thousands")]
    Grouping {
        /// What stands there.
        given: String,
    },
    /// `1.000` may be one or a thousand.
    #[error("{given:?} may be read with a decimal point or a thousands point; write it without")]
    PointUnclear {
        /// What stands there.
        given: String,
    },
    /// Beyond what is kept.
    #[error("{given} has too many digits")]
    TooManyDigits {
        /// What stands there.
        given: String,
    },
    /// A long code that a spreadsheet has rounded.
    #[error("this code is stored as a number and has lost digits; store it as text")]
    DigitsLost,
    /// Not a date in a form that is read.
    #[error("{given:?} is not a date such as 2021-07-25")]
    NotADate {
        /// What stands there.
        given: String,
    },
    /// Day and month may be either way round.
    #[error("{given:?} does not say which is the month; set `date_order` in a mapping file")]
    DateOrder {
        /// What stands there.
        given: String,
    },
    /// 30 February, or Excel's 29 February 1900.
    #[error("{given} is no day of the calendar")]
    NoSuchDay {
        /// What stands there.
        given: String,
    },
    /// None of the values that the column knows.
    #[error("{given:?} is none of: {allowed}")]
    NotAChoice {
        /// What stands there.
        given: String,
        /// What could.
        allowed: String,
    },
    /// Longer than the column allows.
    #[error("longer than {limit} characters")]
    TooLong {
        /// The limit in characters.
        limit: usize,
    },
    /// A character that shows nothing and is no end of line.
    #[error("the text contains a control character")]
    ControlCharacter,
    /// No header row in the first rows.
    #[error("no row among the first {rows} names the columns")]
    NoHeader {
        /// How many rows were looked at.
        rows: u32,
    },
    /// A required column is not there.
    #[error("the column {name:?} is missing")]
    ColumnMissing {
        /// Its name.
        name: String,
    },
    /// A column with content that nobody asked for.
    #[error(
        "{} is not known, and {count} of its cells hold something that would be lost: call it as the template does, say in a mapping what it means (null passes it over), or pass over all such columns with ignore_unknown_columns=true (--ignore-unknown-columns on the command line)",
        column_named(header)
    )]
    ColumnUnknown {
        /// The header; empty if there is none.
        header: String,
        /// How many cells.
        count: u32,
    },
    /// Two headers mean one column.
    #[error("the column {name:?} is there twice")]
    ColumnTwice {
        /// The header.
        name: String,
    },
    /// The mapping names a header that the sheet does not have.
    #[error("the mapping names {header:?}, which no column has")]
    MappedHeaderMissing {
        /// The header.
        header: String,
    },
    /// A constant and a column for the same key.
    #[error("the mapping sets a constant for the column {name:?}, which the file has")]
    ConstantAndColumn {
        /// The column's name.
        name: String,
    },
}

fn column_named(header: &str) -> String {
    if header.is_empty() {
        "this column without a header".to_owned()
    } else {
        format!("the column {header:?}")
    }
}

impl Fault {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::BlankByMerge => "blank-by-merge",
            Self::NotCalculated => "not-calculated",
            Self::ErrorValue { .. } => "error-value",
            Self::NotANumber { .. } => "not-a-number",
            Self::NotWhole { .. } => "not-whole",
            Self::Grouping { .. } => "grouping",
            Self::PointUnclear { .. } => "point-unclear",
            Self::TooManyDigits { .. } => "too-many-digits",
            Self::DigitsLost => "digits-lost",
            Self::NotADate { .. } => "not-a-date",
            Self::DateOrder { .. } => "date-order",
            Self::NoSuchDay { .. } => "no-such-day",
            Self::NotAChoice { .. } => "not-a-choice",
            Self::TooLong { .. } => "too-long",
            Self::ControlCharacter => "control-character",
            Self::NoHeader { .. } => "no-header",
            Self::ColumnMissing { .. } => "column-missing",
            Self::ColumnUnknown { .. } => "column-unknown",
            Self::ColumnTwice { .. } => "column-twice",
            Self::MappedHeaderMissing { .. } => "mapped-header-missing",
            Self::ConstantAndColumn { .. } => "constant-and-column",
        }
    }

    /// The sentence for a Chinese reader.
    pub(crate) fn zh(&self) -> String {
        match self {
            Self::Blank => "此处必填".to_owned(),
            Self::BlankByMerge => {
                "此单元格与上方合并，请取消合并，或在映射文件的 fill_down 中列出该列".to_owned()
            }
            Self::NotCalculated => {
                "此公式从未计算过，请用 Excel 或 WPS 打开文件并保存，再重新导入".to_owned()
            }
            Self::ErrorValue { given } => format!("单元格是错误值 {given}"),
            Self::NotANumber { given } => format!("“{given}”不是数字"),
            Self::NotWhole { given } => format!("{given} 不是整数"),
            Self::Grouping { given } => format!("“{given}”中的逗号不是千位分隔"),
            Self::PointUnclear { given } => {
                format!("“{given}”中的点可能是小数点也可能是千位分隔，请去掉")
            }
            Self::TooManyDigits { given } => format!("{given} 位数过多"),
            Self::DigitsLost => "编码被存成数字，已丢失末位，请设为文本格式后重填".to_owned(),
            Self::NotADate { given } => format!("“{given}”不是日期，应如 2021-07-25"),
            Self::DateOrder { given } => {
                format!("“{given}”分不清月和日，请在映射文件中写明 date_order")
            }
            Self::NoSuchDay { given } => format!("没有 {given} 这一天"),
            Self::NotAChoice { given, allowed } => format!("“{given}”不在可选值中：{allowed}"),
            Self::TooLong { limit } => format!("超过 {limit} 个字符"),
            Self::ControlCharacter => "文本中含有控制字符".to_owned(),
            Self::NoHeader { rows } => format!("前 {rows} 行中没有找到表头"),
            Self::ColumnMissing { name } => format!("缺少“{name}”列"),
            Self::ColumnUnknown { header, count } => {
                let column = if header.is_empty() {
                    "这一没有表头的列".to_owned()
                } else {
                    format!("“{header}”列")
                };
                format!(
                    "未能识别{column}，其中 {count} 格的内容会丢失：请改用模板中的列名，或在映射中说明其含义（写 null 即略过），或加参数 ignore_unknown_columns=true（命令行为 --ignore-unknown-columns）略过所有此类列"
                )
            }
            Self::ColumnTwice { name } => format!("“{name}”列重复"),
            Self::MappedHeaderMissing { header } => {
                format!("映射文件中的“{header}”在表头中不存在")
            }
            Self::ConstantAndColumn { name } => {
                format!("“{name}”既有列，又在映射文件中设了固定值")
            }
        }
    }
}

/// A fault and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// The sheet.
    pub(crate) sheet: Arc<str>,
    /// The cell, if one is to blame.
    pub(crate) cell: Option<CellRef>,
    /// The key of the column, if one is to blame.
    pub(crate) column: Option<&'static str>,
    /// What is wrong.
    pub(crate) fault: Fault,
}

/// The most complaints that are kept; more are only counted.
pub(crate) const COMPLAINTS_MAX: usize = 1_000;

/// Complaints in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Complaints {
    kept: Vec<Complaint>,
    total: usize,
}

impl Complaints {
    /// Adds one.
    pub(crate) fn push(&mut self, complaint: Complaint) {
        self.total += 1;
        if self.kept.len() < COMPLAINTS_MAX {
            self.kept.push(complaint);
        }
    }

    /// Adds one that must not be pushed out by those of rows.
    pub(crate) fn put_first(&mut self, complaint: Complaint) {
        self.total += 1;
        self.kept.insert(0, complaint);
        self.kept.truncate(COMPLAINTS_MAX);
    }

    /// The first [`COMPLAINTS_MAX`].
    pub(crate) fn kept(&self) -> &[Complaint] {
        &self.kept
    }

    /// How many there were in all.
    pub(crate) fn total(&self) -> usize {
        self.total
    }
}
