//! What every depot had of every item at the end of each day, under one hash.
//!
//! **Invariant.** A depot has a row for each day on which something of it moved, and keeps what it
//! says until the next one. Balances themselves are not here: they are sums of the ledger.

use sea_orm_migration::{prelude::*, schema};

use crate::{
    columns::{id, key, moment, refers, refers_to, table, text, unique, whole},
    history::{create, drop},
};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000052_sealed_days"
    }
}

fn tables() -> Vec<TableCreateStatement> {
    let day = table(
        "sealed_day",
        vec![
            text("day"),
            moment("until_at"),
            // The entries before this position that were written before the end of the day.
            whole("size"),
            // Of the entries before this position there will be none that is not of this day or an
            // earlier one.
            whole("settled"),
            whole("depots"),
            text("root"),
            id("journal_id"),
        ],
    )
    .primary_key(&mut key(&["day"]))
    .to_owned();
    let depot = table(
        "sealed_depot",
        vec![
            id("depot_id"),
            text("day"),
            whole("items"),
            text("root"),
            schema::blob(Alias::new("salt")),
        ],
    )
    .primary_key(&mut key(&["depot_id", "day"]))
    .foreign_key(&mut refers(
        "sealed_depot_depot",
        "sealed_depot",
        "depot_id",
        "depot",
    ))
    .foreign_key(&mut refers_to(
        "sealed_depot_day",
        "sealed_depot",
        &["day"],
        "sealed_day",
        &["day"],
    ))
    .to_owned();
    vec![day, depot]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let once = unique("sealed_day_entry_once", "sealed_day", &["journal_id"]);
        create(manager, tables(), vec![once]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, tables()).await
    }
}
