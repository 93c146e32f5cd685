//! Whoever edits a change of condition by hand is found.

use serde_json::json;
use tests::on_both;

use super::shelf;
use crate::verify::finds;

on_both!(an_edited_change_of_condition_is_found, async |server| {
    let shelf = shelf(server).await;
    let ways = ["usable", "needs_repair"];
    let made = shelf
        .change("damaged", ways, 3, json!({}))
        .await
        .expect(201);
    let movement = made["movement_id"].as_str().unwrap_or_default();
    let words = [movement, "did not change as its reason permits"];
    finds(
        server,
        [
            "UPDATE condition_change SET reason = 'test_passed'",
            "UPDATE condition_change SET reason = 'damaged'",
        ],
        "I9",
        &words,
    )
    .await;
    // The goods say something else than the reason.
    finds(
        server,
        [
            "UPDATE movement_line SET condition = 'usable' WHERE condition = 'needs_repair'",
            "UPDATE movement_line SET condition = 'needs_repair' WHERE line = 1 AND from_kind = 'conversion'",
        ],
        "I9",
        &words,
    )
    .await;
    finds(
        server,
        [
            "CREATE TABLE kept_change AS SELECT * FROM condition_change; DELETE FROM condition_change",
            "INSERT INTO condition_change SELECT * FROM kept_change; DROP TABLE kept_change",
        ],
        "I9",
        &[movement, "without a reason"],
    )
    .await;
});
