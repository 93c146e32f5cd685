//! The code that a donor is given with the receipt.
//!
//! **Invariant.** Only the hash of a code is kept: nobody who reads the table can ask as a donor.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{id, index, key, moment, moment_null, refers_to, table, text, text_null, whole},
    history::tables_migration,
};

tables_migration!("m20261127_000034_receipt_codes");

fn tables() -> Vec<TableCreateStatement> {
    vec![
        table(
            "receipt_code",
            vec![
                id("depot_id"),
                id("movement_id"),
                // The number on the paper, by which donors ask; several receipts may bear it.
                text_null("number"),
                text("code_hash"),
                // Wrong codes in a row, and until when the receipt rests after them.
                whole("failed_attempts"),
                moment_null("locked_until"),
                moment("made_at"),
            ],
        )
        .primary_key(&mut key(&["depot_id", "movement_id"]))
        .foreign_key(&mut refers_to(
            "receipt_code_movement",
            "receipt_code",
            &["depot_id", "movement_id"],
            "movement",
            &["depot_id", "id"],
        ))
        .to_owned(),
    ]
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("receipt_code_by_movement", "receipt_code", &["movement_id"]),
        index("receipt_code_by_number", "receipt_code", &["number"]),
    ]
}
