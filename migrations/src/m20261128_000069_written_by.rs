//! By which entry of the journal lots and reservations were written, and orders by whose goods they ask
//! for.
//!
//! **Invariant.** Of what is there already nobody knows it: such rows are committed to by no entry.

use sea_orm_migration::prelude::*;

use crate::columns::{id_null, index};

/// Adds the entries, and finds rows by them.
#[derive(Debug)]
pub(crate) struct Migration;

const WRITTEN: [(&str, &str); 2] = [
    ("lot", "lot_by_journal_id"),
    ("reservation", "reservation_by_journal_id"),
];
const BY_OWNER: (&str, &str) = ("dispatch_order", "dispatch_order_by_owner");

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261128_000069_written_by"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, name) in WRITTEN {
            let mut alter = Table::alter();
            alter
                .table(Alias::new(table))
                .add_column(id_null("journal_id"));
            manager.alter_table(alter).await?;
            manager
                .create_index(index(name, table, &["journal_id"]))
                .await?;
        }
        let (table, name) = BY_OWNER;
        manager
            .create_index(index(name, table, &["owner_id", "created_at"]))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let gone = |(table, name): (&str, &str)| {
            Index::drop().name(name).table(Alias::new(table)).to_owned()
        };
        manager.drop_index(gone(BY_OWNER)).await?;
        for (table, name) in WRITTEN {
            manager.drop_index(gone((table, name))).await?;
            let mut alter = Table::alter();
            alter
                .table(Alias::new(table))
                .drop_column(Alias::new("journal_id"));
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}
