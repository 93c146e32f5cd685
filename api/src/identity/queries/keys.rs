//! Reads of API keys.
//!
//! **Invariant.** A key is shown to who manages its organisation's accounts and to who holds it,
//! never with its secret.

use domain::{
    identity::Capability,
    kernel::{Id, kinds},
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter, Select};

use super::{GrantsOf, grants};
use crate::{
    http::{Direction, Page, PageQuery, by_id_only},
    identity::{
        Caller,
        rows::{api_key, grant},
        wire::ApiKeyView,
    },
    problem::Problem,
    scope::{Scope, Visible as _, to_change, visible},
};

fn known_keys(caller: &Caller) -> Select<api_key::Entity> {
    let managed = api_key::Entity::within(&caller.reach(Capability::ManageAccounts));
    let held = caller
        .account()
        .map(|own| api_key::Column::HolderId.eq(own.uuid()));
    let known = Condition::any().add(managed).add_option(held);
    visible::<api_key::Entity>(&caller.tree()).filter(known)
}

/// A key that the account holds, to be changed; wherever its organisation stands.
pub(in crate::identity) async fn held_key(
    db: &impl ConnectionTrait,
    holder: Id<kinds::Account>,
    id: Id<kinds::ApiKey>,
) -> Result<api_key::Model, Problem> {
    to_change::<api_key::Entity>(&Scope::Everything)
        .filter(api_key::Column::Id.eq(id.uuid()))
        .filter(api_key::Column::HolderId.eq(holder.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

pub(in crate::identity) async fn api_key(
    db: &impl ConnectionTrait,
    caller: &Caller,
    id: Id<kinds::ApiKey>,
) -> Result<ApiKeyView, Problem> {
    let row = known_keys(caller)
        .filter(api_key::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let mut grants = grants(db, grant::Column::ApiKeyId, &[row.id]).await?;
    Ok(api_key_view(row, &mut grants))
}

pub(in crate::identity) async fn api_keys(
    db: &impl ConnectionTrait,
    caller: &Caller,
    page: &PageQuery,
) -> Result<Page<ApiKeyView>, Problem> {
    let select = known_keys(caller);
    let rows = page
        .by_id(select, api_key::Column::Id, Direction::Ascending, "")?
        .all(db)
        .await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut grants = grants(db, grant::Column::ApiKeyId, &ids).await?;
    Ok(Page::cut(
        rows,
        page,
        "",
        |row| by_id_only::<kinds::ApiKey>(Id::from_uuid(row.id)),
        |row| api_key_view(row, &mut grants),
    ))
}

fn api_key_view(row: api_key::Model, grants: &mut GrantsOf) -> ApiKeyView {
    let api_key::Model {
        id,
        name,
        organisation_id,
        secret_hash: _,
        holder_id,
        secret_drawn_at,
        secret_expires_at,
        earlier_hash: _,
        earlier_until,
        expires_at,
        revoked_at,
        version,
        created_at: _,
    } = row;
    ApiKeyView {
        id: Id::from_uuid(id),
        name,
        organisation_id: Id::from_uuid(organisation_id),
        holder_id: holder_id.map(Id::from_uuid),
        expires_at,
        secret_drawn_at,
        secret_expires_at,
        earlier_until,
        revoked_at,
        grants: grants.remove(&id).unwrap_or_default(),
        secret: None,
        version,
    }
}
