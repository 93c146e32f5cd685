//! Roles: given and taken away.
//!
//! **Invariant.** Nobody gives a role over an organisation that the giver's own reach does not
//! cover, nobody gives one to themselves, and no account holds two that are kept apart.

use domain::{
    identity::{Capability, GrantError, Role, check_grant},
    kernel::{Id, kinds},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};

use crate::{
    organisations,
    problem::{Code, Problem},
    scope::{Scope, visible},
    uow::{Command, Permission, Uow},
};

use crate::identity::{
    queries,
    rows::{account, grant},
    wire::AccountView,
};

use super::accounts::managed_account;

/// Who holds a role: a person or a system.
#[derive(Clone, Copy)]
pub(super) enum Holder {
    Account(Id<kinds::Account>),
    ApiKey(Id<kinds::ApiKey>),
}

pub(super) async fn insert_grants(
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
pub(super) async fn may_give(
    uow: &Uow<'_>,
    grants: &[(Role, Id<kinds::Organisation>)],
) -> Result<(), Problem> {
    for (index, (_, organisation)) in grants.iter().enumerate() {
        let pointer = format!("/grants/{index}/organisation_id");
        organisations::named(uow.db(), &uow.caller().tree(), *organisation, &pointer).await?;
        uow.require(Capability::ManageAccounts, organisation.uuid())
            .await?;
    }
    Ok(())
}

/// Refuses roles to start with that are kept apart, or listed twice.
pub(super) fn check_together(grants: &[(Role, Id<kinds::Organisation>)]) -> Result<(), Problem> {
    for (index, (role, _)) in grants.iter().enumerate() {
        if grants[..index].contains(&grants[index]) {
            return Err(Problem::field(
                format!("/grants/{index}/role"),
                "repeated",
                "该角色已列出",
                format!("{role} over this organisation is listed already"),
            ));
        }
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

/// Gives a role.
#[derive(Debug)]
pub(in crate::identity) struct GiveRole {
    pub(in crate::identity) account: Id<kinds::Account>,
    pub(in crate::identity) role: Role,
    pub(in crate::identity) organisation: Id<kinds::Organisation>,
}

impl Command for GiveRole {
    type Output = AccountView;
    const NAME: &'static str = "identity.give_role";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageAccounts]);
    const PERSONAL: &'static [&'static str] = &["name", "login", "subject"];

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

/// Takes a role away.
#[derive(Debug)]
pub(in crate::identity) struct RevokeRole {
    pub(in crate::identity) account: Id<kinds::Account>,
    pub(in crate::identity) grant: Id<kinds::Grant>,
}

impl Command for RevokeRole {
    type Output = AccountView;
    const NAME: &'static str = "identity.revoke_role";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageAccounts]);
    const PERSONAL: &'static [&'static str] = &["name", "login", "subject"];

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

/// Counts an edit of an account that was made beside its row.
pub(super) async fn touch_account(
    uow: &mut Uow<'_>,
    row: account::Model,
) -> Result<AccountView, Problem> {
    let (id, organisation, version) = (Id::from_uuid(row.id), row.organisation_id, row.version + 1);
    let mut change = row.into_active_model();
    change.version = Set(version);
    change.update(uow.db()).await?;
    uow.subject(id, Some(organisation));
    queries::account(uow.db(), &Scope::Everything, id).await
}
