//! How old a password is, and the ones before it.
//!
//! **Invariant.** Only hashes are kept, and of earlier ones no more than the policy remembers.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{id, key, moment, moment_null, refers, table, text},
    history::{add_column, create, drop, drop_column},
};

/// Adds the age of passwords, and a table of the ones before.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000041_passwords"
    }
}

const COLUMN: &str = "password_set_at";

fn tables() -> Vec<TableCreateStatement> {
    vec![
        table(
            "earlier_password",
            vec![
                id("id"),
                id("account_id"),
                text("password_hash"),
                moment("replaced_at"),
            ],
        )
        .primary_key(&mut key(&["account_id", "id"]))
        .foreign_key(&mut refers(
            "earlier_password_account",
            "earlier_password",
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
        add_column(manager, "account", moment_null(COLUMN)).await?;
        // Nobody wrote down when the ones that are there were set; not before the account was made.
        let known = format!("UPDATE account SET {COLUMN} = created_at");
        manager.get_connection().execute_unprepared(&known).await?;
        create(manager, tables(), Vec::new()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, tables()).await?;
        drop_column(manager, "account", COLUMN).await
    }
}
