//! Webhooks, and what is told to each.
//!
//! **Invariant.** An event of the journal is queued for a webhook once, by its position.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        id, index, key, moment, moment_null, one_of, refers, table, text, text_null, version,
        whole, whole_null,
    },
    history::tables_migration,
};

tables_migration!("m20261127_000039_webhooks");

fn tables() -> Vec<TableCreateStatement> {
    vec![webhook(), message()]
}

fn webhook() -> TableCreateStatement {
    let is_null = |name| Expr::col(Alias::new(name)).is_null();
    table(
        "webhook",
        vec![
            id("id"),
            id("organisation_id"),
            text("name"),
            text("url"),
            text("events"),
            one_of("state", &["active", "paused", "gone", "ended"]),
            text("secret"),
            text_null("secret_before"),
            moment_null("secret_before_until"),
            whole("next_position"),
            moment_null("failing_since"),
            moment_null("last_delivered_at"),
            moment("created_at"),
            text("created_by"),
            version(),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .check(is_null("secret_before").eq(is_null("secret_before_until")))
    .check(Expr::col(Alias::new("next_position")).gte(0_i64))
    .foreign_key(&mut refers(
        "webhook_organisation",
        "webhook",
        "organisation_id",
        "organisation",
    ))
    .to_owned()
}

fn message() -> TableCreateStatement {
    table(
        "webhook_message",
        vec![
            id("webhook_id"),
            whole("position"),
            id("entry_id"),
            text("event"),
            text("subject"),
            one_of("state", &["waiting", "delivered", "failed"]),
            whole("attempts"),
            moment("next_attempt_at"),
            moment_null("last_attempt_at"),
            whole_null("last_status"),
            text_null("last_fault"),
        ],
    )
    .primary_key(&mut key(&["webhook_id", "position"]))
    .check(Expr::col(Alias::new("attempts")).gte(0_i64))
    .foreign_key(&mut refers(
        "webhook_message_webhook",
        "webhook_message",
        "webhook_id",
        "webhook",
    ))
    .foreign_key(&mut refers(
        "webhook_message_entry",
        "webhook_message",
        "entry_id",
        "journal",
    ))
    .to_owned()
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("webhook_by_organisation", "webhook", &["organisation_id"]),
        index("webhook_by_state", "webhook", &["state"]),
        index(
            "webhook_message_by_state",
            "webhook_message",
            &["state", "webhook_id", "next_attempt_at"],
        ),
        index(
            "webhook_message_by_subject",
            "webhook_message",
            &["webhook_id", "subject", "state"],
        ),
        index("webhook_message_by_entry", "webhook_message", &["entry_id"]),
    ]
}
