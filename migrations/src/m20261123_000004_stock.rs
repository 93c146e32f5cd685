//! Stock: lots, movements and their lines, balances, reservations.
//!
//! `depot_id` stands in every key of a table that grows with stock, so that an engine which
//! spreads tables over machines can keep a depot's rows together.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        id, id_null, index, key, moment, moment_null, one_of, refers, refers_to, table, text_null,
        unique, version, whole, whole_null,
    },
    history::tables_migration,
};

tables_migration!("m20261123_000004_stock");

const CONDITIONS: &[&str] = &["usable", "quarantined", "needs_repair", "condemned"];
const ACCOUNTS: &[&str] = &[
    "zone",
    "road",
    "source",
    "recipient",
    "loss",
    "conversion",
    "count_difference",
];
const KINDS: &[&str] = &[
    "receipt",
    "issue",
    "transfer",
    "return",
    "conversion",
    "disposal",
    "count_difference",
    "condition_change",
    "reversal",
];

fn tables() -> Vec<TableCreateStatement> {
    vec![
        lot(),
        movement(),
        movement_line(),
        balance(),
        reservation(),
        reservation_line(),
    ]
}

fn lot() -> TableCreateStatement {
    table(
        "lot",
        vec![
            id("id"),
            id("item_id"),
            id("owner_id"),
            one_of(
                "source",
                &["purchase", "donation", "transfer_in", "forfeit", "opening"],
            ),
            text_null("donor"),
            text_null("batch"),
            text_null("maker"),
            text_null("produced_on"),
            text_null("expires_on"),
            whole_null("unit_value_e4"),
            text_null("currency"),
            // `none`, or what the donor bound the goods to.
            one_of(
                "restriction_kind",
                &["none", "incident", "division", "programme"],
            ),
            text_null("restriction"),
            moment_null("recalled_at"),
            text_null("remark"),
            // The depot that received the lot first.
            id("depot_id"),
            moment("created_at"),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .foreign_key(&mut refers("lot_item", "lot", "item_id", "item"))
    .foreign_key(&mut refers("lot_owner", "lot", "owner_id", "organisation"))
    .foreign_key(&mut refers("lot_depot", "lot", "depot_id", "depot"))
    .to_owned()
}

fn movement() -> TableCreateStatement {
    table(
        "movement",
        vec![
            id("depot_id"),
            id("id"),
            one_of("kind", KINDS),
            moment("occurred_at"),
            moment("recorded_at"),
            // The journal entry of the command that posted it.
            id("journal_id"),
            text_null("paper_number"),
            text_null("counterparty"),
            text_null("note"),
            id_null("reverses_id"),
            // What the goods are for.
            id_null("incident_id"),
            text_null("division_code"),
            text_null("programme"),
            id_null("shipment_id"),
            id_null("reservation_id"),
            // Why goods left that may not serve, and who decided it.
            text_null("override_reason"),
            text_null("override_by"),
        ],
    )
    .primary_key(&mut key(&["depot_id", "id"]))
    .check(
        Expr::col(Alias::new("kind"))
            .eq("reversal")
            .eq(Expr::col(Alias::new("reverses_id")).is_not_null()),
    )
    .check(
        Expr::col(Alias::new("override_reason"))
            .is_null()
            .eq(Expr::col(Alias::new("override_by")).is_null()),
    )
    .foreign_key(&mut refers(
        "movement_depot",
        "movement",
        "depot_id",
        "depot",
    ))
    .foreign_key(&mut refers_to(
        "movement_reverses",
        "movement",
        &["depot_id", "reverses_id"],
        "movement",
        &["depot_id", "id"],
    ))
    .to_owned()
}

fn movement_line() -> TableCreateStatement {
    table(
        "movement_line",
        vec![
            id("depot_id"),
            id("movement_id"),
            whole("line"),
            id("lot_id"),
            one_of("condition", CONDITIONS),
            whole("quantity"),
            one_of("from_kind", ACCOUNTS),
            id("from_depot_id"),
            // The zone or the shipment; for the outside world the depot again.
            id("from_id"),
            one_of("to_kind", ACCOUNTS),
            id("to_depot_id"),
            id("to_id"),
            id_null("bin_id"),
        ],
    )
    .primary_key(&mut key(&["depot_id", "movement_id", "line"]))
    .check(Expr::col(Alias::new("quantity")).between(1_i64, 1_000_000_000_000_i64))
    .foreign_key(&mut refers_to(
        "line_movement",
        "movement_line",
        &["depot_id", "movement_id"],
        "movement",
        &["depot_id", "id"],
    ))
    .foreign_key(&mut refers("line_lot", "movement_line", "lot_id", "lot"))
    .to_owned()
}

fn balance() -> TableCreateStatement {
    table(
        "balance",
        vec![
            id("depot_id"),
            one_of("account_kind", &["zone", "road"]),
            id("account_id"),
            id("lot_id"),
            one_of("condition", CONDITIONS),
            whole("on_hand"),
            whole("reserved"),
        ],
    )
    .primary_key(&mut key(&[
        "depot_id",
        "account_kind",
        "account_id",
        "lot_id",
        "condition",
    ]))
    .check((
        "balance_on_hand_nonnegative",
        Expr::col(Alias::new("on_hand")).gte(0),
    ))
    .check((
        "balance_reserved_within_on_hand",
        Expr::col(Alias::new("reserved"))
            .gte(0)
            .and(Expr::col(Alias::new("reserved")).lte(Expr::col(Alias::new("on_hand")))),
    ))
    .foreign_key(&mut refers("balance_depot", "balance", "depot_id", "depot"))
    .foreign_key(&mut refers("balance_lot", "balance", "lot_id", "lot"))
    .to_owned()
}

fn reservation() -> TableCreateStatement {
    table(
        "reservation",
        vec![
            id("depot_id"),
            id("id"),
            one_of(
                "state",
                &["held", "posted", "released", "expired", "shorted"],
            ),
            moment("deadline_at"),
            moment_null("ended_at"),
            // The movement that posted it.
            id_null("movement_id"),
            // What the goods are for.
            id_null("incident_id"),
            text_null("division_code"),
            text_null("programme"),
            id_null("order_id"),
            text_null("note"),
            version(),
            moment("created_at"),
        ],
    )
    .primary_key(&mut key(&["depot_id", "id"]))
    .foreign_key(&mut refers(
        "reservation_depot",
        "reservation",
        "depot_id",
        "depot",
    ))
    .to_owned()
}

fn reservation_line() -> TableCreateStatement {
    table(
        "reservation_line",
        vec![
            id("depot_id"),
            id("reservation_id"),
            whole("line"),
            id("zone_id"),
            id("lot_id"),
            one_of("condition", CONDITIONS),
            whole("quantity"),
            whole("posted"),
        ],
    )
    .primary_key(&mut key(&["depot_id", "reservation_id", "line"]))
    .check(Expr::col(Alias::new("quantity")).gte(1))
    .check(
        Expr::col(Alias::new("posted"))
            .gte(0)
            .and(Expr::col(Alias::new("posted")).lte(Expr::col(Alias::new("quantity")))),
    )
    .foreign_key(&mut refers_to(
        "line_reservation",
        "reservation_line",
        &["depot_id", "reservation_id"],
        "reservation",
        &["depot_id", "id"],
    ))
    .foreign_key(&mut refers(
        "reservation_line_lot",
        "reservation_line",
        "lot_id",
        "lot",
    ))
    .to_owned()
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("lot_by_item", "lot", &["item_id"]),
        index("lot_by_owner", "lot", &["owner_id"]),
        index("lot_by_expiry", "lot", &["expires_on"]),
        unique(
            "movement_reversed_once",
            "movement",
            &["depot_id", "reverses_id"],
        ),
        // Papers are asked for by id alone; the key stays with the depot.
        index("movement_by_id", "movement", &["id"]),
        index("movement_by_time", "movement", &["depot_id", "recorded_at"]),
        index("movement_by_incident", "movement", &["incident_id"]),
        index("movement_by_shipment", "movement", &["shipment_id"]),
        index("line_by_lot", "movement_line", &["lot_id"]),
        index("line_by_source", "movement_line", &["from_id", "from_kind"]),
        index("line_by_target", "movement_line", &["to_id", "to_kind"]),
        index("balance_by_lot", "balance", &["lot_id"]),
        index(
            "reservation_by_deadline",
            "reservation",
            &["state", "deadline_at"],
        ),
        index("reservation_by_id", "reservation", &["id"]),
        index("reservation_by_order", "reservation", &["order_id"]),
        index("reservation_line_by_lot", "reservation_line", &["lot_id"]),
    ]
}
