//! What happened is only ever added to: the database itself refuses to change or delete it.
//!
//! **Invariant.** A second wall behind the program, which has no statement that would. Whoever owns the
//! database can take it down; that what they change then is found is the seal's work. A later
//! migration that must rewrite one of these tables drops its guard first and puts it back.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

const TABLES: [&str; 7] = [
    "movement",
    "movement_line",
    "journal",
    "journal_position",
    "journal_checkpoint",
    "sealed_day",
    "sealed_depot",
];

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000053_append_only"
    }
}

// SQLite takes a trigger for each.
fn changes() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLES
        .iter()
        .flat_map(|table| [(*table, "update"), (*table, "delete")])
}

fn raised(backend: DbBackend) -> Vec<String> {
    if backend == DbBackend::Sqlite {
        let guard = |(table, event): (&str, &str)| {
            format!(
                "CREATE TRIGGER {table}_stands_{event} BEFORE {event} ON {table} \
                 BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END"
            )
        };
        return changes().map(guard).collect();
    }
    let refuse = "CREATE FUNCTION only_added_to() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION '% is only added to', TG_TABLE_NAME \
         USING ERRCODE = 'restrict_violation'; END $$";
    let guard = |table: &&str| {
        format!(
            "CREATE TRIGGER {table}_stands BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} \
             FOR EACH STATEMENT EXECUTE FUNCTION only_added_to()"
        )
    };
    let guards = TABLES.iter().map(guard);
    std::iter::once(refuse.to_owned()).chain(guards).collect()
}

fn taken_down(backend: DbBackend) -> Vec<String> {
    if backend == DbBackend::Sqlite {
        return changes()
            .map(|(table, event)| format!("DROP TRIGGER {table}_stands_{event}"))
            .collect();
    }
    let guards = TABLES
        .iter()
        .map(|table| format!("DROP TRIGGER {table}_stands ON {table}"));
    guards
        .chain(["DROP FUNCTION only_added_to()".to_owned()])
        .collect()
}

async fn run(manager: &SchemaManager<'_>, statements: Vec<String>) -> Result<(), DbErr> {
    for statement in statements {
        manager
            .get_connection()
            .execute_unprepared(&statement)
            .await?;
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, raised(manager.get_database_backend())).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, taken_down(manager.get_database_backend())).await
    }
}
