//! What may go for a need in the place of what it wants.
//!
//! **Invariant.** A list stands in the order of preference and names an item once.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{id, key, refers, table, unique, whole},
    history::tables_migration,
};

tables_migration!("m20261128_000066_substitutes");

fn tables() -> Vec<TableCreateStatement> {
    let column = |name: &'static str| Expr::col(Alias::new(name));
    let in_bounds = |name| column(name).gte(1).and(column(name).lte(10_000));
    vec![
        table(
            "need_substitute",
            vec![
                id("need_id"),
                // Its place in the list, from 0.
                whole("place"),
                id("item_id"),
                // So many of its base units stand for so many of what the need wants.
                whole("units"),
                whole("stand_for"),
            ],
        )
        .primary_key(&mut key(&["need_id", "place"]))
        .check(column("place").gte(0))
        .check(in_bounds("units"))
        .check(in_bounds("stand_for"))
        .foreign_key(&mut refers(
            "need_substitute_need",
            "need_substitute",
            "need_id",
            "need",
        ))
        .foreign_key(&mut refers(
            "need_substitute_item",
            "need_substitute",
            "item_id",
            "item",
        ))
        .to_owned(),
    ]
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![unique(
        "need_substitute_once",
        "need_substitute",
        &["need_id", "item_id"],
    )]
}
