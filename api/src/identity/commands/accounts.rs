//! Accounts: made, renamed, disabled, and their passwords.
//!
//! **Invariant.** Whoever manages an account reaches its organisation; whoever sets its password
//! reaches every organisation that it has a role in, because they could become it.

use domain::{
    identity::{Capability, Login, Role},
    kernel::{Id, Text, kinds},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::LockType,
};

use crate::{
    http::unchanged,
    organisations,
    problem::Problem,
    scope::{Scope, to_change},
    uow::{Command, Uow},
};

use crate::identity::{queries, rows::account, wire::AccountView};

use super::{
    roles::{Holder, check_together, insert_grants, may_give},
    sessions::{check_not_locked, end_sessions},
};

/// The row of an account and its first roles, as setup, the security administrator and the
/// demonstration make them.
pub(in crate::identity) struct NewAccount<'a> {
    pub(in crate::identity) id: Id<kinds::Account>,
    pub(in crate::identity) login: &'a Login,
    pub(in crate::identity) name: &'a str,
    pub(in crate::identity) password_hash: &'a str,
    pub(in crate::identity) organisation: Id<kinds::Organisation>,
    pub(in crate::identity) grants: &'a [(Role, Id<kinds::Organisation>)],
}

impl NewAccount<'_> {
    pub(in crate::identity) async fn insert(
        self,
        uow: &mut Uow<'_>,
    ) -> Result<AccountView, Problem> {
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
        let (tree, pointer) = (uow.caller().tree(), "/organisation_id");
        organisations::named(uow.db(), &tree, self.organisation, pointer).await?;
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
pub(in crate::identity) struct UpdateAccount {
    pub(in crate::identity) id: Id<kinds::Account>,
    pub(in crate::identity) based_on: i64,
    pub(in crate::identity) name: Option<Text<200>>,
    pub(in crate::identity) active: Option<bool>,
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

/// The account that the caller manages and is going to change. One's own is there and refused.
pub(super) async fn managed_account(
    uow: &Uow<'_>,
    id: Id<kinds::Account>,
) -> Result<account::Model, Problem> {
    let row = queries::known_accounts(uow.caller())
        .lock(LockType::NoKeyUpdate)
        .filter(account::Column::Id.eq(id.uuid()))
        .one(uow.db())
        .await?
        .ok_or_else(Problem::not_found)?;
    uow.require(Capability::ManageAccounts, row.organisation_id)
        .await?;
    Ok(row)
}

/// Puts a new password and ends all sessions.
#[derive(Debug)]
pub(in crate::identity) struct ChangePassword {
    pub(in crate::identity) account: Id<kinds::Account>,
    /// Whether the caller proved to know the present password.
    pub(in crate::identity) proved: bool,
    pub(in crate::identity) password_hash: String,
}

impl Command for ChangePassword {
    type Output = AccountView;
    const NAME: &'static str = "identity.change_password";
    const PERSONAL: &'static [&'static str] = &["name", "login"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AccountView, Problem> {
        let row = if self.proved && uow.caller().account() == Some(self.account) {
            to_change::<account::Entity>(&Scope::Everything)
                .filter(account::Column::Id.eq(self.account.uuid()))
                .one(uow.db())
                .await?
                .ok_or_else(Problem::not_found)?
        } else {
            self.take_over(uow).await?
        };
        if self.proved {
            check_not_locked(row.locked_until, uow.now())?;
        }
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

impl ChangePassword {
    // Who sets a password can become the account, so every role it holds must lie in reach.
    async fn take_over(&self, uow: &Uow<'_>) -> Result<account::Model, Problem> {
        let row = managed_account(uow, self.account).await?;
        for (_, organisation) in queries::roles(uow.db(), self.account).await? {
            uow.require(Capability::ManageAccounts, organisation)
                .await?;
        }
        Ok(row)
    }
}
