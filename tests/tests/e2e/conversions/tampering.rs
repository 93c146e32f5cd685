//! Whoever edits a conversion by hand is found.

use serde_json::json;
use tests::on_both;

use super::{packs, text};
use crate::verify::finds;

on_both!(
    a_conversion_that_was_edited_by_hand_is_found,
    async |server| {
        let packs = packs(server).await;
        let made = packs.assemble(10, json!({})).await;
        let kit = text(&made["kit_lot"]["id"]);
        let missing =
            json!({ "lines": [{ "item_id": packs.lamp, "quantity": 1, "found": "missing" }] });
        let opened = packs.open(&kit, 3, missing).await;
        server.prove().await;
        let assembly = text(&made["movement"]["id"]);
        let opening = text(&opened["movement"]["id"]);
        for (edit, undo, words) in [
            (
                "UPDATE kit_part SET quantity = quantity + 1 WHERE fate = 'in'",
                "UPDATE kit_part SET quantity = quantity - 1 WHERE fate = 'in'",
                [assembly.as_str(), "is not what was moved"],
            ),
            (
                "UPDATE conversion SET kits = kits + 1 WHERE way = 'take_apart'",
                "UPDATE conversion SET kits = kits - 1 WHERE way = 'take_apart'",
                [&opening, "is not what was moved"],
            ),
            (
                "UPDATE kit_content SET quantity = quantity + 1",
                "UPDATE kit_content SET quantity = quantity - 1",
                [&assembly, "by their version"],
            ),
            (
                "UPDATE conversion SET way = 'assemble' WHERE way = 'take_apart'",
                "UPDATE conversion SET way = 'take_apart' WHERE loss_movement_id IS NOT NULL",
                [&opening, "no kits of its version"],
            ),
            (
                "UPDATE kit_part SET fate = 'back', condition = 'condemned' WHERE fate = 'missing'",
                "UPDATE kit_part SET fate = 'missing', condition = 'usable' WHERE condition = 'condemned'",
                [&opening, "is not what was written off"],
            ),
            (
                "UPDATE kit_part SET quantity = quantity * 20 WHERE fate = 'back'",
                "UPDATE kit_part SET quantity = quantity / 20 WHERE fate = 'back'",
                [&kit, "more of"],
            ),
        ] {
            finds(server, [edit, undo], "I1", &words).await;
        }
    }
);
