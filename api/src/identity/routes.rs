//! Addresses of identity.
//!
//! **Invariant.** Nobody has a password hashed or guessed at who has not shown a right to it.

mod identities;
mod keys;
mod second_factor;
mod sessions;

use axum::{Json, extract::State, response::Response};
use domain::{
    identity::{Capability, Role},
    kernel::{Id, Text, kinds},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{Body, Page, PageQuery, Params, PathId, Resource, Write, Writer},
    problem::{Code, Faults, Problem},
    uow::{self, Request},
};

use identities::{check_subject, known_as};

use super::{
    Caller,
    commands::{ChangePassword, CreateAccount, Fresh, GiveRole, RevokeRole, UpdateAccount, owed},
    login, password, queries,
    setup::{self, CompleteSetup},
    wire::{
        AccountPolicyView, AccountView, ChangePasswordBody, CompleteSetupBody, CreateAccountBody,
        GrantBody, HeldView, MeView, UpdateAccountBody, clean, grants, login as login_name,
    },
};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(complete_setup))
        .routes(routes!(get_account_policy))
        .routes(routes!(get_me))
        .routes(routes!(list_accounts, create_account))
        .routes(routes!(get_account, update_account))
        .routes(routes!(change_password))
        .routes(routes!(give_role))
        .routes(routes!(revoke_role))
        .merge(identities::router())
        .merge(keys::router())
        .merge(second_factor::router())
        .merge(sessions::router())
}

/// Use the one-time setup code to make the root organisation and the first account.
#[utoipa::path(post, path = "/v1/setup", request_body = CompleteSetupBody,
    responses((status = 201, description = "Set up.", body = AccountView)))]
async fn complete_setup(
    State(app): State<App>,
    Body(body): Body<CompleteSetupBody>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let root_name = body.organisation.name.clone();
    let organisation = body.organisation.parse(&mut faults);
    let login = login_name(&mut faults, "/account/login", &body.account.login);
    let name = faults.take("/account/name", Text::new(&body.account.name));
    // Looked at before what costs a core and anyone may ask for.
    setup::check_code(app.db.latest(), &body.code).await?;
    let names = [body.account.name.as_str(), &root_name];
    let allowed = password::allowed(&app, &body.account.password, &body.account.login, &names);
    faults.take("/account/password", allowed.await?);
    let (Some(organisation), Some(login), Some(name)) = (organisation, login, name) else {
        return Err(faults
            .finish::<()>(None)
            .err()
            .unwrap_or_else(Problem::not_found));
    };
    clean(faults)?;
    let password_hash = password::hash(&app, body.account.password).await?;
    let command = CompleteSetup {
        code: body.code,
        organisation,
        login,
        name,
        password_hash,
    };
    let done = uow::execute(&app, &Request::operator("setup"), command).await?;
    Ok(done.made(|made| format!("/v1/accounts/{}", made.id)))
}

/// Tell the rules for passwords, sessions and second factors, before anyone types.
#[utoipa::path(get, path = "/v1/account-policy",
    responses((status = 200, description = "The rules in force.", body = AccountPolicyView)))]
async fn get_account_policy(State(app): State<App>) -> Json<AccountPolicyView> {
    Json(AccountPolicyView::of(&app.config))
}

/// Tell who is asking, with roles and what they allow.
#[utoipa::path(get, path = "/v1/me", responses((status = 200, description = "The caller.", body = MeView)))]
async fn get_me(caller: Caller) -> Json<MeView> {
    let grants = caller
        .grants()
        .iter()
        .map(|(role, organisation)| HeldView {
            role: role.name().to_owned(),
            organisation_id: Id::from_uuid(*organisation),
            capabilities: role
                .capabilities()
                .iter()
                .map(|capability| capability.name().to_owned())
                .collect(),
        })
        .collect();
    Json(MeView {
        principal: caller.principal(),
        organisation_id: caller.organisation().map(Id::from_uuid),
        owes: owed(caller.owes_second_factor()),
        grants,
    })
}

/// List the accounts that one manages, and one's own.
#[utoipa::path(get, path = "/v1/accounts", params(PageQuery),
    responses((status = 200, description = "A page.", body = Page<AccountView>)))]
async fn list_accounts(
    State(app): State<App>,
    caller: Caller,
    Params(page): Params<PageQuery>,
) -> Result<Json<Page<AccountView>>, Problem> {
    queries::accounts(app.db.read(), &caller, &page)
        .await
        .map(Json)
}

/// Make an account.
#[utoipa::path(post, path = "/v1/accounts", request_body = CreateAccountBody,
    responses((status = 201, description = "Made.", body = AccountView)))]
async fn create_account(Write(write, body): Write<CreateAccountBody>) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let login = login_name(&mut faults, "/login", &body.login);
    let name = faults.take("/name", Text::new(&body.name));
    let manages = Capability::ManageAccounts;
    write.caller().require_anywhere(manages)?;
    let app = write.app();
    check_ways_in(&mut faults, &write, &body).await?;
    let grants = grants(&mut faults, &body.grants);
    let (login, name) = faults.finish(login.zip(name))?;
    let known_as = body.subject.map(|subject| known_as(app, subject));
    let known_as = known_as.transpose()?;
    let password_hash = match body.password {
        Some(password) => Some(password::hash(app, password).await?),
        None => None,
    };
    let command = CreateAccount {
        id: body.id,
        login,
        name,
        password_given: password_hash.is_some(),
        password_hash,
        known_as,
        organisation: body.organisation_id,
        grants,
    };
    let done = write.run(command).await?;
    Ok(done.made(|made| format!("/v1/accounts/{}", made.id)))
}

// Whoever is to have an account comes by a password, by the identity provider, or by both.
async fn check_ways_in(
    faults: &mut Faults,
    write: &Writer,
    body: &CreateAccountBody,
) -> Result<(), Problem> {
    let app = write.app();
    match (&body.password, &body.subject) {
        (Some(password), _) => {
            let society =
                queries::society_name(app.db.read(), write.caller(), body.organisation_id).await?;
            let names = [body.name.as_str(), &society];
            let allowed = password::allowed(app, password, &body.login, &names);
            faults.take("/password", allowed.await?);
        }
        (None, Some(_)) => {}
        (None, None) => faults.note(
            "/password",
            "required",
            "须给出密码，或身份提供方对此人的标识（subject）",
            "a password is needed, or what the identity provider calls the person (`subject`)",
        ),
    }
    if let Some(subject) = &body.subject {
        check_subject(faults, subject);
    }
    Ok(())
}

/// Show an account and its roles.
#[utoipa::path(get, path = "/v1/accounts/{account_id}",
    params(("account_id" = String, Path, pattern = "^account_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "The account.", body = AccountView)))]
async fn get_account(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<kinds::Account>,
) -> Result<Resource<AccountView>, Problem> {
    queries::known_account(app.db.read(), &caller, id)
        .await
        .map(Resource)
}

/// Rename, disable or enable an account.
#[utoipa::path(patch, path = "/v1/accounts/{account_id}",
    params(("account_id" = String, Path, pattern = "^account_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = UpdateAccountBody,
    responses((status = 200, description = "Changed.", body = AccountView)))]
async fn update_account(
    PathId(id): PathId<kinds::Account>,
    Write(write, body): Write<UpdateAccountBody>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let name = body.name.map(|name| faults.take("/name", Text::new(&name)));
    clean(faults)?;
    let command = UpdateAccount {
        id,
        based_on: write.based_on()?,
        name: name.flatten(),
        active: body.state.map(|state| state == "active"),
    };
    Ok(write.run(command).await?.changed())
}

/// Change one's own password, or reset another's as security administrator. Ends all sessions.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/password",
    params(("account_id" = String, Path, pattern = "^account_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = ChangePasswordBody,
    responses((status = 200, description = "Changed.", body = AccountView)))]
async fn change_password(
    PathId(id): PathId<kinds::Account>,
    Write(write, body): Write<ChangePasswordBody>,
) -> Result<Response, Problem> {
    let app = write.app().clone();
    queries::known_account(app.db.read(), write.caller(), id).await?;
    let own = write.caller().account() == Some(id);
    // What somebody else types as the present password is not looked at: it could only be a guess.
    let current = body.current.filter(|_| own);
    if own && !login::has_password(&app, id).await? {
        let refused = Problem::new(Code::WrongState).with("state", "no_password");
        return Err(refused.detail(
            "该账号没有密码，只经身份提供方登录；需要密码时请安全管理员设置",
            "the account has no password and is opened by the identity provider alone; a security administrator can give it one",
        ));
    }
    let mut faults = Faults::default();
    if own && current.is_none() {
        faults.note("/current", "required", "必填", "this field is required");
    }
    clean(faults)?;
    if let Some(current) = current {
        login::differs(&current, &body.new, "/new")?;
        login::prove_own(&app, id, current, "/current").await?;
    }
    let renewed = login::renewed(&app, id, body.new, "/new").await?;
    let command = ChangePassword {
        account: id,
        proved: own,
        // What an administrator chose is changed at the next login.
        fresh: Fresh {
            given: !own,
            ..renewed
        },
    };
    Ok(write.run(command).await?.changed())
}

/// Give an account a role over an organisation's subtree.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/grants",
    params(("account_id" = String, Path, pattern = "^account_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    request_body = GrantBody,
    responses((status = 200, description = "Given.", body = AccountView)))]
async fn give_role(
    PathId(account): PathId<kinds::Account>,
    Write(write, body): Write<GrantBody>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let role = faults.take("/role", body.role.parse::<Role>());
    let role = faults.finish(role)?;
    let command = GiveRole {
        account,
        role,
        organisation: body.organisation_id,
    };
    Ok(write.run(command).await?.changed())
}

/// Take a role away.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/grants/{grant_id}/revoke",
    params(
        ("account_id" = String, Path, pattern = "^account_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
        ("grant_id" = String, Path, pattern = "^grant_[0-7][0-9a-hjkmnp-tv-z]{25}$")),
    responses((status = 200, description = "Taken away.", body = AccountView)))]
async fn revoke_role(
    PathId(account): PathId<kinds::Account>,
    PathId(grant): PathId<kinds::Grant>,
    Write(write, ()): Write<()>,
) -> Result<Response, Problem> {
    Ok(write.run(RevokeRole { account, grant }).await?.changed())
}
