//! Files of agreements: a new kind of import.
//!
//! **Invariant.** What was imported stays on record. SQLite changes no check of a column that is there, so
//! that the table is made anew there; PostgreSQL puts another check in the place of the old one.

use sea_orm_migration::prelude::*;

use crate::columns::{
    id, id_null, index, key, moment, moment_null, one_of, refers, table, text, text_null, version,
    whole,
};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261127_000059_imported_agreements"
    }
}

const THEN: &[&str] = &[
    "divisions",
    "organisations",
    "depots",
    "items",
    "opening-stock",
];
const NOW: &[&str] = &[
    "divisions",
    "organisations",
    "depots",
    "items",
    "opening-stock",
    "agreements",
];

const COLUMNS: &str = "id, organisation_id, kind, file_name, sha256, bytes, mode, state, rows_total, \
                       rows_done, rows_bad, errors_total, errors, summary, principal, version, \
                       created_at, finished_at";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        with_kinds(manager, NOW).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let gone = "DELETE FROM import_run WHERE kind = 'agreements'";
        manager.get_connection().execute_unprepared(gone).await?;
        with_kinds(manager, THEN).await
    }
}

async fn with_kinds(
    manager: &SchemaManager<'_>,
    kinds: &'static [&'static str],
) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if manager.get_database_backend() == sea_orm::DbBackend::Postgres {
        let kinds = kinds.join("', '");
        let change = format!(
            "ALTER TABLE import_run DROP CONSTRAINT import_run_kind_check, \
             ADD CONSTRAINT import_run_kind_check CHECK (kind IN ('{kinds}'))"
        );
        connection.execute_unprepared(&change).await?;
        return Ok(());
    }
    manager.create_table(remade(kinds)).await?;
    for statement in [
        format!("INSERT INTO import_run_now ({COLUMNS}) SELECT {COLUMNS} FROM import_run"),
        "DROP TABLE import_run".to_owned(),
        "ALTER TABLE import_run_now RENAME TO import_run".to_owned(),
    ] {
        connection.execute_unprepared(&statement).await?;
    }
    for index in [
        index("import_by_organisation", "import_run", &["organisation_id"]),
        index("import_by_file", "import_run", &["sha256"]),
    ] {
        manager.create_index(index).await?;
    }
    Ok(())
}

fn remade(kinds: &'static [&'static str]) -> TableCreateStatement {
    table(
        "import_run_now",
        vec![
            id("id"),
            id_null("organisation_id"),
            one_of("kind", kinds),
            text("file_name"),
            text("sha256"),
            whole("bytes"),
            one_of("mode", &["all-or-nothing", "skip-bad-rows"]),
            one_of("state", &["reading", "done", "failed"]),
            whole("rows_total"),
            whole("rows_done"),
            whole("rows_bad"),
            whole("errors_total"),
            text_null("errors"),
            text_null("summary"),
            text("principal"),
            version(),
            moment("created_at"),
            moment_null("finished_at"),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .foreign_key(&mut refers(
        "import_organisation",
        "import_run_now",
        "organisation_id",
        "organisation",
    ))
    .to_owned()
}
