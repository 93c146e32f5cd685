//! Closed roads on the wire.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, Text, kinds},
    routing::{ClosureTime, ClosureTimeError},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::versioned,
    incidents::{AreaPartBody, AreaSummaryView, parse_where},
    problem::{Fault, Faults, Problem},
    routing::{
        commands::{DrawRoadClosure, LiftRoadClosure},
        rows::{closure, of_alert},
    },
};

/// Roads to be closed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::routing) struct DrawRoadClosureBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^closure_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::RoadClosure>>,
    /// On whose behalf; it closes the roads for everybody.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    organisation_id: Id<kinds::Organisation>,
    #[schema(min_length = 1, max_length = 200, examples("瓯江北岸淹没区"))]
    name: String,
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// From when on roads are closed: from now on if absent.
    closed_from: Option<DateTime<Utc>>,
    /// When they are open again: when somebody lifts the closure if absent.
    closed_until: Option<DateTime<Utc>>,
    /// Any mix of divisions whose outlines are known, polygons and circles.
    #[schema(min_items = 1, max_items = 4200)]
    area: Option<Vec<AreaPartBody>>,
    /// In the place of `area`: where this alert warns, as far as outlines are known. The closure has the
    /// time of the alert, unless one is given, and goes where later messages about the alert go.
    #[schema(value_type = Option<String>, pattern = "^alert_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    alert_id: Option<Id<kinds::Alert>>,
}

impl DrawRoadClosureBody {
    pub(in crate::routing) fn parse(self) -> Result<DrawRoadClosure, Problem> {
        let mut faults = Faults::default();
        let name = faults.take("/name", Text::new(&self.name));
        let reason = faults.take("/reason", Text::new(&self.reason));
        let area = parse_where(&mut faults, "/area", self.area.as_deref(), self.alert_id);
        let command = (|| {
            Some(DrawRoadClosure {
                id: self.id,
                organisation: self.organisation_id,
                name: name?,
                reason: reason?,
                from: self.closed_from,
                until: self.closed_until,
                area: area?,
            })
        })();
        faults.finish(command)
    }
}

impl From<ClosureTimeError> for Fault {
    fn from(error: ClosureTimeError) -> Self {
        let zh = "封闭须在开始之后、且在现在之后结束";
        Self::new("out-of-range", zh, error.to_string())
    }
}

/// Why roads are open again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::routing) struct LiftRoadClosureBody {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl LiftRoadClosureBody {
    pub(in crate::routing) fn parse(
        &self,
        closure: Id<kinds::RoadClosure>,
    ) -> Result<LiftRoadClosure, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        faults.finish(reason.map(|reason| LiftRoadClosure { closure, reason }))
    }
}

/// Roads that are closed for a time.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct RoadClosureView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::RoadClosure>,
    /// On whose behalf.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) organisation_id: Id<kinds::Organisation>,
    #[schema(max_length = 200)]
    pub(crate) name: String,
    #[schema(max_length = 500)]
    pub(crate) reason: String,
    pub(crate) closed_from: DateTime<Utc>,
    /// Absent where it stands until it is lifted.
    pub(crate) closed_until: Option<DateTime<Utc>>,
    /// `planned`, `in_force`, `over` or `lifted`.
    #[schema(max_length = 16)]
    pub(crate) state: String,
    pub(crate) area: AreaSummaryView,
    /// The alert that it was drawn from and goes with; absent where a person drew it.
    #[schema(value_type = Option<String>, max_length = 40)]
    #[serde(default)]
    pub(crate) alert_id: Option<Id<kinds::Alert>>,
    /// Parts of the alert that are not closed, since nobody knows their outlines.
    #[schema(minimum = 0)]
    #[serde(default)]
    pub(crate) left_out: i64,
    pub(crate) drawn_at: DateTime<Utc>,
    /// Who drew it.
    #[schema(max_length = 200)]
    pub(crate) drawn_by: String,
    pub(crate) lifted_at: Option<DateTime<Utc>>,
    #[schema(max_length = 200)]
    pub(crate) lifted_by: Option<String>,
    #[schema(max_length = 500)]
    pub(crate) lift_reason: Option<String>,
    /// The count of edits, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(RoadClosureView);

impl RoadClosureView {
    /// The closure as it stands at `now`.
    pub(in crate::routing) fn new(
        row: closure::Model,
        of_alert: Option<&of_alert::Model>,
        now: DateTime<Utc>,
    ) -> Self {
        let closure::Model {
            id,
            organisation_id,
            name,
            reason,
            closed_from,
            closed_until,
            drawn_at,
            drawn_by,
            lifted_at,
            lifted_by,
            lift_reason,
            divisions,
            polygons,
            circles,
            version,
        } = row;
        let state = ClosureTime::kept(closed_from, closed_until).state(lifted_at.is_some(), now);
        Self {
            id: Id::from_uuid(id),
            organisation_id: Id::from_uuid(organisation_id),
            name,
            reason,
            closed_from,
            closed_until,
            state: state.name().to_owned(),
            area: AreaSummaryView {
                divisions,
                polygons,
                circles,
            },
            alert_id: of_alert.map(|it| Id::from_uuid(it.alert_id)),
            left_out: of_alert.map_or(0, |it| it.left_out),
            drawn_at,
            drawn_by,
            lifted_at,
            lifted_by,
            lift_reason,
            version,
        }
    }
}

/// Which closures to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RoadClosureFilter {
    /// `true`: those that are in force now; `false`: all others.
    pub(crate) in_force: Option<bool>,
}
