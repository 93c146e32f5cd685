//! Whoever takes away what has to be looked at is found.

use serde_json::json;
use tests::{client::id, on_both};

use super::{hold, report};
use crate::verify::finds;

on_both!(an_edited_late_fact_is_found, async |server| {
    let relief = server.relief().await;
    let held = hold(server, &relief, 50).await;
    let issue = id(&report(server, &relief, 210, json!({})).await.expect(201));
    server.prove().await;

    let edit = "UPDATE reservation SET state = 'held'";
    let undo = "UPDATE reservation SET state = 'shorted'";
    finds(server, [edit, undo], "I6", &[&held, "does not say so"]).await;
    let edit = "UPDATE reservation_line SET short = 40";
    let undo = "UPDATE reservation_line SET short = 50";
    finds(server, [edit, undo], "I6", &[&held, "late facts took"]).await;
    finds(server, [edit, undo], "I6", &["reservations hold 10"]).await;
    let edit = "UPDATE reservation_shortage SET quantity = 49";
    let undo = "UPDATE reservation_shortage SET quantity = 50";
    finds(server, [edit, undo], "I6", &[&held, "late facts took"]).await;

    // The mark is taken off what was found.
    let edit = "CREATE TABLE kept AS SELECT * FROM late_fact; UPDATE late_fact SET found_id = NULL";
    let undo = "UPDATE late_fact SET found_id = (SELECT found_id FROM kept); DROP TABLE kept";
    let words = ["no stocktake and of no late fact"];
    finds(server, [edit, undo], "I12", &words).await;
    let edit = "CREATE TABLE kept AS SELECT * FROM late_fact; \
                UPDATE late_fact SET reviewed_at = reported_at, reviewed_by = reported_by, \
                review_note = 'x'";
    let undo = "UPDATE late_fact SET reviewed_at = NULL, reviewed_by = NULL, review_note = NULL; \
                DROP TABLE kept";
    finds(server, [edit, undo], "I12", &[&issue, "half written"]).await;
    let edit = "UPDATE movement SET kind = 'disposal' WHERE kind = 'issue'";
    let undo = "UPDATE movement SET kind = 'issue' WHERE kind = 'disposal'";
    finds(server, [edit, undo], "I12", &[&issue, "no issue"]).await;
    let edit = "UPDATE movement_line SET quantity = 211 WHERE from_kind = 'count_difference'";
    let undo = "UPDATE movement_line SET quantity = 10 WHERE from_kind = 'count_difference'";
    finds(server, [edit, undo], "I1", &[&issue, "more was found"]).await;
});
