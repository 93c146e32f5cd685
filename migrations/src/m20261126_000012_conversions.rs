//! Conversions: which kits a movement made or opened by which version of their contents, and the
//! lots that went in and came out.
//!
//! Rows are only ever inserted. What was undone is known by the reversal of its movement.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{id, id_null, index, key, one_of, refers, refers_to, table, whole},
    history::{self, add_column, drop_column},
};

/// Adds the tables, and what a lot says of the kit that it came out of.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261126_000012_conversions"
    }
}

const CONDITIONS: &[&str] = &["usable", "quarantined", "needs_repair", "condemned"];

// Both databases read these. SQLite changes no check of a column that is there, so the column is
// made anew.
const UP: &[&str] = &[
    "ALTER TABLE lot ADD COLUMN source_new TEXT NOT NULL DEFAULT 'opening' CHECK (source_new IN \
     ('purchase', 'donation', 'transfer_in', 'forfeit', 'opening', 'conversion'))",
    "UPDATE lot SET source_new = source",
    "ALTER TABLE lot DROP COLUMN source",
    "ALTER TABLE lot RENAME COLUMN source_new TO source",
];

const DOWN: &[&str] = &[
    "ALTER TABLE lot ADD COLUMN source_old TEXT NOT NULL DEFAULT 'opening' CHECK (source_old IN \
     ('purchase', 'donation', 'transfer_in', 'forfeit', 'opening'))",
    "UPDATE lot SET source_old = source WHERE source <> 'conversion'",
    "ALTER TABLE lot DROP COLUMN source",
    "ALTER TABLE lot RENAME COLUMN source_old TO source",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, UP).await?;
        add_column(manager, "lot", id_null("kit_lot_id")).await?;
        history::create(manager, tables(), indices()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        history::drop(manager, tables()).await?;
        drop_column(manager, "lot", "kit_lot_id").await?;
        execute(manager, DOWN).await
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

fn tables() -> Vec<TableCreateStatement> {
    vec![conversion(), kit_part()]
}

fn conversion() -> TableCreateStatement {
    table(
        "conversion",
        vec![
            id("depot_id"),
            id("movement_id"),
            one_of("way", &["assemble", "take_apart"]),
            id("kit_lot_id"),
            id("kit_version_id"),
            whole("kits"),
            // The movement that wrote off what was not in the kits.
            id_null("loss_movement_id"),
        ],
    )
    .primary_key(&mut key(&["depot_id", "movement_id"]))
    .check(Expr::col(Alias::new("kits")).between(1_i64, 1_000_000_000_000_i64))
    .foreign_key(&mut refers_to(
        "conversion_movement",
        "conversion",
        &["depot_id", "movement_id"],
        "movement",
        &["depot_id", "id"],
    ))
    .foreign_key(&mut refers_to(
        "conversion_loss",
        "conversion",
        &["depot_id", "loss_movement_id"],
        "movement",
        &["depot_id", "id"],
    ))
    .foreign_key(&mut refers(
        "conversion_kit_lot",
        "conversion",
        "kit_lot_id",
        "lot",
    ))
    .foreign_key(&mut refers(
        "conversion_version",
        "conversion",
        "kit_version_id",
        "kit_version",
    ))
    .to_owned()
}

fn kit_part() -> TableCreateStatement {
    table(
        "kit_part",
        vec![
            id("depot_id"),
            id("movement_id"),
            id("kit_lot_id"),
            id("lot_id"),
            one_of("condition", CONDITIONS),
            // Went into kits, came back out of them, or was not in there.
            one_of("fate", &["in", "back", "missing"]),
            whole("quantity"),
        ],
    )
    .primary_key(&mut key(&[
        "depot_id",
        "movement_id",
        "lot_id",
        "condition",
        "fate",
    ]))
    .check(Expr::col(Alias::new("quantity")).between(1_i64, 1_000_000_000_000_i64))
    .foreign_key(&mut refers_to(
        "kit_part_conversion",
        "kit_part",
        &["depot_id", "movement_id"],
        "conversion",
        &["depot_id", "movement_id"],
    ))
    .foreign_key(&mut refers(
        "kit_part_kit_lot",
        "kit_part",
        "kit_lot_id",
        "lot",
    ))
    .foreign_key(&mut refers("kit_part_lot", "kit_part", "lot_id", "lot"))
    .to_owned()
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("conversion_by_kit_lot", "conversion", &["kit_lot_id"]),
        index("kit_part_by_kit_lot", "kit_part", &["kit_lot_id", "lot_id"]),
        index("kit_part_by_lot", "kit_part", &["lot_id", "kit_lot_id"]),
    ]
}
