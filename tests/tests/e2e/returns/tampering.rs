//! Whoever edits a return by hand is found.

use serde_json::json;
use tests::on_both;

use super::{came, field};
use crate::verify::finds;

on_both!(an_edited_return_is_found, async |server| {
    let field = field(server).await;
    let goods = json!({ "item_id": field.relief.item });
    let lines = [
        came(
            field.lot(),
            5,
            7,
            json!({ "recovery_class": "single_tent" }),
        ),
        came(goods, 2, 0, json!({})),
    ];
    let made = field.take_back(&lines).await.expect(201);
    let movement = made["movement_id"].as_str().unwrap_or_default();
    server.prove().await;
    let lot = field.relief.lot.as_str();
    for (edit, undo, words) in [
        (
            "UPDATE return_line SET demand = 'keep' WHERE line = 0",
            "UPDATE return_line SET demand = 'dispose' WHERE line = 0",
            [movement, "that was demanded"],
        ),
        (
            "CREATE TABLE kept AS SELECT * FROM return_line WHERE line = 1; \
             DELETE FROM return_line WHERE line = 1",
            "INSERT INTO return_line SELECT * FROM kept; DROP TABLE kept",
            [movement, "how its goods came back"],
        ),
        (
            "UPDATE lot SET source = 'purchase' WHERE source = 'recovery'",
            "UPDATE lot SET source = 'recovery' WHERE unit_value_e4 IS NULL",
            [movement, "came from nowhere"],
        ),
        (
            "UPDATE movement_line SET to_kind = 'loss' WHERE to_kind = 'recipient'",
            "UPDATE movement_line SET to_kind = 'recipient' WHERE to_kind = 'loss'",
            [lot, "more came back than went out"],
        ),
    ] {
        finds(server, [edit, undo], "I1", &words).await;
    }
});
