//! Files that were read in.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        id, id_null, index, key, moment, moment_null, one_of, refers, table, text, text_null,
        version, whole,
    },
    history::tables_migration,
};

tables_migration!("m20261123_000007_exchange");

fn tables() -> Vec<TableCreateStatement> {
    vec![
        table(
            "import_run",
            vec![
                id("id"),
                // None for the operator at the console, who belongs to no organisation.
                id_null("organisation_id"),
                one_of(
                    "kind",
                    &[
                        "divisions",
                        "organisations",
                        "depots",
                        "items",
                        "opening-stock",
                    ],
                ),
                text("file_name"),
                text("sha256"),
                whole("bytes"),
                one_of("mode", &["all-or-nothing", "skip-bad-rows"]),
                one_of("state", &["reading", "done", "failed"]),
                whole("rows_total"),
                whole("rows_done"),
                whole("rows_bad"),
                whole("errors_total"),
                // The first thousand mistakes as JSON.
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
            "import_run",
            "organisation_id",
            "organisation",
        ))
        .to_owned(),
    ]
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("import_by_organisation", "import_run", &["organisation_id"]),
        index("import_by_file", "import_run", &["sha256"]),
    ]
}
