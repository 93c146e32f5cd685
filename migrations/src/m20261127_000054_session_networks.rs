//! From which network a session was opened, so that its holder knows it again.
//!
//! **Invariant.** Of sessions that are there nobody wrote it down; it stays unknown.

use sea_orm_migration::prelude::*;

use crate::{
    columns::text_null,
    history::{add_column, drop_column},
};

/// Adds the network to sessions.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000054_session_networks"
    }
}

const COLUMN: &str = "network";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_column(manager, "session", text_null(COLUMN)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_column(manager, "session", COLUMN).await
    }
}
