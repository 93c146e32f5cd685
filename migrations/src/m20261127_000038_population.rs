//! How many people live in a division: a figure with its day and its source.
//!
//! Divisions are loaded anew as a whole, so that a figure refers to its division by code alone.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{key, moment, one_of, table, text, version, whole},
    history::tables_migration,
};

tables_migration!("m20261127_000038_population");

fn tables() -> Vec<TableCreateStatement> {
    vec![
        table(
            "population",
            vec![
                text("division_code"),
                whole("people"),
                text("counted_on"),
                text("source"),
                one_of("confidence", &["V", "S", "I"]),
                moment("changed_at"),
                text("changed_by"),
                version(),
            ],
        )
        .primary_key(&mut key(&["division_code"]))
        .check(Expr::col(Alias::new("people")).between(1_i64, 2_000_000_000_i64))
        .to_owned(),
    ]
}

fn indices() -> Vec<IndexCreateStatement> {
    Vec::new()
}
