//! Goods that were called back and are not back yet, and hand-overs that were undone.
//!
//! **Invariant.** What came back before this was taken for back at the moment of its recall: the new
//! columns say so of it, too.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{id_null, index, moment_null, text_null},
    history::{add_column, drop_column},
};

/// Adds the columns.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261126_000011_recalls"
    }
}

// Both databases read these.
const UP: &[&str] = &[
    // Called back, and still on the road.
    "ALTER TABLE order_line ADD COLUMN recalled BIGINT NOT NULL DEFAULT 0 \
     CHECK (recalled >= 0 AND received + lost + returned + recalled <= sent)",
    // Back in the depot that sent it.
    "ALTER TABLE shipment_line ADD COLUMN returned BIGINT NOT NULL DEFAULT 0 \
     CHECK (returned >= 0 AND received + damaged + short + returned <= sent)",
    // Who took the goods: the receiver, or the depot that sent them.
    "ALTER TABLE hand_over ADD COLUMN way TEXT NOT NULL DEFAULT 'out' \
     CHECK (way IN ('out', 'back'))",
    "UPDATE shipment_line SET returned = sent - received - damaged - short WHERE shipment_id IN \
     (SELECT id FROM shipment WHERE state = 'returned')",
    "UPDATE shipment SET recalled_at = arrived_at, \
     recalled_by_id = (SELECT state_by_id FROM dispatch_order WHERE dispatch_order.id = order_id), \
     recall_reason = (SELECT reason FROM dispatch_order WHERE dispatch_order.id = order_id) \
     WHERE state = 'returned'",
];

const DOWN: &[&str] = &[
    "ALTER TABLE hand_over DROP COLUMN way",
    "ALTER TABLE shipment_line DROP COLUMN returned",
    "ALTER TABLE order_line DROP COLUMN recalled",
];

// Who called a shipment back, when and why; and who undid a hand-over.
fn columns() -> Vec<(&'static str, ColumnDef)> {
    vec![
        ("shipment", moment_null("recalled_at")),
        ("shipment", id_null("recalled_by_id")),
        ("shipment", text_null("recall_reason")),
        ("hand_over", moment_null("reversed_at")),
        ("hand_over", id_null("reversed_by_id")),
        ("hand_over", text_null("reversal_reason")),
    ]
}

// Both are asked for by their own id, without their depot's.
fn indices() -> [IndexCreateStatement; 2] {
    [
        index("hand_over_by_id", "hand_over", &["id"]),
        index("shipment_by_id", "shipment", &["id"]),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns() {
            add_column(manager, table, column).await?;
        }
        for index in indices() {
            manager.create_index(index).await?;
        }
        execute(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["hand_over_by_id", "shipment_by_id"] {
            manager
                .drop_index(Index::drop().name(name).to_owned())
                .await?;
        }
        execute(manager, DOWN).await?;
        for (table, column) in columns().into_iter().rev() {
            drop_column(manager, table, column.get_column_name()).await?;
        }
        Ok(())
    }
}

async fn execute(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager
            .get_connection()
            .execute_unprepared(statement)
            .await?;
    }
    Ok(())
}
