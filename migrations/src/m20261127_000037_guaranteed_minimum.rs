//! How much of a need comes before the rest of any need of its priority.

use sea_orm_migration::prelude::*;

use crate::{
    columns::whole_null,
    history::{add_column, drop_column},
};

/// Lets needs state a guaranteed minimum.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000037_guaranteed_minimum"
    }
}

const COLUMN: &str = "minimum_quantity";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut minimum = whole_null(COLUMN);
        let column = Expr::col(Alias::new(COLUMN));
        minimum.check(
            column
                .clone()
                .gte(1)
                .and(column.lte(Expr::col(Alias::new("quantity")))),
        );
        add_column(manager, "need", minimum).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_column(manager, "need", COLUMN).await
    }
}
