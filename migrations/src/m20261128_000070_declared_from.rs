//! From which alert an incident was declared.
//!
//! **Invariant.** Incidents that are there were declared by hand.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{id_null, whole_null},
    history::{add_column, drop_column},
};

/// Adds the alert to incidents, and how many of its parts are left out.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261128_000070_declared_from"
    }
}

const TABLE: &str = "incident";

fn columns() -> [ColumnDef; 2] {
    [id_null("alert_id"), whole_null("left_out")]
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
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in columns() {
            drop_column(manager, TABLE, column.get_column_name()).await?;
        }
        Ok(())
    }
}
