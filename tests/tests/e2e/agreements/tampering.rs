//! Whoever edits agreements or call-offs by hand is found.

use tests::on_both;

use super::agreed;
use crate::verify::finds;

on_both!(an_edited_agreement_is_found, async |server| {
    let agreed = agreed(server).await;
    let call_off = agreed.call_off(100).await;
    agreed.act(&call_off, "receive", agreed.receipt(40)).await;
    server.prove().await;
    let agreement = agreed.agreement.as_str();
    let edits = [
        (
            [
                "UPDATE agreement_item SET called = 90",
                "UPDATE agreement_item SET called = 100",
            ],
            "I4",
            [agreement, "called off"],
        ),
        (
            [
                "UPDATE call_off_line SET delivered = 41",
                "UPDATE call_off_line SET delivered = 40",
            ],
            "I4",
            [call_off.as_str(), "deliveries brought"],
        ),
        (
            [
                "UPDATE call_off_delivery_line SET quantity = 41",
                "UPDATE call_off_delivery_line SET quantity = 40",
            ],
            "I7",
            ["delivery_", "receipt moved"],
        ),
        (
            [
                "UPDATE call_off_delivery SET undone_at = recorded_at, undone_by = 'x'",
                "UPDATE call_off_delivery SET undone_at = NULL, undone_by = NULL",
            ],
            "I7",
            ["delivery_", "undone together"],
        ),
        (
            [
                "UPDATE call_off SET state = 'cancelled', ended_at = called_at, ended_by = 'x'; \
                 UPDATE agreement_item SET called = 40",
                "UPDATE call_off SET state = 'called', ended_at = NULL, ended_by = NULL; \
                 UPDATE agreement_item SET called = 100",
            ],
            "I4",
            [call_off.as_str(), "where its lines are"],
        ),
    ];
    for (edit, invariant, words) in edits {
        finds(server, edit, invariant, &words).await;
    }
});
