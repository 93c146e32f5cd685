//! What was done with an assessment, one after the other.
//!
//! **Invariant.** An act is inserted with the change that it made of the assessment, under the version
//! that came of it, and never changed.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{id, index, key, moment, refers_to, table, text, text_null, whole},
    history::tables_migration,
};

tables_migration!("m20261127_000040_assessment_acts");

fn tables() -> Vec<TableCreateStatement> {
    vec![
        table(
            "assessment_act",
            vec![
                id("depot_id"),
                id("assessment_id"),
                // The version of the assessment that came of it.
                whole("version"),
                text("act"),
                // Where the assessment stood after it, and the level that was granted then.
                text("state"),
                text_null("grade"),
                text_null("reason"),
                moment("done_at"),
                text("done_by"),
            ],
        )
        .primary_key(&mut key(&["depot_id", "assessment_id", "version"]))
        .foreign_key(&mut refers_to(
            "act_assessment",
            "assessment_act",
            &["depot_id", "assessment_id"],
            "assessment",
            &["depot_id", "id"],
        ))
        .to_owned(),
    ]
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![index(
        "assessment_act_by_assessment",
        "assessment_act",
        &["assessment_id"],
    )]
}
