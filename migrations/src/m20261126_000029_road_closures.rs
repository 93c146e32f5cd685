//! Roads that are closed for a time.
//!
//! **Invariant.** A closure is never deleted: who closed what, when and why stays known.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        id, index, key, moment, moment_null, one_of, refers, table, text, text_null, version, whole,
    },
    history::tables_migration,
};

tables_migration!("m20261126_000029_road_closures");

fn tables() -> Vec<TableCreateStatement> {
    vec![
        table(
            "road_closure",
            vec![
                id("id"),
                id("organisation_id"),
                text("name"),
                text("reason"),
                moment("closed_from"),
                moment_null("closed_until"),
                moment("drawn_at"),
                text("drawn_by"),
                moment_null("lifted_at"),
                text_null("lifted_by"),
                text_null("lift_reason"),
                whole("divisions"),
                whole("polygons"),
                whole("circles"),
                version(),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut refers(
            "road_closure_organisation",
            "road_closure",
            "organisation_id",
            "organisation",
        ))
        .to_owned(),
        table(
            "road_closure_part",
            vec![
                id("closure_id"),
                whole("part"),
                one_of("kind", &["division", "polygon", "circle"]),
                text_null("division_code"),
                // GeoJSON of a polygon, or centre and radius of a circle, WGS-84.
                text_null("geometry"),
                // The part as it was given, where its datum was another one.
                text_null("given"),
            ],
        )
        .primary_key(&mut key(&["closure_id", "part"]))
        .foreign_key(&mut refers(
            "road_closure_part_closure",
            "road_closure_part",
            "closure_id",
            "road_closure",
        ))
        .to_owned(),
    ]
}

// What is in force is asked for with every plan.
fn indices() -> Vec<IndexCreateStatement> {
    vec![index(
        "road_closure_by_time",
        "road_closure",
        &["lifted_at", "closed_from"],
    )]
}
