//! By which entry of the journal lots and reservations were written, in which one a reservation ended,
//! and orders by whose goods they ask for.
//!
//! **Invariant.** Of what is there already nobody knows it: such rows are committed to by no entry.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{id_null, index},
    history::{add_column, drop_column},
};

/// Adds the entries, and finds rows by them.
#[derive(Debug)]
pub(crate) struct Migration;

const ENTRIES: [(&str, &str, &str); 3] = [
    ("lot", "journal_id", "lot_by_journal_id"),
    ("reservation", "journal_id", "reservation_by_journal_id"),
    ("reservation", "ended_in", "reservation_by_ended_in"),
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
        for (table, column, name) in ENTRIES {
            add_column(manager, table, id_null(column)).await?;
            manager.create_index(index(name, table, &[column])).await?;
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
        for (table, column, name) in ENTRIES {
            manager.drop_index(gone((table, name))).await?;
            drop_column(manager, table, column).await?;
        }
        Ok(())
    }
}
