//! Addresses of logins by the identity provider, and of the identities of accounts.
//!
//! **Invariant.** Anybody may begin and end a login; whoever does not come back with what the
//! provider gave learns nothing of accounts.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{identity::IdClaims, kernel::kinds};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Body, CallerNetwork, PathId, Write},
    problem::{Faults, Problem},
};

use crate::identity::{
    by_provider,
    commands::{KnownAs, LinkIdentity, UnlinkIdentity},
    wire::{
        AccountView, FinishProviderLoginBody, LinkIdentityBody, ProviderLoginView, SessionView,
        clean,
    },
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(begin_provider_login))
        .routes(routes!(finish_provider_login))
        .routes(routes!(link_identity))
        .routes(routes!(unlink_identity))
}

/// Begin to log in by the identity provider: answers where the person goes, and a handle to keep.
#[utoipa::path(post, path = "/v1/provider-logins",
    responses((status = 201, description = "Begun.", body = ProviderLoginView)))]
async fn begin_provider_login(State(app): State<App>) -> Result<Response, Problem> {
    let begun = by_provider::begin(&app).await?;
    Ok((StatusCode::CREATED, Json(begun)).into_response())
}

/// End a login by the identity provider, with what it sent the person back with; and again with a
/// code, where the account has a second factor.
#[utoipa::path(post, path = "/v1/provider-logins/finish", request_body = FinishProviderLoginBody,
    responses((status = 201, description = "Logged in.", body = SessionView)))]
async fn finish_provider_login(
    State(app): State<App>,
    CallerNetwork(network): CallerNetwork,
    Body(body): Body<FinishProviderLoginBody>,
) -> Result<Response, Problem> {
    let opened = by_provider::finish(&app, network, body).await?;
    Ok((StatusCode::CREATED, Json(opened)).into_response())
}

/// Link what the identity provider calls a person to an account, which may be logged in to by it
/// from then on.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/identities",
    params(("account_id" = String, Path, pattern = "^account_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = LinkIdentityBody,
    responses((status = 200, description = "Linked.", body = AccountView)))]
async fn link_identity(
    PathId(account): PathId<kinds::Account>,
    Write(write, body): Write<LinkIdentityBody>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    check_subject(&mut faults, &body.subject);
    clean(faults)?;
    let known_as = known_as(write.app(), body.subject)?;
    let command = LinkIdentity { account, known_as };
    Ok(write.run(command).await?.changed())
}

/// Notes what no provider calls anybody.
pub(super) fn check_subject(faults: &mut Faults, subject: &str) {
    if !IdClaims::is_subject(subject) {
        let (zh, en) = (
            "须为 1 到 255 个 ASCII 字符",
            "must be 1 to 255 ASCII characters",
        );
        faults.note("/subject", "format", zh, en);
    }
}

/// Somebody whom the provider of the settings calls so.
pub(super) fn known_as(app: &App, subject: String) -> Result<KnownAs, Problem> {
    let issuer = app.provider.named()?.issuer().to_owned();
    Ok(KnownAs { issuer, subject })
}

/// Part an identity from an account, and end the account's sessions.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/identities/{identity_id}/remove",
    params(
        ("account_id" = String, Path, pattern = "^account_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        ("identity_id" = String, Path, pattern = "^identity_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Parted.", body = AccountView)))]
async fn unlink_identity(
    PathId(account): PathId<kinds::Account>,
    PathId(identity): PathId<kinds::Identity>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    let command = UnlinkIdentity { account, identity };
    Ok(write.run(command).await?.changed())
}
