//! What the rows of a file can be.
//!
//! **Invariant.** Each kind has its columns, named in Chinese and English, and one function that
//! checks all rows and writes the good ones through the commands of the context they belong to.
//! References are looked up, and rows written, in sets: a few statements for a thousand rows.

pub(crate) mod agreements;
pub(crate) mod depots;
mod directory;
pub(crate) mod divisions;
mod goods;
mod index;
pub(crate) mod items;
pub(crate) mod opening_stock;
pub(crate) mod organisations;
mod row;

use domain::kernel::{Id, Language, UnknownName, kinds::Organisation};

use crate::{problem::Problem, uow::Uow};

use super::{columns::ColumnSpec, intake::Record, progress::Progress, report::Report};

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImportKind {
    /// Administrative divisions.
    Divisions,
    /// Societies and partner bodies.
    Organisations,
    /// Places that keep stock.
    Depots,
    /// Catalogue entries.
    Items,
    /// What was counted when the books were opened.
    OpeningStock,
    /// What suppliers promised.
    Agreements,
}

/// What rows may fall back on, and whom to tell how far the work is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ground<'a> {
    /// Whom rows belong to that name nobody.
    pub(crate) organisation: Option<Id<Organisation>>,
    /// The file, for rows that say where they come from.
    pub(crate) origin: &'a str,
    pub(crate) progress: &'a Progress,
}

impl ImportKind {
    /// Every kind, in the order in which a new installation imports them.
    pub(crate) const ALL: &'static [Self] = &[
        Self::Divisions,
        Self::Organisations,
        Self::Depots,
        Self::Items,
        Self::OpeningStock,
        Self::Agreements,
    ];

    /// Every name.
    pub(crate) const NAMES: &'static [&'static str] = &[
        "divisions",
        "organisations",
        "depots",
        "items",
        "opening-stock",
        "agreements",
    ];

    /// The name in tables, on the wire and on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Divisions => "divisions",
            Self::Organisations => "organisations",
            Self::Depots => "depots",
            Self::Items => "items",
            Self::OpeningStock => "opening-stock",
            Self::Agreements => "agreements",
        }
    }

    /// The columns of a file of this kind.
    pub(crate) fn columns(self) -> &'static [ColumnSpec] {
        match self {
            Self::Divisions => divisions::COLUMNS,
            Self::Organisations => organisations::COLUMNS,
            Self::Depots => depots::COLUMNS,
            Self::Items => items::COLUMNS,
            Self::OpeningStock => opening_stock::COLUMNS,
            Self::Agreements => agreements::COLUMNS,
        }
    }

    /// The name that a reader of a template sees.
    pub(crate) fn title(self, language: Language) -> &'static str {
        let (zh, en) = match self {
            Self::Divisions => ("行政区划", "Divisions"),
            Self::Organisations => ("组织机构", "Organisations"),
            Self::Depots => ("储备库", "Depots"),
            Self::Items => ("物资目录", "Items"),
            Self::OpeningStock => ("期初库存", "Opening stock"),
            Self::Agreements => ("储备协议", "Agreements"),
        };
        match language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// Checks all rows and writes the good ones; what is wrong goes to the report.
    ///
    /// # Errors
    /// What no row is to blame for, and what leaves the transaction unusable.
    pub(crate) async fn write(
        self,
        uow: &mut Uow<'_>,
        records: &[Record],
        ground: Ground<'_>,
        report: &mut Report,
    ) -> Result<(), Problem> {
        match self {
            Self::Divisions => divisions::write(uow, records, ground, report).await,
            Self::Organisations => organisations::write(uow, records, ground, report).await,
            Self::Depots => depots::write(uow, records, ground, report).await,
            Self::Items => items::write(uow, records, ground, report).await,
            Self::OpeningStock => opening_stock::write(uow, records, ground, report).await,
            Self::Agreements => agreements::write(uow, records, ground, report).await,
        }
    }
}

impl std::str::FromStr for ImportKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let known = Self::ALL.iter().find(|kind| kind.name() == text);
        known.copied().ok_or(UnknownName {
            expected: Self::NAMES,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::columns::normalised;

    // The words that a column of a kind may be headed with, one to a line.
    #[test]
    fn everyday_words_name_one_column() {
        for (kind, key, words) in [
            (
                ImportKind::OpeningStock,
                "expires_on",
                "有效期 有效期至 保质期至 过期日期 到期日 截止日期 效期 失效日期 expiry",
            ),
            (
                ImportKind::OpeningStock,
                "quantity",
                "数量 库存数量 结存 Qty",
            ),
            (ImportKind::OpeningStock, "item", "物资 物资名称 品名 名称"),
            (ImportKind::OpeningStock, "unit", "单位 计量单位 UOM"),
            (ImportKind::Items, "specification", "规格 型号 规格型号"),
            (ImportKind::Items, "base_unit", "单位 计量单位 基本单位"),
            (
                ImportKind::Depots,
                "operation",
                "运营方式 经营方式 operation",
            ),
            (ImportKind::Depots, "name", "储备库 仓库名称 名称"),
        ] {
            for word in words.split(' ') {
                let called = kind
                    .columns()
                    .iter()
                    .filter(|one| one.is_called(&normalised(word)));
                let keys: Vec<_> = called.map(|one| one.key).collect();
                assert_eq!(keys, [key], "{word} of {}", kind.name());
            }
        }
    }
}
