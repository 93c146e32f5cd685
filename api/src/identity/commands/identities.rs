//! Identities: what a provider calls a person is linked to an account, and parted from it.
//!
//! **Invariant.** Whoever links could become the account, for an identity of their own would do, so
//! that it takes what setting its password takes; nobody links one to themselves. Parting ends all
//! sessions of the account.

use domain::{
    identity::Capability,
    kernel::{Id, kinds},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    problem::{Code, Problem},
    scope::reference,
    uow::{Command, Permission, Uow},
};

use crate::identity::{
    queries,
    rows::{identity, provider_login},
    wire::AccountView,
};

use super::{
    accounts::{managed_account, taken_over},
    roles::touch_account,
    sessions::end_sessions,
};

/// What a provider calls a person.
#[derive(Debug)]
pub(crate) struct KnownAs {
    pub(in crate::identity) issuer: String,
    pub(in crate::identity) subject: String,
}

/// Links what a provider calls a person to an account.
#[derive(Debug)]
pub(in crate::identity) struct LinkIdentity {
    pub(in crate::identity) account: Id<kinds::Account>,
    pub(in crate::identity) known_as: KnownAs,
}

impl Command for LinkIdentity {
    type Output = AccountView;
    const NAME: &'static str = "identity.link_identity";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageAccounts]);
    const PERSONAL: &'static [&'static str] = &["name", "login", "subject"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AccountView, Problem> {
        let row = taken_over(uow, self.account).await?;
        if uow.caller().account() == Some(self.account) {
            let refused = Problem::new(Code::Forbidden).with("action", "link_identity");
            return Err(refused.detail(
                "不能给自己的账号关联身份",
                "nobody links an identity to themselves",
            ));
        }
        link(uow, row.id, &self.known_as).await?;
        touch_account(uow, row).await
    }
}

/// Links what a provider calls a person to an account that is there.
pub(super) async fn link(uow: &Uow<'_>, account: Uuid, known_as: &KnownAs) -> Result<(), Problem> {
    let KnownAs { issuer, subject } = known_as;
    if queries::identity(uow.db(), issuer, subject)
        .await?
        .is_some()
    {
        let constraint = "identity_subject_key";
        return Err(Problem::new(Code::AlreadyExists).with("constraint", constraint));
    }
    identity::ActiveModel {
        id: Set(uow.id::<kinds::Identity>().uuid()),
        account_id: Set(account),
        issuer: Set(issuer.clone()),
        subject: Set(subject.clone()),
        linked_at: Set(uow.now()),
    }
    .insert(uow.db())
    .await?;
    Ok(())
}

/// Parts an identity from an account.
#[derive(Debug)]
pub(in crate::identity) struct UnlinkIdentity {
    pub(in crate::identity) account: Id<kinds::Account>,
    pub(in crate::identity) identity: Id<kinds::Identity>,
}

impl Command for UnlinkIdentity {
    type Output = AccountView;
    const NAME: &'static str = "identity.unlink_identity";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageAccounts]);
    const PERSONAL: &'static [&'static str] = &["name", "login", "subject"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AccountView, Problem> {
        let row = managed_account(uow, self.account).await?;
        let found = reference::<identity::Entity>()
            .filter(identity::Column::Id.eq(self.identity.uuid()))
            .filter(identity::Column::AccountId.eq(row.id))
            .one(uow.db())
            .await?
            .ok_or_else(Problem::not_found)?;
        provider_login::Entity::update_many()
            .col_expr(
                provider_login::Column::IdentityId,
                Expr::value(None::<Uuid>),
            )
            .filter(provider_login::Column::IdentityId.eq(found.id))
            .exec(uow.db())
            .await?;
        identity::Entity::delete_many()
            .filter(identity::Column::Id.eq(found.id))
            .exec(uow.db())
            .await?;
        end_sessions(uow, self.account).await?;
        touch_account(uow, row).await
    }
}
