//! Alerts of others, and the closures of roads that were drawn from them.
//!
//! **Invariant.** An alert is never deleted or changed but for what took its place: what was said, and
//! by whom, stays known as it came.

use sea_orm_migration::{prelude::*, schema::boolean};

use crate::{
    columns::{
        id, id_null, index, key, moment, moment_null, one_of, refers, table, text, text_null,
        unique, version, whole,
    },
    history::tables_migration,
};

tables_migration!("m20261128_000067_alerts");

fn tables() -> Vec<TableCreateStatement> {
    vec![alert(), document(), part(), reference(), closure()]
}

fn alert() -> TableCreateStatement {
    table(
        "alert",
        vec![
            id("id"),
            id("organisation_id"),
            text("sender"),
            text("identifier"),
            moment("sent_at"),
            one_of("status", &["Actual", "Exercise", "System", "Test", "Draft"]),
            one_of(
                "message_type",
                &["Alert", "Update", "Cancel", "Ack", "Error"],
            ),
            boolean(Alias::new("warns")),
            text_null("event"),
            text_null("headline"),
            text_null("sender_name"),
            text_null("urgency"),
            text_null("severity"),
            text_null("certainty"),
            text_null("colour"),
            moment("effective_at"),
            moment("onset_at"),
            moment_null("expires_at"),
            whole("divisions"),
            whole("polygons"),
            whole("circles"),
            whole("other_codes"),
            text("sha256"),
            id_null("succeeded_by"),
            text_null("succeeded_as"),
            moment("taken_at"),
            text("taken_by"),
            version(),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .foreign_key(&mut refers(
        "alert_organisation",
        "alert",
        "organisation_id",
        "organisation",
    ))
    .to_owned()
}

fn document() -> TableCreateStatement {
    table("alert_document", vec![id("alert_id"), text("content")])
        .primary_key(&mut key(&["alert_id"]))
        .foreign_key(&mut refers(
            "alert_document_alert",
            "alert_document",
            "alert_id",
            "alert",
        ))
        .to_owned()
}

fn part() -> TableCreateStatement {
    table(
        "alert_part",
        vec![
            id("alert_id"),
            whole("part"),
            text("description"),
            one_of("kind", &["division", "polygon", "circle", "other"]),
            text_null("division_code"),
            // GeoJSON of a polygon, or centre and radius of a circle, WGS-84.
            text_null("geometry"),
            text_null("value_name"),
            text_null("value"),
        ],
    )
    .primary_key(&mut key(&["alert_id", "part"]))
    .foreign_key(&mut refers(
        "alert_part_alert",
        "alert_part",
        "alert_id",
        "alert",
    ))
    .to_owned()
}

// What is referred to need not have come to us.
fn reference() -> TableCreateStatement {
    table(
        "alert_reference",
        vec![
            id("alert_id"),
            whole("number"),
            text("sender"),
            text("identifier"),
            moment("sent_at"),
        ],
    )
    .primary_key(&mut key(&["alert_id", "number"]))
    .foreign_key(&mut refers(
        "alert_reference_alert",
        "alert_reference",
        "alert_id",
        "alert",
    ))
    .to_owned()
}

fn closure() -> TableCreateStatement {
    table(
        "road_closure_alert",
        vec![
            id("closure_id"),
            id("alert_id"),
            boolean(Alias::new("time_was_given")),
            whole("left_out"),
        ],
    )
    .primary_key(&mut key(&["closure_id"]))
    .foreign_key(&mut refers(
        "road_closure_alert_closure",
        "road_closure_alert",
        "closure_id",
        "road_closure",
    ))
    .foreign_key(&mut refers(
        "road_closure_alert_alert",
        "road_closure_alert",
        "alert_id",
        "alert",
    ))
    .to_owned()
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        unique("alert_name", "alert", &["sender", "identifier", "sent_at"]),
        index(
            "alert_by_time",
            "alert",
            &["warns", "succeeded_by", "effective_at"],
        ),
        index(
            "alert_reference_by_name",
            "alert_reference",
            &["sender", "identifier", "sent_at"],
        ),
        index("road_closure_by_alert", "road_closure_alert", &["alert_id"]),
    ]
}
