//! Disposals, goods that come back, and kits that are recalled with what is in them.
//!
//! **Invariant.** What a disposal asks for is what its reservation holds; what it took is what its
//! movement moved. Neither is written down twice.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        id, id_null, index, key, moment, moment_null, one_of, refers, refers_to, table, text,
        text_null, unique, version, whole, whole_null,
    },
    history::{self, add_column, drop_column},
};

/// Makes the tables, and lets lots say where they came from.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261126_000015_disposals"
    }
}

const CONDITIONS: &[&str] = &["usable", "quarantined", "needs_repair", "condemned"];

// Both databases read these. SQLite changes no check of a column that is there, so the column is
// made anew.
const UP: &[&str] = &[
    "ALTER TABLE lot ADD COLUMN source_now TEXT NOT NULL DEFAULT 'opening' CHECK (source_now IN \
     ('purchase', 'donation', 'transfer_in', 'forfeit', 'opening', 'conversion', 'disposal', \
     'recovery'))",
    "UPDATE lot SET source_now = source",
    "ALTER TABLE lot DROP COLUMN source",
    "ALTER TABLE lot RENAME COLUMN source_now TO source",
];

const DOWN: &[&str] = &[
    "ALTER TABLE lot ADD COLUMN source_then TEXT NOT NULL DEFAULT 'opening' CHECK (source_then IN \
     ('purchase', 'donation', 'transfer_in', 'forfeit', 'opening', 'conversion'))",
    "UPDATE lot SET source_then = source WHERE source NOT IN ('disposal', 'recovery')",
    "ALTER TABLE lot DROP COLUMN source",
    "ALTER TABLE lot RENAME COLUMN source_then TO source",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, UP).await?;
        for (table, column) in added() {
            add_column(manager, table, column).await?;
        }
        history::create(manager, tables(), indices()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        history::drop(manager, tables()).await?;
        // SQLite drops no column that an index is on.
        let mut index = Index::drop();
        index.name("lot_by_disposal").table(Alias::new("lot"));
        manager.drop_index(index).await?;
        for (table, column) in added() {
            drop_column(manager, table, column.get_column_name()).await?;
        }
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

fn added() -> [(&'static str, ColumnDef); 3] {
    let mut held_as = one_of("held_as", &["lot", "kit"]);
    held_as.default("lot");
    [
        // The disposal that its goods are parts of.
        ("lot", id_null("disposal_id")),
        // The disposal that holds.
        ("reservation", id_null("disposal_id")),
        // Recalled itself, or a lot of kits that hold some of it.
        ("lot_recall_lot", held_as),
    ]
}

fn tables() -> Vec<TableCreateStatement> {
    vec![disposal(), return_line()]
}

fn disposal() -> TableCreateStatement {
    let is_null = |name: &'static str| Expr::col(Alias::new(name)).is_null();
    let state = || Expr::col(Alias::new("state"));
    table(
        "disposal",
        vec![
            id("depot_id"),
            id("id"),
            // Whose goods they all are.
            id("owner_id"),
            one_of(
                "way",
                &[
                    "destroyed",
                    "parts_reused",
                    "auctioned",
                    "returned_to_maker",
                ],
            ),
            one_of(
                "state",
                &["asked", "approved", "carried_out", "refused", "withdrawn"],
            ),
            id("reservation_id"),
            text("reason"),
            // Who found that the goods are past use, and the number of the report.
            text("assessed_by"),
            text_null("reference"),
            moment("asked_at"),
            text("asked_by"),
            moment_null("approved_at"),
            text_null("approved_by"),
            // Carried out, refused or withdrawn.
            moment_null("ended_at"),
            text_null("ended_by"),
            text_null("end_reason"),
            id_null("movement_id"),
            id_null("parts_movement_id"),
            whole_null("proceeds_e4"),
            text_null("currency"),
            version(),
        ],
    )
    .primary_key(&mut key(&["depot_id", "id"]))
    .check(is_null("approved_at").eq(is_null("approved_by")))
    .check(is_null("ended_at").eq(is_null("ended_by")))
    .check(is_null("proceeds_e4").eq(is_null("currency")))
    .check(state().is_in(["asked", "approved"]).eq(is_null("ended_at")))
    .check(state().eq("carried_out").eq(is_null("movement_id").not()))
    .foreign_key(&mut refers(
        "disposal_depot",
        "disposal",
        "depot_id",
        "depot",
    ))
    .foreign_key(&mut refers(
        "disposal_owner",
        "disposal",
        "owner_id",
        "organisation",
    ))
    .foreign_key(&mut refers_to(
        "disposal_reservation",
        "disposal",
        &["depot_id", "reservation_id"],
        "reservation",
        &["depot_id", "id"],
    ))
    .foreign_key(&mut refers_to(
        "disposal_movement",
        "disposal",
        &["depot_id", "movement_id"],
        "movement",
        &["depot_id", "id"],
    ))
    .foreign_key(&mut refers_to(
        "disposal_parts",
        "disposal",
        &["depot_id", "parts_movement_id"],
        "movement",
        &["depot_id", "id"],
    ))
    .to_owned()
}

fn return_line() -> TableCreateStatement {
    table(
        "return_line",
        vec![
            id("depot_id"),
            id("movement_id"),
            whole("line"),
            // What recovery rules call such goods.
            one_of(
                "recovery_class",
                &[
                    "command_tent",
                    "prefab_house",
                    "large_equipment",
                    "single_tent",
                    "cotton_tent",
                    "clothing",
                    "bedding",
                    "bed",
                    "stove",
                    "other",
                ],
            ),
            // As they came; what the demand makes of it stands in the movement.
            one_of("found_condition", CONDITIONS),
            whole("used_months"),
            one_of("cleaned", &["yes", "no"]),
            one_of("demand", &["keep", "repair", "dispose"]),
            text("rule"),
        ],
    )
    .primary_key(&mut key(&["depot_id", "movement_id", "line"]))
    .check(Expr::col(Alias::new("used_months")).between(0_i64, 1_200_i64))
    .foreign_key(&mut refers_to(
        "return_line_line",
        "return_line",
        &["depot_id", "movement_id", "line"],
        "movement_line",
        &["depot_id", "movement_id", "line"],
    ))
    .to_owned()
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("disposal_by_id", "disposal", &["id"]),
        index("disposal_by_owner", "disposal", &["owner_id"]),
        unique(
            "disposal_of_reservation",
            "disposal",
            &["depot_id", "reservation_id"],
        ),
        index("disposal_by_movement", "disposal", &["movement_id"]),
        index("disposal_by_parts", "disposal", &["parts_movement_id"]),
        index("lot_by_disposal", "lot", &["disposal_id"]),
    ]
}
