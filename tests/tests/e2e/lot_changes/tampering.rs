//! Whoever edits a change by hand is found.

use serde_json::json;
use tests::on_both;

use super::{text, title};
use crate::verify::finds;

on_both!(an_edited_change_is_found, async |server| {
    let title = title(server).await;
    let change = title.ask(title.to_city(&title.relief.lot, 5)).await;
    title.approve(&change).await.expect(200);
    let done = title.accept(&change).await.expect(200);
    let new = text(&done["lines"][0]["new_lot_id"]);
    let body = title.to_purpose(json!({ "kind": "none" }), 7);
    let purpose = title.ask(body).await;
    title.approve(&purpose).await.expect(200);
    server.prove().await;
    let owner = "WHERE kind = 'owner'";
    let by_purpose = "WHERE kind = 'purpose'";
    let city = "(SELECT id FROM organisation WHERE code = '330200')";
    let province = "(SELECT id FROM organisation WHERE code = '330000')";
    let edits = [
        (
            format!("UPDATE lot_change SET approved_by = asked_by {by_purpose}"),
            format!("UPDATE lot_change SET approved_by = 'somebody' {by_purpose}"),
            "I9",
            [purpose.as_str(), "different people"],
        ),
        (
            format!("UPDATE lot_change SET accepted_by = NULL, accepted_at = NULL {owner}"),
            format!("UPDATE lot_change SET accepted_by = 'x', accepted_at = asked_at {owner}"),
            "I9",
            [&change, "different people"],
        ),
        (
            format!("UPDATE lot_change SET consent_given_by = '乙厂' {by_purpose}"),
            format!("UPDATE lot_change SET consent_given_by = '甲厂' {by_purpose}"),
            "I10",
            [&purpose, "without their donor's consent"],
        ),
        (
            format!("UPDATE lot_change SET owner_id = {city} {owner}"),
            format!("UPDATE lot_change SET owner_id = {province} {owner}"),
            "I9",
            [&change, "goods of another owner"],
        ),
        (
            "UPDATE reservation SET state = 'held' WHERE lot_change_id IS NOT NULL".to_owned(),
            "UPDATE reservation SET state = 'released' WHERE lot_change_id IS NOT NULL".to_owned(),
            "I1",
            [&change, "do not fit together"],
        ),
        (
            "UPDATE lot SET donor = '乙厂' WHERE parent_lot_id IS NOT NULL AND donor IS NULL"
                .to_owned(),
            "UPDATE lot SET donor = NULL WHERE donor = '乙厂'".to_owned(),
            "I1",
            [&new, "more than its change says"],
        ),
        (
            "UPDATE reservation_line SET quantity = 6 WHERE quantity = 5".to_owned(),
            "UPDATE reservation_line SET quantity = 5 WHERE quantity = 6".to_owned(),
            "I1",
            [&change, "not what it held"],
        ),
        (
            format!(
                "UPDATE lot SET parent_lot_id = (SELECT id FROM lot WHERE batch = 'B-7' AND \
                 parent_lot_id IS NULL) WHERE lot_change_id = (SELECT id FROM lot_change {owner})"
            ),
            format!(
                "UPDATE lot SET parent_lot_id = (SELECT id FROM lot WHERE batch IS NULL AND \
                 parent_lot_id IS NULL) WHERE lot_change_id = (SELECT id FROM lot_change {owner})"
            ),
            "I1",
            [&change, "what lots it made of them differ"],
        ),
    ];
    for (edit, undo, invariant, words) in &edits {
        finds(server, [edit, undo], invariant, words).await;
    }
    server.prove().await;
});
