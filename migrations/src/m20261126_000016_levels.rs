//! How much of an item ought to stand in a depot: the floor gets a minimum and a maximum.
//!
//! **Invariant.** Floors that were set stay as they are; what was never set asks for nothing.

use sea_orm_migration::prelude::*;

/// Renames the table after all that it holds, and adds the columns.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261126_000016_levels"
    }
}

// Both databases read these.
const UP: &[&str] = &[
    "ALTER TABLE stock_floor RENAME TO stock_level",
    "ALTER TABLE stock_level RENAME COLUMN quantity TO floor",
    "ALTER TABLE stock_level ADD COLUMN minimum BIGINT CHECK (minimum >= floor)",
    "ALTER TABLE stock_level ADD COLUMN maximum BIGINT \
     CHECK (maximum >= floor AND (minimum IS NULL OR maximum >= minimum))",
];

const DOWN: &[&str] = &[
    "ALTER TABLE stock_level DROP COLUMN maximum",
    "ALTER TABLE stock_level DROP COLUMN minimum",
    "ALTER TABLE stock_level RENAME COLUMN floor TO quantity",
    "ALTER TABLE stock_level RENAME TO stock_floor",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN).await
    }
}

async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    for statement in statements {
        connection.execute_unprepared(statement).await?;
    }
    Ok(())
}
