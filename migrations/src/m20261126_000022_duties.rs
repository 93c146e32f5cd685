//! Duties: what was done that was due, what has come, who answers, in what time and by which calendar.
//!
//! What the ledger and the orders know by themselves has no row here.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        id, id_null, index, key, moment, moment_null, one_of, refers, refers_to, table, text,
        text_null, version, whole,
    },
    history::tables_migration,
};

tables_migration!("m20261126_000022_duties");

const KINDS: &[&str] = &[
    "acceptance",
    "issue_papers",
    "oral_order",
    "restack",
    "quality_test",
    "fire_check",
    "fire_training",
    "fire_drill",
];

fn tables() -> Vec<TableCreateStatement> {
    vec![
        record(),
        record_lot(),
        arrival(),
        holder(),
        period(),
        year(),
    ]
}

fn record() -> TableCreateStatement {
    let is_null = |name: &'static str| Expr::col(Alias::new(name)).is_null();
    table(
        "duty_record",
        vec![
            id("depot_id"),
            id("id"),
            one_of(
                "kind",
                &[
                    "restack",
                    "quality_test",
                    "fire_check",
                    "fire_training",
                    "fire_drill",
                ],
            ),
            text("done_on"),
            text("done_by"),
            // `passed` or `failed`, of a test.
            text_null("outcome"),
            text_null("note"),
            moment("recorded_at"),
            text("recorded_by"),
            moment_null("withdrawn_at"),
            text_null("withdrawn_by"),
            text_null("withdrawn_reason"),
            version(),
        ],
    )
    .primary_key(&mut key(&["depot_id", "id"]))
    .check(
        Expr::col(Alias::new("kind"))
            .eq("quality_test")
            .eq(is_null("outcome").not()),
    )
    .check(is_null("withdrawn_at").eq(is_null("withdrawn_reason")))
    .foreign_key(&mut refers(
        "duty_record_depot",
        "duty_record",
        "depot_id",
        "depot",
    ))
    .to_owned()
}

fn record_lot() -> TableCreateStatement {
    table(
        "duty_record_lot",
        vec![id("depot_id"), id("record_id"), id("lot_id")],
    )
    .primary_key(&mut key(&["depot_id", "record_id", "lot_id"]))
    .foreign_key(&mut refers_to(
        "duty_lot_record",
        "duty_record_lot",
        &["depot_id", "record_id"],
        "duty_record",
        &["depot_id", "id"],
    ))
    .foreign_key(&mut refers(
        "duty_lot_lot",
        "duty_record_lot",
        "lot_id",
        "lot",
    ))
    .to_owned()
}

fn arrival() -> TableCreateStatement {
    table(
        "arrival",
        vec![
            id("depot_id"),
            id("id"),
            text("came_on"),
            text("what"),
            text_null("counterparty"),
            one_of("state", &["waiting", "accepted", "withdrawn"]),
            // The receipt, and the day on which it was recorded.
            id_null("movement_id"),
            text_null("accepted_on"),
            text_null("reason"),
            moment("recorded_at"),
            text("recorded_by"),
            moment_null("ended_at"),
            text_null("ended_by"),
            version(),
        ],
    )
    .primary_key(&mut key(&["depot_id", "id"]))
    .check(
        Expr::col(Alias::new("state"))
            .eq("accepted")
            .eq(Expr::col(Alias::new("movement_id")).is_not_null()),
    )
    .check(
        Expr::col(Alias::new("state"))
            .eq("waiting")
            .eq(Expr::col(Alias::new("ended_at")).is_null()),
    )
    .foreign_key(&mut refers("arrival_depot", "arrival", "depot_id", "depot"))
    .foreign_key(&mut refers_to(
        "arrival_movement",
        "arrival",
        &["depot_id", "movement_id"],
        "movement",
        &["depot_id", "id"],
    ))
    .to_owned()
}

fn holder() -> TableCreateStatement {
    let mut kinds = vec!["all"];
    kinds.extend(KINDS);
    table(
        "duty_holder",
        vec![
            id("depot_id"),
            // `all` is meant for every kind for which nobody else is named.
            one_of("kind", &kinds),
            // Nobody any more, if null.
            text_null("person"),
            moment("named_at"),
            text("named_by"),
            version(),
        ],
    )
    .primary_key(&mut key(&["depot_id", "kind"]))
    .foreign_key(&mut refers(
        "duty_holder_depot",
        "duty_holder",
        "depot_id",
        "depot",
    ))
    .to_owned()
}

fn period() -> TableCreateStatement {
    table(
        "duty_period",
        vec![
            one_of("kind", KINDS),
            whole("amount"),
            text("source"),
            one_of("confidence", &["V", "S", "I"]),
            moment("changed_at"),
            text("changed_by"),
            version(),
        ],
    )
    .primary_key(&mut key(&["kind"]))
    .check(Expr::col(Alias::new("amount")).between(1_i64, 120_i64))
    .to_owned()
}

fn year() -> TableCreateStatement {
    table(
        "work_year",
        vec![
            whole("year"),
            text("source"),
            // The days that are not what their weekday says, as JSON.
            text("days"),
            moment("changed_at"),
            text("changed_by"),
            version(),
        ],
    )
    .primary_key(&mut key(&["year"]))
    .to_owned()
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("duty_record_by_id", "duty_record", &["id"]),
        index("duty_lot_by_lot", "duty_record_lot", &["lot_id"]),
        index("arrival_by_id", "arrival", &["id"]),
        index(
            "arrival_by_movement",
            "arrival",
            &["depot_id", "movement_id"],
        ),
    ]
}
