//! Whoever edits a stocktake by hand is found.

use serde_json::json;
use tests::on_both;

use super::{act, count};
use crate::verify::finds;

on_both!(
    a_stocktake_that_was_edited_by_hand_is_found,
    async |server| {
        let at = count(server).await;
        let lot = at.relief.lot.clone();
        let stocktake = at.open(json!({})).await;
        at.find(&stocktake, &lot, 199).await;
        act(&at.keeper, &stocktake, "settle").await.expect(200);
        server.prove().await;
        for (edit, undo, words) in [
            (
                "UPDATE stocktake_line SET counted = counted - 1, difference = difference - 1 WHERE difference <> 0",
                "UPDATE stocktake_line SET counted = counted + 1, difference = difference + 1 WHERE difference <> 0",
                "its differences are not what its movements moved",
            ),
            (
                "UPDATE stocktake SET state = 'counted' WHERE state = 'settled'",
                "UPDATE stocktake SET state = 'settled' WHERE state = 'counted'",
                "it moved goods and is not settled",
            ),
            (
                "UPDATE stocktake_count SET counted = counted + 1",
                "UPDATE stocktake_count SET counted = counted - 1",
                "a line says something else than its last round's counts",
            ),
        ] {
            finds(server, [edit, undo], "I3", &[&stocktake, words]).await;
        }
    }
);
