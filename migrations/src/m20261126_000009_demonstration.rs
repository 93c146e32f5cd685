//! Whether the demonstration was made here, and whether it is whole.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{key, moment, moment_null, table, whole},
    history::tables_migration,
};

tables_migration!("m20261126_000009_demonstration");

fn tables() -> Vec<TableCreateStatement> {
    vec![
        table(
            "demonstration",
            vec![
                // Always 1: a database has one demonstration at most.
                whole("id"),
                moment("begun_at"),
                moment_null("completed_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .to_owned(),
    ]
}

fn indices() -> Vec<IndexCreateStatement> {
    Vec::new()
}
