//! Whoever edits a disposal by hand is found.

use serde_json::json;
use tests::{client::id, on_both};

use super::scrap;
use crate::verify::finds;

on_both!(an_edited_disposal_is_found, async |server| {
    let scrap = scrap(server).await;
    let asked = id(&scrap
        .ask(
            "destroyed",
            json!({ "lines": [
        { "lot_id": scrap.condemned, "quantity": 1 },
    ] }),
        )
        .await);
    let sold = scrap.approved("auctioned", json!({})).await;
    let body = json!({ "way": "auctioned", "proceeds": "10" });
    scrap.carry_out(&sold, body).await.expect(200);
    let parts = scrap
        .approved(
            "parts_reused",
            json!({ "lines": [
        { "lot_id": scrap.condemned, "quantity": 2 },
    ] }),
        )
        .await;
    let body = json!({
        "way": "parts_reused", "parts": [{ "item_id": scrap.relief.item, "quantity": 1 }],
    });
    scrap.carry_out(&parts, body).await.expect(200);
    server.prove().await;

    let of = |way: &str| format!("WHERE way = '{way}'");
    let edits = [
        (
            format!(
                "UPDATE disposal SET approved_by = asked_by {}",
                of("auctioned")
            ),
            format!(
                "UPDATE disposal SET approved_by = 'somebody' {}",
                of("auctioned")
            ),
            "I9",
            [sold.as_str(), "agreed to it"],
        ),
        (
            format!(
                "UPDATE disposal SET proceeds_e4 = NULL, currency = NULL {}",
                of("auctioned")
            ),
            format!(
                "UPDATE disposal SET proceeds_e4 = 100000, currency = 'CNY' {}",
                of("auctioned")
            ),
            "I1",
            [&sold, "what its way brings"],
        ),
        (
            "UPDATE lot SET disposal_id = NULL WHERE source = 'disposal'".to_owned(),
            format!(
                "UPDATE lot SET disposal_id = (SELECT id FROM disposal {}) \
                 WHERE source = 'disposal'",
                of("parts_reused")
            ),
            "I1",
            [&parts, "its parts are not"],
        ),
        (
            format!(
                "UPDATE disposal SET movement_id = (SELECT d.movement_id FROM disposal d {}) {}",
                of("parts_reused"),
                of("auctioned")
            ),
            format!(
                "UPDATE disposal SET movement_id = (SELECT r.movement_id FROM reservation r \
                 WHERE r.id = reservation_id) {}",
                of("auctioned")
            ),
            "I1",
            [&sold, "took what it held"],
        ),
        (
            format!(
                "UPDATE disposal SET state = 'withdrawn', ended_at = asked_at, ended_by = 'x' {}",
                of("destroyed")
            ),
            format!(
                "UPDATE disposal SET state = 'asked', ended_at = NULL, ended_by = NULL {}",
                of("destroyed")
            ),
            "I1",
            [&asked, "its reservation do not fit"],
        ),
        (
            format!(
                "UPDATE disposal SET owner_id = (SELECT organisation_id FROM depot \
                 WHERE code = 'D330200') {}",
                of("destroyed")
            ),
            format!(
                "UPDATE disposal SET owner_id = (SELECT organisation_id FROM depot \
                 WHERE code = 'D330100') {}",
                of("destroyed")
            ),
            "I9",
            [&asked, "another owner"],
        ),
    ];
    for (edit, undo, invariant, words) in &edits {
        finds(server, [edit, undo], invariant, words).await;
    }
});
