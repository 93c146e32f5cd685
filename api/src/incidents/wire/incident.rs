//! Incidents on the wire.

use chrono::{DateTime, Utc};
use domain::{
    incidents::{EventGrade, Hazard, ResponseLevel, WarningColour},
    kernel::{Id, Text, UnknownName, kinds},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{given, versioned},
    incidents::{
        commands::{self, Declaration, Where},
        rows,
    },
    problem::{Faults, Problem},
};

use super::{AreaPartBody, Change, area, moment, optional, paragraphs, parse_where};

/// A new incident.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeclareIncidentBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^incident_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::Incident>>,
    /// The organisation that leads the response.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Id<kinds::Organisation>,
    #[schema(min_length = 1, max_length = 200, examples("2021年第6号台风“烟花”"))]
    name: String,
    /// `typhoon`, `flood`, `earthquake`, `landslide`, `drought`, `cold_snow`, `fire`, `epidemic`,
    /// `accident` or `other`.
    #[schema(
        max_length = 16,
        pattern = "^(typhoon|flood|earthquake|landslide|drought|cold_snow|fire|epidemic|accident|other)$"
    )]
    hazard: String,
    /// A code of GB/T 28921 or GB/T 35561, kept as it is given.
    #[schema(min_length = 1, max_length = 32)]
    hazard_code: Option<String>,
    /// How bad the event is, 1 (worst) to 4. Not the warning and not the response.
    #[schema(max_length = 1, pattern = "^[1-4]$")]
    event_grade: Option<String>,
    /// The colour of the warning: `red`, `orange`, `yellow` or `blue`; that of the alert if absent.
    #[schema(max_length = 8, pattern = "^(red|orange|yellow|blue)$")]
    warning_colour: Option<String>,
    /// How high the response is, `I` (highest) to `IV`.
    #[schema(max_length = 3, pattern = "^(I|II|III|IV)$")]
    response_level: Option<String>,
    /// When it happened, or is expected to. May be absent beside `alert_id`: then it is when the alert
    /// expects it.
    occurred_at: Option<DateTime<Utc>>,
    /// Any mix of divisions, polygons and circles.
    #[schema(min_items = 1, max_items = 4200)]
    affected_area: Option<Vec<AreaPartBody>>,
    /// In the place of `affected_area`: where this alert warns, but for codes that are none of
    /// divisions (`left_out`). Later messages about the alert do not change the incident.
    #[schema(value_type = Option<String>, pattern = "^alert_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    alert_id: Option<Id<kinds::Alert>>,
    #[schema(min_length = 1, max_length = 2000)]
    note: Option<String>,
}

impl DeclareIncidentBody {
    pub(crate) fn parse(self) -> Result<(Declaration, Where), Problem> {
        let mut faults = Faults::default();
        let name = faults.take("/name", Text::new(&self.name));
        let hazard = faults.take("/hazard", self.hazard.parse::<Hazard>());
        let hazard_code = optional(&mut faults, "/hazard_code", self.hazard_code.as_deref());
        let scales = Scales {
            event_grade: self.event_grade.map(Some),
            warning_colour: self.warning_colour.map(Some),
            response_level: self.response_level.map(Some),
        };
        let scales = scales.parse(&mut faults);
        let occurred_at = match self.occurred_at {
            Some(at) => moment(&mut faults, "/occurred_at", at).map(Some),
            None if self.alert_id.is_some() => Some(None),
            None => {
                let (zh, en) = ("须给出发生时间", "say when it happened");
                faults.note("/occurred_at", "required", zh, en);
                None
            }
        };
        let drawn = self.affected_area.as_deref();
        let area = parse_where(&mut faults, "/affected_area", drawn, self.alert_id);
        let note = paragraphs(&mut faults, "/note", self.note.as_deref());
        let command = (|| {
            let (event_grade, warning_colour, response_level) = scales?;
            let declared = Declaration {
                id: self.id,
                organisation: self.organisation_id,
                name: name?,
                hazard: hazard?,
                hazard_code: hazard_code?,
                event_grade: event_grade.flatten(),
                warning_colour: warning_colour.flatten(),
                response_level: response_level.flatten(),
                occurred_at: occurred_at?,
                note: note?,
            };
            Some((declared, area?))
        })();
        faults.finish(command)
    }
}

/// A change of an incident: absent members stay as they are, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateIncidentBody {
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// As for a new incident.
    #[schema(
        max_length = 16,
        pattern = "^(typhoon|flood|earthquake|landslide|drought|cold_snow|fire|epidemic|accident|other)$"
    )]
    hazard: Option<String>,
    /// A code of GB/T 28921 or GB/T 35561.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 32)]
    hazard_code: Change<String>,
    /// 1 to 4.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 1, pattern = "^[1-4]$")]
    event_grade: Change<String>,
    /// `red`, `orange`, `yellow` or `blue`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 8, pattern = "^(red|orange|yellow|blue)$")]
    warning_colour: Change<String>,
    /// `I` to `IV`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 3, pattern = "^(I|II|III|IV)$")]
    response_level: Change<String>,
    /// When it happened.
    occurred_at: Option<DateTime<Utc>>,
    /// Takes the place of the whole area.
    #[schema(min_items = 1, max_items = 4200)]
    affected_area: Option<Vec<AreaPartBody>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2000)]
    note: Change<String>,
}

impl UpdateIncidentBody {
    pub(crate) fn parse(
        self,
        id: Id<kinds::Incident>,
        based_on: i64,
    ) -> Result<commands::UpdateIncident, Problem> {
        let mut faults = Faults::default();
        let name = optional(&mut faults, "/name", self.name.as_deref());
        let hazard = self
            .hazard
            .map(|name| faults.take("/hazard", name.parse::<Hazard>()));
        let hazard_code = change(self.hazard_code, |text| {
            faults.take("/hazard_code", Text::new(&text))
        });
        let note = change(self.note, |text| {
            faults.take("/note", Text::paragraphs(&text))
        });
        let scales = Scales {
            event_grade: self.event_grade,
            warning_colour: self.warning_colour,
            response_level: self.response_level,
        };
        let scales = scales.parse(&mut faults);
        let occurred_at = self
            .occurred_at
            .map(|at| moment(&mut faults, "/occurred_at", at));
        let area = self
            .affected_area
            .map(|parts| area::parse(&mut faults, "/affected_area", &parts));
        let command = (|| {
            let (event_grade, warning_colour, response_level) = scales?;
            Some(commands::UpdateIncident {
                id,
                based_on,
                name: name?,
                hazard: hazard.map_or(Some(None), |it| it.map(Some))?,
                hazard_code: hazard_code?,
                event_grade,
                warning_colour,
                response_level,
                occurred_at: occurred_at.map_or(Some(None), |it| it.map(Some))?,
                area: area.map_or(Some(None), |it| it.map(Some))?,
                note: note?,
            })
        })();
        faults.finish(command)
    }
}

// Reads the value of a change, if it has one: outer `None` when it was at fault.
fn change<T, U>(change: Change<T>, read: impl FnOnce(T) -> Option<U>) -> Option<Change<U>> {
    match change {
        None => Some(None),
        Some(None) => Some(Some(None)),
        Some(Some(value)) => read(value).map(|value| Some(Some(value))),
    }
}

/// The three scales as they came, each for itself.
struct Scales {
    event_grade: Change<String>,
    warning_colour: Change<String>,
    response_level: Change<String>,
}

type ScalesRead = (
    Change<EventGrade>,
    Change<WarningColour>,
    Change<ResponseLevel>,
);

impl Scales {
    fn parse(self, faults: &mut Faults) -> Option<ScalesRead> {
        let grade = scale(faults, "/event_grade", self.event_grade);
        let colour = scale(faults, "/warning_colour", self.warning_colour);
        let level = scale(faults, "/response_level", self.response_level);
        Some((grade?, colour?, level?))
    }
}

fn scale<T: std::str::FromStr<Err = UnknownName>>(
    faults: &mut Faults,
    pointer: &str,
    name: Change<String>,
) -> Option<Change<T>> {
    change(name, |name| faults.take(pointer, name.parse::<T>()))
}

/// Why something is done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithdrawNeedBody {
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
}

impl WithdrawNeedBody {
    pub(crate) fn parse(self) -> Result<Text<{ super::NOTE_MAX }>, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::paragraphs(&self.reason));
        faults.finish(reason)
    }
}

/// An incident.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct IncidentView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Incident>,
    /// The organisation that leads the response.
    #[schema(value_type = String, max_length = 30)]
    pub(crate) organisation_id: Id<kinds::Organisation>,
    #[schema(max_length = 200)]
    pub(crate) name: String,
    /// What kind of thing happened.
    #[schema(max_length = 16)]
    pub(crate) hazard: String,
    /// A code of GB/T 28921 or GB/T 35561.
    #[schema(max_length = 32)]
    pub(crate) hazard_code: Option<String>,
    /// How bad the event is, 1 (worst) to 4.
    #[schema(max_length = 1)]
    pub(crate) event_grade: Option<String>,
    /// The colour of the warning.
    #[schema(max_length = 8)]
    pub(crate) warning_colour: Option<String>,
    /// How high the response is, `I` (highest) to `IV`.
    #[schema(max_length = 3)]
    pub(crate) response_level: Option<String>,
    /// When it happened.
    pub(crate) occurred_at: DateTime<Utc>,
    /// `open` or `closed`.
    #[schema(max_length = 8)]
    pub(crate) state: String,
    /// When it was declared, reopened or closed.
    pub(crate) state_at: DateTime<Utc>,
    pub(crate) area: AreaSummaryView,
    /// The alert that it was declared from; absent where a person drew the area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) alert_id: Option<Id<kinds::Alert>>,
    /// Parts of the alert that were left out when it was declared, since they are no divisions that are
    /// there.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub(crate) left_out: i64,
    #[schema(max_length = 2000)]
    pub(crate) note: Option<String>,
    /// When it was declared, by the server.
    pub(crate) created_at: DateTime<Utc>,
    /// The count of edits, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

/// How many parts an affected area has; `/v1/incidents/{id}/area` shows them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct AreaSummaryView {
    /// Divisions named by code.
    #[schema(minimum = 0)]
    pub(crate) divisions: i64,
    /// Parts drawn as polygons.
    #[schema(minimum = 0)]
    pub(crate) polygons: i64,
    /// Parts drawn as circles.
    #[schema(minimum = 0)]
    pub(crate) circles: i64,
}

versioned!(IncidentView);

impl From<rows::incident::Model> for IncidentView {
    fn from(row: rows::incident::Model) -> Self {
        let rows::incident::Model {
            id,
            organisation_id,
            name,
            name_key: _,
            hazard,
            hazard_code,
            event_grade,
            warning_colour,
            response_level,
            occurred_at,
            state,
            state_at,
            divisions,
            polygons,
            circles,
            note,
            alert_id,
            left_out,
            version,
            created_at,
        } = row;
        Self {
            id: Id::from_uuid(id),
            organisation_id: Id::from_uuid(organisation_id),
            name,
            hazard,
            hazard_code,
            event_grade,
            warning_colour,
            response_level,
            occurred_at,
            state,
            state_at,
            area: AreaSummaryView {
                divisions,
                polygons,
                circles,
            },
            alert_id: alert_id.map(Id::from_uuid),
            left_out: left_out.unwrap_or(0),
            note,
            created_at,
            version,
        }
    }
}

/// Which incidents to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct IncidentFilter {
    /// A part of the name.
    #[param(min_length = 1, max_length = 100)]
    pub(crate) q: Option<String>,
    /// `open` or `closed`.
    #[param(max_length = 8, pattern = "^(open|closed)$")]
    pub(crate) state: Option<String>,
    /// What kind of thing happened.
    #[param(
        max_length = 16,
        pattern = "^(typhoon|flood|earthquake|landslide|drought|cold_snow|fire|epidemic|accident|other)$"
    )]
    pub(crate) hazard: Option<String>,
    /// The organisation that leads the response.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(crate) organisation_id: Option<Id<kinds::Organisation>>,
}
