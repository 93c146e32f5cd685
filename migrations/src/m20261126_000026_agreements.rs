//! Agreements with suppliers, what they confirm, what is called off and what they bring.
//!
//! **Invariant.** What was called off of an item is never more than was agreed, and what was
//! delivered never more than was called off. Each lot knows the call-off that it came of.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        degrees_null, id, id_null, index, key, moment, moment_null, one_of, refers, refers_to,
        table, text, text_null, unique, version, whole, whole_null,
    },
    history::{self, add_column, drop_column},
};

/// Makes the tables, and lets lots say which call-off they came of.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261126_000026_agreements"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_column(manager, "lot", id_null("call_off_id")).await?;
        history::create(manager, tables(), indices()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        history::drop(manager, tables()).await?;
        // SQLite drops no column that an index is on.
        let mut index = Index::drop();
        index.name("lot_by_call_off").table(Alias::new("lot"));
        manager.drop_index(index).await?;
        drop_column(manager, "lot", "call_off_id").await
    }
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        agreement(),
        agreement_item(),
        confirmation(),
        call_off(),
        call_off_line(),
        delivery(),
        delivery_line(),
    ]
}

fn is_null(name: &'static str) -> SimpleExpr {
    Expr::col(Alias::new(name)).is_null()
}

fn agreement() -> TableCreateStatement {
    table(
        "agreement",
        vec![
            id("id"),
            // The society that made it.
            id("organisation_id"),
            id("supplier_id"),
            text("number"),
            text("first_day"),
            text_null("last_day"),
            // Where the goods come from: the supplier's depot, a point, or a division.
            id_null("depot_id"),
            text_null("division_code"),
            degrees_null("longitude"),
            degrees_null("latitude"),
            text_null("address"),
            // Whom to call, as JSON.
            text("contacts"),
            text_null("note"),
            moment("created_at"),
            moment_null("ended_at"),
            text_null("ended_by"),
            text_null("end_reason"),
            version(),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .check(is_null("ended_at").eq(is_null("ended_by")))
    .check(is_null("longitude").eq(is_null("latitude")))
    .foreign_key(&mut refers(
        "agreement_organisation",
        "agreement",
        "organisation_id",
        "organisation",
    ))
    .foreign_key(&mut refers(
        "agreement_supplier",
        "agreement",
        "supplier_id",
        "organisation",
    ))
    .foreign_key(&mut refers(
        "agreement_depot",
        "agreement",
        "depot_id",
        "depot",
    ))
    .to_owned()
}

fn agreement_item() -> TableCreateStatement {
    let col = |name: &'static str| Expr::col(Alias::new(name));
    table(
        "agreement_item",
        vec![
            id("agreement_id"),
            id("item_id"),
            whole("quantity"),
            // What of it was called off and not given up.
            whole("called"),
            whole("response_h"),
            whole_null("price_e4"),
            text_null("currency"),
        ],
    )
    .primary_key(&mut key(&["agreement_id", "item_id"]))
    .check(col("quantity").between(1_i64, 1_000_000_000_000_i64))
    .check(col("called").gte(0_i64))
    .check(col("called").lte(col("quantity")))
    .check(col("response_h").between(0_i64, 8_760_i64))
    .check(is_null("price_e4").eq(is_null("currency")))
    .foreign_key(&mut refers(
        "agreement_item_agreement",
        "agreement_item",
        "agreement_id",
        "agreement",
    ))
    .foreign_key(&mut refers(
        "agreement_item_item",
        "agreement_item",
        "item_id",
        "item",
    ))
    .to_owned()
}

fn confirmation() -> TableCreateStatement {
    table(
        "agreement_confirmation",
        vec![
            id("id"),
            id("agreement_id"),
            id("item_id"),
            // How much is really there; nothing, too.
            whole("quantity"),
            // Who at the supplier's said so.
            text("confirmed_by"),
            moment("confirmed_at"),
            text("recorded_by"),
            moment("recorded_at"),
            text_null("note"),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .check(Expr::col(Alias::new("quantity")).between(0_i64, 1_000_000_000_000_i64))
    .foreign_key(&mut refers_to(
        "agreement_confirmation_item",
        "agreement_confirmation",
        &["agreement_id", "item_id"],
        "agreement_item",
        &["agreement_id", "item_id"],
    ))
    .to_owned()
}

fn call_off() -> TableCreateStatement {
    let state = || Expr::col(Alias::new("state"));
    table(
        "call_off",
        vec![
            id("id"),
            id("agreement_id"),
            // As the agreement has them, so that each of them sees it.
            id("organisation_id"),
            id("supplier_id"),
            // Who keeps the depot or receives at the site.
            id("receiver_id"),
            id_null("to_depot_id"),
            id_null("site_id"),
            id_null("incident_id"),
            one_of("state", &["called", "delivered", "ended", "cancelled"]),
            text_null("note"),
            moment("called_at"),
            text("called_by"),
            // When the last of it is due.
            moment("due_at"),
            moment_null("ended_at"),
            text_null("ended_by"),
            text_null("end_reason"),
            version(),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .check(is_null("to_depot_id").eq(is_null("site_id").not()))
    .check(is_null("site_id").eq(is_null("incident_id")))
    .check(is_null("ended_at").eq(is_null("ended_by")))
    .check(state().eq("called").eq(is_null("ended_at")))
    .foreign_key(&mut refers(
        "call_off_agreement",
        "call_off",
        "agreement_id",
        "agreement",
    ))
    .foreign_key(&mut refers(
        "call_off_depot",
        "call_off",
        "to_depot_id",
        "depot",
    ))
    .foreign_key(&mut refers("call_off_site", "call_off", "site_id", "site"))
    .to_owned()
}

fn call_off_line() -> TableCreateStatement {
    let col = |name: &'static str| Expr::col(Alias::new(name));
    table(
        "call_off_line",
        vec![
            id("call_off_id"),
            id("item_id"),
            whole("quantity"),
            whole("delivered"),
            moment("due_at"),
            // The price on the day of the call.
            whole_null("price_e4"),
            text_null("currency"),
        ],
    )
    .primary_key(&mut key(&["call_off_id", "item_id"]))
    .check(col("quantity").between(1_i64, 1_000_000_000_000_i64))
    .check(col("delivered").gte(0_i64))
    .check(col("delivered").lte(col("quantity")))
    .foreign_key(&mut refers(
        "call_off_line_call_off",
        "call_off_line",
        "call_off_id",
        "call_off",
    ))
    .foreign_key(&mut refers(
        "call_off_line_item",
        "call_off_line",
        "item_id",
        "item",
    ))
    .to_owned()
}

fn delivery() -> TableCreateStatement {
    table(
        "call_off_delivery",
        vec![
            id("id"),
            id("call_off_id"),
            one_of("way", &["receipt", "direct"]),
            // The receipt that it became.
            id_null("depot_id"),
            id_null("movement_id"),
            // Who signed at the site.
            text_null("received_by"),
            text_null("note"),
            moment("occurred_at"),
            moment("recorded_at"),
            text("recorded_by"),
            moment_null("undone_at"),
            text_null("undone_by"),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .check(
        Expr::col(Alias::new("way"))
            .eq("receipt")
            .eq(is_null("movement_id").not()),
    )
    .check(is_null("depot_id").eq(is_null("movement_id")))
    .check(is_null("undone_at").eq(is_null("undone_by")))
    .foreign_key(&mut refers(
        "call_off_delivery_call_off",
        "call_off_delivery",
        "call_off_id",
        "call_off",
    ))
    .foreign_key(&mut refers_to(
        "call_off_delivery_movement",
        "call_off_delivery",
        &["depot_id", "movement_id"],
        "movement",
        &["depot_id", "id"],
    ))
    .to_owned()
}

fn delivery_line() -> TableCreateStatement {
    table(
        "call_off_delivery_line",
        vec![id("delivery_id"), id("item_id"), whole("quantity")],
    )
    .primary_key(&mut key(&["delivery_id", "item_id"]))
    .check(Expr::col(Alias::new("quantity")).gte(1_i64))
    .foreign_key(&mut refers(
        "call_off_delivery_line_delivery",
        "call_off_delivery_line",
        "delivery_id",
        "call_off_delivery",
    ))
    .to_owned()
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        unique(
            "agreement_by_number",
            "agreement",
            &["organisation_id", "number"],
        ),
        index("agreement_by_supplier", "agreement", &["supplier_id"]),
        index("agreement_by_last_day", "agreement", &["last_day"]),
        index(
            "agreement_item_by_item",
            "agreement_item",
            &["item_id", "agreement_id"],
        ),
        index(
            "agreement_confirmation_of_item",
            "agreement_confirmation",
            &["agreement_id", "item_id", "confirmed_at"],
        ),
        index("call_off_by_agreement", "call_off", &["agreement_id"]),
        index("call_off_by_organisation", "call_off", &["organisation_id"]),
        index("call_off_by_receiver", "call_off", &["receiver_id"]),
        index("call_off_by_incident", "call_off", &["incident_id"]),
        index(
            "call_off_delivery_of_call_off",
            "call_off_delivery",
            &["call_off_id"],
        ),
        index(
            "call_off_delivery_by_movement",
            "call_off_delivery",
            &["movement_id"],
        ),
        index("lot_by_call_off", "lot", &["call_off_id"]),
    ]
}
