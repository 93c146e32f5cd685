//! Why a file as a whole is not read.
//!
//! **Invariant.** Every refusal has a stable code, an English sentence and a Chinese one, and says
//! what its author can do about it where that is known.

use super::{guard, sheet::CellRef};

/// Why a file is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The spooled file could not be read.
    #[error("the file could not be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// No bytes.
    #[error("the file is empty")]
    NoBytes,
    /// More than [`guard::FILE_BYTES_MAX`].
    #[error("the file is larger than {} MiB", guard::FILE_BYTES_MAX >> 20)]
    TooLarge,
    /// Neither a zip container nor text.
    #[error("the content is neither an XLSX workbook nor CSV text")]
    NotATable,
    /// The container of old or encrypted workbooks.
    #[error(
        "this is an old .xls workbook or one with a password; save it as .xlsx without a password"
    )]
    OldOrEncrypted,
    /// A zip container without a workbook, such as .ods or .docx.
    #[error("the container holds no XLSX workbook; save it as .xlsx or .csv")]
    NoWorkbook,
    /// Cut off, damaged or not made by the rules of its format.
    #[error("the workbook is damaged: {what}")]
    Damaged {
        /// What the reader said.
        what: String,
    },
    /// Inflates past a limit, or promises what would.
    #[error("the workbook is refused as unsafe: {poison}")]
    Poison {
        /// Which limit.
        poison: Poison,
    },
    /// A cell outside the rows or columns that are read.
    #[error(
        "{sheet}!{cell} lies outside the {} rows and {} columns that are read",
        guard::ROWS_MAX,
        guard::COLUMNS_MAX
    )]
    OutOfBounds {
        /// The sheet.
        sheet: String,
        /// The cell.
        cell: CellRef,
    },
    /// More text in one cell than a spreadsheet can hold.
    #[error("{sheet}!{cell} holds more than {} characters", guard::CELL_CHARS_MAX)]
    CellTooLong {
        /// The sheet.
        sheet: String,
        /// The cell.
        cell: CellRef,
    },
    /// Not UTF-8, and not clearly Chinese either.
    #[error(
        "line {line} is not UTF-8 and the text does not look Chinese; name the encoding in a mapping file"
    )]
    EncodingUnclear {
        /// The first line that is not UTF-8, from 1.
        line: u64,
    },
    /// Bytes that the encoding does not have.
    #[error("line {line} has bytes that are not {encoding}")]
    NotInEncoding {
        /// The encoding's name.
        encoding: &'static str,
        /// The line, from 1.
        line: u64,
    },
    /// A quoted field that never ends, as in a file that was cut off.
    #[error("a quotation mark opened in line {line} is never closed")]
    QuoteOpen {
        /// The line, from 1.
        line: u64,
    },
    /// The sheet that the mapping names is not there, or hidden.
    #[error("the workbook has no visible sheet {sheet:?}")]
    SheetMissing {
        /// Its name in the mapping.
        sheet: String,
    },
    /// No sheet to read.
    #[error("no visible sheet has any content")]
    NoSheet,
}

/// Which limit a workbook would break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Poison {
    /// More than [`guard::ENTRIES_MAX`] entries.
    #[error("more than {} entries", guard::ENTRIES_MAX)]
    Entries,
    /// More than [`guard::INFLATED_BYTES_MAX`] in all, or too much in a part.
    #[error("{part} inflates past its limit")]
    Inflated {
        /// The part.
        part: String,
    },
    /// More than [`guard::RATIO_MAX`] times its compressed size.
    #[error("{part} inflates to more than {} times its size", guard::RATIO_MAX)]
    Ratio {
        /// The part.
        part: String,
    },
    /// A document type declaration, where entities could be declared.
    #[error("{part} declares a document type")]
    Doctype {
        /// The part.
        part: String,
    },
    /// A tag, comment or text run too long to hold in memory.
    #[error("{part} has a piece of markup that is too long")]
    Markup {
        /// The part.
        part: String,
    },
    /// More strings, styles or merged cells than a workbook can have, or a count that lies.
    #[error("{part} has or promises too many {what}")]
    Count {
        /// The part.
        part: String,
        /// The element.
        what: &'static str,
    },
    /// More than [`guard::SHEETS_MAX`] sheets.
    #[error("more than {} sheets", guard::SHEETS_MAX)]
    Sheets,
    /// More cells, empty ones among them, than the rows and columns allow.
    #[error("too many cells")]
    Cells,
}

impl Refusal {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "file-unreadable",
            Self::NoBytes => "file-empty",
            Self::TooLarge => "file-too-large",
            Self::NotATable => "file-not-a-table",
            Self::OldOrEncrypted => "file-old-or-encrypted",
            Self::NoWorkbook => "file-no-workbook",
            Self::Damaged { .. } => "file-damaged",
            Self::Poison { .. } => "file-unsafe",
            Self::OutOfBounds { .. } => "file-too-many-rows-or-columns",
            Self::CellTooLong { .. } => "file-cell-too-long",
            Self::EncodingUnclear { .. } => "file-encoding-unclear",
            Self::NotInEncoding { .. } => "file-encoding-wrong",
            Self::QuoteOpen { .. } => "file-quote-open",
            Self::SheetMissing { .. } => "file-sheet-missing",
            Self::NoSheet => "file-no-sheet",
        }
    }

    /// The sentence for a Chinese reader.
    pub(crate) fn zh(&self) -> String {
        match self {
            Self::Unreadable(_) => "文件无法读取".to_owned(),
            Self::NoBytes => "文件为空".to_owned(),
            Self::TooLarge => format!("文件超过 {} MiB", guard::FILE_BYTES_MAX >> 20),
            Self::NotATable => "文件内容既不是 XLSX 工作簿，也不是 CSV 文本".to_owned(),
            Self::OldOrEncrypted => {
                "这是旧版 .xls 或加密的工作簿，请另存为不带密码的 .xlsx".to_owned()
            }
            Self::NoWorkbook => "压缩包内没有 XLSX 工作簿，请另存为 .xlsx 或 .csv".to_owned(),
            Self::Damaged { .. } => "工作簿已损坏或不完整".to_owned(),
            Self::Poison { poison } => format!("工作簿不安全，已拒绝读取：{}", poison.zh()),
            Self::OutOfBounds { sheet, cell } => format!(
                "{sheet}!{cell} 超出可读取的 {} 行 {} 列",
                guard::ROWS_MAX,
                guard::COLUMNS_MAX
            ),
            Self::CellTooLong { sheet, cell } => {
                format!("{sheet}!{cell} 超过 {} 个字符", guard::CELL_CHARS_MAX)
            }
            Self::EncodingUnclear { line } => {
                format!("第 {line} 行不是 UTF-8，也不像中文编码，请在映射文件中写明 encoding")
            }
            Self::NotInEncoding { encoding, line } => {
                format!("第 {line} 行含有不属于 {encoding} 的字节")
            }
            Self::QuoteOpen { line } => format!("第 {line} 行的引号没有闭合，文件可能不完整"),
            Self::SheetMissing { sheet } => format!("工作簿中没有可见的工作表“{sheet}”"),
            Self::NoSheet => "没有可读取的可见工作表".to_owned(),
        }
    }

    pub(super) fn damaged(what: impl std::fmt::Display) -> Self {
        Self::Damaged {
            what: what.to_string(),
        }
    }
}

impl Poison {
    fn zh(&self) -> String {
        match self {
            Self::Entries => format!("压缩包内超过 {} 个条目", guard::ENTRIES_MAX),
            Self::Inflated { part } => format!("{part} 解压后过大"),
            Self::Ratio { part } => format!("{part} 的压缩比超过 {} 倍", guard::RATIO_MAX),
            Self::Doctype { part } => format!("{part} 含有文档类型声明"),
            Self::Markup { part } => format!("{part} 含有过长的标记"),
            Self::Count { part, .. } => format!("{part} 中的元素过多或数目不实"),
            Self::Sheets => format!("工作表超过 {} 个", guard::SHEETS_MAX),
            Self::Cells => "单元格过多".to_owned(),
        }
    }
}

impl From<Poison> for Refusal {
    fn from(poison: Poison) -> Self {
        Self::Poison { poison }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_refusal_speaks_both_languages_under_its_own_code() {
        let part = || "xl/styles.xml".to_owned();
        let sheet = || "S".to_owned();
        let cell = CellRef { row: 7, column: 2 };
        let poisons = [
            Poison::Entries,
            Poison::Inflated { part: part() },
            Poison::Ratio { part: part() },
            Poison::Doctype { part: part() },
            Poison::Markup { part: part() },
            Poison::Count {
                part: part(),
                what: "styles",
            },
            Poison::Sheets,
            Poison::Cells,
        ];
        let other = [
            Refusal::Unreadable(std::io::ErrorKind::NotFound.into()),
            Refusal::NoBytes,
            Refusal::TooLarge,
            Refusal::NotATable,
            Refusal::OldOrEncrypted,
            Refusal::NoWorkbook,
            Refusal::damaged("x"),
            Refusal::OutOfBounds {
                sheet: sheet(),
                cell,
            },
            Refusal::CellTooLong {
                sheet: sheet(),
                cell,
            },
            Refusal::EncodingUnclear { line: 2 },
            Refusal::NotInEncoding {
                encoding: "GBK",
                line: 2,
            },
            Refusal::QuoteOpen { line: 2 },
            Refusal::SheetMissing { sheet: sheet() },
            Refusal::NoSheet,
        ];
        let codes: BTreeSet<&str> = other.iter().map(Refusal::code).collect();
        assert_eq!(codes.len(), other.len());
        let sentences: BTreeSet<String> = poisons
            .map(Refusal::from)
            .into_iter()
            .chain(other)
            .flat_map(|refusal| [refusal.to_string(), refusal.zh()])
            .collect();
        assert_eq!(sentences.len(), 2 * (8 + 14), "{sentences:#?}");
    }
}
