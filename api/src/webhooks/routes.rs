//! Addresses of webhooks.
//!
//! **Invariant.** Handlers extract, call and answer; they hold no rule.

use axum::{Json, extract::State, response::Response};
use domain::{kernel::kinds, webhooks::WebhookState};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathId, Resource, Write},
    identity::Caller,
    problem::Problem,
    secrets::Secrets,
};

use super::{
    commands::{RotateWebhookSecret, SendMessage, SetWebhookState},
    queries,
    wire::{CreateWebhookBody, MessageFilter, MessageView, UpdateWebhookBody, WebhookView},
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_webhooks, create_webhook))
        .routes(routes!(get_webhook, update_webhook))
        .routes(routes!(pause_webhook))
        .routes(routes!(resume_webhook))
        .routes(routes!(end_webhook))
        .routes(routes!(rotate_webhook_secret))
        .routes(routes!(list_webhook_messages))
        .routes(routes!(send_webhook_message))
}

/// List webhooks, the newest first.
#[utoipa::path(get, path = "/v1/webhooks", params(PageQuery),
    responses((status = 200, description = "A page.", body = Page<WebhookView>)))]
async fn list_webhooks(
    State(app): State<App>,
    caller: Caller,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<WebhookView>>, Problem> {
    queries::webhooks(app.db.read(), &caller.scope(), &page)
        .await
        .map(Json)
}

/// Let a system be told what happens in an organisation and below it; the secret is shown once.
///
/// What is told is described under `webhooks` of this document. The making of the webhook itself is
/// among the first events, after what was done in the second or two before it. What happened earlier is
/// read at `GET /v1/events`.
#[utoipa::path(post, path = "/v1/webhooks", request_body = CreateWebhookBody,
    responses((status = 201, description = "Made.", body = WebhookView)))]
async fn create_webhook(Write(write, body): Write<CreateWebhookBody>) -> Result<Response, Problem> {
    let command = body.parse(write.app()).await?;
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/webhooks/{}", made.id)))
}

/// Show a webhook, without its secret.
#[utoipa::path(get, path = "/v1/webhooks/{webhook_id}",
    params(("webhook_id" = String, Path, pattern = "^webhook_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The webhook.", body = WebhookView)))]
async fn get_webhook(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Webhook>,
) -> Result<Resource<WebhookView>, Problem> {
    queries::webhook(app.db.read(), &caller.scope(), id)
        .await
        .map(Resource)
}

/// Change a webhook.
#[utoipa::path(patch, path = "/v1/webhooks/{webhook_id}",
    params(("webhook_id" = String, Path, pattern = "^webhook_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = UpdateWebhookBody,
    responses((status = 200, description = "Changed.", body = WebhookView)))]
async fn update_webhook(
    PathId(webhook): PathId<kinds::Webhook>,
    Write(write, body): Write<UpdateWebhookBody>,
) -> Result<Response, Problem> {
    let (based_on, messenger) = (write.based_on()?, &write.app().messenger);
    let command = body.parse(webhook, based_on, messenger).await?;
    Ok(write.run(command).await?.changed())
}

/// Stop telling for a while. What happens meanwhile waits.
#[utoipa::path(post, path = "/v1/webhooks/{webhook_id}/pause",
    params(("webhook_id" = String, Path, pattern = "^webhook_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Paused.", body = WebhookView)))]
async fn pause_webhook(
    PathId(webhook): PathId<kinds::Webhook>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    set_state(&write, webhook, WebhookState::Paused).await
}

/// Go on telling, with all that waits.
#[utoipa::path(post, path = "/v1/webhooks/{webhook_id}/resume",
    params(("webhook_id" = String, Path, pattern = "^webhook_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Active.", body = WebhookView)))]
async fn resume_webhook(
    PathId(webhook): PathId<kinds::Webhook>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    set_state(&write, webhook, WebhookState::Active).await
}

/// End a webhook for ever. What waits is not told any more.
#[utoipa::path(post, path = "/v1/webhooks/{webhook_id}/end",
    params(("webhook_id" = String, Path, pattern = "^webhook_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Ended.", body = WebhookView)))]
async fn end_webhook(
    PathId(webhook): PathId<kinds::Webhook>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    set_state(&write, webhook, WebhookState::Ended).await
}

async fn set_state(
    write: &crate::http::Writer,
    webhook: domain::kernel::Id<kinds::Webhook>,
    state: WebhookState,
) -> Result<Response, Problem> {
    let command = SetWebhookState { webhook, state };
    Ok(write.run(command).await?.changed())
}

/// Give a webhook a new secret, shown once; the one before signs as well for 24 hours.
#[utoipa::path(post, path = "/v1/webhooks/{webhook_id}/rotate-secret",
    params(("webhook_id" = String, Path, pattern = "^webhook_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Given.", body = WebhookView)))]
async fn rotate_webhook_secret(
    PathId(webhook): PathId<kinds::Webhook>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    let secrets = Secrets::open(&write.app().config).map_err(Problem::internal)?;
    let command = RotateWebhookSecret { webhook, secrets };
    let done = write.run(command).await?;
    Ok(done.changed())
}

/// List what was told to a webhook and what waits, the newest first. What arrived is kept for 30 days.
#[utoipa::path(get, path = "/v1/webhooks/{webhook_id}/messages",
    params(("webhook_id" = String, Path, pattern = "^webhook_[0-7][0-9a-hjkmnp-tv-z]{25}$"), MessageFilter, PageQuery),
    responses((status = 200, description = "A page.", body = Page<MessageView>)))]
async fn list_webhook_messages(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Webhook>,
    Params(filter): Params<MessageFilter>,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<MessageView>>, Problem> {
    queries::messages(app.db.read(), &caller.scope(), id, &filter, &page)
        .await
        .map(Json)
}

/// Tell an event once more, now, whatever became of it.
#[utoipa::path(post, path = "/v1/webhooks/{webhook_id}/messages/{entry_id}/send",
    params(
        ("webhook_id" = String, Path, pattern = "^webhook_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        ("entry_id" = String, Path, pattern = "^entry_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "It waits.", body = MessageView)))]
async fn send_webhook_message(
    PathId(webhook): PathId<kinds::Webhook>,
    PathId(entry): PathId<kinds::JournalEntry>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    Ok(write.run(SendMessage { webhook, entry }).await?.answer())
}
