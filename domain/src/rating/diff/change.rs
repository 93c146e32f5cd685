//! What can change between two editions, in words.
//!
//! **Invariant.** A change names what it was and what it is wherever that is a figure or a word.

use rust_decimal::Decimal;

use super::super::words::{Words, words};
use crate::kernel::named;

named! {
    /// Which way a threshold moved.
    pub enum Direction {
        /// More is asked.
        Stricter = "stricter",
        /// Less is asked.
        Looser = "looser",
        /// It became known, unknown, or something else.
        Other = "other",
    }
}

named! {
    /// What codes of a rule set stand for.
    pub enum Coded {
        /// A level.
        Level = "level",
        /// A profile.
        Profile = "profile",
        /// A dimension.
        Dimension = "dimension",
        /// A criterion.
        Criterion = "criterion",
    }
}

impl Coded {
    const fn zh(self) -> &'static str {
        match self {
            Self::Level => "等级",
            Self::Profile => "方案",
            Self::Dimension => "维度",
            Self::Criterion => "指标",
        }
    }
}

named! {
    /// A part of a rule set or of a criterion.
    pub enum Part {
        /// Its name.
        Title = "title",
        /// What every answer by it says.
        Label = "label",
        /// Who issued it.
        Issuer = "issuer",
        /// From when to when.
        Validity = "validity",
        /// Whether it is in force.
        Standing = "standing",
        /// Which level is above which.
        LevelOrder = "order of levels",
        /// How gates make a level.
        Aggregation = "aggregation",
        /// The steps of an assessment.
        Workflow = "workflow",
        /// Under what it stands.
        Dimension = "dimension",
        /// Whether a level is refused without it.
        Gate = "gate",
        /// How many points it earns.
        Points = "points",
        /// How many hundredths its points are.
        Weight = "weight",
        /// In which profiles it stands.
        Profiles = "profiles",
        /// Which depots it concerns.
        DepotLevels = "depot levels",
        /// How hard it is to mend.
        Effort = "effort",
        /// Whether a notice shows it.
        Publication = "publication",
        /// Where it was read.
        Provenance = "provenance",
        /// What is measured, and how.
        Kind = "kind",
    }
}

impl Part {
    const fn zh(self) -> &'static str {
        match self {
            Self::Title => "名称",
            Self::Label => "标注",
            Self::Issuer => "发布单位",
            Self::Validity => "有效期",
            Self::Standing => "状态",
            Self::LevelOrder => "等级顺序",
            Self::Aggregation => "定级方法",
            Self::Workflow => "评定程序",
            Self::Dimension => "维度",
            Self::Gate => "是否必达",
            Self::Points => "满分",
            Self::Weight => "权重",
            Self::Profiles => "适用方案",
            Self::DepotLevels => "适用库级",
            Self::Effort => "整改难度",
            Self::Publication => "是否公示",
            Self::Provenance => "出处",
            Self::Kind => "计量方法",
        }
    }
}

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A level, profile, dimension or criterion is new.
    Added {
        /// What it is.
        what: Coded,
        /// Its code.
        id: String,
    },
    /// A level, profile, dimension or criterion is gone.
    Removed {
        /// What it was.
        what: Coded,
        /// Its code.
        id: String,
    },
    /// A level asks something else.
    Threshold {
        /// The criterion; `None` for the points that a level takes in all.
        criterion: Option<String>,
        /// The item, where it is a list of stock.
        item: Option<String>,
        /// The level.
        level: String,
        /// What it asked; nothing, or something unknown, where there is none.
        from: Option<Decimal>,
        /// What it asks.
        to: Option<Decimal>,
        /// Which way.
        direction: Direction,
    },
    /// A part of the rule set or of a criterion is otherwise.
    Otherwise {
        /// The criterion, or `None` for the rule set.
        criterion: Option<String>,
        /// Which part.
        part: Part,
        /// What it was and what it is, where that is a word.
        values: Option<(String, String)>,
    },
}

impl Change {
    /// What people read.
    #[must_use]
    pub fn sentence(&self) -> Words {
        let figure = |value: &Option<Decimal>| {
            value.map_or_else(|| "—".to_owned(), |value| value.normalize().to_string())
        };
        match self {
            Self::Added { what, id } => words(
                format_args!("新增{} {id}", what.zh()),
                format_args!("{what} {id} is new"),
            ),
            Self::Removed { what, id } => words(
                format_args!("取消{} {id}", what.zh()),
                format_args!("{what} {id} is gone"),
            ),
            Self::Threshold {
                criterion,
                item,
                level,
                from,
                to,
                direction,
            } => {
                let item = item.as_ref().map(|item| format!(" {item}"));
                let item = item.as_deref().unwrap_or_default();
                let (from, to) = (figure(from), figure(to));
                let (zh, en) = match direction {
                    Direction::Stricter => ("更严", "stricter"),
                    Direction::Looser => ("更宽", "looser"),
                    Direction::Other => ("有变", "changed"),
                };
                let criterion = criterion.as_deref();
                let (of_zh, of_en) = (
                    criterion.unwrap_or("总分线"),
                    criterion.unwrap_or("points in all"),
                );
                words(
                    format_args!("{of_zh}{item} 在 {level} 由 {from} 改为 {to}（{zh}）"),
                    format_args!("{of_en}{item} at {level}: from {from} to {to} ({en})"),
                )
            }
            Self::Otherwise {
                criterion,
                part,
                values,
            } => {
                let of = criterion.as_deref();
                let (zh, en) = match values {
                    Some((from, to)) => (
                        format!("由 {from} 改为 {to}"),
                        format!("from {from} to {to}"),
                    ),
                    None => ("有变".to_owned(), "is otherwise".to_owned()),
                };
                words(
                    format_args!("{} 的{}{zh}", of.unwrap_or("规则"), part.zh()),
                    format_args!("{part} of {}: {en}", of.unwrap_or("the rule set")),
                )
            }
        }
    }
}
