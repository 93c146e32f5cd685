//! How much of an owner's goods one organisation may order, and what was permitted beside that.
//!
//! **Invariant.** A rule is ended, not deleted, and a permit stays as it was given: who let whom have
//! more, and why, is known for good.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        id, id_null, index, key, moment, moment_null, refers, table, text, text_null, version,
        whole,
    },
    history::tables_migration,
};

tables_migration!("m20261128_000068_fair_use");

fn tables() -> Vec<TableCreateStatement> {
    vec![rule(), permit()]
}

fn rule() -> TableCreateStatement {
    let column = |name: &'static str| Expr::col(Alias::new(name));
    table(
        "fair_use_rule",
        vec![
            id("id"),
            id("owner_id"),
            // Each item for itself where none is named.
            id_null("item_id"),
            whole("share_percent"),
            whole("free_quantity"),
            text("reason"),
            moment("begun_at"),
            text("begun_by"),
            moment_null("ended_at"),
            text_null("ended_by"),
            text_null("end_reason"),
            version(),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .check(column("share_percent").between(1, 99))
    .check(column("free_quantity").gte(0))
    .foreign_key(&mut refers(
        "fair_use_rule_owner",
        "fair_use_rule",
        "owner_id",
        "organisation",
    ))
    .foreign_key(&mut refers(
        "fair_use_rule_item",
        "fair_use_rule",
        "item_id",
        "item",
    ))
    .to_owned()
}

fn permit() -> TableCreateStatement {
    let to = |name, column, other| refers(name, "fair_use_permit", column, other);
    table(
        "fair_use_permit",
        vec![
            id("id"),
            id("rule_id"),
            // As its rule has it, so that who may see it needs no other table.
            id("owner_id"),
            id("requester_id"),
            id("item_id"),
            whole("quantity"),
            text("reason"),
            moment("permitted_at"),
            text("permitted_by"),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .check(Expr::col(Alias::new("quantity")).gt(0))
    .foreign_key(&mut to("fair_use_permit_rule", "rule_id", "fair_use_rule"))
    .foreign_key(&mut to("fair_use_permit_owner", "owner_id", "organisation"))
    .foreign_key(&mut to(
        "fair_use_permit_requester",
        "requester_id",
        "organisation",
    ))
    .foreign_key(&mut to("fair_use_permit_item", "item_id", "item"))
    .to_owned()
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index(
            "fair_use_rule_by_owner",
            "fair_use_rule",
            &["owner_id", "ended_at"],
        ),
        index(
            "fair_use_permit_by_rule",
            "fair_use_permit",
            &["rule_id", "requester_id", "item_id"],
        ),
    ]
}
