//! Accounts: made, renamed, disabled, and their passwords.
//!
//! **Invariant.** Whoever manages an account reaches its organisation; whoever sets its password
//! reaches every organisation that it has a role in, because they could become it.

use domain::{
    identity::{Capability, Login, Role},
    kernel::{Id, Text, kinds},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, sea_query::LockType,
};

use crate::{
    http::unchanged,
    organisations,
    problem::Problem,
    scope::{Scope, reference, to_change},
    uow::{Command, Permission, Uow},
};

use crate::identity::{
    queries,
    rows::{account, earlier_password},
    wire::AccountView,
};

use super::{
    identities::{KnownAs, link},
    roles::{Holder, check_together, insert_grants, may_give},
    sessions::{check_not_locked, end_sessions},
};

/// The row of an account and its first roles, as setup, the security administrator and the
/// demonstration make them.
pub(in crate::identity) struct NewAccount<'a> {
    pub(in crate::identity) id: Id<kinds::Account>,
    pub(in crate::identity) login: &'a Login,
    pub(in crate::identity) name: &'a str,
    /// Nothing for whoever comes by the identity provider alone.
    pub(in crate::identity) password_hash: Option<&'a str>,
    pub(in crate::identity) known_as: Option<&'a KnownAs>,
    /// Whether somebody else chose the password, so that its holder has to change it.
    pub(in crate::identity) password_given: bool,
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
            password_hash: Set(self.password_hash.unwrap_or_default().to_owned()),
            password_set_at: Set(self.password_hash.map(|_| uow.now())),
            password_given: Set(self.password_given),
            organisation_id: Set(self.organisation.uuid()),
            state: Set("active".to_owned()),
            failed_attempts: Set(0),
            locked_until: Set(None),
            totp_secret: Set(None),
            totp_confirmed_at: Set(None),
            totp_last_step: Set(None),
            version: Set(1),
            created_at: Set(uow.now()),
        }
        .insert(uow.db())
        .await?;
        insert_grants(uow, Holder::Account(self.id), self.grants).await?;
        if let Some(known_as) = self.known_as {
            link(uow, self.id.uuid(), known_as).await?;
        }
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
    /// Nothing for whoever comes by the identity provider alone.
    pub(crate) password_hash: Option<String>,
    pub(crate) known_as: Option<KnownAs>,
    /// Whether somebody else chose the password, so that its holder has to change it.
    pub(crate) password_given: bool,
    pub(crate) organisation: Id<kinds::Organisation>,
    pub(crate) grants: Vec<(Role, Id<kinds::Organisation>)>,
}

impl Command for CreateAccount {
    type Output = AccountView;
    const NAME: &'static str = "identity.create_account";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageAccounts]);
    const PERSONAL: &'static [&'static str] = &["name", "login", "subject"];

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
            password_hash: self.password_hash.as_deref(),
            known_as: self.known_as.as_ref(),
            password_given: self.password_given,
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
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageAccounts]);
    const PERSONAL: &'static [&'static str] = &["name", "login", "subject"];

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

/// A password as it is kept, whether somebody else chose it, and how many are remembered.
#[derive(Debug)]
pub(in crate::identity) struct Fresh {
    pub(in crate::identity) hash: String,
    pub(in crate::identity) given: bool,
    pub(in crate::identity) remembered: usize,
}

/// Puts a new password in the place of the present one and ends all sessions.
pub(super) async fn renew(
    uow: &Uow<'_>,
    row: &account::Model,
    change: &mut account::ActiveModel,
    fresh: &Fresh,
) -> Result<(), Problem> {
    use earlier_password::{ActiveModel, Column, Entity};
    end_sessions(uow, Id::from_uuid(row.id)).await?;
    // The present one counts among those that are remembered.
    let keep = fresh.remembered.saturating_sub(1);
    if let Some(present) = row.password().filter(|_| keep > 0) {
        let earlier = ActiveModel {
            account_id: Set(row.id),
            id: Set(uow.id::<kinds::Account>().uuid()),
            password_hash: Set(present.to_owned()),
            replaced_at: Set(uow.now()),
        };
        earlier.insert(uow.db()).await?;
    }
    let known = reference::<Entity>()
        .filter(Column::AccountId.eq(row.id))
        .order_by_desc(Column::Id)
        .all(uow.db())
        .await?;
    let forgotten: Vec<_> = known.iter().skip(keep).map(|row| row.id).collect();
    if !forgotten.is_empty() {
        Entity::delete_many()
            .filter(Column::AccountId.eq(row.id))
            .filter(Column::Id.is_in(forgotten))
            .exec(uow.db())
            .await?;
    }
    change.password_hash = Set(fresh.hash.clone());
    change.password_set_at = Set(Some(uow.now()));
    change.password_given = Set(fresh.given);
    change.version = Set(row.version + 1);
    Ok(())
}

/// Puts a new password and ends all sessions.
#[derive(Debug)]
pub(in crate::identity) struct ChangePassword {
    pub(in crate::identity) account: Id<kinds::Account>,
    /// Whether the caller proved to know the present password.
    pub(in crate::identity) proved: bool,
    pub(in crate::identity) fresh: Fresh,
}

impl Command for ChangePassword {
    type Output = AccountView;
    const NAME: &'static str = "identity.change_password";
    const PERMISSION: Permission = Permission::OwnOr(&[Capability::ManageAccounts]);
    const PERSONAL: &'static [&'static str] = &["name", "login", "subject"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AccountView, Problem> {
        let own = self.proved && uow.is_own(self.account);
        let row = if own {
            own_account(uow, self.account).await?
        } else {
            taken_over(uow, self.account).await?
        };
        if self.proved {
            check_not_locked(row.locked_until, uow.now())?;
        }
        let organisation = row.organisation_id;
        let mut change = row.clone().into_active_model();
        renew(uow, &row, &mut change, &self.fresh).await?;
        change.failed_attempts = Set(0);
        change.locked_until = Set(None);
        change.update(uow.db()).await?;
        uow.subject(self.account, Some(organisation));
        queries::account(uow.db(), &Scope::Everything, self.account).await
    }
}

/// The caller's own account, which is going to change.
pub(super) async fn own_account(
    uow: &Uow<'_>,
    id: Id<kinds::Account>,
) -> Result<account::Model, Problem> {
    if !uow.is_own(id) {
        return Err(Problem::not_found());
    }
    to_change::<account::Entity>(&Scope::Everything)
        .filter(account::Column::Id.eq(id.uuid()))
        .one(uow.db())
        .await?
        .ok_or_else(Problem::not_found)
}

/// An account that the caller manages, going to change in a way that lets the caller become it: every
/// role that it holds must lie in reach.
pub(super) async fn taken_over(
    uow: &Uow<'_>,
    id: Id<kinds::Account>,
) -> Result<account::Model, Problem> {
    let row = managed_account(uow, id).await?;
    for (_, organisation) in queries::roles(uow.db(), id).await? {
        uow.require(Capability::ManageAccounts, organisation)
            .await?;
    }
    Ok(row)
}
