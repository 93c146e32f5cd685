//! Webhooks on the wire.
//!
//! **Invariant.** A secret is in the answer that made it and nowhere else.

use chrono::{DateTime, Utc};
use domain::{
    kernel::{Id, Text, kinds},
    webhooks::MessageState,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    http::versioned,
    journal::EventView,
    problem::{Faults, Problem},
    secrets::Secrets,
};

use super::{
    client::Messenger,
    commands::{CreateWebhook, UpdateWebhook},
    rows::{message, webhook},
};

/// A system that wants to be told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateWebhookBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^webhook_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::Webhook>>,
    /// What happens in this organisation and below it is told.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Id<kinds::Organisation>,
    #[schema(min_length = 1, max_length = 200, examples("省应急指挥平台"))]
    name: String,
    /// An https address outside anybody's own network, unless the operator of the server named its
    /// host (`webhook_hosts`).
    #[schema(
        min_length = 1,
        max_length = 1000,
        examples("https://ems.example.org/relief-depot")
    )]
    url: String,
    /// Commands (`stock.issue`) or whole contexts (`dispatch`); empty or absent for everything.
    #[serde(default)]
    #[schema(max_items = 100)]
    events: Vec<EventText>,
}

/// A command or a context.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, max_length = 100, pattern = "^[a-z_]+(\\.[a-z_]+)?$")]
pub(super) struct EventText(String);

fn kept(events: &[EventText]) -> String {
    let mut names: Vec<_> = events.iter().map(|event| event.0.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.join(" ")
}

impl CreateWebhookBody {
    pub(super) async fn parse(self, app: &App) -> Result<CreateWebhook, Problem> {
        let secrets = Secrets::open(&app.config).map_err(Problem::internal)?;
        let mut faults = Faults::default();
        let name = faults.take("/name", Text::new(&self.name));
        let url = faults.take("/url", app.messenger.check(&self.url).await);
        let command = (|| {
            Some(CreateWebhook {
                id: self.id,
                organisation: self.organisation_id,
                name: name?,
                url: url?.to_string(),
                events: kept(&self.events),
                secrets,
            })
        })();
        faults.finish(command)
    }
}

/// A change of a webhook; absent members stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateWebhookBody {
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Where events are told from now on, those that wait included.
    #[schema(min_length = 1, max_length = 1000)]
    url: Option<String>,
    /// Which events are told from now on; empty for everything.
    #[schema(max_items = 100)]
    events: Option<Vec<EventText>>,
}

impl UpdateWebhookBody {
    pub(super) async fn parse(
        self,
        webhook: Id<kinds::Webhook>,
        based_on: i64,
        messenger: &Messenger,
    ) -> Result<UpdateWebhook, Problem> {
        let mut faults = Faults::default();
        let name = faults.take_if("/name", self.name.as_deref().map(Text::new));
        let url = match &self.url {
            Some(url) => faults.take("/url", messenger.check(url).await).map(Some),
            None => Some(None),
        };
        let command = (|| {
            Some(UpdateWebhook {
                webhook,
                based_on,
                name: name?,
                url: url?.map(|url| url.to_string()),
                events: self.events.as_deref().map(kept),
            })
        })();
        faults.finish(command)
    }
}

/// A system that is told what happens.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(super) struct WebhookView {
    #[schema(value_type = String, max_length = 40)]
    pub(super) id: Id<kinds::Webhook>,
    #[schema(value_type = String, max_length = 30)]
    organisation_id: Id<kinds::Organisation>,
    #[schema(max_length = 200)]
    name: String,
    #[schema(max_length = 1000)]
    url: String,
    /// Commands or whole contexts; empty for everything.
    #[schema(max_items = 100)]
    events: Vec<EventText>,
    /// `active`, `paused` by a person, `gone` since the receiver answered 410, or `ended`.
    #[schema(max_length = 16)]
    state: String,
    /// The first position of the journal that was not looked at for it yet.
    #[schema(minimum = 0)]
    next_position: i64,
    /// Events that are still to be told.
    #[schema(minimum = 0)]
    waiting: i64,
    /// Since when nothing arrives any more.
    failing_since: Option<DateTime<Utc>>,
    last_delivered_at: Option<DateTime<Utc>>,
    /// Until when the secret before signs as well.
    old_secret_until: Option<DateTime<Utc>>,
    /// `whsec_` and the key of the signatures in Base64; only in the answer that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    secret: Option<String>,
    created_at: DateTime<Utc>,
    #[schema(max_length = 64)]
    created_by: String,
    /// The count of edits, from 1.
    #[schema(minimum = 1)]
    pub(super) version: i64,
}

versioned!(WebhookView);

impl WebhookView {
    pub(super) fn new(row: webhook::Model, waiting: i64) -> Self {
        let webhook::Model {
            id,
            organisation_id,
            name,
            url,
            events,
            state,
            secret: _,
            secret_before: _,
            secret_before_until,
            next_position,
            failing_since,
            last_delivered_at,
            created_at,
            created_by,
            version,
        } = row;
        let events = events.split_whitespace();
        Self {
            id: Id::from_uuid(id),
            organisation_id: Id::from_uuid(organisation_id),
            name,
            url,
            events: events.map(|event| EventText(event.to_owned())).collect(),
            state,
            next_position,
            waiting,
            failing_since,
            last_delivered_at,
            old_secret_until: secret_before_until,
            secret: None,
            created_at,
            created_by,
            version,
        }
    }
}

impl WebhookView {
    pub(super) fn with_secret(self, secret: String) -> Self {
        Self {
            secret: Some(secret),
            ..self
        }
    }
}

/// Which messages.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct MessageFilter {
    /// Those that are in this state.
    #[param(value_type = Option<String>, max_length = 16, pattern = "^(waiting|delivered|failed)$")]
    pub(super) state: Option<MessageState>,
}

/// An event, and what became of telling it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(super) struct MessageView {
    /// The entry of the journal; its `webhook-id`.
    #[schema(value_type = String, max_length = 40)]
    pub(super) entry_id: Id<kinds::JournalEntry>,
    /// Where it stands in the journal.
    #[schema(minimum = 0)]
    position: i64,
    /// The command that is told.
    #[schema(max_length = 100)]
    event: String,
    /// `waiting`, `delivered` or `failed`.
    #[schema(max_length = 16)]
    state: String,
    /// How often it was told.
    #[schema(minimum = 0)]
    attempts: i64,
    /// When it is told next, if it waits.
    next_attempt_at: Option<DateTime<Utc>>,
    last_attempt_at: Option<DateTime<Utc>>,
    /// The status that was answered last.
    #[schema(minimum = 100, maximum = 999)]
    last_status: Option<i64>,
    /// Why nothing was answered: `timeout`, `unreachable`, `broken_off` or `not_allowed`.
    #[schema(max_length = 16)]
    last_fault: Option<String>,
}

impl From<message::Model> for MessageView {
    fn from(row: message::Model) -> Self {
        let message::Model {
            webhook_id: _,
            position,
            entry_id,
            event,
            subject: _,
            state,
            attempts,
            next_attempt_at,
            last_attempt_at,
            last_status,
            last_fault,
        } = row;
        let waits = state == MessageState::Waiting.name();
        Self {
            entry_id: Id::from_uuid(entry_id),
            position,
            event,
            state,
            attempts,
            next_attempt_at: waits.then_some(next_attempt_at),
            last_attempt_at,
            last_status,
            last_fault,
        }
    }
}

/// Receivers take 20 kB; of what is longer they are told where to read it.
const BODY_BYTES_MAX: usize = 20_000;

/// What is sent about an event.
pub(super) fn message(event: &EventView) -> Result<Vec<u8>, serde_json::Error> {
    let body = |data: Value| {
        serde_json::to_vec(&json!({
            "type": event.command(),
            "timestamp": event.recorded_at(),
            "data": data,
        }))
    };
    let whole = body(serde_json::to_value(event)?)?;
    if whole.len() <= BODY_BYTES_MAX {
        return Ok(whole);
    }
    let mut data = serde_json::to_value(event)?;
    data["entry"]["body"] = Value::Null;
    body(data)
}

/// The part `webhooks` of the published document.
pub(crate) fn published() -> Value {
    json!({ "event": { "post": {
        "operationId": "receive_event",
        "summary": "Hear what happened.",
        "description": "Sent to every active webhook whose organisation the entry is about, at least \
            once and always under the same `webhook-id`; entries about one thing come in their order. \
            Answer 2xx within 15 seconds. Anything else is told again, ten times over 75 hours; 410 \
            ends the telling. Check `webhook-signature` by Standard Webhooks 1.0 before you believe it. \
            Where the whole is longer than 20 kB, `data.entry.body` is null: read it at \
            `GET /v1/events?from=<position>&limit=1`.",
        "tags": ["webhooks"],
        "parameters": [
            { "name": "webhook-id", "in": "header", "required": true,
              "description": "The id of the entry; the same each time it is told.",
              "schema": { "type": "string", "maxLength": 40 } },
            { "name": "webhook-timestamp", "in": "header", "required": true,
              "description": "Seconds since 1970 of this attempt.",
              "schema": { "type": "integer", "format": "int64", "minimum": 0 } },
            { "name": "webhook-signature", "in": "header", "required": true,
              "description": "`v1,` and the HMAC-SHA256 of `id.timestamp.body` in Base64; two of them, apart by a space, while a secret is being changed.",
              "schema": { "type": "string", "maxLength": 200 } },
        ],
        "requestBody": { "required": true, "content": { "application/json": { "schema": {
            "type": "object",
            "required": ["type", "timestamp", "data"],
            "properties": {
                "type": { "type": "string", "maxLength": 100, "description": "The command: `context.verb_noun`." },
                "timestamp": { "type": "string", "format": "date-time", "description": "When it was recorded." },
                "data": { "$ref": "#/components/schemas/EventView" },
            },
        } } } },
        "responses": { "204": { "description": "Heard." } },
        "security": [],
    } } })
}
