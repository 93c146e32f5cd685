//! Reads of identity.
//!
//! **Invariant.** A list costs a fixed number of statements, whatever its length: the rows, their
//! grants, and of accounts their identities.

mod keys;
mod sessions;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    identity::{Capability, Role},
    kernel::{Id, kinds},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use crate::{
    http::{Direction, Page, PageQuery, by_id_only},
    organisations,
    problem::Problem,
    scope::{Scope, Visible, parts, reference, visible},
};

use super::{
    Caller,
    rows::{account, earlier_password, grant, identity},
    wire::{AccountView, GrantView, IdentityView},
};

pub(super) use keys::{api_key, api_keys, held_key};
pub(super) use sessions::{open_sessions, opened_at};

/// What is needed to let an account in.
pub(super) struct Credential {
    pub(super) account: Id<kinds::Account>,
    /// Nothing where the account has no password.
    pub(super) password_hash: Option<String>,
    pub(super) password_set_at: DateTime<Utc>,
    /// Whether somebody else chose it.
    pub(super) password_given: bool,
    pub(super) locked_until: Option<DateTime<Utc>>,
}

impl From<account::Model> for Credential {
    fn from(row: account::Model) -> Self {
        Self {
            account: Id::from_uuid(row.id),
            password_hash: row.password().map(str::to_owned),
            password_set_at: row.password_set_at.unwrap_or(row.created_at),
            password_given: row.password_given,
            locked_until: row.locked_until,
        }
    }
}

/// The credential under a login name as somebody typed it, if the account is active.
pub(super) async fn credential_by_login(
    db: &impl ConnectionTrait,
    login: &str,
) -> Result<Option<Credential>, Problem> {
    let found = visible::<account::Entity>(&Scope::Everything)
        .filter(account::Column::Login.eq(login.trim().to_lowercase()))
        .filter(account::Column::State.eq("active"))
        .one(db)
        .await?;
    Ok(found.map(Credential::from))
}

/// The credential of an account.
pub(super) async fn credential(
    db: &impl ConnectionTrait,
    id: Id<kinds::Account>,
) -> Result<Option<Credential>, Problem> {
    let found = visible::<account::Entity>(&Scope::Everything)
        .filter(account::Column::Id.eq(id.uuid()))
        .one(db)
        .await?;
    Ok(found.map(Credential::from))
}

/// What a society that the caller knows is called; nothing of one that is not there, which the command
/// refuses.
pub(super) async fn society_name(
    db: &impl ConnectionTrait,
    caller: &Caller,
    id: Id<kinds::Organisation>,
) -> Result<String, Problem> {
    match organisations::named(db, &caller.tree(), id, "").await {
        Ok(society) => Ok(society.name),
        Err(problem) if problem.is_refusal() => Ok(String::new()),
        Err(problem) => Err(problem),
    }
}

/// The hashes of the last passwords of an account, the present one first: so many at most.
pub(super) async fn last_passwords(
    db: &impl ConnectionTrait,
    id: Id<kinds::Account>,
    at_most: usize,
) -> Result<Vec<String>, Problem> {
    let Some(earlier) = at_most.checked_sub(1) else {
        return Ok(Vec::new());
    };
    let present = credential(db, id).await?;
    let earlier = reference::<earlier_password::Entity>()
        .filter(earlier_password::Column::AccountId.eq(id.uuid()))
        .order_by_desc(earlier_password::Column::Id)
        .limit(u64::try_from(earlier).unwrap_or(u64::MAX))
        .all(db)
        .await?;
    let present = present.and_then(|known| known.password_hash);
    let earlier = earlier.into_iter().map(|row| row.password_hash);
    Ok(present.into_iter().chain(earlier).collect())
}

/// One account of a part of the tree, or not found.
pub(super) async fn account(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Account>,
) -> Result<AccountView, Problem> {
    one_account(db, visible(scope), id).await
}

/// As [`account()`], of those that the caller manages and its own.
pub(super) async fn known_account(
    db: &impl ConnectionTrait,
    caller: &Caller,
    id: Id<kinds::Account>,
) -> Result<AccountView, Problem> {
    one_account(db, known_accounts(caller), id).await
}

/// The accounts that the caller manages, and its own: who works for whom is nobody's business
/// else.
pub(super) fn known_accounts(caller: &Caller) -> Select<account::Entity> {
    let managed = account::Entity::within(&caller.reach(Capability::ManageAccounts));
    let own = caller
        .account()
        .map(|own| account::Column::Id.eq(own.uuid()));
    let known = Condition::any().add(managed).add_option(own);
    visible::<account::Entity>(&caller.tree()).filter(known)
}

async fn one_account(
    db: &impl ConnectionTrait,
    select: Select<account::Entity>,
    id: Id<kinds::Account>,
) -> Result<AccountView, Problem> {
    let row = select
        .filter(account::Column::Id.eq(id.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let mut grants = grants(db, grant::Column::AccountId, &[row.id]).await?;
    let mut identities = identities(db, &[row.id]).await?;
    Ok(account_view(row, &mut grants, &mut identities))
}

/// A page of the accounts that the caller manages, and its own.
pub(super) async fn accounts(
    db: &impl ConnectionTrait,
    caller: &Caller,
    page: &PageQuery,
) -> Result<Page<AccountView>, Problem> {
    let rows = page
        .by_id(
            known_accounts(caller),
            account::Column::Id,
            Direction::Ascending,
            "",
        )?
        .all(db)
        .await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut grants = grants(db, grant::Column::AccountId, &ids).await?;
    let mut identities = identities(db, &ids).await?;
    Ok(Page::cut(
        rows,
        page,
        "",
        |row| by_id_only::<kinds::Account>(Id::from_uuid(row.id)),
        |row| account_view(row, &mut grants, &mut identities),
    ))
}

/// The roles that an account holds, and where.
pub(super) async fn roles(
    db: &impl ConnectionTrait,
    account: Id<kinds::Account>,
) -> Result<Vec<(Role, Uuid)>, Problem> {
    visible::<grant::Entity>(&Scope::Everything)
        .filter(grant::Column::AccountId.eq(account.uuid()))
        .all(db)
        .await?
        .into_iter()
        .map(|row| {
            let role = row.role.parse().map_err(Problem::internal)?;
            Ok((role, row.organisation_id))
        })
        .collect()
}

type GrantsOf = BTreeMap<Uuid, Vec<GrantView>>;

// Whoever may see an account sees all its roles, those elsewhere in the tree too.
async fn grants(
    db: &impl ConnectionTrait,
    holder: grant::Column,
    holders: &[Uuid],
) -> Result<GrantsOf, Problem> {
    let rows = visible::<grant::Entity>(&Scope::Everything)
        .filter(holder.is_in(holders.iter().copied()))
        .order_by_asc(grant::Column::Id)
        .all(db)
        .await?;
    let mut grants = GrantsOf::new();
    for row in rows {
        let Some(holder) = row.account_id.or(row.api_key_id) else {
            continue;
        };
        grants.entry(holder).or_default().push(GrantView {
            id: Id::from_uuid(row.id),
            role: row.role,
            organisation_id: Id::from_uuid(row.organisation_id),
        });
    }
    Ok(grants)
}

type IdentitiesOf = BTreeMap<Uuid, Vec<IdentityView>>;

async fn identities(db: &impl ConnectionTrait, accounts: &[Uuid]) -> Result<IdentitiesOf, Problem> {
    // They come with their accounts, which were found by whoever may: a login answers before it is
    // known who asks.
    let rows = parts::<identity::Entity>()
        .filter(identity::Column::AccountId.is_in(accounts.iter().copied()))
        .order_by_asc(identity::Column::Id)
        .all(db)
        .await?;
    let mut identities = IdentitiesOf::new();
    for row in rows {
        let of_account = identities.entry(row.account_id).or_default();
        of_account.push(IdentityView {
            id: Id::from_uuid(row.id),
            issuer: row.issuer,
            subject: row.subject,
            linked_at: row.linked_at,
        });
    }
    Ok(identities)
}

/// What an identity provider calls a person, if it is linked to an account.
pub(super) async fn identity(
    db: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
) -> Result<Option<identity::Model>, Problem> {
    let found = reference::<identity::Entity>()
        .filter(identity::Column::Issuer.eq(issuer))
        .filter(identity::Column::Subject.eq(subject))
        .one(db)
        .await?;
    Ok(found)
}

/// As [`identity()`], the id of one whose account is active.
pub(super) async fn linked(
    db: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
) -> Result<Option<Uuid>, Problem> {
    let Some(found) = identity(db, issuer, subject).await? else {
        return Ok(None);
    };
    let active = visible::<account::Entity>(&Scope::Everything)
        .filter(account::Column::Id.eq(found.account_id))
        .filter(account::Column::State.eq("active"))
        .one(db)
        .await?;
    Ok(active.map(|_| found.id))
}

/// The account that an identity is linked to.
pub(super) async fn account_of(
    db: &impl ConnectionTrait,
    identity: Uuid,
) -> Result<Option<Id<kinds::Account>>, Problem> {
    let found = reference::<identity::Entity>()
        .filter(identity::Column::Id.eq(identity))
        .one(db)
        .await?;
    Ok(found.map(|row| Id::from_uuid(row.account_id)))
}

fn account_view(
    row: account::Model,
    grants: &mut GrantsOf,
    identities: &mut IdentitiesOf,
) -> AccountView {
    let has_password = row.password().is_some();
    let account::Model {
        id,
        login,
        name,
        password_hash: _,
        password_set_at: _,
        password_given: _,
        organisation_id,
        state,
        failed_attempts: _,
        locked_until: _,
        totp_secret: _,
        totp_confirmed_at,
        totp_last_step: _,
        version,
        created_at: _,
    } = row;
    AccountView {
        id: Id::from_uuid(id),
        login,
        name,
        organisation_id: Id::from_uuid(organisation_id),
        state,
        has_password,
        second_factor_since: totp_confirmed_at,
        grants: grants.remove(&id).unwrap_or_default(),
        identities: identities.remove(&id).unwrap_or_default(),
        version,
    }
}
