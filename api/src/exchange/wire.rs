//! Shapes of imports on the wire.
//!
//! **Invariant.** What an import was asked to do is parsed here, its mapping and encoding against
//! the columns of its kind; what came of it is shown in the reader's language.

use chrono::{DateTime, Utc};
use domain::kernel::{Id, Language, Text, kinds};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

use crate::problem::Problem;

use super::{
    commands::Order,
    csv_in::decode,
    kinds::ImportKind,
    mapping::Mapping,
    progress::Progress,
    report::{Remark, Summary},
    rows,
};

/// The bytes of a file, as the contract shows them.
pub(super) enum FileBytes {}

impl PartialSchema for FileBytes {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .description(Some("The bytes of a file."))
            .into()
    }
}

impl ToSchema for FileBytes {}

/// The longest name of a file, in characters.
pub(crate) const FILE_NAME_MAX: usize = 255;
const FILE_NAME_DEFAULT: &str = "file";

/// What to do with a file.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportParams {
    /// What the rows are.
    #[param(
        max_length = 16,
        pattern = "^(divisions|organisations|depots|items|opening-stock|agreements)$"
    )]
    kind: String,
    /// `all-or-nothing` writes nothing if any row is wrong; `skip-bad-rows` writes the others.
    #[param(
        default = "all-or-nothing",
        max_length = 16,
        pattern = "^(all-or-nothing|skip-bad-rows)$"
    )]
    mode: Option<String>,
    /// The name of the file, for people.
    #[param(min_length = 1, max_length = 255)]
    file_name: Option<String>,
    /// The encoding of a CSV file without a byte order mark, such as `gbk`; found out if absent.
    #[param(min_length = 1, max_length = 40, pattern = "^[A-Za-z0-9_.:-]+$")]
    encoding: Option<String>,
    /// How a foreign file's columns and values are meant: a JSON object with `columns`, `constants`,
    /// `values`, `fill_down`, `date_order`, `encoding`, `sheet` and `ignore_unknown_columns`, all
    /// optional.
    #[param(min_length = 2, max_length = 8192)]
    mapping: Option<String>,
    /// Whom rows belong to that name nobody; the caller's own organisation if absent.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Option<Id<kinds::Organisation>>,
    /// Pass over columns that are not understood. Without it a file is refused, in a dry run too, if
    /// anything stands in such a column and the mapping does not pass it over.
    #[param(default = false)]
    ignore_unknown_columns: Option<bool>,
    /// Import the very file that was imported before.
    #[param(default = false)]
    again: Option<bool>,
}

impl ImportParams {
    pub(super) fn parse(self) -> Result<Order, Problem> {
        let kind: ImportKind = self.kind.parse().map_err(|_| Problem::not_found())?;
        let name = self.file_name.as_deref().unwrap_or(FILE_NAME_DEFAULT);
        let file_name = Text::new(name).map_err(|error| {
            parameter(
                "file_name",
                "文件名不得为空白或含控制字符",
                error.to_string(),
            )
        })?;
        let mut mapping = mapping(
            kind,
            self.mapping.as_deref().map(str::as_bytes),
            self.encoding.as_deref(),
        )?;
        mapping.ignores_unknown_columns |= self.ignore_unknown_columns == Some(true);
        Ok(Order {
            kind,
            is_skipping: self.mode.as_deref() == Some("skip-bad-rows"),
            file_name,
            mapping,
            organisation: self.organisation_id,
            again: self.again == Some(true),
        })
    }
}

/// Reads a mapping for files of `kind`, with the encoding that was named beside it.
pub(crate) fn mapping(
    kind: ImportKind,
    json: Option<&[u8]>,
    encoding: Option<&str>,
) -> Result<Mapping, Problem> {
    let mut mapping = match json {
        Some(json) => Mapping::parse(json, kind.columns()).map_err(|error| {
            parameter("mapping", format!("映射有误：{error}"), error.to_string())
        })?,
        None => Mapping::default(),
    };
    if let Some(label) = encoding {
        let named = decode::named(label).ok_or_else(|| {
            parameter(
                "encoding",
                format!("不认识编码 {label}"),
                format!("the encoding {label} is not known"),
            )
        })?;
        mapping.encoding = Some(named);
    }
    Ok(mapping)
}

fn parameter(name: &str, zh: impl Into<String>, en: impl Into<String>) -> Problem {
    Problem::field(name, "format", zh.into(), en.into()).of_query()
}

/// A file that is or was read in.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ImportView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::ImportRun>,
    /// Whose import it is; null for the operator's.
    #[schema(value_type = Option<String>, max_length = 30)]
    pub(crate) organisation_id: Option<Id<kinds::Organisation>>,
    /// What the rows are.
    #[schema(max_length = 16)]
    pub(crate) kind: String,
    #[schema(max_length = 255)]
    pub(crate) file_name: String,
    /// The SHA-256 of the file, in hex.
    #[schema(max_length = 64)]
    pub(crate) sha256: String,
    /// The size of the file in bytes.
    #[schema(minimum = 0)]
    pub(crate) bytes: i64,
    /// `all-or-nothing` or `skip-bad-rows`.
    #[schema(max_length = 16)]
    pub(crate) mode: String,
    /// `reading`, `writing`, `checked` (a dry run), `done` or `failed`.
    #[schema(max_length = 16)]
    pub(crate) state: String,
    /// Rows with data.
    #[schema(minimum = 0)]
    pub(crate) rows_total: i64,
    /// Rows dealt with so far.
    #[schema(minimum = 0)]
    pub(crate) rows_done: i64,
    /// Rows with mistakes.
    #[schema(minimum = 0)]
    pub(crate) rows_bad: i64,
    /// Mistakes in all rows.
    #[schema(minimum = 0)]
    pub(crate) errors_total: i64,
    /// Who asked for it.
    #[schema(max_length = 64)]
    pub(crate) principal: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) finished_at: Option<DateTime<Utc>>,
}

impl From<rows::Model> for ImportView {
    fn from(row: rows::Model) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            organisation_id: row.organisation_id.map(Id::from_uuid),
            kind: row.kind,
            file_name: row.file_name,
            sha256: row.sha256,
            bytes: row.bytes,
            mode: row.mode,
            state: row.state,
            rows_total: row.rows_total,
            rows_done: row.rows_done,
            rows_bad: row.rows_bad,
            errors_total: row.errors_total,
            principal: row.principal,
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}

/// What came of an import, in the answer to the run and in the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ImportOutcome {
    pub(crate) run: ImportView,
    pub(crate) summary: Summary,
}

impl ImportOutcome {
    /// The outcome in a line of text.
    pub(crate) fn in_words(&self, is_dry_run: bool, language: Language) -> String {
        let made: Vec<_> = self
            .summary
            .made
            .iter()
            .map(|(what, count)| match language {
                Language::Zh => format!("{} {count}", in_chinese(what)),
                Language::En => format!("{what} {count}"),
            })
            .collect();
        let made = match (language, made.is_empty()) {
            (Language::Zh, true) => "无".to_owned(),
            (Language::Zh, false) => made.join("、"),
            (Language::En, true) => "nothing".to_owned(),
            (Language::En, false) => made.join(", "),
        };
        let (all, bad) = (self.run.rows_total, self.run.rows_bad);
        let (same, new) = (self.summary.unchanged, self.summary.changed);
        match (language, is_dry_run) {
            (Language::Zh, true) => format!(
                "试运行：共 {all} 行，有误 {bad}，无变化 {same}，将更改 {new}，将新增：{made}"
            ),
            (Language::Zh, false) => format!(
                "已导入：共 {all} 行，有误跳过 {bad}，无变化 {same}，更改 {new}，新增：{made}"
            ),
            (Language::En, true) => format!(
                "checked: {all} rows, {bad} bad, {same} unchanged, {new} would change; would make: {made}"
            ),
            (Language::En, false) => format!(
                "imported: {all} rows, {bad} bad and skipped, {same} unchanged, {new} changed; made: {made}"
            ),
        }
    }
}

// What an import makes, as the glossary calls it.
fn in_chinese(what: &str) -> &str {
    match what {
        "divisions" => "区划",
        "organisations" => "单位",
        "depots" => "储备库",
        "categories" => "分类",
        "items" => "物资",
        "lots" => "批次",
        "movements" => "出入库单",
        other => other,
    }
}

/// One mistake in a file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ImportErrorView {
    #[schema(max_length = 255)]
    sheet: String,
    /// As a spreadsheet names it, such as `C7`; a whole row as `7`; null for the whole sheet.
    #[schema(max_length = 16)]
    cell: Option<String>,
    /// The key of the column.
    #[schema(max_length = 64)]
    column: Option<String>,
    /// Stable.
    #[schema(max_length = 64)]
    code: String,
    #[schema(max_length = 1024)]
    message: String,
}

/// What an import made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ImportSummaryView {
    /// New things, counted by what they are.
    #[schema(max_items = 32)]
    made: Vec<MadeView>,
    /// Rows that say what was known already.
    #[schema(minimum = 0)]
    unchanged: u64,
    /// Rows that changed what was known.
    #[schema(minimum = 0)]
    changed: u64,
    /// What is worth knowing and not wrong, such as columns that were passed over.
    #[schema(max_items = 1000)]
    remarks: Vec<String>,
}

/// How many new things of one sort.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MadeView {
    #[schema(max_length = 32)]
    what: String,
    #[schema(minimum = 0)]
    count: u64,
}

/// An import with its mistakes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ImportReportView {
    pub(crate) import: ImportView,
    pub(crate) summary: ImportSummaryView,
    /// The first thousand mistakes.
    #[schema(max_items = 1000)]
    pub(crate) errors: Vec<ImportErrorView>,
}

/// A mistake as the table keeps it.
#[derive(Debug, Deserialize)]
pub(super) struct Kept {
    sheet: String,
    cell: Option<String>,
    column: Option<String>,
    code: String,
    zh: String,
    en: String,
}

impl ImportReportView {
    /// What a dry run found.
    pub(super) fn checked(outcome: ImportOutcome, progress: &Progress, language: Language) -> Self {
        let ImportOutcome { mut run, summary } = outcome;
        "checked".clone_into(&mut run.state);
        let report = progress.report().unwrap_or_default();
        let mistakes = report.mistakes.into_iter().map(|mistake| Kept {
            sheet: mistake.sheet,
            cell: mistake.cell,
            column: mistake.column,
            code: mistake.code.to_owned(),
            zh: mistake.zh,
            en: mistake.en,
        });
        Self::new(run, summary, mistakes.collect(), language)
    }

    pub(super) fn new(
        import: ImportView,
        summary: Summary,
        mistakes: Vec<Kept>,
        language: Language,
    ) -> Self {
        let pick = |zh: String, en: String| match language {
            Language::Zh => zh,
            Language::En => en,
        };
        let made = summary.made.into_iter();
        Self {
            import,
            summary: ImportSummaryView {
                made: made.map(|(what, count)| MadeView { what, count }).collect(),
                unchanged: summary.unchanged,
                changed: summary.changed,
                remarks: summary
                    .remarks
                    .into_iter()
                    .map(|Remark { zh, en }| pick(zh, en))
                    .collect(),
            },
            errors: mistakes
                .into_iter()
                .map(|kept| ImportErrorView {
                    sheet: kept.sheet,
                    cell: kept.cell,
                    column: kept.column,
                    code: kept.code,
                    message: pick(kept.zh, kept.en),
                })
                .collect(),
        }
    }
}

/// Which imports to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportFilter {
    /// What the rows are.
    #[param(
        max_length = 16,
        pattern = "^(divisions|organisations|depots|items|opening-stock|agreements)$"
    )]
    pub(super) kind: Option<String>,
    /// `reading`, `done` or `failed`.
    #[param(max_length = 16, pattern = "^(reading|done|failed)$")]
    pub(super) state: Option<String>,
}
