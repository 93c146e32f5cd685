//! Webhooks are made, changed and ended.
//!
//! **Invariant.** Only who may write data out for an organisation lets others hear of it. What is
//! ended stays ended.

use chrono::TimeDelta;
use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
    webhooks::{MessageState, WebhookState},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};

use crate::{
    http::unchanged,
    journal, organisations,
    problem::{Code, Problem},
    scope::{Scope, to_change, visible},
    secrets::Secrets,
    uow::{Command, Permission, Uow},
};

use super::{
    queries,
    rows::{message, webhook},
    sealed, signature,
    wire::{MessageView, WebhookView},
};

/// More than one organisation's systems would need; each costs a read a second.
const WEBHOOKS_MAX: u64 = 50;
/// So long the secret before signs as well.
const OLD_SECRET: TimeDelta = TimeDelta::hours(24);

/// Lets a system be told.
#[derive(Debug)]
pub(super) struct CreateWebhook {
    pub(super) id: Option<Id<kinds::Webhook>>,
    pub(super) organisation: Id<kinds::Organisation>,
    pub(super) name: Text<200>,
    pub(super) url: String,
    pub(super) events: String,
    pub(super) secrets: Secrets,
}

impl Command for CreateWebhook {
    type Output = WebhookView;
    const NAME: &'static str = "webhooks.create_webhook";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageWebhooks]);
    const SECRET: &'static [&'static str] = &["secret"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<WebhookView, Problem> {
        let organisation = self.organisation.uuid();
        organisations::named(
            uow.db(),
            &uow.scope(),
            self.organisation,
            "/organisation_id",
        )
        .await?;
        uow.require(Capability::ManageWebhooks, organisation)
            .await?;
        let id = match self.id {
            Some(id) => {
                let found = queries::row(uow.db(), &Scope::Everything, id).await;
                Problem::unless_new(found, "webhook.id").map(|()| id)?
            }
            None => uow.id(),
        };
        let there = visible::<webhook::Entity>(&Scope::Everything)
            .filter(webhook::Column::OrganisationId.eq(organisation))
            .filter(webhook::Column::State.ne(WebhookState::Ended.name()))
            .count(uow.db())
            .await?;
        if there >= WEBHOOKS_MAX {
            return Err(Problem::field(
                "/organisation_id",
                "too-many",
                format!("一个单位最多 {WEBHOOKS_MAX} 个推送端点"),
                format!("an organisation has {WEBHOOKS_MAX} webhooks at most"),
            ));
        }
        let secret = signature::fresh_secret();
        let row = webhook::ActiveModel {
            id: Set(id.uuid()),
            organisation_id: Set(organisation),
            name: Set(self.name.to_string()),
            url: Set(self.url.clone()),
            events: Set(self.events.clone()),
            state: Set(WebhookState::Active.name().to_owned()),
            secret: Set(sealed::seal(&self.secrets, id.uuid(), &secret)?),
            secret_before: Set(None),
            secret_before_until: Set(None),
            // What is told first is that it was made.
            next_position: Set(journal::size(uow.db()).await?),
            failing_since: Set(None),
            last_delivered_at: Set(None),
            created_at: Set(uow.now()),
            created_by: Set(uow.caller().principal()),
            version: Set(1),
        }
        .insert(uow.db())
        .await?;
        uow.subject(id, Some(organisation));
        Ok(WebhookView::new(row, 0).with_secret(secret))
    }
}

/// Changes where a system is told, and of what.
#[derive(Debug)]
pub(super) struct UpdateWebhook {
    pub(super) webhook: Id<kinds::Webhook>,
    pub(super) based_on: i64,
    pub(super) name: Option<Text<200>>,
    pub(super) url: Option<String>,
    pub(super) events: Option<String>,
}

impl Command for UpdateWebhook {
    type Output = WebhookView;
    const NAME: &'static str = "webhooks.update_webhook";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageWebhooks]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<WebhookView, Problem> {
        let row = managed(uow, self.webhook).await?;
        unchanged(row.version, self.based_on)?;
        not_ended(&row)?;
        let mut change = row.into_active_model();
        if let Some(name) = &self.name {
            change.name = Set(name.to_string());
        }
        if let Some(url) = &self.url {
            change.url = Set(url.clone());
        }
        if let Some(events) = &self.events {
            change.events = Set(events.clone());
        }
        changed(uow, self.webhook, change).await
    }
}

/// Stops telling for a while, goes on with it, or ends it for ever.
#[derive(Debug)]
pub(super) struct SetWebhookState {
    pub(super) webhook: Id<kinds::Webhook>,
    pub(super) state: WebhookState,
}

impl Command for SetWebhookState {
    type Output = WebhookView;
    const NAME: &'static str = "webhooks.set_webhook_state";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageWebhooks]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<WebhookView, Problem> {
        let row = managed(uow, self.webhook).await?;
        not_ended(&row)?;
        let mut change = row.into_active_model();
        change.state = Set(self.state.name().to_owned());
        changed(uow, self.webhook, change).await
    }
}

/// Gives a webhook another secret; the one before signs as well for a day.
#[derive(Debug)]
pub(super) struct RotateWebhookSecret {
    pub(super) webhook: Id<kinds::Webhook>,
    pub(super) secrets: Secrets,
}

impl Command for RotateWebhookSecret {
    type Output = WebhookView;
    const NAME: &'static str = "webhooks.rotate_webhook_secret";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageWebhooks]);
    const SECRET: &'static [&'static str] = &["secret"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<WebhookView, Problem> {
        let row = managed(uow, self.webhook).await?;
        not_ended(&row)?;
        let secret = signature::fresh_secret();
        let sealed = sealed::seal(&self.secrets, row.id, &secret)?;
        // One that nobody can open any more, since its key was lost, signs nothing.
        let before = match sealed::open(&self.secrets, row.id, &row.secret) {
            Ok(before) => Some(sealed::seal(&self.secrets, row.id, &before)?),
            Err(_) => None,
        };
        let mut change = row.into_active_model();
        change.secret = Set(sealed);
        change.secret_before_until = Set(before.is_some().then(|| uow.now() + OLD_SECRET));
        change.secret_before = Set(before);
        let view = changed(uow, self.webhook, change).await?;
        Ok(view.with_secret(secret))
    }
}

/// Tells an event once more, now.
#[derive(Debug)]
pub(super) struct SendMessage {
    pub(super) webhook: Id<kinds::Webhook>,
    pub(super) entry: Id<kinds::JournalEntry>,
}

impl Command for SendMessage {
    type Output = MessageView;
    const NAME: &'static str = "webhooks.send_webhook_message";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageWebhooks]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<MessageView, Problem> {
        let webhook = managed(uow, self.webhook).await?;
        not_ended(&webhook)?;
        let row = to_change::<message::Entity>(&uow.scope())
            .filter(message::Column::WebhookId.eq(webhook.id))
            .filter(message::Column::EntryId.eq(self.entry.uuid()))
            .one(uow.db())
            .await?
            .ok_or_else(Problem::not_found)?;
        let mut change = row.into_active_model();
        change.state = Set(MessageState::Waiting.name().to_owned());
        change.attempts = Set(0);
        change.next_attempt_at = Set(uow.now());
        let row = change.update(uow.db()).await?;
        uow.subject(self.webhook, Some(webhook.organisation_id));
        Ok(row.into())
    }
}

async fn managed(uow: &Uow<'_>, id: Id<kinds::Webhook>) -> Result<webhook::Model, Problem> {
    let row = to_change::<webhook::Entity>(&uow.scope())
        .filter(webhook::Column::Id.eq(id.uuid()))
        .one(uow.db())
        .await?
        .ok_or_else(Problem::not_found)?;
    uow.require(Capability::ManageWebhooks, row.organisation_id)
        .await?;
    Ok(row)
}

fn not_ended(row: &webhook::Model) -> Result<(), Problem> {
    if row.state == WebhookState::Ended.name() {
        return Err(Problem::new(Code::WrongState)
            .with("state", row.state.as_str())
            .detail("该推送端点已终止", "the webhook has ended"));
    }
    Ok(())
}

async fn changed(
    uow: &mut Uow<'_>,
    id: Id<kinds::Webhook>,
    mut change: webhook::ActiveModel,
) -> Result<WebhookView, Problem> {
    let version = change.version.take().unwrap_or(0) + 1;
    change.version = Set(version);
    let row = change.update(uow.db()).await?;
    uow.subject(id, Some(row.organisation_id));
    let waiting = queries::waiting(uow.db(), &[row.id]).await?;
    let waiting = waiting.get(&row.id).copied().unwrap_or(0);
    Ok(WebhookView::new(row, waiting))
}
