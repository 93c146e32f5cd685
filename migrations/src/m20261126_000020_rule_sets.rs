//! Rule sets by which depots are rated.
//!
//! **Invariant.** There is one of a code and an edition.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{id, key, moment, one_of, refers, table, text, unique, version, whole},
    history::tables_migration,
};

tables_migration!("m20261126_000020_rule_sets");

fn tables() -> Vec<TableCreateStatement> {
    vec![rule_set()]
}

fn rule_set() -> TableCreateStatement {
    table(
        "rule_set",
        vec![
            id("id"),
            // Who keeps it.
            id("organisation_id"),
            text("code"),
            whole("edition"),
            one_of("status", &["draft", "in_force", "withdrawn"]),
            // As it was given, as JSON; read whole and written whole.
            text("document"),
            version(),
            moment("created_at"),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .check(Expr::col(Alias::new("edition")).gte(1))
    .foreign_key(&mut refers(
        "rule_set_organisation",
        "rule_set",
        "organisation_id",
        "organisation",
    ))
    .to_owned()
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![unique("rule_set_edition", "rule_set", &["code", "edition"])]
}
