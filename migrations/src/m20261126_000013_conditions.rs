//! Why goods changed their condition, and recalls of lots.
//!
//! **Invariant.** What changed before reasons were asked for has one here too, which says that none
//! was stated.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        id, id_null, index, key, moment, moment_null, one_of, refers, refers_to, table, text,
        text_null, version,
    },
    history,
};

/// Makes the tables.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261126_000013_conditions"
    }
}

const REASONS: &[&str] = &[
    "suspect",
    "damaged",
    "expired",
    "recalled",
    "test_passed",
    "test_failed",
    "repaired",
    "beyond_repair",
    "unstated",
];

// Both databases read this.
const BACKFILL: &str = "INSERT INTO condition_change (depot_id, movement_id, reason, found_by) \
     SELECT m.depot_id, m.id, 'unstated', NULL FROM movement m \
     JOIN journal j ON j.id = m.journal_id \
     WHERE m.kind = 'condition_change' AND j.command = 'stock.change_condition'";

fn tables() -> Vec<TableCreateStatement> {
    vec![condition_change(), lot_recall(), lot_recall_lot()]
}

fn condition_change() -> TableCreateStatement {
    table(
        "condition_change",
        vec![
            id("depot_id"),
            id("movement_id"),
            one_of("reason", REASONS),
            text_null("found_by"),
        ],
    )
    .primary_key(&mut key(&["depot_id", "movement_id"]))
    .foreign_key(&mut refers_to(
        "condition_change_movement",
        "condition_change",
        &["depot_id", "movement_id"],
        "movement",
        &["depot_id", "id"],
    ))
    .to_owned()
}

fn lot_recall() -> TableCreateStatement {
    let is_null = |name: &'static str| Expr::col(Alias::new(name)).is_null();
    table(
        "lot_recall",
        vec![
            id("id"),
            // On whose behalf, and how far down it reaches.
            id("organisation_id"),
            one_of("extent", &["lots", "batch"]),
            id_null("item_id"),
            text_null("batch"),
            text("reference"),
            text("reason"),
            one_of("grade", &["first", "second", "third"]),
            text("announced_by"),
            text_null("announced_on"),
            moment("recalled_at"),
            text("recalled_by"),
            moment_null("lifted_at"),
            text_null("lifted_by"),
            text_null("lift_reason"),
            // A command that began after this may have waited for the recall to be lifted.
            moment_null("held_until"),
            version(),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .check(is_null("lifted_at").eq(is_null("lifted_by")))
    .check(is_null("lifted_at").eq(is_null("lift_reason")))
    .check(is_null("lifted_at").eq(is_null("held_until")))
    .check(
        Expr::col(Alias::new("extent"))
            .eq("lots")
            .eq(is_null("item_id").and(is_null("batch"))),
    )
    .foreign_key(&mut refers(
        "lot_recall_organisation",
        "lot_recall",
        "organisation_id",
        "organisation",
    ))
    .foreign_key(&mut refers(
        "lot_recall_item",
        "lot_recall",
        "item_id",
        "item",
    ))
    .to_owned()
}

fn lot_recall_lot() -> TableCreateStatement {
    table("lot_recall_lot", vec![id("recall_id"), id("lot_id")])
        .primary_key(&mut key(&["recall_id", "lot_id"]))
        .foreign_key(&mut refers(
            "recall_lot_recall",
            "lot_recall_lot",
            "recall_id",
            "lot_recall",
        ))
        .foreign_key(&mut refers(
            "recall_lot_lot",
            "lot_recall_lot",
            "lot_id",
            "lot",
        ))
        .to_owned()
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("lot_recall_by_item", "lot_recall", &["item_id"]),
        index(
            "lot_recall_by_organisation",
            "lot_recall",
            &["organisation_id"],
        ),
        index("recall_lot_by_lot", "lot_recall_lot", &["lot_id"]),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        history::create(manager, tables(), indices()).await?;
        manager
            .get_connection()
            .execute_unprepared(BACKFILL)
            .await
            .map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        history::drop(manager, tables()).await
    }
}
