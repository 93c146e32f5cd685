//! How a migration of whole tables goes up and down.
//!
//! **Invariant.** Down undoes up in the opposite order.

use sea_orm_migration::prelude::*;

/// Makes tables in order, then their indices.
pub(crate) async fn create(
    manager: &SchemaManager<'_>,
    tables: Vec<TableCreateStatement>,
    indices: Vec<IndexCreateStatement>,
) -> Result<(), DbErr> {
    for statement in tables {
        manager.create_table(statement).await?;
    }
    for statement in indices {
        manager.create_index(statement).await?;
    }
    Ok(())
}

/// Drops tables, the last made first; their indices go with them.
pub(crate) async fn drop(
    manager: &SchemaManager<'_>,
    tables: Vec<TableCreateStatement>,
) -> Result<(), DbErr> {
    for statement in tables.into_iter().rev() {
        let Some(name) = statement.get_table_name().cloned() else {
            continue;
        };
        manager
            .drop_table(Table::drop().table(name).to_owned())
            .await?;
    }
    Ok(())
}

/// Adds a column to a table that is there; SQLite adds one at a time.
pub(crate) async fn add_column(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: ColumnDef,
) -> Result<(), DbErr> {
    let mut alter = Table::alter();
    alter.table(Alias::new(table)).add_column(column);
    manager.alter_table(alter).await
}

/// Takes one away again.
pub(crate) async fn drop_column(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: impl Into<String>,
) -> Result<(), DbErr> {
    let mut alter = Table::alter();
    let column = Alias::new(column);
    alter.table(Alias::new(table)).drop_column(column);
    manager.alter_table(alter).await
}

/// A migration that makes the tables of `tables()` and the indices of `indices()`.
macro_rules! tables_migration {
    ($name:literal) => {
        #[derive(Debug)]
        pub(crate) struct Migration;

        impl MigrationName for Migration {
            fn name(&self) -> &'static str {
                $name
            }
        }

        #[async_trait::async_trait]
        impl MigrationTrait for Migration {
            fn use_transaction(&self) -> Option<bool> {
                Some(true)
            }

            async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                $crate::history::create(manager, tables(), indices()).await
            }

            async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                $crate::history::drop(manager, tables()).await
            }
        }
    };
}
pub(crate) use tables_migration;
