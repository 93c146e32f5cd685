//! The public account: donors on record, statements, and which gifts stand in one.
//!
//! **Invariant.** What a statement says stands in `content` and its digest; the columns beside it are
//! for finding it again.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        id, id_null, index, key, moment, moment_null, one_of, refers, refers_to, table, text,
        text_null, unique, version, whole,
    },
    history::tables_migration,
};

tables_migration!("m20261127_000032_disclosure");

fn tables() -> Vec<TableCreateStatement> {
    vec![donor(), statement(), gift()]
}

// Who gives to an organisation, and what they said to being named.
fn donor() -> TableCreateStatement {
    table(
        "donor",
        vec![
            id("id"),
            id("organisation_id"),
            // As receipts name them.
            text("name"),
            one_of(
                "class",
                &[
                    "individual",
                    "enterprise",
                    "institution",
                    "foundation",
                    "society",
                    "government",
                ],
            ),
            one_of("naming", &["unstated", "agreed", "refused"]),
            // The paper on which they said so.
            text_null("ground"),
            moment("recorded_at"),
            text("recorded_by"),
            version(),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .foreign_key(&mut refers(
        "donor_organisation",
        "donor",
        "organisation_id",
        "organisation",
    ))
    .to_owned()
}

fn statement() -> TableCreateStatement {
    let is_null = |name: &'static str| Expr::col(Alias::new(name)).is_null();
    table(
        "statement",
        vec![
            id("id"),
            // Whose goods.
            id("organisation_id"),
            text("title"),
            id_null("incident_id"),
            id_null("donor_id"),
            id_null("item_id"),
            text_null("source"),
            moment_null("from_at"),
            moment("until_at"),
            // The size of the checkpoint under which it stands.
            whole("position"),
            one_of("state", &["prepared", "published", "withdrawn"]),
            id_null("corrects_id"),
            // What was said, as canonical JSON, and its SHA-256.
            text("content"),
            text("digest"),
            whole("line_count"),
            moment("prepared_at"),
            text("prepared_by"),
            moment_null("ended_at"),
            text_null("ended_by"),
            // Why it was withdrawn.
            text_null("reason"),
            version(),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .check(
        Expr::col(Alias::new("state"))
            .eq("prepared")
            .eq(is_null("ended_at")),
    )
    .check(Expr::col(Alias::new("position")).gte(0))
    .foreign_key(&mut refers(
        "statement_organisation",
        "statement",
        "organisation_id",
        "organisation",
    ))
    .foreign_key(&mut refers(
        "statement_corrects",
        "statement",
        "corrects_id",
        "statement",
    ))
    .to_owned()
}

// The first published statement that told of the receipt of a lot that was given.
fn gift() -> TableCreateStatement {
    table(
        "disclosed_gift",
        vec![
            id("depot_id"),
            id("movement_id"),
            id("lot_id"),
            id("statement_id"),
            text("disclosed_on"),
        ],
    )
    .primary_key(&mut key(&["depot_id", "movement_id", "lot_id"]))
    .foreign_key(&mut refers_to(
        "disclosed_gift_movement",
        "disclosed_gift",
        &["depot_id", "movement_id"],
        "movement",
        &["depot_id", "id"],
    ))
    .foreign_key(&mut refers(
        "disclosed_gift_lot",
        "disclosed_gift",
        "lot_id",
        "lot",
    ))
    .foreign_key(&mut refers(
        "disclosed_gift_statement",
        "disclosed_gift",
        "statement_id",
        "statement",
    ))
    .to_owned()
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        unique("donor_once", "donor", &["organisation_id", "name"]),
        index(
            "statement_by_organisation",
            "statement",
            &["organisation_id", "state"],
        ),
        index("statement_by_state", "statement", &["state", "id"]),
        index("statement_by_corrected", "statement", &["corrects_id"]),
        index(
            "disclosed_gift_by_statement",
            "disclosed_gift",
            &["statement_id"],
        ),
    ]
}
