//! Second factors: a sealed secret for each account that has one, and codes for when it is lost.
//!
//! **Invariant.** A secret is sealed by a key outside the database, a recovery code is kept as its
//! hash, and a session says how many factors opened it.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{id, key, moment_null, refers, table, text, text_null, whole, whole_null},
    history::{add_column, create, drop, drop_column},
};

/// Adds second factors.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000042_second_factors"
    }
}

fn added() -> Vec<(&'static str, ColumnDef)> {
    let mut factors = whole("factors");
    factors
        .default(1)
        .check(Expr::col(Alias::new("factors")).between(1, 2));
    vec![
        ("account", text_null("totp_secret")),
        ("account", moment_null("totp_confirmed_at")),
        ("account", whole_null("totp_last_step")),
        ("session", factors),
    ]
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        table(
            "recovery_code",
            vec![id("account_id"), text("code_hash"), moment_null("used_at")],
        )
        .primary_key(&mut key(&["account_id", "code_hash"]))
        .foreign_key(&mut refers(
            "recovery_code_account",
            "recovery_code",
            "account_id",
            "account",
        ))
        .to_owned(),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, column) in added() {
            add_column(manager, name, column).await?;
        }
        create(manager, tables(), Vec::new()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, tables()).await?;
        for (name, column) in added().into_iter().rev() {
            drop_column(manager, name, column.get_column_name()).await?;
        }
        Ok(())
    }
}
