//! Who draws the secrets of API keys, and how long a secret works.
//!
//! **Invariant.** Keys that are there go on as they were: their secret has no holder and no end.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{id_null, moment_null, text_null, unique},
    history::{add_column, drop_column},
};

/// Adds holder, times and the secret before to keys.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261128_000065_key_holders"
    }
}

const TABLE: &str = "api_key";
const EARLIER: &str = "api_key_earlier_secret";
const DRAWN: &str = "UPDATE api_key SET secret_drawn_at = created_at";

fn columns() -> [ColumnDef; 5] {
    [
        id_null("holder_id"),
        moment_null("secret_drawn_at"),
        moment_null("secret_expires_at"),
        text_null("earlier_hash"),
        moment_null("earlier_until"),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in columns() {
            add_column(manager, TABLE, column).await?;
        }
        manager
            .create_index(unique(EARLIER, TABLE, &["earlier_hash"]))
            .await?;
        let connection = manager.get_connection();
        connection.execute_unprepared(DRAWN).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let gone = Index::drop().name(EARLIER).table(TABLE).to_owned();
        manager.drop_index(gone).await?;
        for column in columns() {
            drop_column(manager, TABLE, column.get_column_name()).await?;
        }
        Ok(())
    }
}
