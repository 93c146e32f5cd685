//! Gifts for an emergency must stand in a published statement: a new kind of duty.
//!
//! **Invariant.** Who was named and what was changed stays. The kind is part of the key, and SQLite
//! changes no check of a column that is there, so both tables are made anew.

use sea_orm_migration::prelude::*;

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000033_disclosure_duty"
    }
}

const THEN: &str = "'acceptance', 'issue_papers', 'oral_order', 'restack', 'quality_test', \
                    'fire_check', 'fire_training', 'fire_drill'";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        remade(manager, &format!("{THEN}, 'disclosure'")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for table in ["duty_holder", "duty_period"] {
            let gone = format!("DELETE FROM {table} WHERE kind = 'disclosure'");
            connection.execute_unprepared(&gone).await?;
        }
        remade(manager, THEN).await
    }
}

async fn remade(manager: &SchemaManager<'_>, kinds: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let (id, moment) = match manager.get_database_backend() {
        sea_orm::DbBackend::Postgres => ("uuid", "timestamp with time zone"),
        _ => ("uuid_text", "timestamp_with_timezone_text"),
    };
    let holder = "depot_id, kind, person, named_at, named_by, version";
    let period = "kind, amount, source, confidence, changed_at, changed_by, version";
    for statement in [
        format!(
            "CREATE TABLE duty_holder_now (depot_id {id} NOT NULL, \
             kind text NOT NULL CHECK (kind IN ('all', {kinds})), person text, \
             named_at {moment} NOT NULL, named_by text NOT NULL, \
             version bigint NOT NULL DEFAULT 1, \
             PRIMARY KEY (depot_id, kind), \
             CONSTRAINT duty_holder_depot FOREIGN KEY (depot_id) REFERENCES depot (id))"
        ),
        format!("INSERT INTO duty_holder_now ({holder}) SELECT {holder} FROM duty_holder"),
        "DROP TABLE duty_holder".to_owned(),
        "ALTER TABLE duty_holder_now RENAME TO duty_holder".to_owned(),
        format!(
            "CREATE TABLE duty_period_now (kind text NOT NULL CHECK (kind IN ({kinds})), \
             amount bigint NOT NULL CHECK (amount BETWEEN 1 AND 120), source text NOT NULL, \
             confidence text NOT NULL CHECK (confidence IN ('V', 'S', 'I')), \
             changed_at {moment} NOT NULL, changed_by text NOT NULL, \
             version bigint NOT NULL DEFAULT 1, \
             PRIMARY KEY (kind))"
        ),
        format!("INSERT INTO duty_period_now ({period}) SELECT {period} FROM duty_period"),
        "DROP TABLE duty_period".to_owned(),
        "ALTER TABLE duty_period_now RENAME TO duty_period".to_owned(),
    ] {
        connection.execute_unprepared(&statement).await?;
    }
    Ok(())
}
