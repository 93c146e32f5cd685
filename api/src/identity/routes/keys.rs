//! Addresses of API keys.
//!
//! **Invariant.** A secret is in the answer to who drew it and nowhere else.

use axum::{Json, extract::State, response::Response};
use domain::kernel::{Text, kinds};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Page, PageQuery, Params, PathId, Resource, Write},
    identity::{
        Caller,
        commands::{CreateApiKey, RevokeApiKey},
        queries,
        wire::{ApiKeyView, CreateApiKeyBody, RotateKeySecretBody, grants},
    },
    problem::{Faults, Problem},
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_api_keys, create_api_key))
        .routes(routes!(get_api_key))
        .routes(routes!(rotate_api_key_secret))
        .routes(routes!(revoke_api_key))
}

/// List the API keys that one manages.
#[utoipa::path(get, path = "/v1/api-keys", params(PageQuery),
    responses((status = 200, description = "A page.", body = Page<ApiKeyView>)))]
async fn list_api_keys(
    State(app): State<App>,
    caller: Caller,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<ApiKeyView>>, Problem> {
    queries::api_keys(app.db.read(), &caller, &page)
        .await
        .map(Json)
}

/// Make an API key for a system; its holder draws the secret.
#[utoipa::path(post, path = "/v1/api-keys", request_body = CreateApiKeyBody,
    responses((status = 201, description = "Made.", body = ApiKeyView)))]
async fn create_api_key(Write(write, body): Write<CreateApiKeyBody>) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let name = faults.take("/name", Text::new(&body.name));
    let grants = grants(&mut faults, &body.grants);
    let command = CreateApiKey {
        name: faults.finish(name)?,
        organisation: body.organisation_id,
        holder: body.holder_id,
        grants,
        expires_at: body.expires_at,
    };
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/api-keys/{}", made.id)))
}

/// Show an API key, without its secret.
#[utoipa::path(get, path = "/v1/api-keys/{key_id}",
    params(("key_id" = String, Path, pattern = "^key_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The key.", body = ApiKeyView)))]
async fn get_api_key(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::ApiKey>,
) -> Result<Resource<ApiKeyView>, Problem> {
    queries::api_key(app.db.read(), &caller, id)
        .await
        .map(Resource)
}

/// Draw a new secret for an API key that one holds; it is shown once.
#[utoipa::path(post, path = "/v1/api-keys/{key_id}/rotate-secret",
    params(("key_id" = String, Path, pattern = "^key_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = RotateKeySecretBody,
    responses((status = 200, description = "Drawn.", body = ApiKeyView)))]
async fn rotate_api_key_secret(
    State(app): State<App>,
    PathId(id): PathId<kinds::ApiKey>,
    Write(write, body): Write<RotateKeySecretBody>,
) -> Result<Response, Problem> {
    let command = body.of(id, app.config.key_secret_lasts());
    Ok(write.run(command).await?.changed())
}

/// End an API key for ever, at once.
#[utoipa::path(post, path = "/v1/api-keys/{key_id}/revoke",
    params(("key_id" = String, Path, pattern = "^key_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Ended.", body = ApiKeyView)))]
async fn revoke_api_key(
    PathId(id): PathId<kinds::ApiKey>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    Ok(write.run(RevokeApiKey { id }).await?.changed())
}
