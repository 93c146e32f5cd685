//! In what time duties are done, on the wire.
//!
//! **Invariant.** A period names where it was read and how far that can be trusted.

use chrono::{DateTime, Utc};
use domain::{
    duties::{DutyKind, DutyPeriod, DutyPeriodError},
    kernel::{Confidence, Text},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::{commands::SetDutyPeriod, rows::duty_period};
use crate::{
    http::{Whole, versioned},
    problem::{Fault, Faults, Problem},
};

impl From<DutyPeriodError> for Fault {
    fn from(error: DutyPeriodError) -> Self {
        let zh = match error {
            DutyPeriodError::Amount => format!("应在 1 到 {} 之间", DutyPeriod::AMOUNT_MAX),
            DutyPeriodError::InTheOrder => "口头调令的补办时限在调令中约定".to_owned(),
        };
        Self::new("out-of-range", zh, error.to_string())
    }
}

/// A period as it is shipped or kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptPeriod {
    pub(in crate::duties) kind: DutyKind,
    pub(in crate::duties) amount: u32,
    pub(in crate::duties) source: String,
    pub(in crate::duties) confidence: Confidence,
    #[serde(skip)]
    pub(in crate::duties) version: i64,
    #[serde(skip)]
    pub(in crate::duties) changed_at: Option<DateTime<Utc>>,
}

impl KeptPeriod {
    pub(in crate::duties) fn parse(&self) -> Result<DutyPeriod, Problem> {
        DutyPeriod::new(self.kind, self.amount).map_err(Problem::internal)
    }
}

impl TryFrom<duty_period::Model> for KeptPeriod {
    type Error = Problem;

    fn try_from(row: duty_period::Model) -> Result<Self, Problem> {
        Ok(Self {
            kind: row.kind.parse().map_err(Problem::internal)?,
            amount: u32::try_from(row.amount).map_err(Problem::internal)?,
            source: row.source,
            confidence: row.confidence.parse().map_err(Problem::internal)?,
            version: row.version,
            changed_at: Some(row.changed_at),
        })
    }
}

/// In what time a duty of a kind is done.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct DutyPeriodView {
    #[schema(max_length = 16)]
    pub(crate) kind: String,
    #[schema(minimum = 1, maximum = 120)]
    period_amount: i64,
    /// `working_day` or `month`.
    #[schema(max_length = 16)]
    period_unit: String,
    #[schema(max_length = 500)]
    source: String,
    /// `V` read in the source, `S` read in a page that reports it, `I` deduced.
    #[schema(max_length = 1)]
    confidence: String,
    /// Whether it is as it was shipped.
    built_in: bool,
    changed_at: Option<DateTime<Utc>>,
    /// 0 for what is as it was shipped.
    #[schema(minimum = 0)]
    version: i64,
}

versioned!(DutyPeriodView);

impl From<&KeptPeriod> for DutyPeriodView {
    fn from(kept: &KeptPeriod) -> Self {
        Self {
            kind: kept.kind.name().to_owned(),
            period_amount: kept.amount.into(),
            period_unit: kept.kind.unit().name().to_owned(),
            source: kept.source.clone(),
            confidence: kept.confidence.name().to_owned(),
            built_in: kept.version == 0,
            changed_at: kept.changed_at,
            version: kept.version,
        }
    }
}

/// Another time for duties of a kind.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetDutyPeriodBody {
    /// In working days for papers, in months for all else.
    #[schema(value_type = i64, minimum = 1, maximum = 120)]
    period_amount: Whole,
    /// Which rule says so.
    #[schema(min_length = 1, max_length = 500)]
    source: String,
    /// `V` read in the source, `S` read in a page that reports it, `I` deduced.
    #[schema(max_length = 1, pattern = "^[VSI]$")]
    confidence: String,
}

impl SetDutyPeriodBody {
    pub(in crate::duties) fn parse(
        &self,
        kind: DutyKind,
        based_on: i64,
    ) -> Result<SetDutyPeriod, Problem> {
        let mut faults = Faults::default();
        let amount = u32::try_from(self.period_amount.0).unwrap_or(0);
        let period = faults.take("/period_amount", DutyPeriod::new(kind, amount));
        let source = faults.take("/source", Text::new(&self.source));
        let confidence = faults.take("/confidence", self.confidence.parse());
        let command = (|| {
            Some(SetDutyPeriod {
                based_on,
                period: period?,
                source: source?,
                confidence: confidence?,
            })
        })();
        faults.finish(command)
    }
}
