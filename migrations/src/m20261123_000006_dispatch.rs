//! Plans, dispatch orders, shipments and hand-overs.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        id, id_null, index, key, moment, moment_null, one_of, refers, refers_to, table, text,
        text_null, unique, version, whole, whole_null,
    },
    history::tables_migration,
};

tables_migration!("m20261123_000006_dispatch");

const ORDER_STATES: &[&str] = &[
    "draft",
    "submitted",
    "approved",
    "picking",
    "dispatched",
    "delivered",
    "closed",
    "rejected",
    "cancelled",
    "recalled",
];
const CONDITIONS: &[&str] = &["usable", "quarantined", "needs_repair", "condemned"];

fn tables() -> Vec<TableCreateStatement> {
    [vec![plan()], orders(), shipments()].concat()
}

fn plan() -> TableCreateStatement {
    table(
        "plan",
        vec![
            id("id"),
            id("incident_id"),
            // The organisation of the incident, which decides who sees the plan.
            id("organisation_id"),
            one_of("state", &["proposed", "confirmed", "discarded"]),
            text("policy"),
            // The allocations, shortfalls and explanations as they were computed.
            text("result"),
            moment("computed_at"),
            moment_null("confirmed_at"),
            version(),
            moment("created_at"),
        ],
    )
    .primary_key(&mut key(&["id"]))
    .foreign_key(&mut refers(
        "plan_incident",
        "plan",
        "incident_id",
        "incident",
    ))
    .to_owned()
}

fn orders() -> Vec<TableCreateStatement> {
    vec![
        table(
            "dispatch_order",
            vec![
                id("id"),
                text("number"),
                // The depot that sends, its custodian, and the owner who approves.
                id("depot_id"),
                id("custodian_id"),
                id("owner_id"),
                // Who asked: the organisation of the incident, or of the ordering dispatcher.
                id("requester_id"),
                id_null("incident_id"),
                id_null("plan_id"),
                // Where it goes: a site, or another depot.
                id_null("site_id"),
                id_null("to_depot_id"),
                id("receiver_id"),
                one_of("state", ORDER_STATES),
                moment("state_at"),
                // On whose behalf it came to its state.
                id("state_by_id"),
                text_null("reason"),
                moment_null("approved_at"),
                id_null("approved_by_id"),
                // Who spoke, for an order that ran on a spoken word.
                text_null("oral_given_by"),
                moment_null("paper_due_at"),
                moment_null("papered_at"),
                id_null("reservation_id"),
                text_null("contact_from"),
                text_null("contact_to"),
                text_null("note"),
                version(),
                moment("created_at"),
            ],
        )
        .primary_key(&mut key(&["id"]))
        .foreign_key(&mut refers(
            "order_depot",
            "dispatch_order",
            "depot_id",
            "depot",
        ))
        .foreign_key(&mut refers(
            "order_custodian",
            "dispatch_order",
            "custodian_id",
            "organisation",
        ))
        .foreign_key(&mut refers(
            "order_owner",
            "dispatch_order",
            "owner_id",
            "organisation",
        ))
        .foreign_key(&mut refers(
            "order_requester",
            "dispatch_order",
            "requester_id",
            "organisation",
        ))
        .foreign_key(&mut refers(
            "order_receiver",
            "dispatch_order",
            "receiver_id",
            "organisation",
        ))
        .foreign_key(&mut refers(
            "order_incident",
            "dispatch_order",
            "incident_id",
            "incident",
        ))
        .foreign_key(&mut refers(
            "order_plan",
            "dispatch_order",
            "plan_id",
            "plan",
        ))
        .foreign_key(&mut refers(
            "order_site",
            "dispatch_order",
            "site_id",
            "site",
        ))
        .foreign_key(&mut refers(
            "order_to_depot",
            "dispatch_order",
            "to_depot_id",
            "depot",
        ))
        .to_owned(),
        table(
            "order_line",
            vec![
                id("order_id"),
                whole("line"),
                id_null("need_id"),
                id("item_id"),
                id("lot_id"),
                id("zone_id"),
                one_of("condition", CONDITIONS),
                whole("quantity"),
                whole("sent"),
                whole("received"),
                whole("lost"),
            ],
        )
        .primary_key(&mut key(&["order_id", "line"]))
        .check((
            "order_line_accounted",
            Expr::col(Alias::new("sent"))
                .lte(Expr::col(Alias::new("quantity")))
                .and(
                    Expr::col(Alias::new("received"))
                        .add(Expr::col(Alias::new("lost")))
                        .lte(Expr::col(Alias::new("sent"))),
                ),
        ))
        .foreign_key(&mut refers(
            "order_line_order",
            "order_line",
            "order_id",
            "dispatch_order",
        ))
        .foreign_key(&mut refers(
            "order_line_item",
            "order_line",
            "item_id",
            "item",
        ))
        .foreign_key(&mut refers("order_line_lot", "order_line", "lot_id", "lot"))
        .to_owned(),
        // Every state an order went through.
        table(
            "order_event",
            vec![
                id("order_id"),
                whole("step"),
                text("action"),
                one_of("state", ORDER_STATES),
                moment("at"),
                id("by_id"),
                text("principal"),
                text_null("reason"),
            ],
        )
        .primary_key(&mut key(&["order_id", "step"]))
        .foreign_key(&mut refers(
            "event_order",
            "order_event",
            "order_id",
            "dispatch_order",
        ))
        .to_owned(),
    ]
}

fn shipments() -> Vec<TableCreateStatement> {
    vec![
        table(
            "shipment",
            vec![
                // The depot that sent it.
                id("depot_id"),
                id("id"),
                id_null("order_id"),
                text("waybill"),
                // The sending depot's organisation, and who asked for the goods.
                id("custodian_id"),
                id("requester_id"),
                id("receiver_id"),
                id_null("site_id"),
                id_null("to_depot_id"),
                id_null("incident_id"),
                one_of("state", &["on_road", "arrived", "returned"]),
                text_null("vehicle"),
                text_null("driver"),
                moment("departed_at"),
                moment_null("expected_at"),
                moment_null("arrived_at"),
                id("movement_id"),
                version(),
                moment("created_at"),
            ],
        )
        .primary_key(&mut key(&["depot_id", "id"]))
        .foreign_key(&mut refers(
            "shipment_depot",
            "shipment",
            "depot_id",
            "depot",
        ))
        .foreign_key(&mut refers(
            "shipment_order",
            "shipment",
            "order_id",
            "dispatch_order",
        ))
        .foreign_key(&mut refers(
            "shipment_receiver",
            "shipment",
            "receiver_id",
            "organisation",
        ))
        .to_owned(),
        table(
            "shipment_line",
            vec![
                id("depot_id"),
                id("shipment_id"),
                whole("line"),
                id("lot_id"),
                one_of("condition", CONDITIONS),
                whole("sent"),
                whole("received"),
                whole("damaged"),
                whole("short"),
            ],
        )
        .primary_key(&mut key(&["depot_id", "shipment_id", "line"]))
        .check((
            "shipment_line_accounted",
            Expr::col(Alias::new("received"))
                .add(Expr::col(Alias::new("damaged")))
                .add(Expr::col(Alias::new("short")))
                .lte(Expr::col(Alias::new("sent"))),
        ))
        .foreign_key(&mut refers_to(
            "shipment_line_shipment",
            "shipment_line",
            &["depot_id", "shipment_id"],
            "shipment",
            &["depot_id", "id"],
        ))
        .foreign_key(&mut refers(
            "shipment_line_lot",
            "shipment_line",
            "lot_id",
            "lot",
        ))
        .to_owned(),
        table(
            "hand_over",
            vec![
                id("depot_id"),
                id("id"),
                id("shipment_id"),
                moment("occurred_at"),
                moment("recorded_at"),
                text("given_by"),
                text("received_by"),
                text_null("note"),
                // The lines as they were signed.
                text("lines"),
                id_null("journal_id"),
                whole_null("people_served"),
            ],
        )
        .primary_key(&mut key(&["depot_id", "id"]))
        .foreign_key(&mut refers_to(
            "hand_over_shipment",
            "hand_over",
            &["depot_id", "shipment_id"],
            "shipment",
            &["depot_id", "id"],
        ))
        .to_owned(),
    ]
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("plan_by_incident", "plan", &["incident_id"]),
        unique("order_number", "dispatch_order", &["number"]),
        index("order_by_depot", "dispatch_order", &["depot_id", "state"]),
        index("order_by_owner", "dispatch_order", &["owner_id"]),
        index("order_by_custodian", "dispatch_order", &["custodian_id"]),
        index("order_by_requester", "dispatch_order", &["requester_id"]),
        index("order_by_receiver", "dispatch_order", &["receiver_id"]),
        index("order_by_incident", "dispatch_order", &["incident_id"]),
        index("order_by_paper", "dispatch_order", &["paper_due_at"]),
        unique("shipment_waybill", "shipment", &["waybill"]),
        index("shipment_by_order", "shipment", &["order_id"]),
        index("shipment_by_receiver", "shipment", &["receiver_id"]),
        index("shipment_by_incident", "shipment", &["incident_id"]),
        index(
            "hand_over_by_shipment",
            "hand_over",
            &["depot_id", "shipment_id"],
        ),
    ]
}
