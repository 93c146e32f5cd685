//! The catalogue: categories, items, their names, codes, packs, and kits.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        id, id_null, index, key, moment, one_of, refers, table, text, text_null, unique, version,
        whole, whole_null,
    },
    history::tables_migration,
};

tables_migration!("m20261123_000002_catalogue");

fn tables() -> Vec<TableCreateStatement> {
    vec![
        table(
            "category",
            vec![
                id("id"),
                // Who keeps the entry.
                id("organisation_id"),
                text("code"),
                text("name"),
                text_null("name_en"),
                id_null("parent_id"),
                text("name_key"),
                version(),
                moment("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut refers(
            "category_parent",
            "category",
            "parent_id",
            "category",
        ))
        .foreign_key(&mut refers(
            "category_organisation",
            "category",
            "organisation_id",
            "organisation",
        ))
        .to_owned(),
        table(
            "item",
            vec![
                id("id"),
                id("category_id"),
                // Who keeps the entry.
                id("organisation_id"),
                text("name"),
                text_null("name_en"),
                text_null("specification"),
                text("base_unit"),
                whole_null("weight_g"),
                whole_null("volume_ml"),
                whole_null("shelf_life_days"),
                one_of("kind", &["plain", "kit"]),
                one_of("state", &["active", "retired"]),
                text("name_key"),
                version(),
                moment("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut refers(
            "item_category",
            "item",
            "category_id",
            "category",
        ))
        .foreign_key(&mut refers(
            "item_organisation",
            "item",
            "organisation_id",
            "organisation",
        ))
        .to_owned(),
        // Every name, alias and code an item can be found by, as comparable keys.
        table(
            "item_key",
            vec![
                id("item_id"),
                text("name_key"),
                one_of("kind", &["name", "name_en", "alias", "code"]),
                text("text"),
            ],
        )
        .primary_key(&mut key(&["item_id", "kind", "name_key"]))
        .foreign_key(&mut refers("key_item", "item_key", "item_id", "item"))
        .to_owned(),
        table(
            "item_code",
            vec![id("item_id"), text("system"), text("value")],
        )
        .primary_key(&mut key(&["system", "value"]))
        .foreign_key(&mut refers("code_item", "item_code", "item_id", "item"))
        .to_owned(),
        table(
            "pack",
            vec![id("item_id"), text("name"), whole("base_units")],
        )
        .primary_key(&mut key(&["item_id", "name"]))
        .check(Expr::col(Alias::new("base_units")).gte(2))
        .foreign_key(&mut refers("pack_item", "pack", "item_id", "item"))
        .to_owned(),
        table(
            "kit_version",
            vec![
                id("id"),
                id("item_id"),
                whole("number"),
                whole_null("people"),
                whole_null("days"),
                moment("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut refers("kit_item", "kit_version", "item_id", "item"))
        .to_owned(),
        table(
            "kit_content",
            vec![id("kit_version_id"), id("item_id"), whole("quantity")],
        )
        .primary_key(&mut key(&["kit_version_id", "item_id"]))
        .check(Expr::col(Alias::new("quantity")).gte(1))
        .foreign_key(&mut refers(
            "content_kit",
            "kit_content",
            "kit_version_id",
            "kit_version",
        ))
        .foreign_key(&mut refers(
            "content_item",
            "kit_content",
            "item_id",
            "item",
        ))
        .to_owned(),
    ]
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        unique("category_code", "category", &["code"]),
        index("category_by_parent", "category", &["parent_id"]),
        index("item_by_category", "item", &["category_id"]),
        index("item_by_name", "item", &["name_key"]),
        index("item_key_by_key", "item_key", &["name_key"]),
        index("item_code_by_item", "item_code", &["item_id"]),
        unique("kit_version_number", "kit_version", &["item_id", "number"]),
        index("kit_content_by_item", "kit_content", &["item_id"]),
    ]
}
