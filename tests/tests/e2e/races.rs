//! What two people do at once happens once.

use std::sync::Arc;

use serde_json::{Value, json};
use tests::{Answer, Call, Relief, Server, client::id, on_both};
use tokio::sync::Barrier;

/// Sends all calls at the same moment.
pub(crate) async fn at_once(calls: Vec<Call>) -> Vec<Answer> {
    let barrier = Arc::new(Barrier::new(calls.len()));
    let racing: Vec<_> = calls
        .into_iter()
        .map(|call| {
            let barrier = Arc::clone(&barrier);
            tokio::spawn(async move {
                barrier.wait().await;
                call.await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for call in racing {
        answers.push(call.await.expect("a call does not panic"));
    }
    answers
}

// How many answered so; all others were refused with this code.
#[track_caller]
fn winners(answers: &[Answer], won: u16, code: &str) -> usize {
    let (winners, losers): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == won);
    for loser in losers {
        loser.refused(409, code);
    }
    winners.len()
}

// A lot of this many units in the provincial depot, and nothing else of the item.
async fn scarce(relief: &Relief, quantity: i64) -> String {
    let line = json!([{ "lot_id": relief.lot, "quantity": 200 }]);
    let all = json!({ "depot_id": relief.depot, "lines": line });
    relief.worker.post("/v1/issues", all).await.expect(201);
    let (worker, depot) = (&relief.worker, &relief.depot);
    worker
        .receive(depot, &relief.item, quantity, json!({}))
        .await
}

fn in_an_hour(server: &Server) -> String {
    (server.clock.now() + chrono::TimeDelta::hours(1)).to_rfc3339()
}

on_both!(
    sixty_four_dispatchers_reserve_the_last_unit,
    async |server| {
        let relief = server.relief().await;
        let lot = scarce(&relief, 1).await;
        // Half of them name the lot, half leave the choice to the server.
        let calls = (0..64).map(|number| {
            let line = if number % 2 == 0 {
                json!({ "lot_id": lot, "quantity": 1 })
            } else {
                json!({ "item_id": relief.item, "quantity": 1 })
            };
            let body = json!({
                "depot_id": relief.depot, "deadline_at": in_an_hour(server), "lines": [line],
            });
            relief.worker.post("/v1/reservations", body)
        });
        let answers = at_once(calls.collect()).await;
        assert_eq!(winners(&answers, 201, "insufficient-stock"), 1);
        for loser in answers.iter().filter(|answer| answer.status == 409) {
            assert_eq!(loser.json()["available"], 0, "{}", loser.text);
        }
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (1, 1));
        server.prove().await;
    }
);

on_both!(thirty_two_issue_one_each_of_twenty, async |server| {
    let relief = server.relief().await;
    scarce(&relief, 20).await;
    let body = json!({
        "depot_id": relief.depot, "lines": [{ "item_id": relief.item, "quantity": 1 }],
    });
    let calls = (0..32).map(|_| relief.worker.post("/v1/issues", body.clone()));
    let answers = at_once(calls.collect()).await;
    assert_eq!(winners(&answers, 201, "insufficient-stock"), 20);
    assert_eq!(relief.worker.on_hand(&relief.depot).await, (0, 0));
    server.prove().await;
});

on_both!(
    opposite_transfers_do_not_wait_for_each_other,
    async |server| {
        let relief = server.relief().await;
        let worker = &relief.worker;
        let path = format!("/v1/depots/{}/zones", relief.depot);
        let main = id(&worker.get(&path).await.expect(200)["items"][0]);
        let zone = json!({ "code": "B", "name": "二号库" });
        let second = id(&worker.post(&path, zone).await.expect(201));
        let other = worker
            .receive(&relief.depot, &relief.item, 100, json!({}))
            .await;
        let body = |from: &str, to: &str, lots: [&str; 2]| {
            let line = |lot| json!({ "lot_id": lot, "from_zone_id": from, "to_zone_id": to, "quantity": 2 });
            json!({ "depot_id": relief.depot, "lines": lots.map(line) })
        };
        let (lot, other) = (relief.lot.as_str(), other.as_str());
        let transfer = |body: Value| worker.post("/v1/zone-transfers", body);
        let mut first = Vec::new();
        // Enough in both zones for all of them in any order.
        for _ in 0..25 {
            first.push(transfer(body(&main, &second, [lot, other])));
        }
        for call in first {
            call.await.expect(201);
        }
        let calls = (0..24).map(|number| {
            let lots = if number % 3 == 0 {
                [other, lot]
            } else {
                [lot, other]
            };
            transfer(if number % 2 == 0 {
                body(&main, &second, lots)
            } else {
                body(&second, &main, lots)
            })
        });
        for answer in at_once(calls.collect()).await {
            answer.expect(201);
        }
        let page = worker
            .get(&format!("/v1/balances?zone_id={second}"))
            .await
            .expect(200);
        let there: Vec<_> = page["items"]
            .as_array()
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .map(|row| row["on_hand"].as_i64())
            .collect();
        assert_eq!(there, [Some(50), Some(50)]);
        server.prove().await;
    }
);

on_both!(a_movement_is_reversed_once, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let line = json!([{ "lot_id": relief.lot, "quantity": 5 }]);
    let body = json!({ "depot_id": relief.depot, "lines": line });
    let issued = id(&worker.post("/v1/issues", body).await.expect(201));
    let path = format!("/v1/movements/{issued}/reverse");
    let answers = at_once((0..8).map(|_| worker.post(&path, json!({}))).collect()).await;
    assert_eq!(winners(&answers, 201, "wrong-state"), 1);
    let winner = answers.iter().find(|answer| answer.status == 201);
    let winner = winner.map(|answer| id(&answer.json())).unwrap_or_default();
    for loser in answers.iter().filter(|answer| answer.status == 409) {
        assert_eq!(
            loser.json()["reversed_by"],
            winner.as_str(),
            "{}",
            loser.text
        );
    }
    assert_eq!(worker.on_hand(&relief.depot).await, (200, 0));
    server.prove().await;
});

on_both!(a_reservation_ends_once, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let body = json!({
        "depot_id": relief.depot, "deadline_at": in_an_hour(server),
        "lines": [{ "item_id": relief.item, "quantity": 70 }],
    });
    let held = id(&worker.post("/v1/reservations", body).await.expect(201));
    let calls = (0..12).map(|number| {
        let action = if number % 2 == 0 { "post" } else { "release" };
        worker.post(&format!("/v1/reservations/{held}/{action}"), json!({}))
    });
    let answers = at_once(calls.collect()).await;
    assert_eq!(winners(&answers, 200, "wrong-state"), 1);
    let (on_hand, reserved) = worker.on_hand(&relief.depot).await;
    assert!(
        matches!(on_hand, 130 | 200) && reserved == 0,
        "{on_hand} {reserved}"
    );
    server.prove().await;
});
