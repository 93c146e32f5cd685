//! Incidents, their areas, sites and needs.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        degrees, id, index, key, moment, moment_null, one_of, refers, table, text, text_null,
        unique, version, whole, whole_null,
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
                text("name_key"),
                text("hazard"),
                text_null("hazard_code"),
                text_null("event_grade"),
                text_null("warning_colour"),
                text_null("response_level"),
                moment("occurred_at"),
                one_of("state", &["open", "closed"]),
                // When it was declared, reopened or closed, by the server.
                moment("state_at"),
                // How many parts of each kind the area has, so that a list need not read them.
                whole("divisions"),
                whole("polygons"),
                whole("circles"),
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
                // The part as it was given, where its datum was another one.
                text_null("given"),
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
                degrees("longitude"),
                degrees("latitude"),
                one_of("place_origin", &["given", "division"]),
                // The point as it was given, where its datum was another one.
                text_null("given"),
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
                text_null("note"),
                one_of("state", &["open", "withdrawn"]),
                moment_null("withdrawn_at"),
                text_null("withdrawn_reason"),
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
        index("incident_by_name", "incident", &["name_key"]),
        index("area_by_division", "affected_area", &["division_code"]),
        unique("site_name", "site", &["incident_id", "name"]),
        index("site_by_organisation", "site", &["organisation_id"]),
        index("need_by_incident", "need", &["incident_id", "state"]),
        index("need_by_site", "need", &["site_id"]),
    ]
}
