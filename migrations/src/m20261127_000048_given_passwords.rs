//! Whether a password was given by an administrator, and not yet changed by its holder.
//!
//! **Invariant.** Of those that are there nobody wrote down who set them: they are taken for their
//! holders' own.

use sea_orm_migration::{prelude::*, schema};

use crate::history::{add_column, drop_column};

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
        add_column(manager, "account", column).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_column(manager, "account", COLUMN).await
    }
}
