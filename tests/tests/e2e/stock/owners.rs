//! Goods that are kept for somebody else (代储): the custodian's word is not the owner's.

use serde_json::{Value, json};
use tests::{Client, Relief, Server, client::id, on_both};

use super::{issue, list, reservations::deadline};

/// A county's depot with 50 quilts of its own and 100 of the province.
struct Kept {
    relief: Relief,
    depot: String,
    own: String,
    entrusted: String,
    /// Keeper, dispatcher and approver of the county.
    keeper: Client,
}

async fn kept(server: &Server) -> Kept {
    let relief = server.relief().await;
    let ground = &relief.ground;
    let body = json!({
        "code": "D330203", "name": "海曙库", "level": "county", "operation": "own",
        "organisation_id": ground.county,
    });
    let depot = id(&relief.worker.post("/v1/depots", body).await.expect(201));
    let roles = ["keeper", "dispatcher", "approver"];
    let keeper = server.person(&roles, &ground.county).await;
    let own = keeper.receive(&depot, &relief.item, 50, json!({})).await;
    let owner = json!({ "owner_id": ground.province });
    let entrusted = keeper.receive(&depot, &relief.item, 100, owner).await;
    Kept {
        relief,
        depot,
        own,
        entrusted,
        keeper,
    }
}

on_both!(
    a_custodian_does_not_give_away_what_is_not_theirs,
    async |server| {
        let kept = kept(server).await;
        let (ground, keeper) = (&kept.relief.ground, &kept.keeper);
        let of = |lot: &str| json!([{ "lot_id": lot, "quantity": 10 }]);
        let hold = |lines: Value| json!({ "depot_id": kept.depot, "deadline_at": deadline(server, 1), "lines": lines });
        let shipment = |lot: &str| json!({ "depot_id": kept.depot, "to_depot_id": kept.relief.city_depot, "lines": of(lot) });
        // Somebody who sees both depots, keeps the one and speaks for none but the city.
        let between = server.person(&["keeper", "approver"], &ground.city).await;
        let both = json!([
            { "lot_id": kept.own, "quantity": 1 }, { "lot_id": kept.entrusted, "quantity": 1 },
        ]);
        let item = json!([{ "item_id": kept.relief.item, "quantity": 150 }]);
        for answer in [
            issue(keeper, &kept.depot, of(&kept.entrusted), json!({})).await,
            issue(keeper, &kept.depot, both.clone(), json!({})).await,
            issue(keeper, &kept.depot, item, json!({})).await,
            keeper
                .post("/v1/reservations", hold(of(&kept.entrusted)))
                .await,
            between
                .post("/v1/shipments", shipment(&kept.entrusted))
                .await,
        ] {
            let refused = answer.refused(403, "forbidden");
            assert_eq!(refused["capability"], "approve_order", "{}", answer.text);
            assert_eq!(
                refused["owner_ids"],
                json!([ground.province]),
                "{}",
                answer.text
            );
        }
        assert_eq!(keeper.on_hand(&kept.depot).await, (150, 0));

        // A hold that the owner took is not the custodian's to issue either.
        let worker = &kept.relief.worker;
        let held = worker
            .post("/v1/reservations", hold(of(&kept.entrusted)))
            .await;
        let post = format!("/v1/reservations/{}/post", id(&held.expect(201)));
        keeper
            .post(&post, json!({}))
            .await
            .refused(403, "forbidden");
        worker.post(&post, json!({})).await.expect(200);

        // One's own goods, and those that one speaks for.
        issue(keeper, &kept.depot, of(&kept.own), json!({}))
            .await
            .expect(201);
        between
            .post("/v1/shipments", shipment(&kept.own))
            .await
            .expect(201);
        let grant = json!({ "role": "approver", "organisation_id": ground.province });
        let grants = format!("/v1/accounts/{}/grants", keeper.account());
        ground.admin.post(&grants, grant).await.expect(200);
        issue(keeper, &kept.depot, both, json!({}))
            .await
            .expect(201);
        server.prove().await;
    }
);

on_both!(under_an_order_the_owner_was_asked, async |server| {
    let kept = kept(server).await;
    let (worker, keeper) = (&kept.relief.worker, &kept.keeper);
    let body = json!({
        "depot_id": kept.depot, "to_depot_id": kept.relief.city_depot,
        "owner_id": kept.relief.ground.province,
        "lines": [{ "item_id": kept.relief.item, "quantity": 60 }],
    });
    let order = id(&worker.post("/v1/dispatch-orders", body).await.expect(201));
    kept.relief.pick(&order).await;
    let path = format!("/v1/dispatch-orders/{order}/shipments");
    let shipment = keeper.post(&path, json!({})).await.expect(201);
    let hand_over = json!({
        "given_by": "甲", "received_by": "乙", "last": true,
        "lines": [{ "lot_id": kept.entrusted, "received": 60 }],
    });
    let path = format!("/v1/shipments/{}/hand-overs", id(&shipment));
    worker.post(&path, hand_over).await.expect(200);
    assert_eq!(keeper.on_hand(&kept.depot).await, (90, 0));
    server.prove().await;
});

on_both!(
    an_owner_sees_their_lines_of_a_shared_paper,
    async |server| {
        let kept = kept(server).await;
        let ground = &kept.relief.ground;
        let line = |owner: &str, quantity: i64| {
            json!({
                "item_id": kept.relief.item, "quantity": quantity, "source": "transfer_in",
                "owner_id": owner,
            })
        };
        let body = json!({ "depot_id": kept.depot, "lines": [
        line(&ground.county, 1), line(&ground.other_county, 2), line(&ground.province, 3),
    ] });
        let made = kept.keeper.post("/v1/receipts", body).await.expect(201);
        let path = format!("/v1/movements/{}", id(&made["movement"]));
        let quantities = |view: &Value| -> Vec<_> {
            let lines = view["lines"].as_array().map_or(&[][..], Vec::as_slice);
            lines
                .iter()
                .filter_map(|line| line["quantity"].as_i64())
                .collect()
        };
        let stranger = server.person(&["keeper"], &ground.other_county).await;
        let seen = stranger.get(&path).await.expect(200);
        assert_eq!(
            (quantities(&seen), &seen["hidden_line_count"]),
            (vec![2], &json!(2))
        );
        assert_eq!(seen["lines"][0]["line"], 1);
        for reader in [&kept.keeper, &kept.relief.worker] {
            let seen = reader.get(&path).await.expect(200);
            assert_eq!(
                (quantities(&seen), &seen["hidden_line_count"]),
                (vec![1, 2, 3], &json!(0))
            );
        }
        // Nor do other lists tell of others' lots.
        let page = stranger.get("/v1/lots").await.expect(200);
        assert_eq!(list(&page).len(), 1, "{page}");
        let page = stranger.get("/v1/balances").await.expect(200);
        assert_eq!(list(&page).len(), 1, "{page}");
        let other = format!("/v1/lots/{}/history", kept.own);
        stranger.get(&other).await.refused(404, "not-found");
    }
);
