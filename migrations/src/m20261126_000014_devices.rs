//! Late facts, what promises lost to them, and devices that work without a network.
//!
//! **Invariant.** No reservation was short before there were late facts. How much of a line is short
//! is the sum of what it lost; both are kept, so that one can be measured against the other.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        id, id_null, index, key, moment, moment_null, one_of, refers, refers_to, table, text,
        text_null, version, whole, whole_null,
    },
    history,
};

/// Makes the tables.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261126_000014_devices"
    }
}

// Both databases read these.
const UP: &str = "ALTER TABLE reservation_line ADD COLUMN short BIGINT NOT NULL DEFAULT 0 \
     CHECK (short >= 0 AND short + posted <= quantity)";
const DOWN: &str = "ALTER TABLE reservation_line DROP COLUMN short";

fn tables() -> Vec<TableCreateStatement> {
    vec![
        late_fact(),
        reservation_shortage(),
        device(),
        device_command(),
    ]
}

// An issue that the book could not cover, and what became of the question why.
fn late_fact() -> TableCreateStatement {
    let is_null = |name: &'static str| Expr::col(Alias::new(name)).is_null();
    table(
        "late_fact",
        vec![
            id("depot_id"),
            // The issue.
            id("movement_id"),
            // The count difference that found what the book missed.
            id_null("found_id"),
            text("reported_by"),
            moment("reported_at"),
            moment_null("reviewed_at"),
            text_null("reviewed_by"),
            text_null("review_note"),
            version(),
        ],
    )
    .primary_key(&mut key(&["depot_id", "movement_id"]))
    .check(is_null("reviewed_at").eq(is_null("reviewed_by")))
    .check(is_null("reviewed_at").eq(is_null("review_note")))
    .foreign_key(&mut refers_to(
        "late_fact_movement",
        "late_fact",
        &["depot_id", "movement_id"],
        "movement",
        &["depot_id", "id"],
    ))
    .foreign_key(&mut refers_to(
        "late_fact_found",
        "late_fact",
        &["depot_id", "found_id"],
        "movement",
        &["depot_id", "id"],
    ))
    .to_owned()
}

// What a line of a reservation lost to a late fact.
fn reservation_shortage() -> TableCreateStatement {
    table(
        "reservation_shortage",
        vec![
            id("depot_id"),
            id("movement_id"),
            id("reservation_id"),
            whole("line"),
            whole("quantity"),
            moment("short_at"),
        ],
    )
    .primary_key(&mut key(&[
        "depot_id",
        "movement_id",
        "reservation_id",
        "line",
    ]))
    .check(Expr::col(Alias::new("quantity")).gte(1))
    .foreign_key(&mut refers_to(
        "shortage_late_fact",
        "reservation_shortage",
        &["depot_id", "movement_id"],
        "late_fact",
        &["depot_id", "movement_id"],
    ))
    .foreign_key(&mut refers_to(
        "shortage_line",
        "reservation_shortage",
        &["depot_id", "reservation_id", "line"],
        "reservation_line",
        &["depot_id", "reservation_id", "line"],
    ))
    .to_owned()
}

fn device() -> TableCreateStatement {
    let is_null = |name: &'static str| Expr::col(Alias::new(name)).is_null();
    table(
        "device",
        vec![
            id("id"),
            id("organisation_id"),
            text("name"),
            text("registered_by"),
            moment("registered_at"),
            // The number of the command that is expected next, and the hash of the one before it.
            whole("next_sequence"),
            text_null("last_hash"),
            // When two of it were noticed, and at which number.
            moment_null("cloned_at"),
            whole_null("cloned_sequence"),
            version(),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .check(Expr::col(Alias::new("next_sequence")).gte(1))
    .check(is_null("cloned_at").eq(is_null("cloned_sequence")))
    .foreign_key(&mut refers(
        "device_organisation",
        "device",
        "organisation_id",
        "organisation",
    ))
    .to_owned()
}

fn device_command() -> TableCreateStatement {
    table(
        "device_command",
        vec![
            id("device_id"),
            whole("sequence"),
            text("operation"),
            // SHA-256 of the whole command as it was sent, in hex.
            text("request_hash"),
            moment("occurred_at"),
            moment("recorded_at"),
            text("principal"),
            one_of("outcome", &["done", "refused", "not_run"]),
            // What it made or changed, if it was done.
            text_null("result_id"),
            // Why not, if it was not.
            text_null("problem"),
            // The journal entry of the command, or of the note that it was not done.
            id("journal_id"),
        ],
    )
    .primary_key(&mut key(&["device_id", "sequence"]))
    .check(Expr::col(Alias::new("sequence")).gte(1))
    .foreign_key(&mut refers(
        "device_command_device",
        "device_command",
        "device_id",
        "device",
    ))
    .to_owned()
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("late_fact_by_movement", "late_fact", &["movement_id"]),
        index(
            "shortage_by_reservation",
            "reservation_shortage",
            &["depot_id", "reservation_id"],
        ),
        index("device_by_organisation", "device", &["organisation_id"]),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(UP).await?;
        history::create(manager, tables(), indices()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        history::drop(manager, tables()).await?;
        manager
            .get_connection()
            .execute_unprepared(DOWN)
            .await
            .map(drop)
    }
}
