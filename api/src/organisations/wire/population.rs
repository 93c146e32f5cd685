//! How many people live in a division, on the wire.
//!
//! **Invariant.** A figure names the day on which it was counted, where it was read and how far that
//! can be trusted.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    kernel::{Confidence, Text},
    organisations::DivisionCode,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::{commands::SetPopulation, rows::population};
use crate::{
    http::{Whole, versioned},
    problem::{Faults, Problem},
};

/// More people than there are in any country.
const PEOPLE_MAX: i64 = 2_000_000_000;

/// How many people live in a division.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct PopulationView {
    #[schema(
        max_length = 12,
        pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$",
        examples("330100")
    )]
    pub(in crate::organisations) division_code: String,
    /// Absent where no figure is known.
    #[schema(minimum = 1, maximum = 2_000_000_000_i64)]
    people: Option<i64>,
    /// The day for which it was counted.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    counted_on: Option<String>,
    #[schema(max_length = 500)]
    source: Option<String>,
    /// `V` read in the source, `S` read in a page that reports it, `I` deduced.
    #[schema(max_length = 1)]
    confidence: Option<String>,
    changed_at: Option<DateTime<Utc>>,
    /// 0 where no figure is known.
    #[schema(minimum = 0)]
    version: i64,
}

versioned!(PopulationView);

impl PopulationView {
    /// Of a division of which nobody said it.
    pub(in crate::organisations) fn unknown(division_code: String) -> Self {
        Self {
            division_code,
            people: None,
            counted_on: None,
            source: None,
            confidence: None,
            changed_at: None,
            version: 0,
        }
    }
}

impl From<population::Model> for PopulationView {
    fn from(row: population::Model) -> Self {
        Self {
            division_code: row.division_code,
            people: Some(row.people),
            counted_on: Some(row.counted_on),
            source: Some(row.source),
            confidence: Some(row.confidence),
            changed_at: Some(row.changed_at),
            version: row.version,
        }
    }
}

/// A figure of a division's population.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::organisations) struct SetPopulationBody {
    #[schema(value_type = i64, minimum = 1, maximum = 2_000_000_000_i64, examples(386_000))]
    people: Whole,
    /// The day for which it was counted, not after today.
    #[schema(value_type = String, format = Date, max_length = 10, examples("2020-11-01"))]
    counted_on: NaiveDate,
    /// Where it was read.
    #[schema(min_length = 1, max_length = 500, examples("第七次全国人口普查公报"))]
    source: String,
    /// `V` read in the source, `S` read in a page that reports it, `I` deduced.
    #[schema(max_length = 1, pattern = "^[VSI]$")]
    confidence: String,
}

impl SetPopulationBody {
    pub(in crate::organisations) fn parse(
        &self,
        division: DivisionCode,
        based_on: i64,
        today: NaiveDate,
    ) -> Result<SetPopulation, Problem> {
        let mut faults = Faults::default();
        if !(1..=PEOPLE_MAX).contains(&self.people.0) {
            faults.note(
                "/people",
                "out-of-range",
                format!("应在 1 到 {PEOPLE_MAX} 之间"),
                format!("is between 1 and {PEOPLE_MAX}"),
            );
        }
        if self.counted_on > today {
            faults.note(
                "/counted_on",
                "out-of-range",
                "不能晚于今天",
                "is not after today",
            );
        }
        let source = faults.take("/source", Text::<500>::new(&self.source));
        let confidence = faults.take("/confidence", self.confidence.parse::<Confidence>());
        let command = (|| {
            Some(SetPopulation {
                division,
                based_on,
                people: self.people.0,
                counted_on: self.counted_on,
                source: source?,
                confidence: confidence?,
            })
        })();
        faults.finish(command)
    }
}

/// Which figures.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::organisations) struct PopulationFilter {
    /// Of divisions whose code begins so.
    #[param(min_length = 1, max_length = 12, pattern = "^[0-9]+$", example = "33")]
    pub(in crate::organisations) prefix: Option<String>,
}
