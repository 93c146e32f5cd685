//! What the rows of a file can be.
//!
//! **Invariant.** Each kind has its columns, named in Chinese and English, and one function that
//! checks all rows and writes the good ones through the commands of the context they belong to.
//! References are looked up, and rows written, in sets: a few statements for a thousand rows.

pub(crate) mod depots;
mod directory;
pub(crate) mod divisions;
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
    ];

    /// Every name.
    pub(crate) const NAMES: &'static [&'static str] = &[
        "divisions",
        "organisations",
        "depots",
        "items",
        "opening-stock",
    ];

    /// The name in tables, on the wire and on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Divisions => "divisions",
            Self::Organisations => "organisations",
            Self::Depots => "depots",
            Self::Items => "items",
            Self::OpeningStock => "opening-stock",
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
