//! Changes of accounts, roles, keys and sessions.
//!
//! **Invariant.** Nobody gives a role over an organisation that the giver's own reach does not
//! cover, and nobody gives one to themselves. Disabling an account ends its sessions.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    identity::{Capability, GrantError, LockoutRule, Login, Role, check_grant},
    kernel::{Id, Text, kinds},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::Expr,
};

use crate::{
    app::App,
    http::unchanged,
    ids, organisations,
    problem::{Code, Problem},
    scope::{Scope, reference, visible},
    uow::{Command, Uow},
};

use super::{
    caller::{API_KEY_PREFIX, SESSION_PREFIX, token_hash},
    queries,
    rows::{account, api_key, grant, session},
    wire::{AccountView, ApiKeyView, SessionEndedView, SessionView},
};

/// The row of an account and its first roles, as setup, the security administrator and the
/// demonstration make them.
pub(super) struct NewAccount<'a> {
    pub(super) id: Id<kinds::Account>,
    pub(super) login: &'a Login,
    pub(super) name: &'a str,
    pub(super) password_hash: &'a str,
    pub(super) organisation: Id<kinds::Organisation>,
    pub(super) grants: &'a [(Role, Id<kinds::Organisation>)],
}

impl NewAccount<'_> {
    pub(super) async fn insert(self, uow: &mut Uow<'_>) -> Result<AccountView, Problem> {
        account::ActiveModel {
            id: Set(self.id.uuid()),
            login: Set(self.login.as_str().to_owned()),
            name: Set(self.name.to_owned()),
            password_hash: Set(self.password_hash.to_owned()),
            organisation_id: Set(self.organisation.uuid()),
            state: Set("active".to_owned()),
            failed_attempts: Set(0),
            locked_until: Set(None),
            version: Set(1),
            created_at: Set(uow.now()),
        }
        .insert(uow.db())
        .await?;
        insert_grants(uow, Holder::Account(self.id), self.grants).await?;
        uow.subject(self.id, Some(self.organisation.uuid()));
        queries::account(uow.db(), &Scope::Everything, self.id).await
    }
}

#[derive(Clone, Copy)]
enum Holder {
    Account(Id<kinds::Account>),
    ApiKey(Id<kinds::ApiKey>),
}

async fn insert_grants(
    uow: &Uow<'_>,
    holder: Holder,
    grants: &[(Role, Id<kinds::Organisation>)],
) -> Result<(), Problem> {
    let (account, key) = match holder {
        Holder::Account(id) => (Some(id.uuid()), None),
        Holder::ApiKey(id) => (None, Some(id.uuid())),
    };
    for (role, organisation) in grants {
        grant::ActiveModel {
            id: Set(uow.id::<kinds::Grant>().uuid()),
            account_id: Set(account),
            api_key_id: Set(key),
            role: Set(role.name().to_owned()),
            organisation_id: Set(organisation.uuid()),
            created_at: Set(uow.now()),
        }
        .insert(uow.db())
        .await?;
    }
    Ok(())
}

// The giver must see the organisation, reach it as a security administrator, and not be the taker.
async fn may_give(
    uow: &Uow<'_>,
    grants: &[(Role, Id<kinds::Organisation>)],
) -> Result<(), Problem> {
    for (index, (_, organisation)) in grants.iter().enumerate() {
        known_organisation(
            uow,
            *organisation,
            &format!("/grants/{index}/organisation_id"),
        )
        .await?;
        uow.require(Capability::ManageAccounts, organisation.uuid())
            .await?;
    }
    Ok(())
}

async fn known_organisation(
    uow: &Uow<'_>,
    id: Id<kinds::Organisation>,
    pointer: &str,
) -> Result<(), Problem> {
    match organisations::organisation(uow.db(), &uow.caller().tree(), id).await {
        Ok(_) => Ok(()),
        Err(problem) if problem.code == Code::NotFound => Err(Problem::field(
            pointer,
            "reference",
            "没有这个单位",
            "there is no such organisation",
        )),
        Err(problem) => Err(problem),
    }
}

/// Makes an account.
#[derive(Debug)]
pub(crate) struct CreateAccount {
    pub(crate) id: Option<Id<kinds::Account>>,
    pub(crate) login: Login,
    pub(crate) name: Text<200>,
    pub(crate) password_hash: String,
    pub(crate) organisation: Id<kinds::Organisation>,
    pub(crate) grants: Vec<(Role, Id<kinds::Organisation>)>,
}

impl Command for CreateAccount {
    type Output = AccountView;
    const NAME: &'static str = "identity.create_account";
    const PERSONAL: &'static [&'static str] = &["name", "login"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AccountView, Problem> {
        known_organisation(uow, self.organisation, "/organisation_id").await?;
        uow.require(Capability::ManageAccounts, self.organisation.uuid())
            .await?;
        may_give(uow, &self.grants).await?;
        check_together(&self.grants)?;
        NewAccount {
            id: self.id.unwrap_or_else(|| uow.id()),
            login: &self.login,
            name: self.name.as_str(),
            password_hash: &self.password_hash,
            organisation: self.organisation,
            grants: &self.grants,
        }
        .insert(uow)
        .await
    }
}

/// Renames, disables or enables an account.
#[derive(Debug)]
pub(super) struct UpdateAccount {
    pub(super) id: Id<kinds::Account>,
    pub(super) based_on: i64,
    pub(super) name: Option<Text<200>>,
    pub(super) active: Option<bool>,
}

impl Command for UpdateAccount {
    type Output = AccountView;
    const NAME: &'static str = "identity.update_account";
    const PERSONAL: &'static [&'static str] = &["name", "login"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AccountView, Problem> {
        let row = managed_account(uow, self.id).await?;
        unchanged(row.version, self.based_on)?;
        let (version, organisation) = (row.version + 1, row.organisation_id);
        let mut change = row.into_active_model();
        if let Some(name) = &self.name {
            change.name = Set(name.as_str().to_owned());
        }
        if let Some(active) = self.active {
            change.state = Set(if active { "active" } else { "disabled" }.to_owned());
            if !active {
                end_sessions(uow, self.id).await?;
            }
        }
        change.version = Set(version);
        change.update(uow.db()).await?;
        uow.subject(self.id, Some(organisation));
        queries::account(uow.db(), &uow.caller().tree(), self.id).await
    }
}

async fn managed_account(uow: &Uow<'_>, id: Id<kinds::Account>) -> Result<account::Model, Problem> {
    let row = visible::<account::Entity>(&uow.caller().tree())
        .filter(account::Column::Id.eq(id.uuid()))
        .one(uow.db())
        .await?
        .ok_or_else(Problem::not_found)?;
    uow.require(Capability::ManageAccounts, row.organisation_id)
        .await?;
    Ok(row)
}

async fn end_sessions(uow: &Uow<'_>, account: Id<kinds::Account>) -> Result<(), Problem> {
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(uow.now()))
        .filter(session::Column::AccountId.eq(account.uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .exec(uow.db())
        .await?;
    Ok(())
}

/// Gives a role.
#[derive(Debug)]
pub(super) struct GiveRole {
    pub(super) account: Id<kinds::Account>,
    pub(super) role: Role,
    pub(super) organisation: Id<kinds::Organisation>,
}

impl Command for GiveRole {
    type Output = AccountView;
    const NAME: &'static str = "identity.give_role";
    const PERSONAL: &'static [&'static str] = &["name", "login"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AccountView, Problem> {
        let row = managed_account(uow, self.account).await?;
        let grants = [(self.role, self.organisation)];
        may_give(uow, &grants).await?;
        self.check(uow).await?;
        insert_grants(uow, Holder::Account(self.account), &grants).await?;
        touch_account(uow, row).await
    }
}

impl GiveRole {
    async fn check(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        let to_oneself = uow.caller().account() == Some(self.account);
        let held = queries::roles(uow.db(), self.account).await?;
        let same_place: Vec<_> = held
            .iter()
            .filter(|(role, place)| *role != self.role || *place == self.organisation.uuid())
            .map(|(role, _)| *role)
            .collect();
        // Whether the giver may give at all was asked before, where the giver's reach is known.
        let giver = [Role::SecurityAdmin];
        check_grant(&giver, to_oneself, &same_place, self.role).map_err(|error| match error {
            GrantError::NotAllowed | GrantError::ToOneself => Problem::new(Code::Forbidden)
                .with("capability", Capability::ManageAccounts.name())
                .detail("不能给自己授予角色", error.to_string()),
            GrantError::Held { .. } => {
                Problem::field("/role", "repeated", "该账号已有此角色", error.to_string())
            }
            GrantError::Clash { .. } => Problem::field(
                "/role",
                "clash",
                "该账号已有的角色与此角色不能由一人兼任",
                error.to_string(),
            ),
        })
    }
}

// An account must not start with roles that are kept apart.
fn check_together(grants: &[(Role, Id<kinds::Organisation>)]) -> Result<(), Problem> {
    for (index, (role, _)) in grants.iter().enumerate() {
        let before: Vec<_> = grants[..index].iter().map(|(role, _)| *role).collect();
        if let Some(held) = before.iter().find(|held| held.clashes_with(*role)) {
            return Err(Problem::field(
                format!("/grants/{index}/role"),
                "clash",
                "这两个角色不能由一人兼任",
                format!("an account that is {held} may not become {role} as well"),
            ));
        }
    }
    Ok(())
}

/// Takes a role away.
#[derive(Debug)]
pub(super) struct RevokeRole {
    pub(super) account: Id<kinds::Account>,
    pub(super) grant: Id<kinds::Grant>,
}

impl Command for RevokeRole {
    type Output = AccountView;
    const NAME: &'static str = "identity.revoke_role";
    const PERSONAL: &'static [&'static str] = &["name", "login"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AccountView, Problem> {
        let row = managed_account(uow, self.account).await?;
        let found = visible::<grant::Entity>(&Scope::Everything)
            .filter(grant::Column::Id.eq(self.grant.uuid()))
            .filter(grant::Column::AccountId.eq(self.account.uuid()))
            .one(uow.db())
            .await?
            .ok_or_else(Problem::not_found)?;
        uow.require(Capability::ManageAccounts, found.organisation_id)
            .await?;
        grant::Entity::delete_many()
            .filter(grant::Column::Id.eq(found.id))
            .exec(uow.db())
            .await?;
        touch_account(uow, row).await
    }
}

async fn touch_account(uow: &mut Uow<'_>, row: account::Model) -> Result<AccountView, Problem> {
    let (id, organisation, version) = (Id::from_uuid(row.id), row.organisation_id, row.version + 1);
    let mut change = row.into_active_model();
    change.version = Set(version);
    change.update(uow.db()).await?;
    uow.subject(id, Some(organisation));
    queries::account(uow.db(), &Scope::Everything, id).await
}

/// Puts a new password and ends all sessions.
#[derive(Debug)]
pub(super) struct ChangePassword {
    pub(super) account: Id<kinds::Account>,
    /// Whether the caller proved to know the present password.
    pub(super) proved: bool,
    pub(super) password_hash: String,
}

impl Command for ChangePassword {
    type Output = AccountView;
    const NAME: &'static str = "identity.change_password";
    const PERSONAL: &'static [&'static str] = &["name", "login"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AccountView, Problem> {
        let row = if self.proved && uow.caller().account() == Some(self.account) {
            visible::<account::Entity>(&Scope::Everything)
                .filter(account::Column::Id.eq(self.account.uuid()))
                .one(uow.db())
                .await?
                .ok_or_else(Problem::not_found)?
        } else {
            managed_account(uow, self.account).await?
        };
        end_sessions(uow, self.account).await?;
        let (organisation, version) = (row.organisation_id, row.version + 1);
        let mut change = row.into_active_model();
        change.password_hash = Set(self.password_hash.clone());
        change.failed_attempts = Set(0);
        change.locked_until = Set(None);
        change.version = Set(version);
        change.update(uow.db()).await?;
        uow.subject(self.account, Some(organisation));
        queries::account(uow.db(), &Scope::Everything, self.account).await
    }
}

/// Opens a session for an account whose password was right.
#[derive(Debug)]
pub(super) struct OpenSession {
    pub(super) account: Id<kinds::Account>,
    pub(super) lifetime: TimeDelta,
}

impl Command for OpenSession {
    type Output = SessionView;
    const NAME: &'static str = "identity.open_session";
    const SECRET: &'static [&'static str] = &["token"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<SessionView, Problem> {
        let id: Id<kinds::Session> = uow.id();
        let token = format!("{SESSION_PREFIX}{}", hex::encode(ids::random::<32>()));
        let expires_at = uow.now() + self.lifetime;
        session::ActiveModel {
            id: Set(id.uuid()),
            account_id: Set(self.account.uuid()),
            token_hash: Set(token_hash(&token)),
            created_at: Set(uow.now()),
            expires_at: Set(expires_at),
            used_at: Set(uow.now()),
            revoked_at: Set(None),
        }
        .insert(uow.db())
        .await?;
        account::Entity::update_many()
            .col_expr(account::Column::FailedAttempts, Expr::value(0_i64))
            .col_expr(
                account::Column::LockedUntil,
                Expr::value(None::<DateTime<Utc>>),
            )
            .filter(account::Column::Id.eq(self.account.uuid()))
            .exec(uow.db())
            .await?;
        uow.subject(id, None);
        Ok(SessionView {
            id,
            token,
            expires_at,
            account_id: self.account,
        })
    }
}

/// Counts a wrong password; after several, the account is locked for a while.
#[derive(Debug)]
pub(super) struct NoteFailedLogin {
    pub(super) account: Id<kinds::Account>,
}

impl Command for NoteFailedLogin {
    type Output = ();
    const NAME: &'static str = "identity.note_failed_login";

    async fn run(&self, uow: &mut Uow<'_>) -> Result<(), Problem> {
        let Some(row) = visible::<account::Entity>(&Scope::Everything)
            .filter(account::Column::Id.eq(self.account.uuid()))
            .one(uow.db())
            .await?
        else {
            return Ok(());
        };
        let failed = row.failed_attempts + 1;
        let until = LockoutRule::default()
            .locked_until(u32::try_from(failed).unwrap_or(u32::MAX), uow.now());
        let mut change = row.into_active_model();
        change.failed_attempts = Set(failed);
        change.locked_until = Set(until);
        change.update(uow.db()).await?;
        uow.subject(self.account, None);
        Ok(())
    }
}

/// Ends a session: one's own, or that of an account one manages.
#[derive(Debug)]
pub(super) struct EndSession {
    pub(super) session: Id<kinds::Session>,
}

impl Command for EndSession {
    type Output = SessionEndedView;
    const NAME: &'static str = "identity.end_session";

    async fn run(&self, uow: &mut Uow<'_>) -> Result<SessionEndedView, Problem> {
        let row = reference::<session::Entity>()
            .filter(session::Column::Id.eq(self.session.uuid()))
            .one(uow.db())
            .await?
            .ok_or_else(Problem::not_found)?;
        let holder = Id::from_uuid(row.account_id);
        if uow.caller().account() != Some(holder) {
            managed_account(uow, holder).await?;
        }
        let revoked_at = row.revoked_at.unwrap_or(uow.now());
        let mut change = row.into_active_model();
        change.revoked_at = Set(Some(revoked_at));
        change.update(uow.db()).await?;
        uow.subject(self.session, None);
        Ok(SessionEndedView { revoked_at })
    }
}

/// Makes an API key; its secret is in the answer and nowhere else.
#[derive(Debug)]
pub(super) struct CreateApiKey {
    pub(super) name: Text<200>,
    pub(super) organisation: Id<kinds::Organisation>,
    pub(super) grants: Vec<(Role, Id<kinds::Organisation>)>,
    pub(super) expires_at: Option<DateTime<Utc>>,
}

impl Command for CreateApiKey {
    type Output = ApiKeyView;
    const NAME: &'static str = "identity.create_api_key";
    const SECRET: &'static [&'static str] = &["secret"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ApiKeyView, Problem> {
        known_organisation(uow, self.organisation, "/organisation_id").await?;
        uow.require(Capability::ManageAccounts, self.organisation.uuid())
            .await?;
        may_give(uow, &self.grants).await?;
        check_together(&self.grants)?;
        let id: Id<kinds::ApiKey> = uow.id();
        let secret = format!("{API_KEY_PREFIX}{}", hex::encode(ids::random::<32>()));
        api_key::ActiveModel {
            id: Set(id.uuid()),
            name: Set(self.name.as_str().to_owned()),
            organisation_id: Set(self.organisation.uuid()),
            secret_hash: Set(token_hash(&secret)),
            expires_at: Set(self.expires_at),
            revoked_at: Set(None),
            version: Set(1),
            created_at: Set(uow.now()),
        }
        .insert(uow.db())
        .await?;
        insert_grants(uow, Holder::ApiKey(id), &self.grants).await?;
        uow.subject(id, Some(self.organisation.uuid()));
        let view = queries::api_key(uow.db(), &uow.caller().tree(), id).await?;
        Ok(ApiKeyView {
            secret: Some(secret),
            ..view
        })
    }
}

/// Ends an API key for ever.
#[derive(Debug)]
pub(super) struct RevokeApiKey {
    pub(super) id: Id<kinds::ApiKey>,
}

impl Command for RevokeApiKey {
    type Output = ApiKeyView;
    const NAME: &'static str = "identity.revoke_api_key";

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ApiKeyView, Problem> {
        let row = visible::<api_key::Entity>(&uow.caller().tree())
            .filter(api_key::Column::Id.eq(self.id.uuid()))
            .one(uow.db())
            .await?
            .ok_or_else(Problem::not_found)?;
        uow.require(Capability::ManageAccounts, row.organisation_id)
            .await?;
        let (organisation, version) = (row.organisation_id, row.version + 1);
        let revoked_at = row.revoked_at.unwrap_or(uow.now());
        let mut change = row.into_active_model();
        change.revoked_at = Set(Some(revoked_at));
        change.version = Set(version);
        change.update(uow.db()).await?;
        uow.subject(self.id, Some(organisation));
        queries::api_key(uow.db(), &uow.caller().tree(), self.id).await
    }
}

/// Forgets sessions that ended a while ago. Run by the server's jobs.
pub(crate) async fn sweep_sessions(app: &App) -> Result<u64, Problem> {
    const KEPT_DAYS: i64 = 30;
    let before = app.clock.now() - TimeDelta::days(KEPT_DAYS);
    let swept = session::Entity::delete_many()
        .filter(session::Column::ExpiresAt.lt(before))
        .exec(app.db.writer())
        .await?;
    Ok(swept.rows_affected)
}
