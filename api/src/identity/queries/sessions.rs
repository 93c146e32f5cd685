//! Sessions that are open, as their holder and who manages the account see them.
//!
//! **Invariant.** What is listed opens the door at this moment, and nothing that opens it is left out.

use chrono::{DateTime, TimeDelta, Utc};
use domain::kernel::{Id, kinds};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    scope::reference,
};

use crate::identity::{
    Caller,
    rows::{account, session},
    wire::OpenSessionView,
};

use super::known_accounts;

/// A page of the open sessions of an account that the caller manages, or of its own; the newest first.
pub(in crate::identity) async fn open_sessions(
    db: &impl ConnectionTrait,
    caller: &Caller,
    account: Id<kinds::Account>,
    (now, idle): (DateTime<Utc>, TimeDelta),
    page: &PageQuery,
) -> Result<Page<OpenSessionView>, Problem> {
    known_accounts(caller)
        .filter(account::Column::Id.eq(account.uuid()))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let open = reference::<session::Entity>()
        .filter(session::Column::AccountId.eq(account.uuid()))
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .filter(session::Column::UsedAt.gte(now - idle));
    let filter = account.to_string();
    let found = page
        .newest(db, open, session::Column::Id, |row| row.id, &filter)
        .await?;
    let current = caller.session();
    Ok(found.map(|row| OpenSessionView {
        id: Id::from_uuid(row.id),
        opened_at: row.created_at,
        used_at: row.used_at,
        expires_at: row.expires_at,
        second_factor: row.factors > 1,
        network: row.network,
        current: current == Some(row.id),
    }))
}

/// When a session was opened.
pub(in crate::identity) async fn opened_at(
    db: &impl ConnectionTrait,
    session: Uuid,
) -> Result<Option<DateTime<Utc>>, Problem> {
    let found = reference::<session::Entity>()
        .filter(session::Column::Id.eq(session))
        .one(db)
        .await?;
    Ok(found.map(|row| row.created_at))
}
