//! What became of each piece of an order, and numbers for papers.
//!
//! **Invariant.** Every piece of an order's line is still to leave, on the road, received, lost,
//! returned or given up: the two new columns and their checks close that account.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{id, key, refers, table, text, whole},
    history,
};

/// Adds the columns and the counters of paper numbers.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261126_000008_order_accounts"
    }
}

// Both databases read these.
const UP: &[&str] = &[
    // Ordered, and will not be sent.
    "ALTER TABLE order_line ADD COLUMN given_up BIGINT NOT NULL DEFAULT 0 \
     CHECK (given_up >= 0 AND sent + given_up <= quantity)",
    // Sent, and called back.
    "ALTER TABLE order_line ADD COLUMN returned BIGINT NOT NULL DEFAULT 0 \
     CHECK (returned >= 0 AND received + lost + returned <= sent)",
    "UPDATE order_line SET returned = sent - received - lost WHERE order_id IN \
     (SELECT id FROM dispatch_order WHERE state = 'recalled')",
    "UPDATE order_line SET given_up = quantity - sent WHERE order_id IN \
     (SELECT id FROM dispatch_order WHERE state IN \
     ('rejected', 'cancelled', 'dispatched', 'delivered', 'closed', 'recalled'))",
    // An order of which a part has left is on the road, and no longer being picked.
    "UPDATE dispatch_order SET state = 'dispatched' WHERE state = 'picking' AND id IN \
     (SELECT order_id FROM order_line WHERE sent > 0)",
];

const DOWN: &[&str] = &[
    "ALTER TABLE order_line DROP COLUMN returned",
    "ALTER TABLE order_line DROP COLUMN given_up",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        history::create(manager, tables(), Vec::new()).await?;
        for statement in UP {
            manager
                .get_connection()
                .execute_unprepared(statement)
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in DOWN {
            manager
                .get_connection()
                .execute_unprepared(statement)
                .await?;
        }
        history::drop(manager, tables()).await
    }
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        // The last number that a depot gave to a kind of paper on a day.
        table(
            "paper_number",
            vec![id("depot_id"), text("series"), text("day"), whole("last")],
        )
        .primary_key(&mut key(&["depot_id", "series", "day"]))
        .foreign_key(&mut refers(
            "paper_number_depot",
            "paper_number",
            "depot_id",
            "depot",
        ))
        .to_owned(),
    ]
}
