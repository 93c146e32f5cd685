//! Depots, their zones and bins, and the floors below which a plan may not take stock.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        degrees_null, id, index, key, moment, one_of, refers, refers_to, table, text, text_null,
        unique, version, whole,
    },
    history::tables_migration,
};

tables_migration!("m20261123_000003_depots");

fn tables() -> Vec<TableCreateStatement> {
    vec![
        table(
            "depot",
            vec![
                id("id"),
                text("code"),
                text("name"),
                text_null("name_en"),
                one_of(
                    "level",
                    &["national", "provincial", "municipal", "county", "township"],
                ),
                one_of(
                    "operation",
                    &["own", "partner", "storage_point", "supplier"],
                ),
                // The custodian.
                id("organisation_id"),
                text_null("division_code"),
                text_null("address"),
                degrees_null("longitude"),
                degrees_null("latitude"),
                // The same point as it was given, where that was in another datum than WGS-84.
                text_null("given_crs"),
                degrees_null("given_longitude"),
                degrees_null("given_latitude"),
                one_of("state", &["operating", "saturated", "paused", "closed"]),
                text_null("state_reason"),
                moment("state_since"),
                // The profile as JSON; its shape is the wire's, read whole and written whole.
                text("profile"),
                // What an import or the demonstration marked, shown in every answer.
                text_null("remark"),
                text("name_key"),
                version(),
                moment("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut refers(
            "depot_organisation",
            "depot",
            "organisation_id",
            "organisation",
        ))
        .to_owned(),
        table(
            "zone",
            vec![
                id("depot_id"),
                id("id"),
                text("code"),
                text("name"),
                version(),
                moment("created_at"),
            ],
        )
        .primary_key(&mut key(&["depot_id", "id"]))
        .foreign_key(&mut refers("zone_depot", "zone", "depot_id", "depot"))
        .to_owned(),
        table(
            "bin",
            vec![
                id("depot_id"),
                id("id"),
                id("zone_id"),
                text("code"),
                text_null("name"),
                moment("created_at"),
            ],
        )
        .primary_key(&mut key(&["depot_id", "id"]))
        .foreign_key(&mut refers_to(
            "bin_zone",
            "bin",
            &["depot_id", "zone_id"],
            "zone",
            &["depot_id", "id"],
        ))
        .to_owned(),
        table(
            "stock_floor",
            vec![id("depot_id"), id("item_id"), whole("quantity"), version()],
        )
        .primary_key(&mut key(&["depot_id", "item_id"]))
        .check(Expr::col(Alias::new("quantity")).gte(0))
        .foreign_key(&mut refers(
            "floor_depot",
            "stock_floor",
            "depot_id",
            "depot",
        ))
        .foreign_key(&mut refers("floor_item", "stock_floor", "item_id", "item"))
        .to_owned(),
    ]
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        unique("depot_code", "depot", &["code"]),
        index("depot_by_organisation", "depot", &["organisation_id"]),
        index("depot_by_division", "depot", &["division_code"]),
        index("depot_by_name", "depot", &["name_key"]),
        unique("zone_code", "zone", &["depot_id", "code"]),
        unique("bin_code", "bin", &["depot_id", "zone_id", "code"]),
    ]
}
