//! API keys of systems: made and ended.
//!
//! **Invariant.** A key's secret is in the answer to its creation and nowhere else; an ended key
//! stays ended.

use chrono::{DateTime, Utc};
use domain::{
    identity::{Capability, Role},
    kernel::{Id, Text, kinds},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter};

use crate::{
    ids, organisations,
    problem::Problem,
    scope::to_change,
    uow::{Command, Uow},
};

use crate::identity::{
    caller::{API_KEY_PREFIX, token_hash},
    queries,
    rows::api_key,
    wire::ApiKeyView,
};

use super::roles::{Holder, check_together, insert_grants, may_give};

/// Makes an API key; its secret is in the answer and nowhere else.
#[derive(Debug)]
pub(in crate::identity) struct CreateApiKey {
    pub(in crate::identity) name: Text<200>,
    pub(in crate::identity) organisation: Id<kinds::Organisation>,
    pub(in crate::identity) grants: Vec<(Role, Id<kinds::Organisation>)>,
    pub(in crate::identity) expires_at: Option<DateTime<Utc>>,
}

impl Command for CreateApiKey {
    type Output = ApiKeyView;
    const NAME: &'static str = "identity.create_api_key";
    const SECRET: &'static [&'static str] = &["secret"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ApiKeyView, Problem> {
        let (tree, pointer) = (uow.caller().tree(), "/organisation_id");
        organisations::named(uow.db(), &tree, self.organisation, pointer).await?;
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
pub(in crate::identity) struct RevokeApiKey {
    pub(in crate::identity) id: Id<kinds::ApiKey>,
}

impl Command for RevokeApiKey {
    type Output = ApiKeyView;
    const NAME: &'static str = "identity.revoke_api_key";

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ApiKeyView, Problem> {
        let managed = uow.caller().reach(Capability::ManageAccounts);
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
        queries::api_key(uow.db(), &uow.caller().tree(), self.id).await
    }
}
