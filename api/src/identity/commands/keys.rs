//! API keys of systems: made, given secrets, and ended.
//!
//! **Invariant.** Who makes a key never has its secret: its holder draws it, who is somebody else,
//! and it is in that answer and nowhere else. A secret lasts for a time and an ended key stays ended.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    identity::{Capability, Role},
    kernel::{Id, Text, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter};

use crate::{
    ids, organisations,
    problem::{Code, Problem},
    scope::to_change,
    uow::{Command, Permission, Uow},
};

use crate::identity::{
    caller::{API_KEY_PREFIX, token_hash},
    queries,
    rows::api_key,
    wire::ApiKeyView,
};

use super::roles::{Holder, check_together, insert_grants, may_give};

/// Makes an API key, which nobody can use until its holder draws a secret.
#[derive(Debug)]
pub(in crate::identity) struct CreateApiKey {
    pub(in crate::identity) name: Text<200>,
    pub(in crate::identity) organisation: Id<kinds::Organisation>,
    pub(in crate::identity) holder: Id<kinds::Account>,
    pub(in crate::identity) grants: Vec<(Role, Id<kinds::Organisation>)>,
    pub(in crate::identity) expires_at: Option<DateTime<Utc>>,
}

impl Command for CreateApiKey {
    type Output = ApiKeyView;
    const NAME: &'static str = "identity.create_api_key";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageAccounts]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ApiKeyView, Problem> {
        let (tree, pointer) = (uow.caller().tree(), "/organisation_id");
        organisations::named(uow.db(), &tree, self.organisation, pointer).await?;
        uow.require(Capability::ManageAccounts, self.organisation.uuid())
            .await?;
        may_give(uow, &self.grants).await?;
        check_together(&self.grants)?;
        self.check_holder(uow).await?;
        if self.expires_at.is_some_and(|at| at <= uow.now()) {
            return Err(Problem::field(
                "/expires_at",
                "out-of-range",
                "失效时间须在现在之后",
                "a key expires in the future",
            ));
        }
        let id: Id<kinds::ApiKey> = uow.id();
        api_key::ActiveModel {
            id: Set(id.uuid()),
            name: Set(self.name.as_str().to_owned()),
            organisation_id: Set(self.organisation.uuid()),
            // Of nothing that anybody has seen.
            secret_hash: Set(token_hash(&secret())),
            holder_id: Set(Some(self.holder.uuid())),
            secret_drawn_at: Set(None),
            secret_expires_at: Set(None),
            earlier_hash: Set(None),
            earlier_until: Set(None),
            expires_at: Set(self.expires_at),
            revoked_at: Set(None),
            version: Set(1),
            created_at: Set(uow.now()),
        }
        .insert(uow.db())
        .await?;
        insert_grants(uow, Holder::ApiKey(id), &self.grants).await?;
        uow.subject(id, Some(self.organisation.uuid()));
        queries::api_key(uow.db(), uow.caller(), id).await
    }
}

impl CreateApiKey {
    // Somebody else, whom the maker knows: nobody gives themselves what a key may do.
    async fn check_holder(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        if uow.caller().account() == Some(self.holder) {
            return Err(Problem::field(
                "/holder_id",
                "own",
                "领取密钥的须是另一人，不能是建立者本人",
                "who makes a key does not draw its secret: name somebody else",
            ));
        }
        let known = queries::known_account(uow.db(), uow.caller(), self.holder).await;
        match known {
            Ok(holder) if holder.state == "active" => Ok(()),
            Ok(_) => Err(Problem::field(
                "/holder_id",
                "reference",
                "该账号已停用",
                "the account is disabled",
            )),
            Err(problem) => Err(problem.named_at("/holder_id", "没有此账号", "no such account")),
        }
    }
}

fn secret() -> String {
    format!("{API_KEY_PREFIX}{}", hex::encode(ids::random::<32>()))
}

/// Draws a new secret for a key, as its holder; the one before works for a while as well.
#[derive(Debug)]
pub(in crate::identity) struct RotateKeySecret {
    pub(in crate::identity) id: Id<kinds::ApiKey>,
    pub(in crate::identity) overlap: TimeDelta,
    pub(in crate::identity) lasts: TimeDelta,
}

impl Command for RotateKeySecret {
    type Output = ApiKeyView;
    const NAME: &'static str = "identity.rotate_api_key_secret";
    const PERMISSION: Permission = Permission::OwnOr(&[]);
    const SECRET: &'static [&'static str] = &["secret"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ApiKeyView, Problem> {
        let row = queries::held_key(uow.db(), uow.own()?, self.id).await?;
        let is_over = row.revoked_at.is_some() || row.expires_at.is_some_and(|at| at <= uow.now());
        if is_over {
            return Err(Problem::new(Code::WrongState).with("state", "ended"));
        }
        let (now, organisation, version) = (uow.now(), row.organisation_id, row.version + 1);
        // What nobody has drawn, or is over, does not work on.
        let works = row.secret_drawn_at.is_some() && row.works_by(&row.secret_hash, now);
        let until = (works && self.overlap > TimeDelta::zero()).then(|| now + self.overlap);
        let until = until.map(|until| row.secret_expires_at.map_or(until, |end| until.min(end)));
        let secret = secret();
        let earlier = until.map(|_| row.secret_hash.clone());
        let mut change = row.into_active_model();
        change.secret_hash = Set(token_hash(&secret));
        change.secret_drawn_at = Set(Some(now));
        change.secret_expires_at = Set(Some(now + self.lasts));
        change.earlier_hash = Set(earlier);
        change.earlier_until = Set(until);
        change.version = Set(version);
        change.update(uow.db()).await?;
        uow.subject(self.id, Some(organisation));
        let view = queries::api_key(uow.db(), uow.caller(), self.id).await?;
        Ok(ApiKeyView {
            secret: Some(secret),
            ..view
        })
    }
}

/// Ends an API key for ever.
#[derive(Debug)]
pub(in crate::identity) struct RevokeApiKey {
    pub(in crate::identity) id: Id<kinds::ApiKey>,
}

impl Command for RevokeApiKey {
    type Output = ApiKeyView;
    const NAME: &'static str = "identity.revoke_api_key";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageAccounts]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ApiKeyView, Problem> {
        let managed = uow.reach(Capability::ManageAccounts);
        let row = to_change::<api_key::Entity>(&managed)
            .filter(api_key::Column::Id.eq(self.id.uuid()))
            .one(uow.db())
            .await?
            .ok_or_else(Problem::not_found)?;
        let (organisation, version) = (row.organisation_id, row.version + 1);
        let revoked_at = row.revoked_at.unwrap_or(uow.now());
        let mut change = row.into_active_model();
        change.revoked_at = Set(Some(revoked_at));
        change.version = Set(version);
        change.update(uow.db()).await?;
        uow.subject(self.id, Some(organisation));
        queries::api_key(uow.db(), uow.caller(), self.id).await
    }
}
