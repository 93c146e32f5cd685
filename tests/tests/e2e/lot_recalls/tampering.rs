//! Whoever edits a recall by hand is found.

use serde_json::json;
use tests::{Database, client::id, on_both};

use super::{NUMBER, batch, lift};
use crate::verify::finds;

on_both!(an_edited_recall_is_found, async |server| {
    let at = batch(server).await;
    let made = at.recall(at.of_batch()).await;
    let recall = id(&made);
    server.prove().await;
    let says = [at.first.as_str(), "another moment of its recall"];
    let batch = format!("batch = '{}'", NUMBER);
    // The goods made free by hand, and the recall taken for lifted.
    let edit = format!("UPDATE lot SET recalled_at = NULL WHERE {batch}");
    let undo =
        format!("UPDATE lot SET recalled_at = (SELECT recalled_at FROM lot_recall) WHERE {batch}");
    finds(server, [&edit, &undo], "I9", &says).await;
    let edit = "UPDATE lot_recall SET lifted_at = recalled_at, held_until = recalled_at, \
                lifted_by = 'x', lift_reason = 'x'";
    let undo = "UPDATE lot_recall SET lifted_at = NULL, held_until = NULL, lifted_by = NULL, \
                lift_reason = NULL";
    finds(server, [edit, undo], "I9", &says).await;
    if server.database() == Database::Sqlite {
        // PostgreSQL does not let its own constraints be passed over.
        let edit = "UPDATE lot_recall SET lift_reason = 'x'";
        finds(server, [edit, undo], "I9", &[&recall, "half written"]).await;
    }
    let edit = "UPDATE lot_recall SET batch = 'B-1'";
    let undo = format!("UPDATE lot_recall SET {batch}");
    finds(server, [edit, &undo], "I9", &[&recall, "not of its batch"]).await;

    // What left before it is dated after it.
    lift(&at.relief.worker, &recall).await.expect(200);
    server.clock.advance(std::time::Duration::from_secs(120));
    at.issue(&at.first, 1, json!({})).await.expect(201);
    server.prove().await;
    let edit = "UPDATE lot_recall SET held_until = '2200-01-01 00:00:00+00:00', \
                lifted_at = '2200-01-01 00:00:00+00:00'";
    let undo = "UPDATE lot_recall SET held_until = recalled_at, lifted_at = recalled_at";
    finds(
        server,
        [edit, undo],
        "I9",
        &[&recall, "left while it was in force"],
    )
    .await;
});
