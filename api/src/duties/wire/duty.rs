//! A list of duties on the wire.
//!
//! **Invariant.** Each says in what time it is done, which rule says so, and whether public holidays
//! were known when its day was counted.

use chrono::NaiveDate;
use domain::{
    duties::{DutyKind, DutyStanding},
    kernel::{Id, kinds},
    organisations::DivisionCode,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::day;
use crate::{
    depots::DepotSelection,
    problem::{Faults, Problem},
};

/// Which duties.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DutyFilter {
    /// Of this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    depot_id: Option<Id<kinds::Depot>>,
    /// Of depots kept by this organisation or one below it.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Option<Id<kinds::Organisation>>,
    /// Of depots inside this division.
    #[param(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division: Option<String>,
    /// Of this kind.
    #[param(
        max_length = 16,
        pattern = "^(acceptance|issue_papers|oral_order|restack|quality_test|fire_check|fire_training|fire_drill|disclosure)$"
    )]
    kind: Option<String>,
    /// `open` and `overdue` if absent.
    #[param(max_length = 16, pattern = "^(open|overdue|done|done_late)$")]
    standing: Option<String>,
    /// Due on this day or before.
    #[param(format = Date, max_length = 10)]
    due_until: Option<String>,
    /// Those for which this person answers.
    #[param(min_length = 1, max_length = 100)]
    answerable: Option<String>,
}

/// What a filter asks for.
#[derive(Debug, Clone)]
pub(in crate::duties) struct DutiesAsked {
    pub(in crate::duties) depots: DepotSelection,
    pub(in crate::duties) kind: Option<DutyKind>,
    pub(in crate::duties) standing: Option<DutyStanding>,
    pub(in crate::duties) due_until: Option<NaiveDate>,
    pub(in crate::duties) answerable: Option<String>,
}

impl DutyFilter {
    pub(in crate::duties) fn parse(&self) -> Result<DutiesAsked, Problem> {
        let mut faults = Faults::default();
        let division = self.division.as_deref().map(str::parse::<DivisionCode>);
        let division = faults.take_if("division", division);
        let kind = faults.take_if("kind", self.kind.as_deref().map(str::parse));
        let standing = faults.take_if("standing", self.standing.as_deref().map(str::parse));
        let due_until = match self.due_until.as_deref() {
            Some(text) => day(&mut faults, "due_until", text).map(Some),
            None => Some(None),
        };
        let asked = (|| {
            Some(DutiesAsked {
                depots: DepotSelection {
                    depot: self.depot_id,
                    organisation: self.organisation_id,
                    division: division?,
                    ..Default::default()
                },
                kind: kind?,
                standing: standing?,
                due_until: due_until?,
                answerable: self.answerable.clone(),
            })
        })();
        faults.finish(asked).map_err(Problem::of_query)
    }
}

/// Something that must be done in a depot by a day, or was.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DutyView {
    #[schema(max_length = 16)]
    pub(in crate::duties) kind: String,
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::duties) depot_id: Id<kinds::Depot>,
    #[schema(max_length = 32)]
    pub(in crate::duties) depot_code: String,
    #[schema(max_length = 200)]
    pub(in crate::duties) depot_name: String,
    /// The custodian.
    #[schema(value_type = String, max_length = 30)]
    pub(in crate::duties) organisation_id: Id<kinds::Organisation>,
    /// The receipt or issue, the arrival, the order, the lot, or the depot.
    #[schema(max_length = 64)]
    pub(in crate::duties) subject_id: String,
    /// What people call it, where it is a lot or an arrival.
    #[schema(max_length = 200)]
    pub(in crate::duties) what: Option<String>,
    /// The day from which its time is counted.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub(in crate::duties) since_on: NaiveDate,
    /// The last day on which it is in time; an oral order is in time to the minute.
    #[schema(value_type = String, format = Date, max_length = 10)]
    pub(in crate::duties) due_on: NaiveDate,
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    pub(in crate::duties) done_on: Option<NaiveDate>,
    /// `open`, `overdue`, `done` or `done_late`.
    #[schema(max_length = 16)]
    pub(in crate::duties) standing: String,
    /// Who answers for it; nobody was named, if absent.
    #[schema(max_length = 100)]
    pub(in crate::duties) answerable: Option<String>,
    /// Absent where its time stands in the order.
    #[schema(minimum = 1, maximum = 120)]
    pub(in crate::duties) period_amount: Option<i64>,
    /// `working_day`, `day`, `month` or `hour`.
    #[schema(max_length = 16)]
    pub(in crate::duties) period_unit: String,
    /// Which rule says so.
    #[schema(max_length = 500)]
    pub(in crate::duties) source: String,
    /// `V` read in the source, `S` read in a page that reports it, `I` deduced.
    #[schema(max_length = 1)]
    pub(in crate::duties) confidence: String,
    /// Years whose public holidays are not known, so that Monday to Friday were counted.
    #[schema(value_type = Vec<i32>, max_items = 20)]
    pub(in crate::duties) weekday_years: Vec<i32>,
}
