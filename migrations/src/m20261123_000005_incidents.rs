//! Incidents, their areas, sites and needs.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        degrees_null, id, id_null, index, key, moment, moment_null, one_of, refers, table, text,
        text_null, unique, version, whole, whole_null,
    },
    history::tables_migration,
};

tables_migration!("m20261123_000005_incidents");

fn tables() -> Vec<TableCreateStatement> {
    vec![
        table(
            "incident",
            vec![
                id("id"),
                id("organisation_id"),
                text("name"),
                text("hazard"),
                text_null("hazard_code"),
                text_null("event_grade"),
                text_null("warning_colour"),
                text_null("response_level"),
                moment("occurred_at"),
                one_of("state", &["open", "closed"]),
                moment_null("closed_at"),
                text_null("note"),
                version(),
                moment("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut refers(
            "incident_organisation",
            "incident",
            "organisation_id",
            "organisation",
        ))
        .to_owned(),
        table(
            "affected_area",
            vec![
                id("incident_id"),
                whole("part"),
                one_of("kind", &["division", "polygon", "circle"]),
                text_null("division_code"),
                // GeoJSON of a polygon, or centre and radius of a circle, WGS-84.
                text_null("geometry"),
            ],
        )
        .primary_key(&mut key(&["incident_id", "part"]))
        .foreign_key(&mut refers(
            "area_incident",
            "affected_area",
            "incident_id",
            "incident",
        ))
        .to_owned(),
        table(
            "site",
            vec![
                id("id"),
                id("incident_id"),
                // Who receives and signs there.
                id("organisation_id"),
                text("name"),
                text("kind"),
                text_null("division_code"),
                text_null("address"),
                degrees_null("longitude"),
                degrees_null("latitude"),
                whole_null("people"),
                whole_null("households"),
                text_null("contacts"),
                version(),
                moment("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut refers(
            "site_incident",
            "site",
            "incident_id",
            "incident",
        ))
        .foreign_key(&mut refers(
            "site_organisation",
            "site",
            "organisation_id",
            "organisation",
        ))
        .to_owned(),
        table(
            "need",
            vec![
                id("id"),
                id("incident_id"),
                id("site_id"),
                id("item_id"),
                whole("quantity"),
                whole("priority"),
                moment_null("needed_by"),
                one_of("origin", &["stated", "computed"]),
                // The standard, people, households and days a computed need comes from, as JSON.
                text_null("basis"),
                one_of("state", &["open", "withdrawn"]),
                id_null("source_id"),
                version(),
                moment("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .check(Expr::col(Alias::new("quantity")).gte(1))
        .foreign_key(&mut refers(
            "need_incident",
            "need",
            "incident_id",
            "incident",
        ))
        .foreign_key(&mut refers("need_site", "need", "site_id", "site"))
        .foreign_key(&mut refers("need_item", "need", "item_id", "item"))
        .to_owned(),
    ]
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("incident_by_organisation", "incident", &["organisation_id"]),
        index("area_by_division", "affected_area", &["division_code"]),
        unique("site_name", "site", &["incident_id", "name"]),
        index("site_by_organisation", "site", &["organisation_id"]),
        index("need_by_incident", "need", &["incident_id", "state"]),
        index("need_by_site", "need", &["site_id"]),
    ]
}
