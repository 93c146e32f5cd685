//! Shapes of the journal on the wire.
//!
//! **Invariant.** An entry is shown as it was written.

use chrono::{DateTime, Utc};
use domain::kernel::{Id, kinds};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::rows::entry;

/// One record of what was done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JournalEntryView {
    #[schema(value_type = String, max_length = 40)]
    id: Id<kinds::JournalEntry>,
    recorded_at: DateTime<Utc>,
    /// `context.verb_noun`.
    #[schema(max_length = 100)]
    command: String,
    /// The account, key or operator that asked.
    #[schema(max_length = 64)]
    principal: String,
    #[schema(value_type = Option<String>, max_length = 30)]
    organisation_id: Option<Id<kinds::Organisation>>,
    /// What it is about.
    #[schema(max_length = 64)]
    subject: Option<String>,
    #[schema(max_length = 128)]
    request_id: String,
    #[schema(max_length = 255)]
    idempotency_key: Option<String>,
    /// What came of it, as canonical JSON; what names persons is a salted commitment.
    #[schema(value_type = Object)]
    body: Value,
}

impl From<entry::Model> for JournalEntryView {
    fn from(row: entry::Model) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            recorded_at: row.recorded_at,
            command: row.command,
            principal: row.principal,
            organisation_id: row.organisation_id.map(Id::from_uuid),
            subject: row.subject,
            request_id: row.request_id,
            idempotency_key: row.idempotency_key,
            body: serde_json::from_str(&row.body).unwrap_or(Value::String(row.body)),
        }
    }
}

/// Which entries to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct JournalFilter {
    /// Those about this id.
    #[param(max_length = 64)]
    pub(super) subject: Option<String>,
    /// Those of this command.
    #[param(max_length = 100, pattern = "^[a-z_]+\\.[a-z_]+$")]
    pub(super) command: Option<String>,
}
