//! Whether what people state to a criterion can be.
//!
//! **Invariant.** A statement without a flaw is judged; nothing of it is passed over.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    Criterion, Kind, Measure, Statement,
    words::{Words, words},
};

/// Why a statement cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementFlaw {
    /// A figure or points outside their range.
    Range {
        /// The least.
        least: Decimal,
        /// The greatest.
        most: Decimal,
    },
    /// A part of one, of what there is no part of.
    Whole,
    /// The checklist has no such entry.
    Entry {
        /// Its code.
        id: String,
    },
    /// It has not happened yet.
    Future {
        /// The day.
        day: NaiveDate,
    },
}

impl StatementFlaw {
    /// A name that does not change.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Range { .. } | Self::Whole => "out-of-range",
            Self::Entry { .. } => "reference",
            Self::Future { .. } => "future",
        }
    }

    /// What people read.
    #[must_use]
    pub fn sentence(&self) -> Words {
        match self {
            Self::Range { least, most } => words(
                format_args!("应在 {least} 至 {most} 之间"),
                format_args!("must be from {least} to {most}"),
            ),
            Self::Whole => words("须为整数", "must be a whole number"),
            Self::Entry { id } => words(
                format_args!("清单中没有“{id}”"),
                format_args!("the checklist has no entry `{id}`"),
            ),
            Self::Future { day } => words(
                format_args!("{day} 晚于今天"),
                format_args!("{day} is after today"),
            ),
        }
    }
}

impl Criterion {
    /// What is wrong with a statement of the kind that it takes, on `today`.
    #[must_use]
    pub fn flaw(&self, statement: &Statement, today: NaiveDate) -> Option<StatementFlaw> {
        match (&self.kind, statement) {
            (Kind::Numeric { unit, .. } | Kind::Banded { unit, .. }, Statement::Figure(figure)) => {
                let (_, most) = unit.range();
                outside(*figure, Decimal::from(most))
            }
            (Kind::Assessor { .. }, Statement::Score { points, .. }) => {
                outside(*points, self.points.unwrap_or_default())
            }
            (Kind::Checklist { entries, .. }, Statement::Ticked(ticked)) => {
                let known = |id: &String| entries.iter().any(|entry| entry.id == *id);
                let unknown = ticked.iter().find(|id| !known(id));
                unknown.map(|id| StatementFlaw::Entry { id: id.clone() })
            }
            (Kind::Deduction { .. }, Statement::Occurrences(days)) => {
                let future = days.iter().find(|day| **day > today);
                future.map(|&day| StatementFlaw::Future { day })
            }
            _ => None,
        }
    }
}

impl Measure {
    /// What is wrong with a figure that the service would count.
    #[must_use]
    pub fn flaw(self, figure: Decimal) -> Option<StatementFlaw> {
        let (_, most) = self.unit().range();
        let part = self.unit().is_whole() && !figure.fract().is_zero();
        outside(figure, Decimal::from(most)).or_else(|| part.then_some(StatementFlaw::Whole))
    }
}

fn outside(figure: Decimal, most: Decimal) -> Option<StatementFlaw> {
    let least = Decimal::ZERO;
    let fits = least <= figure && figure <= most;
    (!fits).then_some(StatementFlaw::Range { least, most })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rating::{Entry, Unit, fixture::*};

    #[test]
    fn what_cannot_be_is_told() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 27).unwrap();
        let checklist = criterion(
            "list",
            Kind::Checklist {
                entries: vec![Entry {
                    id: "dry".to_owned(),
                    title: both("dry"),
                }],
                thresholds: Vec::new(),
            },
        );
        let score = Criterion {
            points: Some(18.into()),
            ..criterion(
                "score",
                Kind::Assessor {
                    thresholds: Vec::new(),
                },
            )
        };
        let share = criterion(
            "share",
            Kind::Numeric {
                subject: crate::rating::Subject::Stated,
                unit: Unit::Percent,
                comparison: crate::rating::Comparison::AtLeast,
                thresholds: Vec::new(),
            },
        );
        let off = criterion(
            "off",
            Kind::Deduction {
                each: Decimal::ONE,
                cap: Decimal::TEN,
                window_days: None,
            },
        );
        let ticked = |id: &str| Statement::Ticked([id.to_owned()].into());
        let points = |points: i64| Statement::Score {
            points: points.into(),
            reason: "整洁".to_owned(),
        };
        let figure = |figure: i64| Statement::Figure(figure.into());
        let on = |day| Statement::Occurrences(vec![day]);
        for (criterion, statement, flaw) in [
            (&checklist, ticked("dry"), None),
            (&checklist, ticked("smoky"), Some("reference")),
            (&score, points(18), None),
            (&score, points(19), Some("out-of-range")),
            (&score, points(-1), Some("out-of-range")),
            (&share, figure(100), None),
            (&share, figure(101), Some("out-of-range")),
            (&off, on(today), None),
            (&off, on(today.succ_opt().unwrap()), Some("future")),
        ] {
            let found = criterion.flaw(&statement, today);
            let code = found.as_ref().map(StatementFlaw::code);
            assert_eq!(code, flaw, "{}: {statement:?}", criterion.id);
            if let Some(flaw) = found {
                assert!(!flaw.sentence().zh.is_empty());
            }
        }
    }

    #[test]
    fn no_count_is_less_than_nothing_and_no_share_more_than_the_whole() {
        let figure = |text: &str| text.parse::<Decimal>().unwrap();
        for (measure, text, flawed) in [
            (Measure::CountAccuracy, "100", false),
            (Measure::CountAccuracy, "99.5", false),
            (Measure::CountAccuracy, "250", true),
            (Measure::CountAge, "0", false),
            (Measure::CountAge, "-5", true),
            (Measure::CountAge, "1.5", true),
            (Measure::StorageArea, "1028.5", false),
            (Measure::StorageArea, "-0.1", true),
            (Measure::Networked, "1", false),
            (Measure::Networked, "2", true),
            (Measure::StaffPosts, "1000000000001", true),
        ] {
            let flaw = measure.flaw(figure(text));
            assert_eq!(flaw.is_some(), flawed, "{measure} {text}: {flaw:?}");
            assert!(flaw.is_none_or(|flaw| flaw.code() == "out-of-range"));
        }
    }
}
