//! Who made a plan, and why an order was approved by whoever had asked for it.
//!
//! **Invariant.** Of plans that are there nobody wrote it down. What was approved before anybody had to be a second person says so, and is no fault.

use sea_orm_migration::prelude::*;

use crate::{
    columns::text_null,
    history::{add_column, drop_column},
};

/// Adds the reason to orders and the maker to plans.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261128_000064_approved_alone"
    }
}

const ADDED: [(&str, &str); 2] = [
    ("dispatch_order", "approved_alone_because"),
    ("plan", "made_by"),
];
const BEFORE: &str = "UPDATE dispatch_order SET approved_alone_because = '当时未要求由另一人批准' \
    WHERE EXISTS (SELECT 1 FROM order_event agreed \
      JOIN order_event asked ON asked.order_id = agreed.order_id AND asked.principal = agreed.principal \
      WHERE agreed.order_id = dispatch_order.id AND agreed.action = 'approve' \
        AND asked.action IN ('draft', 'submit'))";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in ADDED {
            add_column(manager, table, text_null(column)).await?;
        }
        manager
            .get_connection()
            .execute_unprepared(BEFORE)
            .await
            .map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in ADDED {
            drop_column(manager, table, column).await?;
        }
        Ok(())
    }
}
