//! What one criterion asks.
//!
//! **Invariant.** A threshold that a level does not set is that of the next level below that sets
//! one, so that a higher level never asks less by silence. A threshold that is *unset* is known to
//! exist and not known: it is never met and never missed.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{Comparison, Effort, Measure, Statement, StatementKind, Unit, words::Words};
use crate::{kernel::Confidence, organisations::Level, stock::Condition};

/// Where a figure was read and how far it can be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The document or page.
    pub source: String,
    /// How far it can be trusted.
    pub confidence: Confidence,
    /// What to know about it.
    pub note: Option<Words>,
}

/// What a level asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtLevel<V> {
    /// The code of the level.
    pub level: String,
    /// The threshold; `None` where it is known that there is one and not which.
    pub value: Option<V>,
    /// Where it was read, if not where the criterion was.
    pub provenance: Option<Provenance>,
}

/// Where a figure or an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The service counts it.
    Measure(Measure),
    /// People state it, with evidence.
    Stated,
}

/// So many points from here on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// The least figure that lies in it; the first band has none.
    pub from: Option<Decimal>,
    /// What it earns.
    pub points: Decimal,
}

/// An entry of a checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its code.
    pub id: String,
    /// What it asks.
    pub title: Words,
}

/// Which stock counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counting {
    /// Goods that the depot keeps for another owner (代储).
    pub held_for_others: bool,
    /// Goods that are promised.
    pub reserved: bool,
    /// Goods that a donor bound to something.
    pub restricted: bool,
    /// Goods that a supplier promised.
    pub agreement: bool,
    /// In which conditions.
    pub conditions: BTreeSet<Condition>,
    /// How many days of use must be left; goods out of date never count.
    pub least_days_left: Option<u32>,
}

/// A line of a list of stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockLine {
    /// The item's code, or its name, in the catalogue.
    pub item: String,
    /// How many base units a level asks for.
    pub minima: Vec<AtLevel<i64>>,
    /// More than this is not needed.
    pub maximum: Option<i64>,
}

/// Goods that provide for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleLine {
    /// The item's code, or its name, in the catalogue.
    pub item: String,
    /// For how many people one base unit provides …
    pub people: u32,
    /// … and for how many days.
    pub days: u32,
}

/// What a criterion asks, with all that it needs to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A figure against a threshold for each level.
    Numeric {
        /// Whose figure.
        subject: Subject,
        /// In what it is counted.
        unit: Unit,
        /// Which way it must lie.
        comparison: Comparison,
        /// What the levels ask.
        thresholds: Vec<AtLevel<Decimal>>,
    },
    /// Points by the band in which a figure lies.
    Banded {
        /// Whose figure.
        subject: Subject,
        /// In what it is counted.
        unit: Unit,
        /// The bands, the lowest figures first.
        bands: Vec<Band>,
    },
    /// Yes or no.
    YesNo {
        /// Who says so.
        subject: Subject,
        /// The lowest level that asks it; all do where there is none.
        from_level: Option<String>,
    },
    /// So many entries of a list.
    Checklist {
        /// The list.
        entries: Vec<Entry>,
        /// How many a level asks for.
        thresholds: Vec<AtLevel<u32>>,
    },
    /// Enough of the goods on a list.
    Stock {
        /// The list.
        lines: Vec<StockLine>,
        /// How many lines of a hundred must be covered.
        share_percent: u32,
        /// Which stock counts.
        counting: Counting,
    },
    /// Enough for so many people and days.
    People {
        /// What provides for people.
        lines: Vec<PeopleLine>,
        /// For how many days.
        days: u32,
        /// Whether thresholds are hundredths of the people that the depot is there for.
        of_population: bool,
        /// Which stock counts.
        counting: Counting,
        /// What the levels ask.
        thresholds: Vec<AtLevel<Decimal>>,
    },
    /// So many of other criteria.
    Group {
        /// Their codes.
        of: Vec<String>,
        /// How many must be met.
        at_least: u32,
    },
    /// Points off for each time that something happened.
    Deduction {
        /// How many for each.
        each: Decimal,
        /// How many at most.
        cap: Decimal,
        /// How many days back it counts; for ever where there is none.
        window_days: Option<u32>,
    },
    /// While it is open, no level, or none above one, is granted.
    Veto {
        /// The highest level that it lets pass.
        highest_level: Option<String>,
    },
    /// What an assessor gave, with a reason.
    Assessor {
        /// How many points a level asks for.
        thresholds: Vec<AtLevel<Decimal>>,
    },
}

impl Kind {
    /// The name in files.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Numeric { .. } => "numeric",
            Self::Banded { .. } => "banded",
            Self::YesNo { .. } => "yes_no",
            Self::Checklist { .. } => "checklist",
            Self::Stock { .. } => "stock",
            Self::People { .. } => "people",
            Self::Group { .. } => "group",
            Self::Deduction { .. } => "deduction",
            Self::Veto { .. } => "veto",
            Self::Assessor { .. } => "assessor",
        }
    }

    /// The measure that the service must count for it.
    #[must_use]
    pub const fn measure(&self) -> Option<Measure> {
        match self {
            Self::Numeric { subject, .. }
            | Self::Banded { subject, .. }
            | Self::YesNo { subject, .. } => match subject {
                Subject::Measure(measure) => Some(*measure),
                Subject::Stated => None,
            },
            _ => None,
        }
    }

    /// The items that the service must look up for it.
    #[must_use]
    pub fn items(&self) -> Vec<&str> {
        match self {
            Self::Stock { lines, .. } => lines.iter().map(|line| line.item.as_str()).collect(),
            Self::People { lines, .. } => lines.iter().map(|line| line.item.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// Which stock counts for it, where it looks at stock.
    #[must_use]
    pub const fn counting(&self) -> Option<&Counting> {
        match self {
            Self::Stock { counting, .. } | Self::People { counting, .. } => Some(counting),
            _ => None,
        }
    }

    /// Whether the service must look up how many people the depot is there for.
    #[must_use]
    pub const fn asks_population(&self) -> bool {
        matches!(
            self,
            Self::People {
                of_population: true,
                ..
            }
        )
    }

    /// Whether levels ask it; what they do not only earns or costs points, or bars.
    pub(super) const fn is_asked_by_levels(&self) -> bool {
        !matches!(
            self,
            Self::Banded { .. } | Self::Deduction { .. } | Self::Veto { .. }
        )
    }

    pub(super) const fn effort(&self) -> Effort {
        match self {
            Self::Stock { .. } | Self::People { .. } => Effort::Supply,
            Self::Checklist { .. } | Self::Veto { .. } | Self::Deduction { .. } => Effort::Act,
            _ => match self.measure() {
                Some(measure) => measure.effort(),
                None => Effort::Record,
            },
        }
    }
}

impl Kind {
    /// What people may state to it; `None` where nothing is to be stated.
    #[must_use]
    pub fn takes(&self) -> Option<StatementKind> {
        match self {
            Self::Numeric { subject, .. } | Self::Banded { subject, .. } => {
                (*subject == Subject::Stated).then_some(StatementKind::Figure)
            }
            Self::YesNo { subject, .. } => {
                (*subject == Subject::Stated).then_some(StatementKind::Answer)
            }
            Self::Checklist { .. } => Some(StatementKind::Ticked),
            Self::Assessor { .. } => Some(StatementKind::Score),
            Self::Deduction { .. } => Some(StatementKind::Occurrences),
            Self::Veto { .. } => Some(StatementKind::Finding),
            Self::Stock { .. } | Self::People { .. } | Self::Group { .. } => None,
        }
    }

    /// Whether this statement answers it.
    #[must_use]
    pub fn is_answered_by(&self, statement: &Statement) -> bool {
        self.takes() == Some(statement.kind())
    }
}

/// One thing that a rule set asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// Its code.
    pub id: String,
    /// The dimension under which it stands.
    pub dimension: String,
    /// What it asks.
    pub title: Words,
    /// What it asks, as data.
    pub kind: Kind,
    /// Whether a level is refused without it; what is none only informs, earns points or belongs to
    /// a group.
    pub gate: bool,
    /// How many points it earns at most; bands say so themselves.
    pub points: Option<Decimal>,
    /// How many hundredths of the whole its points are.
    pub weight: Option<Decimal>,
    /// The profiles in which it stands; all where there is none.
    pub profiles: Vec<String>,
    /// The levels of depots that it concerns; all where there is none.
    pub depot_levels: Vec<Level>,
    /// How hard it is to mend, if not as hard as its kind says.
    pub effort: Option<Effort>,
    /// Whether what was found may be published.
    pub public: bool,
    /// Where it was read.
    pub provenance: Provenance,
}

impl Criterion {
    /// Whether it concerns depots of this level.
    #[must_use]
    pub fn concerns(&self, level: Level) -> bool {
        self.depot_levels.is_empty() || self.depot_levels.contains(&level)
    }

    /// How hard it is to mend.
    #[must_use]
    pub fn effort(&self) -> Effort {
        self.effort.unwrap_or_else(|| self.kind.effort())
    }

    /// How many points it earns at most; `None` where it earns none.
    #[must_use]
    pub fn most_points(&self) -> Option<Decimal> {
        match &self.kind {
            Kind::Banded { bands, .. } => bands.iter().map(|band| band.points).max(),
            Kind::Deduction { .. } => Some(Decimal::ZERO),
            _ => self.points,
        }
    }
}
