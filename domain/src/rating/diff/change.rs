//! What can change between two editions, in words.
//!
//! **Invariant.** A change names what it was and what it is, with units, and what people call it.

use rust_decimal::Decimal;

use super::{
    super::{
        AtLevel, Comparison, Criterion, RuleSet,
        words::{Words, words},
    },
    level_title,
    said::{none, provenance},
};
use crate::kernel::named;

named! {
    /// Which way a threshold moved.
    pub enum Direction {
        /// More is asked.
        Stricter = "stricter",
        /// Less is asked.
        Looser = "looser",
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
    pub(super) const fn zh(self) -> &'static str {
        match self {
            Self::Level => "等级",
            Self::Profile => "方案",
            Self::Dimension => "维度",
            Self::Criterion => "指标",
        }
    }
}

/// A code and what people call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// The code.
    pub id: String,
    /// What people call it.
    pub title: Words,
}

impl From<&Criterion> for Called {
    fn from(criterion: &Criterion) -> Self {
        Self {
            id: criterion.id.clone(),
            title: criterion.title.clone(),
        }
    }
}

impl Called {
    fn whole(&self) -> Words {
        words(
            format_args!("{}（{}）", self.title.zh, self.id),
            format_args!("{} ({})", self.title.en, self.id),
        )
    }
}

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A level, profile, dimension or criterion is new.
    Added {
        /// What it is.
        what: Coded,
        /// Which.
        called: Called,
    },
    /// A level, profile, dimension or criterion is gone.
    Removed {
        /// What it was.
        what: Coded,
        /// Which.
        called: Called,
    },
    /// Something of the rule set or of a criterion is otherwise.
    Otherwise {
        /// The criterion, or `None` for the rule set.
        of: Option<Called>,
        /// What of it.
        part: Words,
        /// What it was.
        from: Words,
        /// What it is.
        to: Words,
        /// Which way, where that is plain.
        direction: Option<Direction>,
    },
}

impl Change {
    /// What people read.
    #[must_use]
    pub fn sentence(&self) -> Words {
        match self {
            Self::Added { what, called } => words(
                format_args!("新增{}：{}", what.zh(), called.whole().zh),
                format_args!("new {what}: {}", called.whole().en),
            ),
            Self::Removed { what, called } => words(
                format_args!("取消{}：{}", what.zh(), called.whole().zh),
                format_args!("gone {what}: {}", called.whole().en),
            ),
            Self::Otherwise {
                of,
                part,
                from,
                to,
                direction,
            } => {
                let whose = of
                    .as_ref()
                    .map_or_else(|| words("规则", "the rule set"), Called::whole);
                let (zh, en) = match direction {
                    Some(Direction::Stricter) => ("（更严）", " (stricter)"),
                    Some(Direction::Looser) => ("（更宽）", " (looser)"),
                    None => ("", ""),
                };
                words(
                    format_args!(
                        "{}，{}：由 {} 改为 {}{zh}",
                        whose.zh, part.zh, from.zh, to.zh
                    ),
                    format_args!(
                        "{}, {}: from {} to {}{en}",
                        whose.en, part.en, from.en, to.en
                    ),
                )
            }
        }
    }
}

/// What levels ask, of what.
pub(super) struct Threshold {
    pub(super) part: Words,
    /// The item, where it is a list of stock.
    pub(super) item: Option<String>,
    /// Which way a figure must lie, if that is as it was.
    pub(super) comparison: Option<Comparison>,
}

/// The thresholds of one edition, and how it says a figure.
pub(super) type Asked<'a> = (
    &'a RuleSet,
    &'a [AtLevel<Decimal>],
    &'a dyn Fn(Decimal) -> Words,
);

/// What was found so far.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) list: Vec<Change>,
    /// The criterion that is being compared.
    pub(super) of: Option<Called>,
}

impl Changes {
    /// Tells it, if it is one.
    pub(super) fn note(&mut self, part: Words, from: Words, to: Words) {
        self.tell(part, from, to, None);
    }

    fn tell(&mut self, part: Words, from: Words, to: Words, direction: Option<Direction>) {
        if from != to {
            self.list.push(Change::Otherwise {
                of: self.of.clone(),
                part,
                from,
                to,
                direction,
            });
        }
    }

    /// Tells every level whose threshold, or whose source of it, is otherwise.
    pub(super) fn thresholds(&mut self, what: &Threshold, old: Asked<'_>, new: Asked<'_>) {
        let (before, after) = (old.1, new.1);
        let fresh = |at: &&AtLevel<Decimal>| before.iter().all(|known| known.level != at.level);
        // Figures of two units are not more or less than one another.
        let alike = old.2(Decimal::ONE) == new.2(Decimal::ONE);
        let comparison = what.comparison.filter(|_| alike);
        let levels: Vec<_> = before.iter().chain(after.iter().filter(fresh)).collect();
        for AtLevel { level, .. } in levels {
            let find = |list: &[AtLevel<Decimal>]| list.iter().position(|at| at.level == *level);
            let (was, is) = (
                find(before).and_then(|at| before.get(at)),
                find(after).and_then(|at| after.get(at)),
            );
            let title = level_title(if is.is_some() { new.0 } else { old.0 }, level);
            let item = what.item.as_deref().unwrap_or_default();
            let gap = if item.is_empty() { "" } else { " " };
            let part = words(
                format_args!("{}{gap}{item}（{}）", what.part.zh, title.zh),
                format_args!("{}{gap}{item} at {}", what.part.en, title.en),
            );
            let said = |at: Option<&AtLevel<Decimal>>, say: &dyn Fn(Decimal) -> Words| match at {
                None => none(),
                Some(at) => at.value.map_or_else(|| words("未知", "not known"), say),
            };
            let direction = comparison.and_then(|it| direction(was, is, it));
            self.tell(part.clone(), said(was, old.2), said(is, new.2), direction);
            let source = |at: Option<&AtLevel<Decimal>>| {
                let own = at.and_then(|at| at.provenance.as_ref());
                own.map_or_else(none, provenance)
            };
            let part = words(
                format_args!("{}的出处", part.zh),
                format_args!("source of the {}", part.en),
            );
            self.note(part, source(was), source(is));
        }
    }
}

fn direction(
    was: Option<&AtLevel<Decimal>>,
    is: Option<&AtLevel<Decimal>>,
    comparison: Comparison,
) -> Option<Direction> {
    match (was.map(|at| at.value), is.map(|at| at.value)) {
        (Some(Some(from)), Some(Some(to))) => {
            let stricter = (to > from) == (comparison == Comparison::AtLeast);
            Some(if stricter {
                Direction::Stricter
            } else {
                Direction::Looser
            })
        }
        (None, Some(Some(_))) => Some(Direction::Stricter),
        (Some(_), None) => Some(Direction::Looser),
        _ => None,
    }
}
