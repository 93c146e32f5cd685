//! Goods that have come and are not on record yet, on the wire.
//!
//! **Invariant.** An arrival ends once: by the receipt that puts it on record, or because it was
//! written down wrongly.

use chrono::{DateTime, NaiveDate, Utc};
use domain::kernel::{Id, Text, kinds};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    super::{
        commands::{AcceptArrival, RecordArrival, WithdrawArrival},
        rows::arrival,
    },
    day,
};
use crate::{
    http::versioned,
    problem::{Faults, Problem},
};

/// Goods that have come, before they were counted and put on record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordArrivalBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^arrival_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::Arrival>>,
    #[schema(value_type = String, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    depot_id: Id<kinds::Depot>,
    /// Today or within the last year.
    #[schema(format = Date, max_length = 10)]
    came_on: String,
    #[schema(min_length = 1, max_length = 200, examples("棉被约 300 床"))]
    what: String,
    /// Who brought or sent them.
    #[schema(min_length = 1, max_length = 200)]
    counterparty: Option<String>,
}

impl RecordArrivalBody {
    pub(in crate::duties) fn parse(self) -> Result<RecordArrival, Problem> {
        let mut faults = Faults::default();
        let came_on = day(&mut faults, "/came_on", &self.came_on);
        let what = faults.take("/what", Text::new(&self.what));
        let counterparty = self.counterparty.as_deref().map(Text::new);
        let counterparty = faults.take_if("/counterparty", counterparty);
        let command = (|| {
            Some(RecordArrival {
                id: self.id,
                depot: self.depot_id,
                came_on: came_on?,
                what: what?,
                counterparty: counterparty?,
            })
        })();
        faults.finish(command)
    }
}

/// The receipt that puts goods on record that had come.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptArrivalBody {
    /// A receipt of the same depot.
    #[schema(value_type = String, pattern = "^movement_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    movement_id: Id<kinds::Movement>,
}

impl AcceptArrivalBody {
    pub(in crate::duties) fn parse(&self, arrival: Id<kinds::Arrival>) -> AcceptArrival {
        AcceptArrival {
            arrival,
            movement: self.movement_id,
        }
    }
}

/// Why an arrival was none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithdrawArrivalBody {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl WithdrawArrivalBody {
    pub(in crate::duties) fn parse(
        &self,
        arrival: Id<kinds::Arrival>,
    ) -> Result<WithdrawArrival, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        let command = reason.map(|reason| WithdrawArrival { arrival, reason });
        faults.finish(command)
    }
}

/// Which arrivals.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ArrivalFilter {
    /// At this depot.
    #[param(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::duties) depot_id: Option<Id<kinds::Depot>>,
    /// In this state.
    #[param(max_length = 16, pattern = "^(waiting|accepted|withdrawn)$")]
    pub(in crate::duties) state: Option<String>,
}

/// Goods that have come.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ArrivalView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Arrival>,
    #[schema(value_type = String, max_length = 40)]
    depot_id: Id<kinds::Depot>,
    #[schema(value_type = String, format = Date, max_length = 10)]
    came_on: NaiveDate,
    #[schema(max_length = 200)]
    what: String,
    #[schema(max_length = 200)]
    counterparty: Option<String>,
    /// `waiting`, `accepted` or `withdrawn`.
    #[schema(max_length = 16)]
    state: String,
    /// The receipt.
    #[schema(value_type = Option<String>, max_length = 40)]
    movement_id: Option<Id<kinds::Movement>>,
    /// The day on which the receipt was recorded.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    accepted_on: Option<NaiveDate>,
    #[schema(max_length = 500)]
    reason: Option<String>,
    recorded_at: DateTime<Utc>,
    #[schema(max_length = 64)]
    recorded_by: String,
    ended_at: Option<DateTime<Utc>>,
    #[schema(minimum = 1)]
    version: i64,
}

versioned!(ArrivalView);

impl TryFrom<arrival::Model> for ArrivalView {
    type Error = Problem;

    fn try_from(row: arrival::Model) -> Result<Self, Problem> {
        let accepted_on = row.accepted_on.as_deref().map(str::parse);
        Ok(Self {
            id: Id::from_uuid(row.id),
            depot_id: Id::from_uuid(row.depot_id),
            came_on: row.came_on.parse().map_err(Problem::internal)?,
            what: row.what,
            counterparty: row.counterparty,
            state: row.state,
            movement_id: row.movement_id.map(Id::from_uuid),
            accepted_on: accepted_on.transpose().map_err(Problem::internal)?,
            reason: row.reason,
            recorded_at: row.recorded_at,
            recorded_by: row.recorded_by,
            ended_at: row.ended_at,
            version: row.version,
        })
    }
}
