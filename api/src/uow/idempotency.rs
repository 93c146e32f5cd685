//! The memory of what was already done, so that a request sent twice has one effect.
//!
//! **Invariant.** A record lives in the transaction of its effect: it exists exactly when the
//! effect does. A refused request leaves no record and may be sent again. One key of one principal
//! stands for one request; another body under it is refused. Records are kept
//! [`RETENTION_DAYS`] days.

use chrono::{DateTime, TimeDelta, Utc};
use domain::kernel::{Id, kinds};
use sea_orm::{
    ActiveValue::Set, DatabaseTransaction, DbBackend, QueryFilter, QueryTrait, Statement,
    entity::prelude::*, sea_query::OnConflict,
};
use serde_json::Value;

use crate::{
    app::App,
    identity::Caller,
    problem::{Code, Problem},
    scope::{self, Reference},
};

use super::{Outcome, Together};

/// How long a repeat is recognised. A keeper may come back from the field after weeks.
pub(crate) const RETENTION_DAYS: i64 = 90;

/// The client's key and what it stands for.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// 1 to 255 visible ASCII characters.
    pub(crate) text: String,
    /// SHA-256 over method, path, query and body of the request, in hex.
    pub(crate) request_hash: String,
}

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) principal: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) key: String,
        pub(crate) request_hash: String,
        pub(crate) journal_id: Option<Uuid>,
        #[sea_orm(column_type = "Text", nullable)]
        pub(crate) response: Option<String>,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

impl Reference for row::Entity {}

/// The write that takes a key for its transaction: it gives a row back where the key was free.
///
/// On PostgreSQL a second holder of the same key waits here for the first to end.
pub(super) fn take(
    backend: DbBackend,
    caller: &Caller,
    key: &Key,
    now: DateTime<Utc>,
) -> Statement {
    let claim = row::ActiveModel {
        principal: Set(caller.principal()),
        key: Set(key.text.clone()),
        request_hash: Set(key.request_hash.clone()),
        journal_id: Set(None),
        response: Set(None),
        created_at: Set(now),
    };
    let mut untouched = OnConflict::columns([row::Column::Principal, row::Column::Key]);
    untouched.do_nothing();
    let mut insert = row::Entity::insert(claim)
        .on_conflict(untouched)
        .into_query();
    insert.returning_col(row::Column::Key);
    backend.build(&insert)
}

/// The answer that a key got which was taken before.
pub(super) async fn answer<T: Outcome>(
    transaction: &DatabaseTransaction,
    caller: &Caller,
    key: &Key,
) -> Result<T, Problem> {
    let found = scope::reference::<row::Entity>()
        .filter(row::Column::Principal.eq(caller.principal()))
        .filter(row::Column::Key.eq(&key.text))
        .one(transaction)
        .await?
        .ok_or_else(|| Problem::internal(anyhow::anyhow!("an idempotency record vanished")))?;
    if found.request_hash != key.request_hash {
        return Err(Problem::new(Code::IdempotencyKeyReused));
    }
    let response = found.response.unwrap_or_default();
    T::recalled(&response, transaction).await
}

/// Adds the answer to what is written last.
pub(super) fn remember(
    last: &mut Together,
    caller: &Caller,
    key: &Key,
    entry: Id<kinds::JournalEntry>,
    body: &Value,
) {
    let answered = row::Entity::update_many()
        .col_expr(row::Column::Response, Expr::value(body.to_string()))
        .col_expr(row::Column::JournalId, Expr::value(entry.uuid()))
        .filter(row::Column::Principal.eq(caller.principal()))
        .filter(row::Column::Key.eq(&key.text));
    last.add(answered.into_query());
}

/// Forgets records past their time. Run by the server's jobs.
pub(crate) async fn sweep(app: &App) -> Result<u64, Problem> {
    let before = app.clock.now() - TimeDelta::days(RETENTION_DAYS);
    let statement = row::Entity::delete_many().filter(row::Column::CreatedAt.lt(before));
    let swept = statement.exec(app.db.writer()).await?;
    Ok(swept.rows_affected)
}
