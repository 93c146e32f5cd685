//! Whoever edits a loan by hand is found.

use serde_json::json;
use tests::{client::id, on_both};

use super::{lent, path};
use crate::verify::finds;

on_both!(an_edited_loan_is_found, async |server| {
    let lent = lent(server).await;
    let loan = id(&lent.lend(30, json!({})).await);
    lent.give_back(&loan, 10, "usable").await.expect(200);
    let body = lent.settlement(6, 4, json!({}));
    lent.owner
        .post(&path(&loan, "settle"), body)
        .await
        .expect(200);
    let other = id(&lent.lend(7, json!({})).await);
    let reason = json!({ "reason": "对方受灾" });
    lent.owner
        .post(&path(&other, "forgive"), reason)
        .await
        .expect(200);
    server.prove().await;
    let city = "(SELECT id FROM organisation WHERE code = '330200')";
    let province = "(SELECT id FROM organisation WHERE code = '330000')";
    for ([edit, undo], invariant, words) in [
        (
            [
                "UPDATE loan_line SET given_back = 11 WHERE lent = 30".to_owned(),
                "UPDATE loan_line SET given_back = 10 WHERE lent = 30".to_owned(),
            ],
            "I1",
            [loan.as_str(), "not what its movements moved"],
        ),
        (
            [
                "UPDATE loan SET ended_by = lent_by WHERE state = 'forgiven'".to_owned(),
                "UPDATE loan SET ended_by = 'somebody' WHERE state = 'forgiven'".to_owned(),
            ],
            "I9",
            [&other, "who lent forgave it"],
        ),
        (
            [
                "UPDATE loan SET state = 'closed', ended_by = 'x', ended_at = lent_at \
                 WHERE state = 'open'"
                    .to_owned(),
                "UPDATE loan SET state = 'open', ended_by = NULL, ended_at = NULL \
                 WHERE state = 'closed'"
                    .to_owned(),
            ],
            "I1",
            [&loan, "do not fit together"],
        ),
        (
            [
                "UPDATE loan_movement SET rate_given = 1 WHERE act = 'settle'".to_owned(),
                "UPDATE loan_movement SET rate_given = 2 WHERE act = 'settle'".to_owned(),
            ],
            "I1",
            [&loan, "not what the rate asks for"],
        ),
        (
            [
                "UPDATE lot SET remark = 'x', loan_id = NULL WHERE loan_id IS NOT NULL".to_owned(),
                "UPDATE lot SET remark = NULL, loan_id = (SELECT loan_id FROM loan_movement \
                 WHERE act = 'settle') WHERE remark = 'x'"
                    .to_owned(),
            ],
            "I1",
            [&loan, "not what came in its place"],
        ),
        (
            [
                format!("UPDATE loan SET owner_id = {city} WHERE state = 'open'"),
                format!("UPDATE loan SET owner_id = {province} WHERE state = 'open'"),
            ],
            "I9",
            [&loan, "goods of another owner"],
        ),
    ] {
        finds(server, [&edit, &undo], invariant, &words).await;
    }
    server.prove().await;
});
