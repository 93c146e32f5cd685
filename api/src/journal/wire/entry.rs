//! Entries, as a list and as a feed.
//!
//! **Invariant.** An entry is shown as it was written.

use chrono::{DateTime, Utc};
use domain::kernel::{Id, Text, kinds};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::{
    journal::{commands::EraseSalts, rows::entry},
    problem::{Faults, Problem},
};

/// One record of what was done.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::journal) struct JournalEntryView {
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
pub(in crate::journal) struct JournalFilter {
    /// Those about this id.
    #[param(max_length = 64)]
    pub(in crate::journal) subject: Option<String>,
    /// Those of this command.
    #[param(max_length = 100, pattern = "^[a-z_]+\\.[a-z_]+$")]
    pub(in crate::journal) command: Option<String>,
}

/// An entry and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    /// From 0, without a gap.
    #[schema(minimum = 0)]
    pub(crate) position: i64,
    entry: JournalEntryView,
}

impl EventView {
    pub(in crate::journal) fn new(position: i64, row: entry::Model) -> Self {
        Self {
            position,
            entry: row.into(),
        }
    }

    pub(crate) fn command(&self) -> &str {
        &self.entry.command
    }

    pub(crate) fn id(&self) -> Id<kinds::JournalEntry> {
        self.entry.id
    }

    pub(crate) fn subject(&self) -> Option<&str> {
        self.entry.subject.as_deref()
    }

    pub(crate) fn recorded_at(&self) -> DateTime<Utc> {
        self.entry.recorded_at
    }
}

/// A stretch of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventsView {
    /// What happened that the caller may see, in the order of positions.
    #[schema(max_items = 1000)]
    pub(crate) items: Vec<EventView>,
    /// Where to go on: `from` of the next request.
    #[schema(minimum = 0)]
    pub(crate) next: i64,
    /// How many entries are sealed; there is more while `next` is smaller.
    #[schema(minimum = 0)]
    pub(in crate::journal) sealed: i64,
}

/// Which stretch of the feed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::journal) struct EventsQuery {
    /// The first position that is wanted.
    #[param(minimum = 0, maximum = 9007199254740991_i64, default = 0)]
    pub(in crate::journal) from: Option<i64>,
    /// Entries at once.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub(in crate::journal) limit: Option<u64>,
    /// Seconds to wait where there is nothing yet.
    #[param(minimum = 0, maximum = 30, default = 0)]
    pub(in crate::journal) wait_s: Option<u64>,
}

/// Why a person is erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::journal) struct EraseBody {
    /// Whose wish or which duty it follows; it must not name the person.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

impl EraseBody {
    pub(in crate::journal) fn parse(
        self,
        entry: Id<kinds::JournalEntry>,
    ) -> Result<EraseSalts, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        let reason = faults.finish(reason)?;
        Ok(EraseSalts { entry, reason })
    }
}

/// What was erased.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(in crate::journal) struct ErasureView {
    /// The entry whose salts are gone.
    #[schema(value_type = String, max_length = 40)]
    pub(in crate::journal) entry_id: Id<kinds::JournalEntry>,
    /// The members of its body that nobody can prove any more, as JSON Pointers.
    #[schema(max_items = 100000)]
    pub(in crate::journal) erased: Vec<String>,
    #[schema(max_length = 1000)]
    pub(in crate::journal) reason: String,
}
