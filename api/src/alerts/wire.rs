//! Alerts on the wire.

mod fault;

use chrono::{DateTime, Utc};
use domain::{
    alerts::{self, DOCUMENT_BYTES_MAX, Standing, Succession},
    kernel::{Id, kinds},
};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

use crate::{
    config::Senders,
    http::versioned,
    incidents::AreaSummaryView,
    problem::{Code, Problem},
};

use super::{commands::TakeAlert, rows::alert};

/// A CAP 1.2 document.
pub(crate) enum AlertDocument {}

impl PartialSchema for AlertDocument {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .description(Some(
                "A CAP 1.2 document in UTF-8, without a document type.",
            ))
            .max_length(Some(DOCUMENT_BYTES_MAX))
            .into()
    }
}

impl ToSchema for AlertDocument {}

/// Who takes an alert in.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TakeAlertParams {
    /// On whose behalf; it is an alert for everybody.
    #[param(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    organisation_id: Id<kinds::Organisation>,
}

impl TakeAlertParams {
    pub(crate) fn parse(
        &self,
        document: Vec<u8>,
        sha256: String,
        believed: &Senders,
    ) -> Result<TakeAlert, Problem> {
        let alert = alerts::read(&document).map_err(fault::refusal)?;
        let sender = &alert.name.sender;
        if !believed.contains(sender) {
            return Err(Problem::new(Code::AlertSenderUnknown).with("sender", sender.as_str()));
        }
        Ok(TakeAlert {
            organisation: self.organisation_id,
            alert,
            document: String::from_utf8(document).map_err(Problem::internal)?,
            sha256,
        })
    }
}

/// A message that warns, or says something about one that did.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct AlertView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::Alert>,
    /// On whose behalf it was taken in.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) organisation_id: Id<kinds::Organisation>,
    /// Who sent it.
    #[schema(max_length = 200)]
    pub(crate) sender: String,
    /// How the sender calls it.
    #[schema(max_length = 200)]
    pub(crate) identifier: String,
    pub(crate) sent_at: DateTime<Utc>,
    /// `Actual`, `Exercise`, `System`, `Test` or `Draft`: only the first acts.
    #[schema(max_length = 16)]
    pub(crate) status: String,
    /// `Alert`, `Update`, `Cancel`, `Ack` or `Error`.
    #[schema(max_length = 16)]
    pub(crate) message_type: String,
    /// `coming`, `in_force`, `over`, `updated`, `cancelled` or `without_effect`.
    #[schema(max_length = 16)]
    pub(crate) state: String,
    /// The kind of danger, in the sender's words.
    #[schema(max_length = 200)]
    pub(crate) event: Option<String>,
    #[schema(max_length = 500)]
    pub(crate) headline: Option<String>,
    #[schema(max_length = 200)]
    pub(crate) sender_name: Option<String>,
    #[schema(max_length = 16)]
    pub(crate) urgency: Option<String>,
    /// In the words of CAP; `Unknown` where the sender tells a colour in its place.
    #[schema(max_length = 16)]
    pub(crate) severity: Option<String>,
    #[schema(max_length = 16)]
    pub(crate) certainty: Option<String>,
    /// `red`, `orange`, `yellow` or `blue`, where it says one.
    #[schema(max_length = 8)]
    pub(crate) warning_colour: Option<String>,
    /// From when it counts.
    pub(crate) effective_at: DateTime<Utc>,
    /// From when the danger is expected.
    pub(crate) onset_at: DateTime<Utc>,
    /// Until when it counts; absent where only another message ends it.
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) area: AreaSummaryView,
    /// Codes that are none of divisions.
    #[schema(minimum = 0)]
    pub(crate) other_codes: i64,
    /// What took its place.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) succeeded_by: Option<Id<kinds::Alert>>,
    /// The SHA-256 of the document as it came.
    #[schema(max_length = 64)]
    pub(crate) sha256: String,
    pub(crate) taken_at: DateTime<Utc>,
    /// Who took it in.
    #[schema(max_length = 200)]
    pub(crate) taken_by: String,
    /// The count of edits, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

impl AlertView {
    /// The alert as it stands at `now`.
    pub(super) fn new(row: alert::Model, now: DateTime<Utc>) -> Self {
        let alert::Model {
            id,
            organisation_id,
            sender,
            identifier,
            sent_at,
            status,
            message_type,
            warns,
            event,
            headline,
            sender_name,
            urgency,
            severity,
            certainty,
            colour,
            effective_at,
            onset_at,
            expires_at,
            divisions,
            polygons,
            circles,
            other_codes,
            sha256,
            succeeded_by,
            succeeded_as,
            taken_at,
            taken_by,
            version,
        } = row;
        let standing = Standing {
            warns,
            succeeded: succeeded_as.and_then(|how| how.parse::<Succession>().ok()),
            effective: effective_at,
            expires: expires_at,
        };
        Self {
            id: Id::from_uuid(id),
            organisation_id: Id::from_uuid(organisation_id),
            sender,
            identifier,
            sent_at,
            status,
            message_type,
            state: standing.state(now).name().to_owned(),
            event,
            headline,
            sender_name,
            urgency,
            severity,
            certainty,
            warning_colour: colour,
            effective_at,
            onset_at,
            expires_at,
            area: AreaSummaryView {
                divisions,
                polygons,
                circles,
            },
            other_codes,
            succeeded_by: succeeded_by.map(Id::from_uuid),
            sha256,
            taken_at,
            taken_by,
            version,
        }
    }
}

/// An alert with its area and what it refers to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertDetailView {
    pub(crate) alert: AlertView,
    #[schema(max_items = 4200)]
    pub(crate) parts: Vec<AlertPartView>,
    #[schema(max_items = 100)]
    pub(crate) references: Vec<AlertReferenceView>,
}

impl crate::http::Versioned for AlertDetailView {
    fn version(&self) -> i64 {
        self.alert.version
    }
}

versioned!(AlertView);

/// One part of the area of an alert.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertPartView {
    /// What people call the area.
    #[schema(max_length = 500)]
    pub(crate) description: String,
    /// `division`, `polygon`, `circle`, or `other` for a code of another list.
    #[schema(max_length = 16)]
    pub(crate) kind: String,
    /// The code of the division, as it came.
    #[schema(max_length = 12)]
    pub(crate) code: Option<String>,
    /// Absent where no division of this code is known here.
    #[schema(max_length = 200)]
    pub(crate) division_name: Option<String>,
    /// Which list a code is from.
    #[schema(max_length = 200)]
    pub(crate) value_name: Option<String>,
    #[schema(max_length = 200)]
    pub(crate) value: Option<String>,
}

/// A message that an alert refers to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertReferenceView {
    #[schema(max_length = 200)]
    pub(crate) sender: String,
    #[schema(max_length = 200)]
    pub(crate) identifier: String,
    pub(crate) sent_at: DateTime<Utc>,
    /// Absent where it never came.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) alert_id: Option<Id<kinds::Alert>>,
}

/// Which alerts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlertFilter {
    /// `true`: those that are in force now; `false`: all others.
    pub(crate) in_force: Option<bool>,
    /// Of this sender.
    #[param(min_length = 1, max_length = 200)]
    pub(crate) sender: Option<String>,
    /// Of this kind of danger, in the sender's words.
    #[param(min_length = 1, max_length = 200)]
    pub(crate) event: Option<String>,
}
