//! Assessments: what was stated, shown, remarked and decided.
//!
//! **Invariant.** What was decided keeps the facts that it was decided on. Evidence and remarks are
//! only ever added.

use sea_orm_migration::{prelude::*, schema};

use crate::{
    columns::{
        id, index, key, moment, one_of, refers, refers_to, table, text, text_null, version, whole,
    },
    history::tables_migration,
};

tables_migration!("m20261126_000021_assessments");

fn tables() -> Vec<TableCreateStatement> {
    vec![assessment(), remark(), evidence()]
}

fn assessment() -> TableCreateStatement {
    let is_null = |name: &'static str| Expr::col(Alias::new(name)).is_null();
    table(
        "assessment",
        vec![
            id("depot_id"),
            id("id"),
            // `code/edition`: a shipped rule set has no row.
            text("rule_set"),
            text_null("profile"),
            one_of(
                "state",
                &["stating", "underway", "announced", "in_force", "ended"],
            ),
            // What is true in the state, as JSON.
            text("state_data"),
            // What people stated, and what was waived, by criterion, as JSON.
            text("stated"),
            text("waived"),
            // The facts of the decision, as canonical JSON, and their hash.
            text_null("facts"),
            text_null("facts_digest"),
            // The level that was granted; none was where it is null and `facts` is not.
            text_null("grade"),
            text_null("valid_from"),
            text_null("valid_until"),
            moment("opened_at"),
            text("opened_by"),
            version(),
        ],
    )
    .primary_key(&mut key(&["depot_id", "id"]))
    .check(is_null("facts").eq(is_null("facts_digest")))
    .foreign_key(&mut refers(
        "assessment_depot",
        "assessment",
        "depot_id",
        "depot",
    ))
    .to_owned()
}

fn remark() -> TableCreateStatement {
    table(
        "assessment_remark",
        vec![
            id("depot_id"),
            id("assessment_id"),
            whole("number"),
            text_null("criterion"),
            text("remark"),
            moment("made_at"),
            text("made_by"),
        ],
    )
    .primary_key(&mut key(&["depot_id", "assessment_id", "number"]))
    .foreign_key(&mut refers_to(
        "remark_assessment",
        "assessment_remark",
        &["depot_id", "assessment_id"],
        "assessment",
        &["depot_id", "id"],
    ))
    .to_owned()
}

fn evidence() -> TableCreateStatement {
    table(
        "assessment_evidence",
        vec![
            id("depot_id"),
            id("assessment_id"),
            id("id"),
            text("criterion"),
            text("file_name"),
            text("media_type"),
            whole("size_bytes"),
            // SHA-256, in hexadecimal.
            text("sha256"),
            schema::blob(Alias::new("content")),
            moment("added_at"),
            text("added_by"),
        ],
    )
    .primary_key(&mut key(&["depot_id", "assessment_id", "id"]))
    .check(Expr::col(Alias::new("size_bytes")).gte(1))
    .foreign_key(&mut refers_to(
        "evidence_assessment",
        "assessment_evidence",
        &["depot_id", "assessment_id"],
        "assessment",
        &["depot_id", "id"],
    ))
    .to_owned()
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("assessment_by_id", "assessment", &["id"]),
        index("assessment_by_state", "assessment", &["state"]),
        index("evidence_by_id", "assessment_evidence", &["id"]),
    ]
}
