//! Whether a password was given by an administrator, and not yet changed by its holder.
//!
//! **Invariant.** Of those that are there nobody wrote down who set them: they are taken for their
//! holders' own.

use sea_orm_migration::{prelude::*, schema};

/// Marks passwords that somebody else gave.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000048_given_passwords"
    }
}

const COLUMN: &str = "password_given";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut column = schema::boolean(Alias::new(COLUMN));
        column.default(false);
        let mut alter = Table::alter();
        alter.table(Alias::new("account")).add_column(column);
        manager.alter_table(alter).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut alter = Table::alter();
        alter
            .table(Alias::new("account"))
            .drop_column(Alias::new(COLUMN));
        manager.alter_table(alter).await
    }
}
