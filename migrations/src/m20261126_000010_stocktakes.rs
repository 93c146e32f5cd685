//! Stocktakes: what they cover, the lines of their sheets, and every count of every line.
//!
//! Counts are only ever inserted: a correction is a row beside the one that it corrects.

use sea_orm_migration::prelude::*;

use crate::{
    columns::{
        id, id_null, index, key, moment, moment_null, one_of, refers, refers_to, table, text,
        text_null, unique, version, whole, whole_null,
    },
    history::tables_migration,
};

tables_migration!("m20261126_000010_stocktakes");

const CONDITIONS: &[&str] = &["usable", "quarantined", "needs_repair", "condemned"];
const OF_STOCKTAKE: &[&str] = &["depot_id", "stocktake_id"];

fn tables() -> Vec<TableCreateStatement> {
    vec![
        count_limit(),
        stocktake(),
        stocktake_part(),
        stocktake_line(),
        stocktake_count(),
    ]
}

// How far the stocktakes of a depot may differ from the book without an approval.
fn count_limit() -> TableCreateStatement {
    table(
        "count_limit",
        vec![
            id("depot_id"),
            whole("share_e4"),
            whole("value_e4"),
            text("currency"),
            // Where the figures come from.
            text("source"),
            version(),
        ],
    )
    .primary_key(&mut key(&["depot_id"]))
    .check(Expr::col(Alias::new("share_e4")).between(0_i64, 10_000_i64))
    .check(Expr::col(Alias::new("value_e4")).gte(0))
    .foreign_key(&mut refers(
        "count_limit_depot",
        "count_limit",
        "depot_id",
        "depot",
    ))
    .to_owned()
}

fn stocktake() -> TableCreateStatement {
    table(
        "stocktake",
        vec![
            id("depot_id"),
            id("id"),
            one_of(
                "state",
                &[
                    "counting",
                    "recounting",
                    "counted",
                    "awaiting_approval",
                    "settled",
                    "abandoned",
                ],
            ),
            whole("round"),
            one_of("extent", &["whole", "zones", "categories", "items"]),
            // Who counts does not see the book on a blind sheet.
            one_of("sheet", &["blind", "open"]),
            // The journal entry of the command that fixed the book, and its moment.
            id("cutoff_journal_id"),
            moment("cutoff_at"),
            // The limit as it was then.
            whole("share_limit_e4"),
            whole("value_limit_e4"),
            text("limit_currency"),
            text("limit_source"),
            text("opened_by"),
            text_null("note"),
            // When the last round was closed.
            moment_null("counted_at"),
            moment_null("ended_at"),
            text_null("ended_by"),
            // Whether the one who ended it agreed to what is past the limit.
            one_of("approval", &["none", "given"]),
            text_null("reason"),
            version(),
        ],
    )
    .primary_key(&mut key(&["depot_id", "id"]))
    .check(Expr::col(Alias::new("round")).between(1_i64, 9_i64))
    .check(
        Expr::col(Alias::new("ended_at"))
            .is_null()
            .eq(Expr::col(Alias::new("ended_by")).is_null()),
    )
    .foreign_key(&mut refers(
        "stocktake_depot",
        "stocktake",
        "depot_id",
        "depot",
    ))
    .to_owned()
}

// The zones, categories or items that a stocktake is about; none for the whole depot.
fn stocktake_part() -> TableCreateStatement {
    table(
        "stocktake_part",
        vec![id("depot_id"), id("stocktake_id"), id("part_id")],
    )
    .primary_key(&mut key(&["depot_id", "stocktake_id", "part_id"]))
    .foreign_key(&mut refers_to(
        "part_stocktake",
        "stocktake_part",
        OF_STOCKTAKE,
        "stocktake",
        &["depot_id", "id"],
    ))
    .to_owned()
}

fn stocktake_line() -> TableCreateStatement {
    table(
        "stocktake_line",
        vec![
            id("depot_id"),
            id("stocktake_id"),
            whole("line"),
            id("zone_id"),
            // The bin that a paper named last for these goods.
            id_null("bin_id"),
            id("lot_id"),
            one_of("condition", CONDITIONS),
            // On the sheet since the cut-off, or found by a counter.
            one_of("origin", &["book", "found"]),
            // What the book had at the cut-off.
            whole("cutoff_book"),
            // The round that counts it, or that counted it last.
            whole("round"),
            // What was found, and the book of that moment.
            whole_null("counted"),
            whole_null("book"),
            whole_null("difference"),
            // The movement that the difference became.
            id_null("movement_id"),
        ],
    )
    .primary_key(&mut key(&["depot_id", "stocktake_id", "line"]))
    .check(Expr::col(Alias::new("cutoff_book")).gte(0))
    .check(
        Expr::col(Alias::new("counted"))
            .is_null()
            .and(Expr::col(Alias::new("book")).is_null())
            .and(Expr::col(Alias::new("difference")).is_null())
            .or(Expr::col(Alias::new("difference"))
                .eq(Expr::col(Alias::new("counted")).sub(Expr::col(Alias::new("book"))))),
    )
    .foreign_key(&mut refers_to(
        "line_stocktake",
        "stocktake_line",
        OF_STOCKTAKE,
        "stocktake",
        &["depot_id", "id"],
    ))
    .foreign_key(&mut refers(
        "stocktake_line_lot",
        "stocktake_line",
        "lot_id",
        "lot",
    ))
    .foreign_key(&mut refers_to(
        "stocktake_line_movement",
        "stocktake_line",
        &["depot_id", "movement_id"],
        "movement",
        &["depot_id", "id"],
    ))
    .to_owned()
}

fn stocktake_count() -> TableCreateStatement {
    table(
        "stocktake_count",
        vec![
            id("depot_id"),
            id("stocktake_id"),
            whole("line"),
            whole("round"),
            // The principal, as the journal names it.
            text("counter"),
            // From 1; each further one corrects the one before.
            whole("revision"),
            whole("counted"),
            // What the book had at `counted_at`.
            whole("book"),
            moment("counted_at"),
            moment("recorded_at"),
            id("journal_id"),
            text_null("note"),
        ],
    )
    .primary_key(&mut key(&[
        "depot_id",
        "stocktake_id",
        "line",
        "round",
        "counter",
        "revision",
    ]))
    .check(Expr::col(Alias::new("counted")).between(0_i64, 1_000_000_000_000_i64))
    .foreign_key(&mut refers_to(
        "count_line",
        "stocktake_count",
        &["depot_id", "stocktake_id", "line"],
        "stocktake_line",
        &["depot_id", "stocktake_id", "line"],
    ))
    .to_owned()
}

fn indices() -> Vec<IndexCreateStatement> {
    vec![
        index("stocktake_by_id", "stocktake", &["id"]),
        index("stocktake_by_state", "stocktake", &["depot_id", "state"]),
        unique(
            "stocktake_line_once",
            "stocktake_line",
            &["depot_id", "stocktake_id", "zone_id", "lot_id", "condition"],
        ),
        index("stocktake_line_by_lot", "stocktake_line", &["lot_id"]),
        index(
            "stocktake_line_by_movement",
            "stocktake_line",
            &["depot_id", "movement_id"],
        ),
    ]
}
