//! What judging finds.
//!
//! **Invariant.** *Not assessed* is a word of its own at every place where something can be met or
//! missed, and points that are not known are a range.

use rust_decimal::Decimal;

use super::super::{
    Measure,
    words::{Words, words},
};
use crate::kernel::named;

named! {
    /// How a criterion stands at a level.
    pub enum Judged {
        /// The level does not ask it.
        NotAsked = "not_asked",
        /// It is fulfilled.
        Met = "met",
        /// It is not fulfilled.
        NotMet = "not_met",
        /// Nobody could judge it.
        NotAssessed = "not_assessed",
        /// Somebody let it pass, with a reason.
        Waived = "waived",
    }
}

named! {
    /// Whether a level is reached.
    pub enum Reached {
        /// It is.
        Yes = "yes",
        /// It is not.
        No = "no",
        /// That depends on what was not assessed.
        Undecided = "undecided",
    }
}

named! {
    /// What became of the levels together.
    pub enum Verdict {
        /// One is reached.
        Reached = "reached",
        /// None is reached, and one may be: that depends on what was not assessed.
        Undecided = "undecided",
        /// None is reached, whatever was not assessed.
        None = "none",
    }
}

impl Verdict {
    /// What people read.
    #[must_use]
    pub fn title(self) -> Words {
        match self {
            Self::Reached => words("已达等级", "a level is reached"),
            Self::Undecided => words("尚未评定", "undecided"),
            Self::None => words("未达等级", "no level"),
        }
    }
}

/// Points, as far as they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earned {
    /// What is sure.
    pub low: Decimal,
    /// What it would be if all that was not assessed were perfect.
    pub high: Decimal,
    /// What it is out of.
    pub most: Decimal,
}

/// Why a criterion was not assessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// The service has no such figure of this depot.
    NotMeasured(Measure),
    /// Nobody stated it.
    NotStated,
    /// What was stated is of another kind than the criterion asks.
    OtherStatement,
    /// What was stated held until a day that is over.
    Lapsed(chrono::NaiveDate),
    /// More points than there are.
    TooManyPoints,
    /// The catalogue knows none of the items.
    ItemsUnknown,
    /// Nobody said how many people the depot is there for.
    PopulationUnknown,
}

/// A line of a list of stock, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFound {
    /// The item, as the rule set calls it.
    pub item: String,
    /// What people call it, where the catalogue knows it.
    pub title: Option<Words>,
    /// What one counts of it, where the catalogue knows it.
    pub base_unit: Option<String>,
    /// How many base units count; `None` where the catalogue does not know the item.
    pub have: Option<i64>,
    /// How many the levels ask for, the lowest level first; `None` where it asks for none or the
    /// figure is not known.
    pub need: Vec<Option<i64>>,
    /// How many are more than needed.
    pub over: Option<i64>,
}

/// What was found of a criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A figure.
    Figure(Decimal),
    /// An answer.
    Answer(bool),
    /// So many entries of so many.
    Ticked {
        /// The entries that are not fulfilled.
        open: Vec<String>,
        /// How many entries there are.
        of: usize,
    },
    /// What there is of the goods on the list.
    Goods(Vec<LineFound>),
    /// For how many people, or for how many hundredths of all, there is enough.
    People {
        /// So many people, or hundredths of those who live there.
        value: Decimal,
        /// Of so many lines the catalogue does not know the item, so that there may be more.
        unknown: usize,
    },
    /// The criteria that it is made of, and how they stand at each level.
    Group(Vec<(String, Vec<Judged>)>),
    /// How often it happened.
    Occurred {
        /// How often.
        times: usize,
    },
    /// Whether a veto is open, and what was found.
    Veto {
        /// Whether it is.
        open: bool,
        /// What was found.
        reason: String,
    },
    /// What an assessor gave.
    Score {
        /// How many points.
        points: Decimal,
        /// Why.
        reason: String,
    },
    /// Why it was let pass.
    Waived(String),
    /// Why there is nothing.
    Nothing(Missing),
}

/// One criterion, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The criterion.
    pub criterion: String,
    /// How it stands at each level, the lowest first.
    pub at: Vec<Judged>,
    /// What it earns, if it earns points.
    pub earned: Option<Earned>,
    /// What was found.
    pub found: Found,
}

/// A depot, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The profile by which it was judged.
    pub profile: Option<String>,
    /// The grade, by its rank from 0 for the lowest; `None` where no level is reached.
    pub grade: Option<usize>,
    /// Whether each level is reached, the lowest first.
    pub levels: Vec<Reached>,
    /// All points together, where points count.
    pub points: Option<Earned>,
    /// The criteria that concern this depot, in the order of the rule set.
    pub findings: Vec<Finding>,
    /// The vetoes that are open.
    pub vetoes: Vec<String>,
}

impl Evaluation {
    /// The finding of one criterion.
    #[must_use]
    pub fn finding(&self, criterion: &str) -> Option<&Finding> {
        self.findings
            .iter()
            .find(|finding| finding.criterion == criterion)
    }

    /// Whether a level is reached, or could be by what was not assessed.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.grade.is_some() {
            Verdict::Reached
        } else if self.levels.contains(&Reached::Undecided) {
            Verdict::Undecided
        } else {
            Verdict::None
        }
    }

    /// The lowest level above the grade that is not reached.
    #[must_use]
    pub fn next(&self) -> Option<usize> {
        let from = self.grade.map_or(0, |grade| grade + 1);
        (from..self.levels.len()).find(|&rank| self.levels[rank] != Reached::Yes)
    }
}
