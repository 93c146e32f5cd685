//! Movements by the journal entry that posted them.
//!
//! **Invariant.** Every movement is found from its entry without reading the others: `verify` walks the
//! journal in parts, and a large ledger would be read once for each.

use sea_orm_migration::prelude::*;

use crate::columns::index;

/// Finds movements by their entry.
#[derive(Debug)]
pub(crate) struct Migration;

const NAME: &str = "movement_by_journal_id";

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000051_movements_of_entries"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_entry = index(NAME, "movement", &["journal_id"]);
        manager.create_index(by_entry).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let gone = Index::drop().name(NAME).table("movement").to_owned();
        manager.drop_index(gone).await
    }
}
