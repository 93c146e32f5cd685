//! Addresses of second factors.
//!
//! **Invariant.** One's own is enrolled, and taken away, by whoever shows the password again, or has
//! just logged in where the account has none; another's
//! is only ever taken away.

use axum::response::Response;
use domain::kernel::{Id, Text, kinds};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{PathId, Write, Writer},
    problem::{Code, Faults, Problem},
    secrets::Secrets,
};

use crate::identity::{
    commands::{ConfirmSecondFactor, EnrolSecondFactor, Removal, RemoveSecondFactor},
    login, queries,
    wire::{
        ConfirmSecondFactorBody, EnrolSecondFactorBody, RecoveryCodesView, RemoveSecondFactorBody,
        SecondFactorRemovedView, SecondFactorView, clean,
    },
};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(enrol_second_factor))
        .routes(routes!(confirm_second_factor))
        .routes(routes!(remove_second_factor))
}

/// Ask for a second factor for oneself: the secret is shown once, and counts when confirmed.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/second-factor",
    params(("account_id" = String, Path, pattern = "^account_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = EnrolSecondFactorBody,
    responses((status = 200, description = "The secret.", body = SecondFactorView)))]
async fn enrol_second_factor(
    PathId(account): PathId<kinds::Account>,
    Write(write, body): Write<EnrolSecondFactorBody>,
) -> Result<Response, Problem> {
    own(&write, account, "enrol_second_factor").await?;
    login::prove_again(write.app(), write.caller(), account, body.password).await?;
    let secrets = secrets(&write)?;
    let command = EnrolSecondFactor { account, secrets };
    Ok(write.run(command).await?.answer())
}

/// Let one's second factor count, by a code that the telephone shows. Ends all other sessions, and
/// answers with recovery codes, once.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/second-factor/confirm",
    params(("account_id" = String, Path, pattern = "^account_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ConfirmSecondFactorBody,
    responses((status = 200, description = "It counts.", body = RecoveryCodesView)))]
async fn confirm_second_factor(
    PathId(account): PathId<kinds::Account>,
    Write(write, body): Write<ConfirmSecondFactorBody>,
) -> Result<Response, Problem> {
    own(&write, account, "confirm_second_factor").await?;
    let command = ConfirmSecondFactor {
        account,
        secrets: secrets(&write)?,
        code: body.code,
    };
    let confirmed = write.run(command).await;
    let confirmed = login::counted(write.app(), account, confirmed).await?;
    Ok(confirmed.answer())
}

/// Take away one's own second factor by password and code (by the code alone, after a fresh login, where the
/// account has no password), or another's as security administrator
/// with a reason.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/second-factor/remove",
    params(("account_id" = String, Path, pattern = "^account_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = RemoveSecondFactorBody,
    responses((status = 200, description = "Taken away.", body = SecondFactorRemovedView)))]
async fn remove_second_factor(
    PathId(account): PathId<kinds::Account>,
    Write(write, body): Write<RemoveSecondFactorBody>,
) -> Result<Response, Problem> {
    let app = write.app();
    queries::known_account(app.db.read(), write.caller(), account).await?;
    let is_own = write.caller().account() == Some(account);
    let removal = if is_own {
        let takes_password = login::has_password(app, account).await?;
        let (password, code) = both(body, takes_password)?;
        login::prove_again(app, write.caller(), account, password).await?;
        let secrets = secrets(&write)?;
        Removal::Own { code, secrets }
    } else {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&body.reason.unwrap_or_default()));
        let reason = faults.finish(reason)?;
        Removal::Reset { reason }
    };
    let removed = write.run(RemoveSecondFactor { account, removal }).await;
    let removed = match is_own {
        true => login::counted(app, account, removed).await?,
        false => removed?,
    };
    Ok(removed.answer())
}

fn both(
    body: RemoveSecondFactorBody,
    takes_password: bool,
) -> Result<(Option<String>, String), Problem> {
    let mut faults = Faults::default();
    for (pointer, is_missing) in [
        ("/password", takes_password && body.password.is_none()),
        ("/code", body.code.is_none()),
    ] {
        if is_missing {
            faults.note(pointer, "required", "必填", "this field is required");
        }
    }
    clean(faults)?;
    Ok((body.password, body.code.unwrap_or_default()))
}

// Another's account that one knows is there, and refused.
async fn own(
    write: &Writer,
    account: Id<kinds::Account>,
    action: &'static str,
) -> Result<(), Problem> {
    if write.caller().account() == Some(account) {
        return Ok(());
    }
    queries::known_account(write.app().db.read(), write.caller(), account).await?;
    Err(Problem::new(Code::Forbidden).with("action", action))
}

fn secrets(write: &Writer) -> Result<Secrets, Problem> {
    Secrets::open(&write.app().config).map_err(Problem::internal)
}
